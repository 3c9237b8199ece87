// SPDX-License-Identifier: GPL-2.0-or-later
/* A look at the module: what is read of it, and what is known afterwards. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls.h"
#include "lives.h"
#include "look.h"

/* ---- a module ---- */

static struct {
	struct headgate_flow flows[4];		/* that have changed */
	size_t n_flows;
	struct headgate_flow all[4];		/* if there are other ones, too */
	size_t n_all;
	uint32_t dumps;
	uint64_t agents[3];
	size_t n_agents;
	uint64_t changes;
	size_t n_devices;
	int error;				/* of the dump of agents */
	/* what it was asked */
	uint32_t since;				/* 0: for all */
	unsigned int agent_dumps, whole_dumps;
} module;

uint64_t headgate_lives_now(void)
{
	return 1;
}

static void *copy(const void *items, size_t size)
{
	void *copied = malloc(size ?: 1);

	assert_non_null(copied);
	return memcpy(copied, items, size);
}

static void give(struct headgate_flows *flows, const struct headgate_flow *items, size_t count)
{
	flows->items = copy(items, count * sizeof(*items));
	flows->count = count;
	module.dumps++;
}

int headgate_flow_dump(struct headgate_client *client, struct headgate_flows *flows)
{
	(void)client;
	module.since = 0;
	module.whole_dumps++;
	if (module.n_all)
		give(flows, module.all, module.n_all);
	else
		give(flows, module.flows, module.n_flows);
	return 0;
}

int headgate_flow_dump_since(struct headgate_client *client, uint32_t since,
			     struct headgate_flows *flows)
{
	(void)client;
	module.since = since;
	give(flows, module.flows, module.n_flows);
	return 0;
}

int headgate_agent_dump(struct headgate_client *client, struct headgate_agents *agents)
{
	(void)client;
	module.agent_dumps++;
	if (module.error)
		return module.error;
	agents->items = calloc(module.n_agents ?: 1, sizeof(*agents->items));
	agents->count = module.n_agents;
	for (size_t i = 0; i < module.n_agents; i++)
		agents->items[i].id = module.agents[i];
	return 0;
}

int headgate_device_dump(struct headgate_client *client, struct headgate_devices *devices)
{
	(void)client;
	devices->items = calloc(module.n_devices ?: 1, sizeof(*devices->items));
	devices->count = module.n_devices;
	for (size_t i = 0; i < module.n_devices; i++)
		devices->items[i].id = i + 1;
	return 0;
}

int headgate_lane_dump(struct headgate_client *client, struct headgate_lanes *lanes)
{
	(void)client;
	(void)lanes;
	return 0;
}

int headgate_job_dump(struct headgate_client *client, struct headgate_jobs *jobs)
{
	(void)client;
	(void)jobs;
	return 0;
}

int headgate_info_get(struct headgate_client *client, struct headgate_info *info)
{
	(void)client;
	info->agents_changes = module.changes;
	info->flow_dumps = module.dumps;
	return 0;
}

#define FREES(_noun)								\
void headgate_##_noun##s_free(struct headgate_##_noun##s *all)			\
{										\
	free(all->items);							\
	*all = (struct headgate_##_noun##s){ 0 };				\
}

FREES(flow)
FREES(agent)
FREES(device)
FREES(lane)
FREES(job)

void headgate_info_free(struct headgate_info *info)
{
	(void)info;
}

static void tells(size_t count, const struct headgate_flow *flows)
{
	memcpy(module.flows, flows, count * sizeof(*flows));
	module.n_flows = count;
}

#define TELLS(...)										\
	tells(sizeof((struct headgate_flow[]){ __VA_ARGS__ }) / sizeof(struct headgate_flow),	\
	      (struct headgate_flow[]){ __VA_ARGS__ })

/* One device, and agents 7 and 9, of which each has had a job. */
static void begin(struct look *look)
{
	memset(&module, 0, sizeof(module));
	module.dumps = 40;
	module.n_devices = 1;
	module.agents[0] = 9;
	module.agents[1] = 7;
	module.n_agents = 2;
	TELLS({ .agent_id = 9, .lane_id = 1, .device_id = 1, .jobs = 1 },
	      { .agent_id = 0, .lane_id = 1, .device_id = 1 },
	      { .agent_id = 7, .lane_id = 1, .device_id = 1, .jobs = 1 });
	*look = (struct look){ 0 };
	assert_int_equal(look_read(look, NULL), 0);
}

static uint64_t jobs_of(const struct look *look, uint64_t agent_id)
{
	for (size_t i = 0; i < look->flows.count; i++)
		if (look->flows.items[i].agent_id == agent_id && !look->flows.items[i].gone)
			return look->flows.items[i].jobs;
	return UINT64_MAX;
}

/* ---- tests ---- */

static void first_look__reads_all(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	assert_int_equal(module.whole_dumps, 1);
	assert_int_equal(look.flows.count, 3);
	assert_int_equal(look.flows.items[0].agent_id, 0);
	assert_int_equal(look.flows.items[1].agent_id, 7);
	assert_int_equal(look.agents.count, 2);
	assert_int_equal(look.agents.items[0].id, 7);
	look_clear(&look);
}

static void flow_that_is_not_told__is_as_it_was(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	TELLS({ .agent_id = 7, .lane_id = 1, .device_id = 1, .jobs = 5 },
	      { .agent_id = 7, .lane_id = 2, .device_id = 1, .jobs = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	/* Not since the first was read: what changed meanwhile is told again. */
	assert_int_equal(module.since, 40);
	assert_int_equal(look.flows.count, 4);
	assert_int_equal(jobs_of(&look, 7), 5);
	assert_int_equal(jobs_of(&look, 9), 1);
	look_clear(&look);
}

static void agents__are_read_when_they_have_changed(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	TELLS({ .agent_id = 0, .lane_id = 1, .device_id = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.agent_dumps, 1);
	assert_int_equal(look.agents.count, 2);
	/* 9 went, and has left something. */
	module.agents[0] = 7;
	module.n_agents = 1;
	module.changes++;
	TELLS({ .agent_id = 9, .lane_id = 1, .device_id = 1, .jobs = 2, .gone = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.agent_dumps, 2);
	assert_int_equal(module.whole_dumps, 1);
	assert_int_equal(look.agents.count, 1);
	assert_int_equal(jobs_of(&look, 9), UINT64_MAX);
	assert_int_equal(look.flows.count, 3);
	assert_int_equal(look.flows.items[2].gone, 1);
	/* It is told each time, until it is forgotten. */
	TELLS({ .agent_id = 0, .lane_id = 1, .device_id = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(look.flows.count, 2);
	look_clear(&look);
}

/* Between the dump of flows and that of agents: what it had is told as gone at the next look. */
static void agent_that_goes_during_a_look__is_not_missing(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	module.agents[0] = 7;
	module.n_agents = 1;
	module.changes++;
	TELLS({ .agent_id = 0, .lane_id = 1, .device_id = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(jobs_of(&look, 9), 1);
	TELLS({ .agent_id = 9, .lane_id = 1, .device_id = 1, .jobs = 1, .gone = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(jobs_of(&look, 9), UINT64_MAX);
	assert_int_equal(look.flows.count, 3);
	/* One of which nothing is told has left nothing. */
	module.n_agents = 0;
	module.changes++;
	TELLS({ .agent_id = 0, .lane_id = 1, .device_id = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(jobs_of(&look, 7), UINT64_MAX);
	look_clear(&look);
}

#define OF_9(_jobs, _gone) \
	{ .agent_id = 9, .lane_id = 1, .device_id = 1, .jobs = _jobs, .gone = _gone }
#define ALL(...) do {										\
	const struct headgate_flow flows[] = { __VA_ARGS__ };					\
												\
	memcpy(module.all, flows, sizeof(flows));						\
	module.n_all = sizeof(flows) / sizeof(*flows);						\
} while (0)

/* Its cgroup is an agent again: which of its flows has ended, only all of them tell. */
static void end_of_an_agent_that_is_back__has_all_read(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	TELLS(OF_9(1, 4));
	ALL(OF_9(1, 4), { .agent_id = 7, .lane_id = 1, .device_id = 1, .jobs = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.whole_dumps, 2);
	assert_int_equal(jobs_of(&look, 9), UINT64_MAX);
	assert_int_equal(look.flows.count, 2);
	/* The same end is told again, and is none. */
	TELLS(OF_9(1, 4), OF_9(3, 0));
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.whole_dumps, 2);
	assert_int_equal(jobs_of(&look, 9), 3);
	TELLS(OF_9(1, 4));
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(jobs_of(&look, 9), 3);
	/* One that ended while it was told has the number of the one before it. */
	TELLS(OF_9(4, 4));
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.whole_dumps, 3);
	look_clear(&look);
}

/* It went with a job left, and is back. */
static void two_flows_of_an_agent_on_a_lane__have_all_read(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	TELLS(OF_9(1, 0), OF_9(5, 0));
	ALL(OF_9(1, 0), OF_9(5, 0), { .agent_id = 7, .lane_id = 1, .device_id = 1, .jobs = 1 });
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.whole_dumps, 2);
	assert_int_equal(look.flows.count, 3);
	TELLS(OF_9(2, 0));
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.whole_dumps, 3);
	assert_int_equal(look.flows.count, 3);
	look_clear(&look);
}

static void device_that_is_forgotten__has_no_flows(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	module.n_devices = 0;
	module.n_flows = 0;
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(look.flows.count, 0);
	look_clear(&look);
}

static void look_that_fails__changes_nothing(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	module.error = -ENOMEM;
	module.changes++;
	TELLS({ .agent_id = 7, .lane_id = 1, .device_id = 1, .jobs = 5 });
	assert_int_equal(look_read(&look, NULL), -ENOMEM);
	assert_int_equal(jobs_of(&look, 7), 1);
	assert_int_equal(look.agents.count, 2);
	/* What it was told is asked for again. */
	module.error = 0;
	assert_int_equal(look_read(&look, NULL), 0);
	assert_int_equal(module.since, 40);
	assert_int_equal(jobs_of(&look, 7), 5);
	look_clear(&look);
}

static void all__is_read_again_now_and_then(void **state)
{
	unsigned int whole = 0;
	struct look look;

	(void)state;
	begin(&look);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(look_read(&look, NULL), 0);
		whole += !module.since;
	}
	assert_in_range(whole, 5, 50);
	assert_int_equal(module.agent_dumps, whole + 1);
	look_clear(&look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_look__reads_all),
		cmocka_unit_test(flow_that_is_not_told__is_as_it_was),
		cmocka_unit_test(agents__are_read_when_they_have_changed),
		cmocka_unit_test(agent_that_goes_during_a_look__is_not_missing),
		cmocka_unit_test(end_of_an_agent_that_is_back__has_all_read),
		cmocka_unit_test(two_flows_of_an_agent_on_a_lane__have_all_read),
		cmocka_unit_test(device_that_is_forgotten__has_no_flows),
		cmocka_unit_test(look_that_fails__changes_nothing),
		cmocka_unit_test(all__is_read_again_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
