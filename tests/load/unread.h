/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a submission that the gate cannot read without a page fault; the driver can. */
#ifndef LOAD_UNREAD_H
#define LOAD_UNREAD_H

#include <sys/mman.h>

#include "simgpu.h"

/* Memory of a page or more, which stays what it is when it is out of reach; need _GNU_SOURCE. */
static inline void *unread_map(size_t size)
{
	int fd = memfd_create("arguments", MFD_CLOEXEC);
	void *at;

	if (fd < 0 || ftruncate(fd, size))
		die("memfd: %m");
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		die("mmap: %m");
	close(fd);
	return at;
}

/* The next to touch it faults it in again. */
static inline void unread_now(void *at, size_t size)
{
	if (madvise(at, size, MADV_DONTNEED))
		die("madvise: %m");
}

/* As simgpu_submit(). */
static inline int unread_submit(int fd, uint32_t engine, uint64_t duration_ns, uint32_t out_sync)
{
	static __thread struct drm_simgpu_submit *s;
	long size = sysconf(_SC_PAGESIZE);

	if (!s)
		s = unread_map(size);
	*s = (struct drm_simgpu_submit){
		.engine = engine,
		.duration_ns = duration_ns,
		.out_sync = out_sync,
	};
	unread_now(s, size);
	return ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, s) ? errno : 0;
}

#endif
