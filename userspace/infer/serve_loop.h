/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for file descriptors. One event at a time, so whoever handles one may end the watch of any other. */
#ifndef INFER_SERVE_LOOP_H
#define INFER_SERVE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "now.h"

/**
 * struct infer_watch - one descriptor; lies in what is told
 * @ready: is given events of epoll
 * @fd: -1: not watched
 */
struct infer_watch {
	void (*ready)(struct infer_watch *watch, uint32_t events);
	int fd;
	uint32_t events;
};

/* infer_loop_open(): a loop, as a descriptor; negative errno. */
int infer_loop_open(void);

/* infer_loop_watch(): begins, or changes what is waited for: 0 or negative errno. */
int infer_loop_watch(int loop, struct infer_watch *watch, int fd, uint32_t events);

/* infer_loop_forget(): before @fd is closed; nothing if it is not watched. */
void infer_loop_forget(int loop, struct infer_watch *watch);

/* infer_loop_wait(): handles one event, or none within so many ms (-1: ever): 0 or negative errno. */
int infer_loop_wait(int loop, int ms);

#endif
