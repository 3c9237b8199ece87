// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "infer_service_turns.h"

void pass_at_work(uint32_t seconds)
{
	for (uint32_t i = 0; i < seconds; i++) {
		for (uint32_t w = 0; w < world.started; w++)
			if (!world.workers[w].killed && !world.workers[w].held)
				world_say(w, INFER_WORKER_PULSE, NULL, 0, NULL);
		world_pass(1);
	}
}

struct infer_job *at_work(uid_t user, const char *cgroup)
{
	uint32_t worker = world.started;
	struct infer_job *job;

	world.service.policy.sequences = 1;
	job = world_ask_as(user, cgroup, 1);
	assert_int_equal(world.started, worker + 1);
	world_ready(worker, 0);
	assert_non_null(job->worker);
	return job;
}

struct infer_job *waiting(uid_t user, const char *cgroup)
{
	struct infer_job *job = world_ask_as(user, cgroup, 1);

	assert_null(job->worker);
	assert_false(job->done);
	return job;
}

void assert_next(uint32_t worker, struct infer_job *job, const struct infer_job *next)
{
	uint32_t started = world.started;

	world_answers(worker, job);
	assert_int_equal(job->error.status, 0);
	world_drop(job);
	assert_int_equal(world.started, started + 1);
	assert_non_null(next->worker);
	world_ready(started, 0);
}
