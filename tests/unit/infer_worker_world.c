// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_idle_leg.h"
#include "infer_worker_world.h"

/* What is not said is a failure, not a test without an end; on a busy machine it takes a while. */
#define PATIENCE_S 60

struct world world;

static struct made made;
static struct infer_layer layers[1];

static struct infer_model model = {
	.vocabulary = 300, .dim = 32, .heads = 1, .kv_heads = 1, .head_dim = 32, .ffn = 32,
	.n_layers = 1, .layers = layers,
};

static struct infer_tokenizer *tokenizer;
static pthread_t thread;
static int fd, worker_fd, result;

/* ---- the leg ---- */

static int begin(struct infer_leg *leg, const struct infer_batch *batch)
{
	((struct played *)leg)->batch = *batch;
	return 0;
}

static int end(struct infer_leg *leg, float *logits)
{
	struct played *played = (struct played *)leg;
	int error = played->batches < 8 ? played->errors[played->batches] : 0;

	if (world.slow)
		sem_wait(&world.heard);
	played->batches++;
	for (uint32_t i = 0; i < played->batch.n_wanted && !error; i++) {
		uint32_t token = played->batch.rows[played->batch.wanted[i]].token;
		uint32_t next = token == MADE_BYTES + 'z' ? MADE_END : token + 1;

		for (uint32_t t = 0; t < model.vocabulary; t++)
			logits[i * model.vocabulary + t] = t == next;
	}
	return error;
}

static const struct infer_leg_ops ops = {
	.begin = begin, .end = end, .store = idle_layer, IDLE_KERNELS
};

int infer_order_next(struct infer_order *o, struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	problem[0] = '\0';
	while (o->tried < DEVICES && *world.devices[o->tried].why)
		strcpy(problem, world.devices[o->tried++].why);
	if (o->tried == DEVICES)
		return -ENODEV;
	*leg = &world.devices[o->tried++].leg;
	return 0;
}

uint32_t infer_order_index(const struct infer_order *o)
{
	return o->tried - 1;
}

const char *infer_order_why(const struct infer_order *o, uint32_t index)
{
	return index < o->tried ? world.devices[index].why : "";
}

/* ---- the worker ---- */

static void *run(void *unused)
{
	struct infer_worker_setup setup = {
		.fd = worker_fd, .context = CONTEXT, .tokenizer = tokenizer,
		.chat = INFER_CHAT_PLAIN, .order = &world.order,
	};

	(void)unused;
	result = infer_worker_run(&setup);
	close(worker_fd);
	return NULL;
}

int world_setup(void **state)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fds[2];

	(void)state;
	made_begin(&made, INFER_BPE);
	tokenizer = made_end(&made);
	world = (struct world){ 0 };
	for (uint32_t i = 0; i < DEVICES; i++) {
		struct infer_leg *leg = &world.devices[i].leg;

		*leg = (struct infer_leg){
			.ops = &ops, .model = &model, .name = "fake",
			.limits = { .rows = 16, .pages = 8, .sequence_pages = 2, .sequences = 4 },
		};
		/* As long as the kernel's names may be: not all are PCI addresses. */
		snprintf(leg->place, sizeof(leg->place), "%063u", i);
		world.devices[i].why = "";
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return -1;
	fd = fds[0];
	worker_fd = fds[1];
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

int world_teardown(void **state)
{
	(void)state;
	infer_bytes_free(&world.in);
	infer_bytes_free(&world.out);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
	return 0;
}

void start(void)
{
	assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
}

int ends(void)
{
	close(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return result;
}

int ends_alone(void)
{
	struct timespec until;
	int late;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_S;
	late = pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until);
	if (late) {
		ends();
		fail_msg("the worker ended with the service alone");
	}
	close(fd);
	return result;
}

/* ---- what it says, and is told ---- */

void next_message(struct infer_worker_message *message)
{
	while (!infer_worker_next(&world.in, message)) {
		char bytes[512];
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n <= 0)
			fail_msg("the worker has ended");
		infer_bytes_put(&world.in, bytes, (size_t)n);
	}
}

void expect(enum infer_worker_kind kind, void *fixed, size_t length, char *text)
{
	struct infer_worker_message message;
	struct infer_text got;

	for (next_message(&message); message.kind == INFER_WORKER_PULSE; next_message(&message))
		infer_worker_done(&world.in, &message);
	assert_int_equal(message.kind, kind);
	assert_int_equal(infer_worker_get(&message, fixed, length, text ? &got : NULL), 0);
	if (text) {
		memcpy(text, got.bytes, got.length);
		text[got.length] = '\0';
	}
	infer_worker_done(&world.in, &message);
}

void expect_device(enum infer_worker_kind kind, uint32_t index)
{
	struct infer_worker_device device;

	expect(kind, &device, sizeof(device), NULL);
	assert_int_equal(device.index, index);
	if (kind != INFER_WORKER_HUNG)
		assert_string_equal(device.place, world.devices[index].leg.place);
}

static void expect_with_text(enum infer_worker_kind kind, void *fixed, size_t length,
			     const char *expected)
{
	char text[INFER_PROBLEM];

	expect(kind, fixed, length, text);
	assert_string_equal(text, expected);
}

void expect_lost(uint32_t index, const char *why)
{
	struct infer_worker_lost lost;

	expect_with_text(INFER_WORKER_LOST, &lost, sizeof(lost), why);
	assert_int_equal(lost.index, index);
}

void expect_started(uint64_t id, uint32_t n_prompt, uint32_t most)
{
	struct infer_worker_started started;

	expect(INFER_WORKER_STARTED, &started, sizeof(started), NULL);
	assert_int_equal(started.id, id);
	assert_int_equal(started.n_prompt, n_prompt);
	assert_int_equal(started.most, most);
}

void expect_token(uint64_t id, uint32_t token, const char *expected)
{
	struct infer_worker_token got;

	expect_with_text(INFER_WORKER_TOKEN, &got, sizeof(got), expected);
	assert_int_equal(got.id, id);
	assert_int_equal(got.token, token);
}

void expect_letters(uint64_t id, const char *letters)
{
	for (; *letters; letters++)
		expect_token(id, MADE_BYTES + *letters, (char[]){ *letters, '\0' });
}

void expect_ended(uint64_t id, enum infer_end why, const char *expected)
{
	struct infer_worker_ended ended;

	expect_with_text(INFER_WORKER_ENDED, &ended, sizeof(ended), expected);
	assert_int_equal(ended.id, id);
	assert_int_equal(ended.why, why);
}

void expect_refused(uint64_t id, int error)
{
	struct infer_worker_refused refused;
	char text[512];

	expect(INFER_WORKER_REFUSED, &refused, sizeof(refused), text);
	assert_int_equal(refused.id, id);
	assert_int_equal(refused.error, error);
	assert_true(strlen(text) > 10);
}

void expect_cancelled(uint64_t id)
{
	struct infer_worker_ended cancelled;

	expect(INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	assert_int_equal(cancelled.id, id);
}

void say(void)
{
	size_t left = infer_bytes_left(&world.out);

	assert_int_equal(send(fd, world.out.data + world.out.at, left, 0), left);
	infer_bytes_take(&world.out, left);
}

void ask(uint64_t id, const char *prompt, uint32_t most, const char *stop, const char *letters)
{
	struct infer_ask a = { .kind = INFER_ASK_TEXT, .most = most, .sampling = { .top_p = 1 },
			       .text = { prompt, strlen(prompt) } };
	uint32_t done[64], n_done = 0;

	for (; *letters; letters++)
		done[n_done++] = *letters == '.' ? MADE_END : MADE_BYTES + (uint32_t)*letters;
	if (stop)
		a.stops[a.n_stops++] = (struct infer_text){ stop, strlen(stop) };
	assert_int_equal(infer_worker_put_ask(&world.out, id, &a, done, n_done), 0);
}
