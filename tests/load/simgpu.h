/* SPDX-License-Identifier: GPL-2.0 */
/* simgpu's calls, for the programs in this folder. */
#ifndef LOAD_SIMGPU_H
#define LOAD_SIMGPU_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include <drm/simgpu_drm.h>

#include "load.h"

/* An open file of the node at @path, or a negative errno: -ENODEV if it is no simgpu's. */
static inline int simgpu_open_node(const char *path)
{
	char name[16] = "";
	struct drm_version v = { .name = name, .name_len = sizeof(name) - 1 };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, DRM_IOCTL_VERSION, &v) && !strncmp(name, "simgpu", strlen("simgpu")))
		return fd;
	close(fd);
	return -ENODEV;
}

/* The first render, accel or card node of a simgpu, or the errno of what came nearest to one. */
static inline int simgpu_find(bool card)
{
	static const struct { const char *format; int first; } nodes[] = {
		{ "/dev/dri/card%d", 0 }, { "/dev/dri/renderD%d", 128 }, { "/dev/accel/accel%d", 0 },
	};
	int i, n, fd, ret = -ENOENT;
	char path[32];

	for (n = card ? 0 : 1; n < (card ? 1 : 3); n++) {
		for (i = 0; i < 64; i++) {
			snprintf(path, sizeof(path), nodes[n].format, nodes[n].first + i);
			fd = simgpu_open_node(path);
			if (fd >= 0)
				return fd;
			if (fd != -ENOENT)
				ret = fd;
		}
	}
	return ret;
}

static inline int simgpu_open(void)
{
	int fd = simgpu_find(false);

	if (fd < 0)
		die("no simgpu to open");
	return fd;
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

/* As <linux/sync_file.h>. */
struct sync_file_head {
	char name[32];
	int32_t status;
	uint32_t flags;
	uint32_t num_fences;
	uint32_t pad;
	uint64_t fences;
};

/* The error of a fence, -errno, or 0. The only way to see it is through a sync_file. */
static inline int simgpu_error(int fd, uint32_t handle)
{
	struct drm_syncobj_handle h = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct sync_file_head info = { };
	int err = 0;

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &h))
		return errno;
	if (ioctl(h.fd, _IOWR('>', 4, struct sync_file_head), &info))
		err = errno;
	close(h.fd);
	return err ? err : info.status < 0 ? info.status : 0;
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

#endif
