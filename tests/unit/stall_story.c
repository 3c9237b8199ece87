// SPDX-License-Identifier: GPL-2.0-or-later
#include "stall_story.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "units.h"

char told[256];
struct headgate_stall last_told;
static bool is_stopped;
static uint64_t lost;

static uint64_t ten_seconds(const struct headgate_job *job, uint64_t age_ns, void *data)
{
	(void)job;
	(void)data;
	assert_true(age_ns >= HEADGATE_STALL_DEADLINE_MIN_NS);
	return 10000 * MS;
}

static bool stopped(uint64_t agent_id, void *data)
{
	(void)data;
	return is_stopped && agent_id == AGENT;
}

static void tell(struct headgate_stall *stall, bool end, void *data)
{
	size_t length = strlen(told);
	char name[16];

	(void)data;
	snprintf(told + length, sizeof(told) - length, "%c%s ", end ? '-' : '+',
		 headgate_stall_kind_name(stall->kind));
	assert_int_equal(stall->device_id, DEVICE);
	snprintf(name, sizeof(name), "p %u", stall->pid);
	if (!end)
		strcpy(stall->comm, name);
	/* Of another process, or none. */
	if (*stall->comm)
		assert_string_equal(stall->comm, name);
	last_told = *stall;
}

int look_at(struct headgate_stalls *stalls, const struct headgate_jobs *jobs,
	    const struct headgate_flows *flows, const struct headgate_devices *devices,
	    uint64_t at)
{
	const struct headgate_stall_look look = {
		.jobs = jobs, .flows = flows, .devices = devices, .lost = lost, .now_ns = at * MS,
		.deadline = ten_seconds, .stopped = stopped, .tell = tell,
	};

	told[0] = '\0';
	return headgate_stalls_look(stalls, &look);
}

void look(struct headgate_stalls *stalls, const struct look *at)
{
	struct headgate_job job = {
		.agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .pid = at->job_pid ?: PID,
		.queued_at_ns = at->queued * MS, .run_at_ns = at->run * MS,
	};
	struct headgate_flow flow = {
		.agent_id = AGENT, .lane_id = LANE, .device_id = DEVICE, .jobs = at->jobs,
		.tickets = at->tickets, .waiting = at->waiting, .forced = at->forced,
		.failed = at->failed, .cancelled = at->cancelled,
		.failed_pid = at->failed_pid ?: PID, .failed_error = at->error ?: EIO,
		.gone = at->gone,
	};
	struct headgate_device device = { .id = DEVICE, .gone = at->device_gone };
	const struct headgate_jobs jobs = { &job, at->queued ? 1 : 0 };
	const struct headgate_flows flows = { &flow, 1 };
	const struct headgate_devices devices = { &device, 1 };

	is_stopped = at->stopped;
	lost = at->lost;
	if (at->wedged)
		assert_int_equal(headgate_stalls_wedged(stalls, DEVICE, at->at * MS), 0);
	assert_int_equal(look_at(stalls, &jobs, &flows, &devices, at->at), 0);
}

void hand_over(struct headgate_stalls *stalls)
{
	assert_int_equal(headgate_stalls_save("stalls", stalls), 0);
	headgate_stalls_clear(stalls);
	assert_int_equal(headgate_stalls_load("stalls", stalls), 0);
}

void tell_story(const struct story *story)
{
	struct headgate_stalls stalls = { 0 };

	for (const struct look *at = story->looks; at->at; at++) {
		if (at->restart)
			hand_over(&stalls);
		look(&stalls, at);
		if (strcmp(told, at->told ?: ""))
			fail_msg("%s: at %lu it tells '%s'", story->name, (unsigned long)at->at, told);
	}
	headgate_stalls_clear(&stalls);
}
