// SPDX-License-Identifier: GPL-2.0-or-later
/* Which agents are told one by one, and that no counter goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "metrics_collect.h"

#define AGENTS_MAX 64
#define FLOWS_MAX 128

/* A host: what a reader would have read of it. Nothing of it is of malloc(). */
static struct host {
	struct headgate_device devices[4];
	struct headgate_lane lanes[8];
	struct headgate_agent agents[AGENTS_MAX];
	struct headgate_flow flows[FLOWS_MAX];
	struct headgate_pressure pressures[8];
	struct headgate_lives_item lives[AGENTS_MAX];
	struct headgate_labelled labels[AGENTS_MAX];
	struct headgate_stall stalls[4];
	struct headgate_health_device health[3];
	char paths[AGENTS_MAX][32];
	struct metrics_input input;
} host;

static struct metrics_collector collector;

/* A device with two engines, lanes 1 and 2. */
static int set_up(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	memset(&collector, 0, sizeof(collector));
	host.input = (struct metrics_input){
		.loaded = true, .instance = 1, .version = "1", .info = { .version = "2" },
		.devices = { host.devices, 1 }, .lanes = { host.lanes, 2 },
		.agents = { host.agents, 0 }, .flows = { host.flows, 0 },
		.pressures = { host.pressures, 0 }, .lives = { host.lives, 0 },
		.labels = { host.labels, 0 }, .stalls = { .items = host.stalls },
	};
	host.devices[0] = (struct headgate_device){ .id = 1, .name = "0000:03:00.0", .driver = "xe" };
	host.lanes[0] = (struct headgate_lane){ .id = 1, .device_id = 1, .name = "rcs0" };
	host.lanes[1] = (struct headgate_lane){ .id = 2, .device_id = 1, .name = "bcs0" };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	metrics_collector_free(&collector);
	return 0;
}

static struct headgate_agent *add_agent(uint64_t id)
{
	struct headgate_agent *agent = &host.agents[host.input.agents.count];
	char *path = host.paths[host.input.agents.count++];

	snprintf(path, sizeof(host.paths[0]), "/a%llu", (unsigned long long)id);
	*agent = (struct headgate_agent){ .id = id, .path = path, .weight = 100 };
	return agent;
}

static struct headgate_flow *add_flow(uint64_t agent_id, uint32_t lane_id, uint64_t jobs)
{
	struct headgate_flow *flow = &host.flows[host.input.flows.count++];

	*flow = (struct headgate_flow){
		.agent_id = agent_id, .lane_id = lane_id, .device_id = 1, .jobs = jobs,
		.busy_ns = jobs * 1000,
	};
	return flow;
}

static void look(size_t agents_max, struct metrics_snapshot *snapshot)
{
	assert_int_equal(metrics_collect(&collector, &host.input, agents_max, snapshot), 0);
}

static const struct metrics_flow *find(const struct metrics_snapshot *snapshot, const char *labels)
{
	const struct metrics_flow *flows = snapshot->rows[METRICS_FLOW].items, *found = NULL;

	for (size_t i = 0; i < snapshot->rows[METRICS_FLOW].count; i++) {
		if (strcmp(flows[i].labels, labels))
			continue;
		assert_null(found); /* a line that is there twice */
		found = &flows[i];
	}
	return found;
}

/* Only the first @count, of agents with a flow each. */
static void leave(size_t count)
{
	host.input.agents.count = count;
	host.input.flows.count = count;
}

#define ON_LANE_1(_agent) "agent=\"" _agent "\",gpu=\"0000:03:00.0\",engine=\"rcs0\""

/* Jobs of an agent on lane 1, at a look; -1: it is not told. */
static int64_t jobs_of(size_t agents_max, const char *labels)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_flow *flow;
	int64_t jobs;

	look(agents_max, &snapshot);
	flow = find(&snapshot, labels);
	jobs = flow ? (int64_t)flow->sums.jobs : -1;
	metrics_snapshot_free(&snapshot);
	return jobs;
}

static void entries_of_one_agent__are_one_line(void **state)
{
	(void)state;
	add_agent(10);
	add_flow(10, 1, 5);
	add_flow(10, 1, 100);
	add_flow(10, 1, 1000)->gone = 3;
	add_flow(0, 1, 7);
	add_flow(0, 1, 70)->gone = 4;
	add_flow(99, 1, 9)->gone = 5;
	assert_int_equal(jobs_of(10, ON_LANE_1("/a10")), 1105);
	assert_int_equal(jobs_of(10, ON_LANE_1("(ungoverned)")), 77);
	/* Who is no agent any more is in the engine's total alone. */
	assert_int_equal(jobs_of(10, ON_LANE_1("other")), -1);
}

static void waits__are_summed_up_to_each_edge(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_flow *row;
	struct headgate_flow *flow;
	uint64_t all = 0;

	(void)state;
	add_agent(10);
	flow = add_flow(10, 1, 1);
	for (int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		flow->wait_histogram[i] = 1;
	look(10, &snapshot);
	row = find(&snapshot, ON_LANE_1("/a10"));
	assert_non_null(row);
	/* 1024 ns is where the second octave begins: four buckets below, four for each octave. */
	assert_int_equal(row->sums.waits[0], 4 + 4 * 4);
	for (int i = 1; i < METRICS_WAITS; i++)
		assert_int_equal(row->sums.waits[i], 8);
	/* The last one of these has no end. */
	assert_int_equal(row->sums.waits[METRICS_WAITS], 4);
	for (int i = 0; i <= METRICS_WAITS; i++)
		all += row->sums.waits[i];
	assert_int_equal(all, HEADGATE_WAIT_BUCKETS);
	metrics_snapshot_free(&snapshot);
}

static void agents_beyond_the_limit__are_told_together(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_daemon *row;

	(void)state;
	for (uint64_t id = 20; id > 10; id--) {
		add_agent(id);
		add_flow(id, 1, 1)->waiting = 2;
	}
	look(3, &snapshot);
	row = snapshot.rows[METRICS_DAEMON].items;
	assert_int_equal(row->agents_other, 7);
	assert_int_equal(snapshot.rows[METRICS_AGENT].count, 3);
	assert_int_equal(snapshot.rows[METRICS_FLOW].count, 4);
	assert_non_null(find(&snapshot, ON_LANE_1("/a11")));
	assert_non_null(find(&snapshot, ON_LANE_1("/a13")));
	assert_null(find(&snapshot, ON_LANE_1("/a14")));
	assert_int_equal(find(&snapshot, ON_LANE_1("other"))->waiting, 14);
	metrics_snapshot_free(&snapshot);
}

static void engines__are_bounded_too(void **state)
{
	struct metrics_snapshot snapshot = { 0 };

	(void)state;
	host.input.lanes.count = 8;
	for (uint32_t i = 0; i < 8; i++) {
		char *name = host.paths[AGENTS_MAX / 2 + i];

		snprintf(name, sizeof(host.paths[0]), "e%u", i);
		host.lanes[i] = (struct headgate_lane){ .id = i + 1, .device_id = 1, .name = name };
	}
	for (uint64_t id = 1; id <= 4; id++) {
		add_agent(id);
		for (uint32_t lane = 1; lane <= 8; lane++)
			add_flow(id, lane, 1);
	}
	look(4, &snapshot);
	/* Two of four: they use 16 engines, as four that use four each. */
	assert_int_equal(snapshot.rows[METRICS_AGENT].count, 2);
	assert_int_equal(snapshot.rows[METRICS_FLOW].count, 16 + 8);
	metrics_snapshot_free(&snapshot);
}

static void others__never_go_back(void **state)
{
	static const char other[] = ON_LANE_1("other");
	struct headgate_flow *flows = host.flows;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++) {
		add_agent(id);
		add_flow(id, 1, 1000 * id);
	}
	/* What was before we looked is not told as if it were of now. */
	assert_int_equal(jobs_of(2, other), 0);
	flows[2].jobs += 5;
	flows[3].jobs += 7;
	assert_int_equal(jobs_of(2, other), 12);
	/* One of them goes. */
	leave(3);
	flows[2].jobs += 1;
	assert_int_equal(jobs_of(2, other), 13);
	/* A new one has grown from nothing. */
	add_agent(5);
	add_flow(5, 1, 40);
	assert_int_equal(jobs_of(2, other), 53);
	/* The eldest goes, and the third is told by itself from now on. */
	memmove(host.agents, host.agents + 1, 3 * sizeof(*host.agents));
	memmove(host.flows, host.flows + 1, 3 * sizeof(*host.flows));
	leave(3);
	assert_int_equal(jobs_of(2, other), 53);
	assert_int_equal(jobs_of(2, ON_LANE_1("/a3")), 3006);
	flows[1].jobs += 100;
	flows[2].jobs += 1;
	assert_int_equal(jobs_of(2, other), 54);
	/* A lower limit: it is one of the others again, with what it does from now on. */
	assert_int_equal(jobs_of(1, other), 54);
	flows[1].jobs += 3;
	assert_int_equal(jobs_of(1, other), 57);
	/* It was taken out of the policy and put in again. */
	flows[1].jobs = 2;
	assert_int_equal(jobs_of(1, other), 59);
	/* None is left. */
	leave(1);
	assert_int_equal(jobs_of(1, other), 59);
	/* Another module. */
	host.input.instance = 2;
	assert_int_equal(jobs_of(1, other), -1);
}

static void names_that_are_the_same__are_told_apart(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_device *device;

	(void)state;
	host.input.devices.count = 3;
	host.devices[1] = (struct headgate_device){ .id = 2, .name = "0000:03:00.0", .driver = "xe" };
	host.devices[2] = (struct headgate_device){ .id = 3, .name = "0000:03:00.0", .driver = "xe", .gone = 1 };
	host.input.lanes.count = 4;
	host.lanes[2] = (struct headgate_lane){ .id = 3, .device_id = 1, .name = "rcs0" };
	host.lanes[3] = (struct headgate_lane){ .id = 4, .device_id = 3, .name = "rcs0" };
	/* The cgroup of one is about to go, and another has its path. */
	add_agent(10)->path = "/same";
	add_agent(11)->path = "/same";
	add_flow(10, 1, 1);
	add_flow(11, 1, 2);
	add_flow(11, 3, 3);
	add_flow(11, 4, 4);
	look(10, &snapshot);
	device = snapshot.rows[METRICS_DEVICE].items;
	assert_int_equal(snapshot.rows[METRICS_DEVICE].count, 2);
	assert_true(device->health == METRICS_NONE && device->slowdown_ppm == METRICS_NONE);
	assert_string_equal(device[0].labels, "gpu=\"0000:03:00.0\"");
	assert_string_equal(device[1].labels, "gpu=\"0000:03:00.0#2\"");
	assert_int_equal(snapshot.rows[METRICS_ENGINE].count, 3);
	assert_int_equal(snapshot.rows[METRICS_AGENT].count, 1);
	assert_int_equal(snapshot.rows[METRICS_FLOW].count, 2);
	assert_int_equal(find(&snapshot, ON_LANE_1("/same"))->sums.jobs, 2);
	assert_int_equal(find(&snapshot, "agent=\"/same\",gpu=\"0000:03:00.0\",engine=\"rcs0#3\"")->sums.jobs, 3);
	metrics_snapshot_free(&snapshot);
}

static void all_that_is_known__is_in_its_row(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_device *device;
	const struct metrics_engine *engine;
	const struct metrics_agent *agent;
	const struct metrics_stall *stall;
	const struct metrics_share *share;
	struct headgate_agent *one = add_agent(10);

	(void)state;
	one->max_quota_ns = 30000000;
	one->max_period_ns = 100000000;
	one->class = HEADGATE_CLASS_INTERACTIVE;
	add_agent(11)->max_period_ns = 100000000;
	host.input.lives.count = 1;
	host.lives[0].agent_id = 10;
	host.lives[0].life = (struct headgate_life){ .state = HEADGATE_LIFE_STUCK, .seen = true };
	host.input.labels.count = 1;
	host.labels[0] = (struct headgate_labelled){ .agent_id = 10, .labels.values = { "an\"na", "p" } };
	host.input.stalls.count = 3;
	for (int i = 0; i < 3; i++)
		host.stalls[i] = (struct headgate_stall){
			.kind = i ? HEADGATE_STALL_KIND_JOB : HEADGATE_STALL_KIND_WEDGED,
			.device_id = 1,
		};
	host.input.counts[COUNT_STALLS + HEADGATE_STALL_KIND_JOB] = 9;
	host.input.health = (struct headgate_health){ .devices = host.health, .n_devices = 2 };
	strcpy(host.health[0].name, "another");
	strcpy(host.health[1].name, "0000:03:00.0");
	host.health[1].state = HEADGATE_HEALTH_BROWN;
	host.health[1].factor = 1.5;
	host.input.pressures.count = 4;
	host.pressures[0] = (struct headgate_pressure){
		.scope = HEADGATE_PRESSURE_SCOPE_AGENT, .agent_id = 10, .device_id = 1,
		.some_total_ns = 1, .full_total_ns = 2,
	};
	host.pressures[1] = (struct headgate_pressure){
		.scope = HEADGATE_PRESSURE_SCOPE_LANE, .lane_id = 2, .device_id = 1,
		.some_total_ns = 3, .full_total_ns = 4,
	};
	host.pressures[2] = (struct headgate_pressure){
		.scope = HEADGATE_PRESSURE_SCOPE_DEVICE, .device_id = 1,
		.some_total_ns = 5, .full_total_ns = 6,
	};
	host.pressures[3] = (struct headgate_pressure){
		.scope = HEADGATE_PRESSURE_SCOPE_AGENT, .agent_id = 99, .device_id = 1,
	};
	look(10, &snapshot);
	agent = snapshot.rows[METRICS_AGENT].items;
	assert_string_equal(agent->info, "agent=\"/a10\",owner=\"an\\\"na\",project=\"p\",class=\"interactive\"");
	assert_int_equal(agent->cap_ppm, 300000);
	assert_int_equal(agent->state, HEADGATE_LIFE_STUCK);
	assert_string_equal(agent[1].info, "agent=\"/a11\",owner=\"\",project=\"\",class=\"batch\"");
	assert_true(agent[1].cap_ppm == METRICS_NONE && agent[1].state == METRICS_NONE);
	stall = snapshot.rows[METRICS_STALL].items;
	assert_int_equal(snapshot.rows[METRICS_STALL].count, STALL_KINDS);
	assert_string_equal(stall[HEADGATE_STALL_KIND_JOB].labels, "kind=\"job\"");
	assert_int_equal(stall[HEADGATE_STALL_KIND_JOB].open, 2);
	assert_int_equal(stall[HEADGATE_STALL_KIND_JOB].begun, 9);
	device = snapshot.rows[METRICS_DEVICE].items;
	assert_int_equal(device->wedged, 1);
	assert_true(device->health == HEADGATE_HEALTH_BROWN && device->slowdown_ppm == 1500000);
	assert_true(device->some_ns == 5 && device->full_ns == 6);
	engine = snapshot.rows[METRICS_ENGINE].items;
	assert_true(engine[0].some_ns == METRICS_NONE);
	assert_true(engine[1].some_ns == 3 && engine[1].full_ns == 4);
	share = snapshot.rows[METRICS_SHARE].items;
	assert_int_equal(snapshot.rows[METRICS_SHARE].count, 1);
	assert_string_equal(share->labels, "agent=\"/a10\",gpu=\"0000:03:00.0\"");
	assert_true(share->some_ns == 1 && share->full_ns == 2);
	metrics_snapshot_free(&snapshot);
}

/* A probe speaks of it, and nothing else is known. What was taken out is not told of. */
static void device_that_the_module_does_not_know__is_told_if_the_host_has_it(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_device *device;

	(void)state;
	host.input.health = (struct headgate_health){ .devices = host.health, .n_devices = 3 };
	host.health[0] = (struct headgate_health_device){ .name = "0000:03:00.0", .listed = true };
	host.health[1] = (struct headgate_health_device){
		.name = "0000:c4:00.0", .listed = true, .state = HEADGATE_HEALTH_BROWN,
	};
	host.health[2] = (struct headgate_health_device){ .name = "taken-out", .state = HEADGATE_HEALTH_DARK };
	look(10, &snapshot);
	device = snapshot.rows[METRICS_DEVICE].items;
	assert_int_equal(snapshot.rows[METRICS_DEVICE].count, 2);
	assert_int_equal(device[0].health, HEADGATE_HEALTH_OK);
	assert_string_equal(device[1].labels, "gpu=\"0000:c4:00.0\"");
	assert_null(device[1].info);
	assert_int_equal(device[1].health, HEADGATE_HEALTH_BROWN);
	assert_true(device[1].wedged == METRICS_NONE && device[1].tickets == METRICS_NONE &&
		    device[1].jobs == METRICS_NONE && device[1].jobs_unticketed == METRICS_NONE &&
		    device[1].some_ns == METRICS_NONE && device[1].full_ns == METRICS_NONE &&
		    device[1].slowdown_ppm == METRICS_NONE);
	metrics_snapshot_free(&snapshot);
	/* The module has it no more. */
	host.devices[0].gone = 1;
	look(10, &snapshot);
	device = snapshot.rows[METRICS_DEVICE].items;
	assert_int_equal(snapshot.rows[METRICS_DEVICE].count, 2);
	assert_string_equal(device[0].labels, "gpu=\"0000:03:00.0\"");
	assert_null(device[0].info);
	metrics_snapshot_free(&snapshot);
}

static void without_a_module__headgated_is_told(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	const struct metrics_daemon *row;

	(void)state;
	host.input = (struct metrics_input){ .version = "1", .cpu_ns = 5 };
	look(10, &snapshot);
	row = snapshot.rows[METRICS_DAEMON].items;
	assert_int_equal(snapshot.rows[METRICS_DAEMON].count, 1);
	assert_string_equal(row->build, "version=\"1\",module=\"\"");
	assert_int_equal(row->module_loaded, 0);
	assert_int_equal(row->cpu_ns, 5);
	assert_true(row->jobs_lost == METRICS_NONE);
	assert_int_equal(snapshot.rows[METRICS_DEVICE].count, 0);
	metrics_snapshot_free(&snapshot);
}

#define TEST(_name) cmocka_unit_test_setup_teardown(_name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_of_one_agent__are_one_line),
		TEST(waits__are_summed_up_to_each_edge),
		TEST(agents_beyond_the_limit__are_told_together),
		TEST(engines__are_bounded_too),
		TEST(others__never_go_back),
		TEST(names_that_are_the_same__are_told_apart),
		TEST(all_that_is_known__is_in_its_row),
		TEST(device_that_the_module_does_not_know__is_told_if_the_host_has_it),
		TEST(without_a_module__headgated_is_told),
	};

	return cmocka_run_group_tests_name("metrics_collect", tests, NULL, NULL);
}
