// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "serve_loop.h"

int infer_loop_open(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int infer_loop_watch(int loop, struct infer_watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (watch->fd == fd && watch->events == events)
		return 0;
	if (epoll_ctl(loop, watch->fd == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event))
		return -errno;
	watch->fd = fd;
	watch->events = events;
	return 0;
}

void infer_loop_forget(int loop, struct infer_watch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(loop, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

int infer_loop_wait(int loop, int ms)
{
	struct epoll_event event;
	int n = epoll_wait(loop, &event, 1, ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n) {
		struct infer_watch *watch = event.data.ptr;

		watch->ready(watch, event.events);
	}
	return 0;
}
