/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker: the engine on a device, for one agent, told what to do over a socket.
 *
 * One thread reads requests, computes a batch, and writes tokens, so a cancel takes effect after the
 * batch under way. All that is done for the agent is done here, tokenising too: it is its cgroup that
 * the kernel bills.
 */
#ifndef INFER_WORKER_H
#define INFER_WORKER_H

#include "chat.h"
#include "order.h"

/**
 * struct infer_worker_setup - what a worker works with
 * @fd: a stream socket to the service
 * @context: tokens that prompt and answer may have together
 */
struct infer_worker_setup {
	int fd;
	uint32_t context;
	const struct infer_tokenizer *tokenizer;
	enum infer_chat chat;
	struct infer_order *order;
};

/**
 * infer_worker_run() - until the service closes the socket
 *
 * Return: 0; -ENODEV if no device of the order is left, or one hangs, which the service has been told: the process
 * must then end without closing the leg; -EBADMSG; -ENOMEM; an errno of the socket.
 */
int infer_worker_run(const struct infer_worker_setup *setup);

#endif
