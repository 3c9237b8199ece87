// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "../simgpu.h"
#include "run.h"
#include "syncobj.h"

/* How often a wait looks whether it is time to stop. */
#define WAIT_SLICE_NS	(100 * NSEC_PER_MSEC)

int syncobj_create(int fd, uint32_t *handle)
{
	struct drm_syncobj_create c = { };

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &c))
		return -errno;
	*handle = c.handle;
	return 0;
}

int syncobj_create_never(int fd, uint32_t *handle)
{
	struct drm_simgpu_fence f = { };
	int ret = syncobj_create(fd, handle);

	if (ret)
		return ret;
	f.sync = *handle;
	return ioctl(fd, DRM_IOCTL_SIMGPU_FENCE, &f) ? -errno : 0;
}

int syncobj_wait(int fd, uint32_t handle, int64_t give_up)
{
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)&handle,
		.count_handles = 1,
	};
	int64_t now;

	for (;;) {
		now = now_ns();
		w.timeout_nsec = now + WAIT_SLICE_NS;
		if (!ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &w))
			return 0;
		if (errno != ETIME && errno != EINTR)
			return -errno;
		if (run_stopped || now >= give_up)
			return -ETIME;
	}
}
