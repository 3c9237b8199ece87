// SPDX-License-Identifier: GPL-2.0-or-later
/* Stalls: each begins once and ends once, by a clock that the tests set. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stall_story.h"

static const struct story stories[] = {
	{ "job past its deadline is told once, and once that it is gone", {
		{ .at = 1000, .queued = 400, .run = 500 },
		{ .at = 10500, .queued = 400, .run = 500 },
		{ .at = 10501, .queued = 400, .run = 500, .told = "+job " },
		{ .at = 11501, .queued = 400, .run = 500 },
		{ .at = 90000, .queued = 400, .run = 500 },
		{ .at = 91000, .told = "-job " },
		{ .at = 92000 },
	} },
	{ "job that hangs after another that did is another stall", {
		{ .at = 1000, .queued = 400, .run = 500 },
		{ .at = 11000, .queued = 400, .run = 500, .told = "+job " },
		{ .at = 12000, .queued = 500, .run = 11500, .told = "-job " },
		{ .at = 22000, .queued = 500, .run = 11500, .told = "+job " },
		{ .at = 23000, .queued = 500, .run = 22500, .job_pid = 5, .told = "-job " },
	} },
	{ "jobs that take their time one after the other are none", {
		{ .at = 1000, .queued = 400, .run = 500 },
		{ .at = 10000, .queued = 401, .run = 9000, .jobs = 1 },
		{ .at = 19000, .queued = 402, .run = 18000, .jobs = 2 },
		{ .at = 28000, .queued = 403, .run = 27000, .jobs = 3 },
	} },
	{ "job that has not run yet is none", {
		{ .at = 90000, .queued = 400 },
		{ .at = 99000, .queued = 400 },
	} },
	{ "failures are one stall, over some time after the last of them", {
		{ .at = 1000, .jobs = 9, .failed = 2 },
		{ .at = 2000, .jobs = 10, .failed = 3, .told = "+failed " },
		{ .at = 3000, .jobs = 11, .failed = 4 },
		{ .at = 22000, .jobs = 12, .failed = 5 },
		{ .at = 41900, .jobs = 99, .failed = 5 },
		{ .at = 42000, .jobs = 99, .failed = 5, .told = "-failed " },
		{ .at = 43000, .jobs = 99, .failed = 5 },
		{ .at = 44000, .jobs = 99, .failed = 6, .told = "+failed " },
	} },
	{ "jobs cancelled with their process did not fail, and hide none that did", {
		{ .at = 1000 },
		{ .at = 2000, .jobs = 8, .failed = 8, .cancelled = 8 },
		{ .at = 3000, .jobs = 12, .failed = 12, .cancelled = 11, .told = "+failed " },
		{ .at = 12000, .jobs = 13, .failed = 13, .cancelled = 12 },
		{ .at = 23000, .jobs = 13, .failed = 13, .cancelled = 12, .told = "-failed " },
	} },
	{ "tickets let through in debt are one stall, over some time after the last", {
		{ .at = 1000, .tickets = 5, .forced = 5 },
		{ .at = 2000, .tickets = 6, .forced = 6, .waiting = 1, .told = "+ticket " },
		{ .at = 12000, .tickets = 7, .forced = 7, .waiting = 1 },
		{ .at = 31900, .tickets = 90, .forced = 7 },
		{ .at = 32000, .tickets = 91, .forced = 7, .told = "-ticket " },
		{ .at = 33000, .tickets = 92, .forced = 8, .told = "+ticket " },
	} },
	{ "tickets of which none is admitted starve, until one is", {
		{ .at = 1000, .tickets = 5, .waiting = 2 },
		{ .at = 2000, .tickets = 6, .waiting = 2 },
		{ .at = 21900, .tickets = 6, .waiting = 2 },
		{ .at = 22000, .tickets = 6, .waiting = 2, .told = "+ticket " },
		{ .at = 60000, .tickets = 6, .waiting = 2 },
		{ .at = 61000, .tickets = 7, .waiting = 1 },
		{ .at = 79900, .tickets = 8, .waiting = 1 },
		{ .at = 80000, .tickets = 9, .waiting = 1, .told = "-ticket " },
	} },
	{ "tickets that wait and come to their turn are none", {
		{ .at = 1000, .tickets = 5, .waiting = 9 },
		{ .at = 20000, .tickets = 6, .waiting = 9 },
		{ .at = 39000, .tickets = 7, .waiting = 9 },
		{ .at = 58000, .tickets = 7 },
		{ .at = 77000, .tickets = 7, .waiting = 1 },
	} },
	{ "agent that is frozen does not starve, and has its time afterwards", {
		{ .at = 1000, .waiting = 1 },
		{ .at = 15000, .waiting = 1, .stopped = true },
		{ .at = 90000, .waiting = 1, .stopped = true },
		{ .at = 109900, .waiting = 1 },
		{ .at = 110000, .waiting = 1, .told = "+ticket " },
		{ .at = 111000, .waiting = 1, .gone = 4 },
		{ .at = 130000, .waiting = 1, .gone = 4, .told = "-ticket " },
	} },
	{ "device that is wedged works again with the first job that is done after that", {
		{ .at = 1000, .jobs = 5 },
		{ .at = 2000, .jobs = 6, .wedged = true, .told = "+wedged " },
		{ .at = 3000, .jobs = 6, .wedged = true },
		{ .at = 90000, .jobs = 6, .wedged = true },
		{ .at = 91000, .jobs = 7, .told = "-wedged " },
		{ .at = 92000, .jobs = 8 },
		{ .at = 93000, .jobs = 8, .wedged = true, .told = "+wedged " },
	} },
	{ "job that the module gives up does not show that a device works", {
		{ .at = 1000 },
		{ .at = 2000, .wedged = true, .told = "+wedged " },
		{ .at = 3000, .jobs = 1, .lost = 1 },
		{ .at = 4000, .jobs = 1, .lost = 1 },
		/* The same, between the reading of flows and of what was lost. */
		{ .at = 5000, .jobs = 1, .lost = 2 },
		{ .at = 6000, .jobs = 2, .lost = 2 },
		{ .at = 7000, .jobs = 2, .lost = 2 },
		{ .at = 8000, .jobs = 3, .lost = 2, .told = "-wedged " },
	} },
	{ "jobs that fail do not show that a device works", {
		{ .at = 1000 },
		{ .at = 2000, .wedged = true, .told = "+wedged " },
		{ .at = 3000, .jobs = 2, .failed = 2, .told = "+failed " },
		{ .at = 4000, .jobs = 3, .failed = 2, .told = "-wedged " },
	} },
};

static void each_story__is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tell_story(&stories[i]);
}

static void stall__says_what_waits_behind_it(void **state)
{
	struct headgate_flow items[] = {
		{ .agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .waiting = 2 },
		{ .agent_id = 8, .lane_id = LANE, .device_id = DEVICE, .waiting = 3 },
		{ .agent_id = 9, .lane_id = LANE, .device_id = DEVICE },
		{ .agent_id = 9, .lane_id = LANE + 1, .device_id = DEVICE, .waiting = 10 },
		{ .agent_id = 9, .lane_id = LANE + 2, .device_id = DEVICE + 1, .waiting = 100 },
		{ .agent_id = 10, .lane_id = LANE, .device_id = DEVICE, .waiting = 1000,
		  .gone = 1 },
	};
	struct headgate_job job = {
		.agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .pid = PID,
		.queued_at_ns = 1, .run_at_ns = 2,
	};
	struct headgate_device device = { .id = DEVICE };
	const struct headgate_jobs jobs = { &job, 1 }, no_jobs = { 0 };
	const struct headgate_flows flows = { items, sizeof(items) / sizeof(items[0]) };
	const struct headgate_devices devices = { &device, 1 };
	struct headgate_stalls stalls = { 0 };

	(void)state;
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 11000), 0);
	assert_string_equal(told, "+job ");
	assert_int_equal(last_told.agent_id, AGENT);
	assert_int_equal(last_told.lane_id, LANE);
	assert_int_equal(last_told.pid, PID);
	assert_int_equal(last_told.since_ns, 2);
	assert_int_equal(last_told.deadline_ns, 10000 * MS);
	assert_int_equal(last_told.waiting, 5);
	assert_int_equal(last_told.waiting_agents, 2);
	/* It is brought up to date, for who lists them. */
	items[1].waiting = 30;
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 12000), 0);
	assert_string_equal(told, "");
	assert_int_equal(stalls.items[0].waiting, 32);
	assert_int_equal(headgate_stalls_wedged(&stalls, DEVICE, 12500 * MS), 0);
	assert_int_equal(look_at(&stalls, &no_jobs, &flows, &devices, 13000), 0);
	assert_string_equal(told, "-job +wedged ");
	assert_int_equal(last_told.agent_id, 0);
	assert_int_equal(last_told.lane_id, 0);
	assert_int_equal(last_told.waiting, 42);
	assert_int_equal(last_told.waiting_agents, 3);
	headgate_stalls_clear(&stalls);
}

static void flow_that_is_new__has_news(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	look(&stalls, &(struct look){ .at = 1000, .gone = 1 });
	look(&stalls, &(struct look){ .at = 2000, .jobs = 1, .failed = 1, .forced = 1 });
	assert_string_equal(told, "+failed +ticket ");
	headgate_stalls_clear(&stalls);
}

static void ticket__is_told_with_its_process_and_wait(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	/* Of a time before the first look nothing is known. */
	headgate_stalls_forced(&stalls, AGENT, LANE, 1, MS);
	look(&stalls, &(struct look){ .at = 1000, .gone = 1 });
	headgate_stalls_forced(&stalls, AGENT + 1, LANE, 2, MS);
	/* The event comes before the flow is seen. */
	headgate_stalls_forced(&stalls, AGENT, LANE, 3, 500 * MS);
	headgate_stalls_forced(&stalls, AGENT - 1, LANE, 4, MS);
	look(&stalls, &(struct look){ .at = 2000, .tickets = 1, .forced = 1 });
	assert_string_equal(told, "+ticket ");
	assert_int_equal(last_told.pid, 3);
	assert_int_equal(last_told.since_ns, 1500 * MS);
	headgate_stalls_forced(&stalls, AGENT, LANE, 9, 700 * MS);
	look(&stalls, &(struct look){ .at = 3000, .tickets = 5, .forced = 4 });
	assert_string_equal(told, "");
	look(&stalls, &(struct look){ .at = 23000, .tickets = 5, .forced = 4 });
	assert_string_equal(told, "-ticket ");
	assert_int_equal(last_told.pid, 9);
	assert_string_equal(last_told.comm, "");
	assert_int_equal(last_told.count, 4);
	assert_int_equal(last_told.since_ns, 1500 * MS);
	headgate_stalls_clear(&stalls);
}

/* The module counts first, and tells then. */
static void event_after_the_look__is_of_the_stall_that_is_open(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	look(&stalls, &(struct look){ .at = 1000 });
	look(&stalls, &(struct look){ .at = 2000, .tickets = 1, .forced = 1 });
	assert_string_equal(told, "+ticket ");
	assert_int_equal(last_told.pid, 0);
	headgate_stalls_forced(&stalls, AGENT, LANE, 5, 700 * MS);
	look(&stalls, &(struct look){ .at = 3000, .tickets = 1, .forced = 1 });
	look(&stalls, &(struct look){ .at = 22000, .tickets = 1, .forced = 1 });
	assert_string_equal(told, "-ticket ");
	assert_int_equal(last_told.pid, 5);
	/* And of none after it, whose event is late, too. */
	look(&stalls, &(struct look){ .at = 60000, .tickets = 2, .forced = 2 });
	assert_string_equal(told, "+ticket ");
	assert_int_equal(last_told.pid, 0);
	assert_int_equal(last_told.since_ns, 60000 * MS);
	headgate_stalls_clear(&stalls);
}

static void failures_of_another_process__do_not_bear_the_name_of_the_first(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	look(&stalls, &(struct look){ .at = 1000 });
	look(&stalls, &(struct look){ .at = 2000, .jobs = 1, .failed = 1 });
	look(&stalls, &(struct look){ .at = 3000, .jobs = 2, .failed = 2, .failed_pid = 5 });
	look(&stalls, &(struct look){ .at = 23000, .jobs = 2, .failed = 2 });
	assert_string_equal(told, "-failed ");
	assert_int_equal(last_told.pid, 5);
	assert_string_equal(last_told.comm, "");
	headgate_stalls_clear(&stalls);
}

static void thousands_that_hang__are_told_of_by_some(void **state)
{
	enum { N = 1000 };
	static struct headgate_job items[N + 1];
	const struct headgate_jobs jobs = { items, N + 1 }, others = { items + 1, N };
	const struct headgate_flows flows = { 0 };
	const struct headgate_devices devices = { 0 };
	struct headgate_stalls stalls = { 0 };

	(void)state;
	for (uint32_t i = 0; i <= N; i++)
		items[i] = (struct headgate_job){
			.agent_id = i < N ? AGENT : AGENT + 1, .lane_id = LANE,
			.device_id = DEVICE, .pid = PID, .queued_at_ns = 1 + i,
			.run_at_ns = 2 + i,
		};
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 11000), 0);
	assert_string_equal(told, "+job +job +job +job +job +job +job +job +job ");
	assert_int_equal(last_told.agent_id, AGENT + 1);
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 12000), 0);
	assert_string_equal(told, "");
	/* One goes, and there is room for another. */
	assert_int_equal(look_at(&stalls, &others, &flows, &devices, 13000), 0);
	assert_string_equal(told, "-job ");
	assert_int_equal(look_at(&stalls, &others, &flows, &devices, 14000), 0);
	assert_string_equal(told, "+job ");
	assert_int_equal(last_told.queued_at_ns, 1 + HEADGATE_STALL_JOBS_MAX);
	headgate_stalls_clear(&stalls);
}

static void many_flows__are_each_judged_by_themselves(void **state)
{
	enum { N = 50 };
	struct headgate_flow items[N] = { 0 };
	struct headgate_device device = { .id = DEVICE };
	const struct headgate_jobs jobs = { 0 };
	const struct headgate_flows flows = { items, N };
	const struct headgate_devices devices = { &device, 1 };
	struct headgate_stalls stalls = { 0 };

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		items[i] = (struct headgate_flow){
			.agent_id = (i * 7) % N, .lane_id = 1 + i % 3, .device_id = DEVICE,
			.failed_error = EIO, .failed = i, .jobs = i,
		};
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 1000), 0);
	assert_string_equal(told, "");
	/* In any order. */
	for (uint32_t i = 0; i < N / 2; i++) {
		struct headgate_flow other = items[i];

		items[i] = items[N - 1 - i];
		items[N - 1 - i] = other;
	}
	items[11].failed++;
	items[40].failed += 2;
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 2000), 0);
	assert_string_equal(told, "+failed +failed ");
	assert_int_equal(stalls.items[0].agent_id, items[11].agent_id);
	assert_int_equal(stalls.items[1].agent_id, items[40].agent_id);
	headgate_stalls_clear(&stalls);
}

static void deadline__is_twenty_times_what_99_of_100_take(void **state)
{
	struct headgate_observe_histogram run = { 0 };
	const uint64_t floor = 10000 * MS;

	(void)state;
	run.count[22] = 19;	/* 2^29 to 2^30 ns */
	assert_int_equal(headgate_stall_p99(&run), 0);
	assert_int_equal(headgate_stall_deadline(floor, 0), floor);
	run.count[22] = 20;
	assert_int_equal(headgate_stall_p99(&run), 1ULL << 30);
	assert_int_equal(headgate_stall_deadline(floor, 1ULL << 30), 20ULL << 30);
	assert_int_equal(headgate_stall_deadline(floor, 400 * MS), floor);
	assert_int_equal(headgate_stall_deadline(floor, 1ULL << 39), 540000 * MS);
	/* One of 100 may be longer. */
	run.count[22] = 99;
	run.count[30] = 1;
	assert_int_equal(headgate_stall_p99(&run), 1ULL << 30);
	run.count[30] = 2;
	assert_int_equal(headgate_stall_p99(&run), 1ULL << 38);
	run.count[HEADGATE_OBSERVE_BUCKETS - 1] = 1000;
	assert_int_equal(headgate_stall_p99(&run), 1ULL << 39);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_story__is_told),
		cmocka_unit_test(stall__says_what_waits_behind_it),
		cmocka_unit_test(flow_that_is_new__has_news),
		cmocka_unit_test(ticket__is_told_with_its_process_and_wait),
		cmocka_unit_test(event_after_the_look__is_of_the_stall_that_is_open),
		cmocka_unit_test(failures_of_another_process__do_not_bear_the_name_of_the_first),
		cmocka_unit_test(thousands_that_hang__are_told_of_by_some),
		cmocka_unit_test(many_flows__are_each_judged_by_themselves),
		cmocka_unit_test(deadline__is_twenty_times_what_99_of_100_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
