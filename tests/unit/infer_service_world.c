// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "freezer.h"
#include "infer_service_world.h"
#include "serve_files.h"
#include "serve_gate.h"

#define FIRST_PID 1000

struct world world;

/* ---- the kernel ---- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = (time_t)(world.now / INFER_SECOND);
	now->tv_nsec = (long)(world.now % INFER_SECOND);
	return 0;
}

int __wrap_kill(pid_t pid, int signal)
{
	assert_int_equal(signal, SIGKILL);
	world.workers[pid - FIRST_PID].killed = true;
	return 0;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int flags)
{
	(void)flags;
	if (status)
		*status = world.status;
	return world.lingers ? 0 : pid;
}

int headgate_spawn_hold(const char *path, char *const argv[], const sigset_t *mask,
			struct headgate_spawn *spawn)
{
	struct played *worker = &world.workers[world.started];

	(void)mask;
	if (world.spawn_error)
		return world.spawn_error;
	assert_true(world.started < WORLD_WORKERS);
	*worker = (struct played){ .fd = dup(atoi(argv[3])) };
	snprintf(worker->cgroup, sizeof(worker->cgroup), "%s", path ?: "");
	snprintf(worker->device, sizeof(worker->device), "%s", argv[7]);
	fcntl(worker->fd, F_SETFL, O_NONBLOCK);
	*spawn = (struct headgate_spawn){ .pid = FIRST_PID + (pid_t)world.started++ };
	return 0;
}

pid_t headgate_spawn_let(struct headgate_spawn *spawn)
{
	return spawn->pid;
}

int headgate_cgroup_attach(const char *path, uint64_t id, pid_t pid)
{
	struct played *worker = &world.workers[pid - FIRST_PID];

	(void)id;
	snprintf(worker->cgroup, sizeof(worker->cgroup), "%s", path);
	return 0;
}

int headgate_freezer_frozen(const char *path)
{
	return world.frozen && !strcmp(path, WORLD_FROZEN);
}

bool infer_gate_holds(const char *proc, pid_t pid)
{
	assert_string_equal(proc, "/proc");
	return world.workers[pid - FIRST_PID].held;
}

int infer_files_give(pid_t pid, uint64_t files)
{
	world.workers[pid - FIRST_PID].files = files;
	return 0;
}

int infer_device_check(const char *name, char problem[INFER_PROBLEM])
{
	(void)problem;
	return *name ? 0 : -EINVAL;
}

bool infer_http_fail(struct infer_http_error *error, unsigned int status, const char *param,
		     const char *code, const char *format, ...)
{
	va_list arguments;

	*error = (struct infer_http_error){ .status = status, .param = param, .code = code };
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return false;
}

/* ---- the service ---- */

void world_open(uint32_t workers)
{
	const struct infer_service_policy policy = {
		.model = "model", .device = "a,b,c", .queue = 100, .workers = workers, .sequences = 2,
		.context = 100, .idle_ns = 60 * INFER_SECOND, .hang_ns = 2 * INFER_SECOND,
		.retry_ns = INFER_FLEET_FIRST_NS,
	};
	char problem[INFER_PROBLEM];

	world = (struct world){ .now = 1000 * INFER_SECOND };
	assert_int_equal(infer_service_open(&world.service, &policy, infer_loop_open(), problem),
			 0);
}

void world_close(void)
{
	world.lingers = false;
	infer_service_close(&world.service);
	assert_null(world.service.workers);
	close(world.service.loop);
	for (uint32_t i = 0; i < world.started; i++) {
		close(world.workers[i].fd);
		infer_bytes_free(&world.workers[i].in);
	}
}

void world_settle(void)
{
	for (int i = 0; i < 200; i++)
		assert_int_equal(infer_loop_wait(world.service.loop, 0), 0);
}

void world_pass(uint32_t seconds)
{
	while (seconds--) {
		world.now += INFER_SECOND;
		infer_service_tick(&world.service);
		world_settle();
	}
}

static void on_news(struct infer_job *job)
{
	(void)job;
	world.news++;
}

struct infer_job *world_ask(const char *cgroup, size_t length)
{
	return world_ask_as(0, cgroup, length);
}

struct infer_job *world_ask_as(uid_t user, const char *cgroup, size_t length)
{
	struct infer_http_request what = { 0 };
	struct infer_job *job;

	what.ask.owned = malloc(length + 1);
	memset(what.ask.owned, 'x', length + 1);
	what.ask.text = (struct infer_text){ what.ask.owned, length };
	job = infer_job_new(&what, on_news, NULL);
	assert_non_null(job);
	assert_int_equal(infer_service_ask(&world.service, cgroup, user, job), 0);
	return job;
}

void world_drop(struct infer_job *job)
{
	infer_service_drop(job);
	world_settle();
}

/* ---- workers ---- */

void world_say(uint32_t worker, enum infer_worker_kind kind, const void *fixed, size_t length,
	       const char *text)
{
	struct infer_text said = { text, text ? strlen(text) : 0 };
	struct infer_bytes out = { 0 };

	assert_true(worker < world.started);
	assert_int_equal(infer_worker_put(&out, kind, fixed, length, text ? &said : NULL), 0);
	send(world.workers[worker].fd, out.data + out.at, infer_bytes_left(&out), MSG_NOSIGNAL);
	infer_bytes_free(&out);
	world_settle();
}

void world_ready(uint32_t worker, uint32_t device)
{
	struct infer_worker_device ready = { .index = device, .name = "played" };

	world_say(worker, INFER_WORKER_READY, &ready, sizeof(ready), NULL);
}

void world_started(uint32_t worker, const struct infer_job *job, uint32_t n_prompt, uint32_t most)
{
	struct infer_worker_started started = { .id = job->id, .n_prompt = n_prompt, .most = most };

	world_say(worker, INFER_WORKER_STARTED, &started, sizeof(started), NULL);
}

void world_token(uint32_t worker, const struct infer_job *job, const char *text)
{
	struct infer_worker_token token = { .id = job->id, .at = world.now, .token = 1 };

	world_say(worker, INFER_WORKER_TOKEN, &token, sizeof(token), text);
}

void world_ended(uint32_t worker, const struct infer_job *job)
{
	struct infer_worker_ended ended = { .id = job->id, .why = INFER_END_LENGTH };

	world_say(worker, INFER_WORKER_ENDED, &ended, sizeof(ended), "");
}

void world_answers(uint32_t worker, const struct infer_job *job)
{
	world_started(worker, job, 1, 1);
	world_ended(worker, job);
}

void world_moves(uint32_t worker, uint32_t device)
{
	struct infer_worker_device moved = { .index = device };

	world_say(worker, INFER_WORKER_DEVICE, &moved, sizeof(moved), NULL);
}

void world_hangs(uint32_t worker)
{
	struct infer_worker_device device = { 0 };

	world_say(worker, INFER_WORKER_HUNG, &device, sizeof(device), NULL);
}

void world_dies(uint32_t worker)
{
	shutdown(world.workers[worker].fd, SHUT_RDWR);
	world_settle();
}

int world_told(uint32_t worker, uint64_t *id)
{
	struct played *played = &world.workers[worker];
	struct infer_worker_message message;

	while (!infer_worker_next(&played->in, &message)) {
		if (infer_bytes_read(&played->in, played->fd) <= 0)
			return 0;
		world_settle();
	}
	/* Both begin with it. */
	if (id)
		memcpy(id, message.bytes, sizeof(*id));
	infer_worker_done(&played->in, &message);
	return (int)message.kind;
}

int world_teardown(void **state)
{
	(void)state;
	world_close();
	return 0;
}
