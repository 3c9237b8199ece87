/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker on a leg that knows the alphabet: after each letter comes the next one, after "z" the
 * end. The test is the service, at the other end of the socket.
 */
#ifndef TEST_INFER_WORKER_WORLD_H
#define TEST_INFER_WORKER_WORLD_H

#include <semaphore.h>

#include "infer_vocabulary.h"
#include "worker.h"
#include "worker_message.h"

#define CONTEXT 64u
#define DEVICES 2u

struct infer_order {
	uint32_t tried;
};

/**
 * struct played - a device
 * @errors: of its batches, in order
 * @why: it does not open, "" if it does
 */
struct played {
	struct infer_leg leg;
	struct infer_batch batch;
	int errors[8];
	uint32_t batches;
	const char *why;
};

/**
 * struct world - what a worker lives in
 * @slow: batches end when @heard is posted
 * @in: what it said
 * @out: what say() sends
 */
extern struct world {
	struct played devices[DEVICES];
	struct infer_order order;
	bool slow;
	sem_t heard;
	struct infer_bytes in, out;
} world;

int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* The worker begins, with the world as it is. */
void start(void);
/* The service goes, and so does the worker: its result. */
int ends(void);
/* The worker goes by itself. */
int ends_alone(void);

/* With letters that have come already ("." is the end), and a stop string or NULL. */
void ask(uint64_t id, const char *prompt, uint32_t most, const char *stop, const char *letters);
void say(void);

void next_message(struct infer_worker_message *message);

/* The next message that is no pulse; one of that kind is expected. */
void expect(enum infer_worker_kind kind, void *fixed, size_t length, char *text);
void expect_device(enum infer_worker_kind kind, uint32_t index);
void expect_lost(uint32_t index, const char *why);
void expect_started(uint64_t id, uint32_t n_prompt, uint32_t most);
void expect_token(uint64_t id, uint32_t token, const char *expected);
void expect_letters(uint64_t id, const char *letters);
void expect_ended(uint64_t id, enum infer_end why, const char *expected);
void expect_refused(uint64_t id, int error);
void expect_cancelled(uint64_t id);

#endif
