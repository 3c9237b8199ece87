// SPDX-License-Identifier: GPL-2.0-or-later
/* Stalls over a restart: what one headgated has told, the one after it does not tell again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "home.h"
#include "stall_story.h"

static const struct story stories[] = {
	{ "job that hung before the restart is not told again, and its end is", {
		{ .at = 1000, .queued = 400, .run = 500 },
		{ .at = 11000, .queued = 400, .run = 500, .told = "+job " },
		{ .at = 90000, .queued = 400, .run = 500, .restart = true },
		{ .at = 91000, .queued = 400, .run = 500 },
		{ .at = 92000, .restart = true, .told = "-job " },
		{ .at = 93000, .restart = true },
	} },
	{ "failures that go on over a restart are the same stall", {
		{ .at = 1000 },
		{ .at = 2000, .jobs = 1, .failed = 1, .told = "+failed " },
		{ .at = 60000, .jobs = 2, .failed = 2, .restart = true },
		{ .at = 79000, .jobs = 2, .failed = 2, .restart = true },
		{ .at = 80000, .jobs = 2, .failed = 2, .told = "-failed " },
		{ .at = 81000, .jobs = 2, .failed = 2, .restart = true },
	} },
	{ "failures of a time when nobody looked are no news", {
		{ .at = 1000, .jobs = 5, .failed = 5 },
		{ .at = 2000, .jobs = 5, .failed = 5 },
		{ .at = 3000, .jobs = 6, .failed = 6, .restart = true },
	} },
	{ "tickets that starve over a restart are told once", {
		{ .at = 1000, .tickets = 6, .waiting = 2 },
		{ .at = 22000, .tickets = 6, .waiting = 2, .told = "+ticket " },
		{ .at = 60000, .tickets = 6, .waiting = 2, .restart = true },
		{ .at = 90000, .tickets = 6, .waiting = 2 },
		{ .at = 91000, .tickets = 7, .waiting = 2, .restart = true },
		{ .at = 110000, .tickets = 8, .waiting = 2, .told = "-ticket " },
	} },
	{ "device that went is wedged no longer, also while nobody looked", {
		{ .at = 1000 },
		{ .at = 2000, .wedged = true, .told = "+wedged " },
		{ .at = 3000, .restart = true },
		{ .at = 4000, .restart = true, .device_gone = true, .told = "-wedged " },
	} },
	{ "all at once are told apart", {
		{ .at = 1000, .queued = 400, .run = 500, .tickets = 1, .waiting = 2 },
		{ .at = 30000, .queued = 400, .run = 500, .tickets = 1, .waiting = 2, .jobs = 1,
		  .failed = 1, .wedged = true, .told = "+job +failed +ticket +wedged " },
		{ .at = 31000, .queued = 400, .run = 500, .tickets = 1, .waiting = 2, .jobs = 1,
		  .failed = 1, .restart = true },
		{ .at = 50000, .tickets = 2, .jobs = 2, .failed = 1,
		  .told = "-wedged -job -failed " },
		{ .at = 51000, .tickets = 3, .jobs = 3, .failed = 1, .told = "-ticket " },
	} },
};

static void each_story__is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tell_story(&stories[i]);
}

static void jobs_side_by_side__are_each_a_stall(void **state)
{
	struct headgate_job items[] = {
		{ .agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .pid = PID,
		  .queued_at_ns = 1, .run_at_ns = 2 },
		{ .agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .pid = PID,
		  .queued_at_ns = 3, .run_at_ns = 4 },
	};
	const struct headgate_jobs jobs = { items, 2 }, second = { items + 1, 1 };
	const struct headgate_flows flows = { 0 };
	const struct headgate_devices devices = { 0 };
	struct headgate_stalls stalls = { 0 };

	(void)state;
	assert_int_equal(look_at(&stalls, &jobs, &flows, &devices, 11000), 0);
	assert_string_equal(told, "+job +job ");
	assert_int_equal(look_at(&stalls, &second, &flows, &devices, 12000), 0);
	assert_string_equal(told, "-job ");
	assert_int_equal(last_told.queued_at_ns, 1);
	hand_over(&stalls);
	assert_int_equal(look_at(&stalls, &second, &flows, &devices, 13000), 0);
	assert_string_equal(told, "");
	headgate_stalls_clear(&stalls);
}

static void failures__are_counted_with_the_last_of_them(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	look(&stalls, &(struct look){ .at = 1000 });
	look(&stalls, &(struct look){ .at = 2000, .jobs = 3, .failed = 3 });
	assert_int_equal(last_told.count, 3);
	assert_int_equal(last_told.error, EIO);
	assert_int_equal(last_told.pid, PID);
	look(&stalls, &(struct look){ .at = 3000, .jobs = 8, .failed = 7, .error = ETIME });
	hand_over(&stalls);
	look(&stalls, &(struct look){ .at = 23000, .jobs = 8, .failed = 7 });
	assert_string_equal(told, "-failed ");
	assert_int_equal(last_told.count, 7);
	assert_int_equal(last_told.error, ETIME);
	assert_int_equal(last_told.since_ns, 2000 * MS);
	headgate_stalls_clear(&stalls);
}

static void file_of_stalls__is_read_line_by_line(void **state)
{
	struct headgate_stalls stalls = { 0 };

	(void)state;
	assert_int_equal(headgate_stalls_load("stalls", &stalls), -ENOENT);
	write_file("stalls",
		   "job 7 3 2 1234 0 5 6 7 8 9 10 11 12 13 python3 -m x\n"
		   "rubbish\n"
		   "job 7 3 2 1234 0 5 6 7 8 9 10 11 12 13 twice\n"
		   "flying 7 3 2 1234 0 5 6 7 8 9 10 11 12 13 x\n"
		   "wedged 0 0 2 0 0 5 6 0 0 0 0 0 1 1 \n"
		   "failed 7 3 2 1234 0 5 6\n");
	assert_int_equal(headgate_stalls_load("stalls", &stalls), 0);
	assert_int_equal(stalls.count, 2);
	assert_int_equal(stalls.items[0].kind, HEADGATE_STALL_KIND_JOB);
	assert_int_equal(stalls.items[0].since_ns, 5);
	assert_int_equal(stalls.items[0].waiting_agents, 13);
	assert_string_equal(stalls.items[0].comm, "python3 -m x");
	assert_int_equal(stalls.items[1].kind, HEADGATE_STALL_KIND_WEDGED);
	assert_string_equal(stalls.items[1].comm, "");
	headgate_stalls_clear(&stalls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(each_story__is_told),
		IN_HOME(jobs_side_by_side__are_each_a_stall),
		IN_HOME(failures__are_counted_with_the_last_of_them),
		IN_HOME(file_of_stalls__is_read_line_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
