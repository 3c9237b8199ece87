/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service with workers that are played: no process is started, each socket is the test's, and
 * time passes when the test says so.
 */
#ifndef TEST_INFER_SERVICE_WORLD_H
#define TEST_INFER_SERVICE_WORLD_H

#include "serve.h"

#define WORLD_WORKERS 64
#define WORLD_FROZEN "/frozen"

/**
 * struct played - a worker, by its number: [0] is the first that was started
 * @fd: its end of the socket
 * @device: the order that it was given
 * @held: it is, at the gate
 * @files: that it may have open
 */
struct played {
	int fd;
	bool killed, held;
	char cgroup[64], device[256];
	uint64_t files;
	struct infer_bytes in;
};

/**
 * struct world - what the service does not do itself
 * @frozen: whether WORLD_FROZEN is
 * @lingers: nobody who was killed has ended yet
 * @spawn_error: why no worker can be started
 * @status: of workers that have ended, as waitpid() has it
 * @news: what was told of jobs
 */
extern struct world {
	struct infer_service service;
	struct played workers[WORLD_WORKERS];
	uint32_t started, news;
	bool frozen, lingers;
	int spawn_error, status;
	uint64_t now;
} world;

/* With room for so many workers of two sequences, --hang 2, --idle 60, and devices a,b,c. */
void world_open(uint32_t workers);
void world_close(void);

/* A test that leaves its world to be closed. */
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_teardown(name, world_teardown)

/* Seconds pass, with a tick in each. */
void world_pass(uint32_t seconds);

/* All that can happen without time. */
void world_settle(void);

/* A prompt of so many bytes; it is the service's until world_drop(). */
struct infer_job *world_ask(const char *cgroup, size_t length);
/* The same, of a user; of root above. */
struct infer_job *world_ask_as(uid_t user, const char *cgroup, size_t length);
void world_drop(struct infer_job *job);

/* What a worker says. */
void world_ready(uint32_t worker, uint32_t device);
void world_started(uint32_t worker, const struct infer_job *job, uint32_t n_prompt, uint32_t most);
void world_token(uint32_t worker, const struct infer_job *job, const char *text);
void world_say(uint32_t worker, enum infer_worker_kind kind, const void *fixed, size_t length,
	       const char *text);
void world_ended(uint32_t worker, const struct infer_job *job);
/* It begins an answer and ends it at once. */
void world_answers(uint32_t worker, const struct infer_job *job);
/* Its device has failed, it goes on on another one; its device does not answer. */
void world_moves(uint32_t worker, uint32_t device);
void world_hangs(uint32_t worker);

/* Its process ends. */
void world_dies(uint32_t worker);

/* The kind of the next message to it, 0 if there is none; of an ASK or a CANCEL, @id too. */
int world_told(uint32_t worker, uint64_t *id);

#endif
