// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "now.h"
#include "worker.h"
#include "worker_work.h"

/* More than this waits for the service to read: it is slow, and the device does not run ahead of it. */
#define OUT_MOST (1u << 20)

/* The service gives up a worker that it has not heard of for seconds. */
#define PULSE_NS 500000000u

/**
 * struct worker - at work
 * @left: sequences that the engine has
 * @left_behind: of the order, so many were told of if they are lost
 * @said_ns: when something was last said
 */
struct worker {
	struct infer_works works;
	struct infer_bytes in;
	int fd, left;
	struct infer_order *order;
	uint32_t left_behind;
	uint64_t said_ns;
};

static void say_device(struct worker *w, enum infer_worker_kind kind, const struct infer_leg *leg)
{
	struct infer_worker_device device = { .index = infer_order_index(w->order) };

	if (leg)
		snprintf(device.name, sizeof(device.name), "%s", leg->name);
	if (leg)
		memcpy(device.place, leg->place, sizeof(device.place));
	infer_works_say(&w->works, kind, &device, sizeof(device), NULL);
}

static void say_lost(struct worker *w, uint32_t index, const char *why)
{
	struct infer_worker_lost lost = { .index = index };

	infer_works_say(&w->works, INFER_WORKER_LOST, &lost, sizeof(lost), &(struct infer_text){ why, strlen(why) });
}

/* Those that did not open, since this was said last. */
static void say_unopened(struct worker *w)
{
	for (; w->left_behind <= infer_order_index(w->order); w->left_behind++)
		if (*infer_order_why(w->order, w->left_behind))
			say_lost(w, w->left_behind, infer_order_why(w->order, w->left_behind));
}

/* Before the end: all that was said. The service may be slow, but if it ends, so does this process. */
static void flush(struct worker *w)
{
	struct pollfd poll_fd = { .fd = w->fd, .events = POLLOUT };

	while (!infer_bytes_send(&w->works.out, w->fd) && infer_bytes_left(&w->works.out))
		poll(&poll_fd, 1, -1);
}

/* In the midst of a batch, which may take longer than the service waits for a word. */
static void pulse(void *context)
{
	struct worker *w = context;

	if (infer_now_ns() - w->said_ns <= PULSE_NS)
		return;
	infer_works_say(&w->works, INFER_WORKER_PULSE, NULL, 0, NULL);
	w->said_ns = infer_now_ns();
	/* Whether the service is still there is seen after the batch. */
	infer_bytes_send(&w->works.out, w->fd);
}

static void use(struct worker *w, struct infer_leg *leg)
{
	leg->progress = pulse;
	leg->progress_context = w;
}

static int none_is_left(struct worker *w, const char *problem)
{
	infer_works_say(&w->works, INFER_WORKER_NONE, NULL, 0, &(struct infer_text){ problem, strlen(problem) });
	flush(w);
	return -ENODEV;
}

static int handle(struct worker *w, const struct infer_worker_message *message)
{
	struct infer_worker_ended cancel;
	int error;

	switch (message->kind) {
	case INFER_WORKER_ASK:
		error = infer_work_ask(&w->works, message);
		w->left += !error;
		return error;
	case INFER_WORKER_CANCEL:
		error = infer_worker_get(message, &cancel, sizeof(cancel), NULL);
		if (error)
			return error;
		infer_work_cancel(&w->works, cancel.id);
		infer_works_say(&w->works, INFER_WORKER_CANCELLED, &cancel, sizeof(cancel), NULL);
		return w->works.error;
	default:
		return -EBADMSG;
	}
}

static int handle_all(struct worker *w)
{
	struct infer_worker_message message;
	int whole, error = 0;

	while (!error && (whole = infer_worker_next(&w->in, &message))) {
		if (whole < 0)
			return whole;
		error = handle(w, &message);
		infer_worker_done(&w->in, &message);
	}
	return error;
}

/* A device that hangs may do so when it is closed as well: that is for the service's SIGKILL. */
static int go_on_elsewhere(struct worker *w, int error)
{
	char problem[INFER_PROBLEM];
	struct infer_leg *leg;
	bool none;

	if (error == -ETIMEDOUT) {
		say_device(w, INFER_WORKER_HUNG, NULL);
		flush(w);
		return -ENODEV;
	}
	say_lost(w, infer_order_index(w->order), infer_engine_problem(error));
	none = infer_order_next(w->order, &leg, problem);
	say_unopened(w);
	if (none)
		return none_is_left(w, *problem ? problem : infer_engine_problem(error));
	use(w, leg);
	infer_engine_move(w->works.engine, leg);
	say_device(w, INFER_WORKER_DEVICE, leg);
	return 0;
}

static int step(struct worker *w)
{
	size_t before = infer_bytes_left(&w->works.out);

	w->left = infer_engine_step(w->works.engine);
	if (w->left < 0) {
		int error = go_on_elsewhere(w, w->left);

		w->left = 1;
		if (error)
			return error;
	}
	if (infer_bytes_left(&w->works.out) != before)
		w->said_ns = infer_now_ns();
	else
		pulse(w);
	return w->works.error;
}

/* Reads and writes; waits only when there is nothing to compute. 1: the service has gone. */
static int talk(struct worker *w, bool compute)
{
	struct pollfd poll_fd = { .fd = w->fd, .events = POLLIN };
	ptrdiff_t got;
	int error;

	if (infer_bytes_left(&w->works.out))
		poll_fd.events |= POLLOUT;
	if (poll(&poll_fd, 1, compute ? 0 : -1) < 0)
		return errno == EINTR ? 0 : -errno;
	error = infer_bytes_send(&w->works.out, w->fd);
	/* Of the two the latter if it has left something unread. */
	if (error || !(poll_fd.revents & ~POLLOUT))
		return error == -EPIPE || error == -ECONNRESET ? 1 : error;
	got = infer_bytes_read(&w->in, w->fd);
	if (got == 0 || got == -ECONNRESET)
		return 1;
	if (got < 0)
		return got == -EAGAIN ? 0 : (int)got;
	return handle_all(w);
}

static int loop(struct worker *w)
{
	int error = 0;

	while (!error) {
		bool compute = w->left && infer_bytes_left(&w->works.out) < OUT_MOST;

		error = talk(w, compute);
		if (!error && compute)
			error = step(w);
		if (!error)
			error = w->works.error;
	}
	return error < 0 ? error : 0;
}

int infer_worker_run(const struct infer_worker_setup *setup)
{
	struct worker w = { .works = { .setup = setup }, .fd = setup->fd, .order = setup->order };
	char problem[INFER_PROBLEM];
	struct infer_leg *leg;
	int error = infer_order_next(w.order, &leg, problem);

	say_unopened(&w);
	if (error)
		error = none_is_left(&w, problem);
	else
		error = infer_engine_open(leg, &w.works.engine);
	if (!error) {
		use(&w, leg);
		say_device(&w, INFER_WORKER_READY, leg);
		error = loop(&w);
	}
	infer_engine_close(w.works.engine);
	infer_works_free(&w.works);
	infer_bytes_free(&w.in);
	return error;
}
