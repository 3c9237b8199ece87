// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program chooses the kind of its context (CONTEXT_INIT) among the capsets of the host. One of
 * Venus or gfxstream has a ring of commands in memory that it shares with the host (a blob
 * resource, of the host's or the guest's memory), and calls EXECBUFFER only to wake up a host
 * that has stopped reading it. In contexts of virgl, of a native driver ("drm"), and in those that
 * pass on Wayland, work is submitted by EXECBUFFER alone: what the second ones share with the
 * host is for replies.
 */
#include "virtio.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

/* As in Linux 5.16 and later; the headers of distributions know no more than two parameters. */
#define GETPARAM		_IOWR('d', 0x43, struct getparam)
#define PARAM_RESOURCE_BLOB	3
#define PARAM_CONTEXT_INIT	6
#define PARAM_CAPSETS		7

#define CAPSET_VIRGL		1
#define CAPSET_VIRGL2		2
#define CAPSET_CROSS_DOMAIN	5
#define CAPSET_DRM		6

/* All others are taken to have rings: Venus (4), gfxstream's (3 and later ones), and what may come. */
#define WITHOUT_RINGS	(1U << CAPSET_VIRGL | 1U << CAPSET_VIRGL2 | 1U << CAPSET_CROSS_DOMAIN | \
			 1U << CAPSET_DRM)

struct getparam {
	uint64_t param;
	uint64_t value;		/* points to an int */
};

static int ask_driver(int fd, uint64_t param, int *value)
{
	struct getparam arguments = { param, (uintptr_t)value };

	return ioctl(fd, GETPARAM, &arguments) ? -errno : 0;
}

/* A parameter that the kernel does not know stands for what it cannot do. */
static int has(int fd, headgate_virtio_getparam getparam, uint64_t param, int *value)
{
	int ret;

	*value = 0;
	ret = getparam(fd, param, value);
	return ret == -EINVAL ? 0 : ret;
}

uint32_t headgate_virtio_capsets(int fd, headgate_virtio_getparam getparam)
{
	int blobs, contexts, capsets;

	if (!getparam)
		getparam = ask_driver;
	if (has(fd, getparam, PARAM_RESOURCE_BLOB, &blobs) ||
	    has(fd, getparam, PARAM_CONTEXT_INIT, &contexts))
		return HEADGATE_CAPSETS_UNKNOWN;
	/* Without shared memory there is no ring, whatever else the host has. */
	if (!blobs || !contexts)
		return 0;
	if (getparam(fd, PARAM_CAPSETS, &capsets))
		return HEADGATE_CAPSETS_UNKNOWN;
	return (uint32_t)capsets;
}

bool headgate_virtio_has_rings(uint32_t capsets)
{
	/* Capset 0 does not exist. */
	return capsets & ~WITHOUT_RINGS & ~1U;
}
