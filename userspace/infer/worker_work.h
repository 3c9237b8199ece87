/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request, in its worker. */
#ifndef INFER_WORKER_WORK_H
#define INFER_WORKER_WORK_H

#include "stream_text.h"
#include "worker.h"
#include "worker_message.h"

/**
 * struct infer_works - all there are
 * @out: where their messages go
 * @error: -ENOMEM once one of these was lost: the worker is of no use then
 */
struct infer_works {
	const struct infer_worker_setup *setup;
	struct infer_engine *engine;
	struct infer_bytes out;
	struct infer_work *first;
	int error;
};

/**
 * infer_work_ask() - an ASK that has come, to the engine or back with a refusal
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int infer_work_ask(struct infer_works *works, const struct infer_worker_message *message);

/* infer_work_cancel(): nothing if there is none of that number. */
void infer_work_cancel(struct infer_works *works, uint64_t id);

/* infer_works_say(): a message; an error goes to @error. */
void infer_works_say(struct infer_works *works, enum infer_worker_kind kind, const void *fixed, size_t length,
		     const struct infer_text *text);

/* infer_works_free(): without the engine, which must have been closed before. */
void infer_works_free(struct infer_works *works);

#endif
