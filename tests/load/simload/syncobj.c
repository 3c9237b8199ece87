// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "../simgpu.h"
#include "run.h"
#include "syncobj.h"

/* How often a wait looks whether it is time to stop. */
#define WAIT_SLICE_NS	(100 * NSEC_PER_MSEC)

/* As <linux/sync_file.h>. */
struct sync_file_head {
	char name[32];
	int32_t status;
	uint32_t flags;
	uint32_t num_fences;
	uint32_t pad;
	uint64_t fences;
};

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

/* The only way to see it is through a sync_file. */
int syncobj_error(int fd, uint32_t handle)
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
