/* SPDX-License-Identifier: GPL-2.0 */
/* syncobjs: the out fences of jobs, and one that never signals. Negative errnos. */
#ifndef SIMLOAD_SYNCOBJ_H
#define SIMLOAD_SYNCOBJ_H

#include <stdint.h>

int syncobj_create(int fd, uint32_t *handle);

/* With a fence that nobody signals until the file is closed. */
int syncobj_create_never(int fd, uint32_t *handle);

/* -ETIME: it is time to stop; without a stop a wait may go on beyond @give_up alone. */
int syncobj_wait(int fd, uint32_t handle, int64_t give_up);

#endif
