/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service and a worker tell each other over a pair of sockets.
 *
 *   service ── ASK, CANCEL ─► worker
 *           ◄─ READY, DEVICE, STARTED, TOKEN, ENDED, CANCELLED, REFUSED, PULSE, HUNG, LOST, NONE ──
 *
 * Each message is a header and @length bytes: a struct of a fixed size, then, in some, texts, each of
 * them a uint32_t and so many bytes. Both ends are the same program on the same machine, so structs
 * travel as they lie in memory; none the less neither end trusts a length: one that does not fit is
 * -EBADMSG, and then the other end is given up.
 *
 * A request goes by a number of the service's choice. After a worker's death the service asks the next
 * one for the same with the tokens that have come; STARTED is then told again, these tokens are not.
 */
#ifndef INFER_WORKER_MESSAGE_H
#define INFER_WORKER_MESSAGE_H

#include "ask.h"
#include "bytes.h"
#include "engine.h"

enum infer_worker_kind {
	INFER_WORKER_ASK = 1,
	INFER_WORKER_CANCEL,	/* infer_worker_ended, @why of no meaning */
	INFER_WORKER_READY,	/* infer_worker_device: requests are worked on from now */
	INFER_WORKER_DEVICE,	/* infer_worker_device: all requests moved there */
	INFER_WORKER_STARTED,	/* infer_worker_started */
	INFER_WORKER_TOKEN,	/* infer_worker_token; a text: what can be passed on now */
	INFER_WORKER_ENDED,	/* infer_worker_ended; a text: what was held back */
	INFER_WORKER_CANCELLED,	/* infer_worker_ended: the answer to each CANCEL, also of what it has not */
	INFER_WORKER_REFUSED,	/* infer_worker_refused; a text: a sentence that says why */
	INFER_WORKER_PULSE,	/* nothing: some of a batch was computed */
	INFER_WORKER_HUNG,	/* infer_worker_device: it does not answer; the worker is to be killed */
	INFER_WORKER_LOST,	/* infer_worker_lost, before READY, DEVICE or NONE; a text: why */
	INFER_WORKER_NONE,	/* a text: why no device is left; the worker ends */
};

/* Room for a prompt as long as HTTP takes one (INFER_HTTP_BODY), and all that is with it. */
#define INFER_WORKER_MESSAGE (16u << 20)

struct infer_worker_header {
	uint32_t length, kind;
};

/* Of the order of devices that the worker was given, the index of the one in use; @place as of the leg. */
struct infer_worker_device {
	uint32_t index;
	char place[INFER_PLACE];
	char name[INFER_PROBLEM];
};

/* Of that order, one that did not open or has failed. */
struct infer_worker_lost {
	uint32_t index;
};

/* @most: tokens it may get, with those it had */
struct infer_worker_started {
	uint64_t id;
	uint32_t n_prompt, most;
};

/* @at: ns of CLOCK_MONOTONIC, which is one for all processes */
struct infer_worker_token {
	uint64_t id, at;
	uint32_t token;
};

struct infer_worker_ended {
	uint64_t id;
	uint32_t why; /* enum infer_end */
};

struct infer_worker_refused {
	uint64_t id;
	int32_t error; /* negative errno; -EINVAL and -E2BIG are the client's fault */
};

/**
 * struct infer_worker_message - one that has come, until the queue of bytes is used again
 */
struct infer_worker_message {
	enum infer_worker_kind kind;
	const char *bytes;
	size_t length;
};

/**
 * infer_worker_put() - a message to the end of a queue
 * @text: NULL if there is none in this message
 *
 * Return: 0; -ENOMEM, with nothing changed.
 */
int infer_worker_put(struct infer_bytes *bytes, enum infer_worker_kind kind, const void *fixed, size_t length,
		     const struct infer_text *text);

/**
 * infer_worker_next() - the message that a queue begins with; infer_worker_done() is due after each
 *
 * Return: 1; 0 if it is not whole yet; -EBADMSG.
 */
int infer_worker_next(const struct infer_bytes *bytes, struct infer_worker_message *message);
void infer_worker_done(struct infer_bytes *bytes, const struct infer_worker_message *message);

/**
 * infer_worker_get() - what infer_worker_put() was given
 * @text: NULL if the message is to have none
 *
 * Return: 0; -EBADMSG if it is of other sizes.
 */
int infer_worker_get(const struct infer_worker_message *message, void *fixed, size_t length, struct infer_text *text);

/**
 * infer_worker_put_ask() - an ASK
 * @done: tokens that have been made already
 *
 * Return: 0; -ENOMEM, with nothing changed; -E2BIG.
 */
int infer_worker_put_ask(struct infer_bytes *bytes, uint64_t id, const struct infer_ask *ask, const uint32_t *done,
			 uint32_t n_done);

/**
 * infer_worker_get_ask() - what it says
 * @ask: for infer_ask_free(); its texts lie in the message
 * @done: [n_done], for free()
 *
 * Return: 0; -EBADMSG, with @id; -ENOMEM.
 */
int infer_worker_get_ask(const struct infer_worker_message *message, uint64_t *id, struct infer_ask *ask,
			 uint32_t **done, uint32_t *n_done);

#endif
