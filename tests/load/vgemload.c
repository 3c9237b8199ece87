// SPDX-License-Identifier: GPL-2.0
/*
 * vgemload: fences of vgem, a driver without engine, as jobs.
 *
 * A job begins when a fence is attached to a buffer (FENCE_ATTACH) and ends
 * when it is signalled (FENCE_SIGNAL), or after 10 s, when vgem gives it up.
 *
 *   vgemload [--jobs N] [--hold MS] [--never] [--busy]
 *
 *   --jobs N    that many (1), one after the other, each with a buffer of its own
 *   --hold MS   signal each so long after it was attached (0)
 *   --never     signal none, attach all, and sleep until killed
 *   --busy      attach each twice to its buffer: the second time fails, after
 *               the fence was made
 *
 * It prints "vgemload attached=N signalled=N refused=N late=N": late ones had
 * been given up by vgem.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include <drm.h>

#include "load.h"

/* As in <drm/vgem_drm.h>, which Debian 12 does not have. */
struct vgem_fence_attach {
	uint32_t handle, flags, out_fence, pad;
};

struct vgem_fence_signal {
	uint32_t fence, flags;
};

#define VGEM_FENCE_WRITE	1
#define VGEM_FENCE_ATTACH	DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_FENCE_SIGNAL	DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

struct counts {
	unsigned int attached, signalled, refused, late;
};

static int vgem_open(void)
{
	char path[32], name[8] = "";
	struct drm_version v = { .name = name, .name_len = sizeof(name) - 1 };
	int i, fd;

	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		memset(name, 0, sizeof(name)); /* the kernel ends none */
		v.name_len = sizeof(name) - 1;
		if (!ioctl(fd, DRM_IOCTL_VERSION, &v) && !strcmp(name, "vgem"))
			return fd;
		close(fd);
	}
	die("no vgem to open");
}

static uint32_t make_buffer(int fd)
{
	struct drm_mode_create_dumb c = { .width = 64, .height = 64, .bpp = 32 };

	if (ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &c))
		die("buffer: %m");
	return c.handle;
}

static void drop_buffer(int fd, uint32_t handle)
{
	struct drm_mode_destroy_dumb d = { .handle = handle };

	if (ioctl(fd, DRM_IOCTL_MODE_DESTROY_DUMB, &d))
		die("buffer: %m");
}

/* The fence, or 0 when the buffer is busy. */
static uint32_t attach(int fd, uint32_t handle, struct counts *counts)
{
	struct vgem_fence_attach a = { .handle = handle, .flags = VGEM_FENCE_WRITE };

	if (!ioctl(fd, VGEM_FENCE_ATTACH, &a)) {
		counts->attached++;
		return a.out_fence;
	}
	if (errno != EBUSY)
		die("attach: %m");
	counts->refused++;
	return 0;
}

static void signal_fence(int fd, uint32_t fence, struct counts *counts)
{
	struct vgem_fence_signal s = { .fence = fence };

	if (!ioctl(fd, VGEM_FENCE_SIGNAL, &s))
		counts->signalled++;
	else if (errno == ETIMEDOUT)
		counts->late++;
	else
		die("signal: %m");
}

int main(int argc, char **argv)
{
	bool never = false, busy = false;
	unsigned int jobs = 1, hold_ms = 0, i;
	struct counts counts = { 0 };
	int arg, fd;

	for (arg = 1; arg < argc; arg++) {
		if (!strcmp(argv[arg], "--never"))
			never = true;
		else if (!strcmp(argv[arg], "--busy"))
			busy = true;
		else if (!strcmp(argv[arg], "--jobs") && arg + 1 < argc)
			jobs = parse_number(argv[++arg], 1000000);
		else if (!strcmp(argv[arg], "--hold") && arg + 1 < argc)
			hold_ms = parse_number(argv[++arg], 60000);
		else
			die("usage: vgemload [--jobs N] [--hold MS] [--never] [--busy]");
	}
	fd = vgem_open();
	for (i = 0; i < jobs; i++) {
		uint32_t buffer = make_buffer(fd);
		uint32_t fence = attach(fd, buffer, &counts);

		if (busy)
			attach(fd, buffer, &counts);
		if (never)
			continue;
		usleep(hold_ms * 1000);
		signal_fence(fd, fence, &counts);
		drop_buffer(fd, buffer);
	}
	printf("vgemload attached=%u signalled=%u refused=%u late=%u\n", counts.attached,
	       counts.signalled, counts.refused, counts.late);
	fflush(stdout);
	while (never)
		pause();
	return 0;
}
