/* SPDX-License-Identifier: GPL-2.0 */
/* What the troublemakers in this folder share: simgpu's calls, and errors that count. */
#ifndef LOAD_SIMGPU_H
#define LOAD_SIMGPU_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <drm/simgpu_drm.h>

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Exits: a troublemaker that cannot even start must not pass for a harmless one. */
#define die(...) do { \
	fprintf(stderr, "%s: ", program_invocation_short_name); \
	fprintf(stderr, __VA_ARGS__); \
	fputc('\n', stderr); \
	_exit(2); \
} while (0)

/* The first node of a simgpu, or the one at @path. */
static inline int simgpu_open(const char *path)
{
	char name[16], node[32];
	struct drm_version v;
	int fd;

	for (int i = 128; i < 192; i++) {
		snprintf(node, sizeof(node), "/dev/dri/renderD%d", i);
		fd = open(path ? path : node, O_RDWR | O_CLOEXEC);
		if (fd < 0 && path)
			break;
		if (fd < 0)
			continue;
		memset(name, 0, sizeof(name));
		v = (struct drm_version){ .name = name, .name_len = sizeof(name) - 1 };
		if (!ioctl(fd, DRM_IOCTL_VERSION, &v) && !strcmp(name, "simgpu"))
			return fd;
		close(fd);
		if (path)
			break;
	}
	die("no simgpu to open");
}

static inline uint32_t simgpu_syncobj(int fd)
{
	struct drm_syncobj_create c = { .flags = 0 };

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &c))
		die("syncobj: %m");
	return c.handle;
}

/* One job; 0 or the errno. A submission has no error that is the caller's to repeat. */
static inline int simgpu_submit(int fd, uint32_t engine, uint64_t duration_ns, uint32_t out_sync)
{
	struct drm_simgpu_submit s = {
		.engine = engine,
		.duration_ns = duration_ns,
		.out_sync = out_sync,
	};

	return ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, &s) ? errno : 0;
}

/* Signals may break a wait for a syncobj: that is DRM's way, and none of headgate's. */
static inline int simgpu_wait(int fd, uint32_t handle, int64_t for_ns)
{
	int64_t deadline = now_ns() + for_ns;
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)&handle,
		.timeout_nsec = deadline,
		.count_handles = 1,
	};

	while (ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &w))
		if (errno != EINTR)
			return errno;
	return 0;
}

static inline void simgpu_info(int fd, uint32_t engine, struct drm_simgpu_info *info)
{
	memset(info, 0, sizeof(*info));
	info->engine = engine;
	if (ioctl(fd, DRM_IOCTL_SIMGPU_INFO, info))
		die("info: %m");
}

static inline uint64_t simgpu_ended(const struct drm_simgpu_counts *c)
{
	return c->completed + c->failed + c->cancelled;
}

/* Waits until all jobs of the open file have ended; false after @seconds without progress. */
static inline bool simgpu_drain(int fd, int seconds, struct drm_simgpu_counts *counts)
{
	struct drm_simgpu_info info;
	int64_t since = now_ns();
	uint64_t last = 0;

	for (;;) {
		simgpu_info(fd, 0, &info);
		*counts = info.client_jobs;
		if (simgpu_ended(counts) >= counts->submitted)
			return true;
		if (simgpu_ended(counts) != last)
			since = now_ns();
		last = simgpu_ended(counts);
		if (now_ns() - since > seconds * NSEC_PER_SEC)
			return false;
		usleep(2000);
	}
}

static inline uint64_t parse_number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || v > max)
		die("bad number: %s", text);
	return v;
}

#endif
