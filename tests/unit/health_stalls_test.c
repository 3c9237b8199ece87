// SPDX-License-Identifier: GPL-2.0-or-later
/* What stalls say of a device: that it is dark or brown, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "health_world.h"

static void stalls__speak_of_the_device(void **state)
{
	struct headgate_stall stall = { .kind = HEADGATE_STALL_KIND_WEDGED, .device_id = DEVICE };
	struct headgate_stall failing[] = {
		{ .kind = HEADGATE_STALL_KIND_FAILED, .device_id = DEVICE, .agent_id = 1 },
		{ .kind = HEADGATE_STALL_KIND_FAILED, .device_id = DEVICE, .agent_id = 2 },
		{ .kind = HEADGATE_STALL_KIND_FAILED, .device_id = DEVICE,
		  .agent_id = PROBE_AGENT },
	};
	struct world w;

	(void)state;
	begin(&w, 2);
	pass(&w, 10);
	/* It was reset, and gets on. */
	stall.since_ns = w.now_ns;
	w.stalls = (struct headgate_stalls){ .items = &stall, .count = 1 };
	assert_string_equal(pass(&w, 10), "");
	stall.since_ns = w.now_ns;
	w.n_agents = 0;
	w.waits = true;
	assert_string_equal(pass(&w, 10), "dark:wedged ");
	w.stalls.count = 0;
	w.n_agents = 2;
	w.waits = false;
	assert_string_equal(pass(&w, 100), "ok:- ");
	/* Others get on beside it. */
	stall = (struct headgate_stall){ .kind = HEADGATE_STALL_KIND_JOB, .device_id = DEVICE,
					 .agent_id = 1, .since_ns = w.now_ns - 2 * S };
	w.stalls.count = 1;
	assert_string_equal(pass(&w, 10), "brown:job-hangs ");
	stall.since_ns = w.now_ns;
	w.stuck = true;
	assert_string_equal(pass(&w, 1), "dark:job-hangs ");
	/* What got on at first does not any more. */
	w.stuck = false;
	w.stalls.count = 0;
	pass(&w, 100);
	stall.since_ns = w.now_ns - 2 * S;
	w.stalls.count = 1;
	assert_string_equal(pass(&w, 10), "brown:job-hangs ");
	w.n_agents = 0;
	w.waits = true;
	assert_string_equal(pass(&w, 10), "dark:job-hangs ");
	w.n_agents = 2;
	w.waits = false;
	w.stalls.count = 0;
	pass(&w, 100);
	/* It comes and goes: it is one event. */
	stall.since_ns = w.now_ns - 2 * S;
	w.stalls.count = 1;
	assert_string_equal(pass(&w, 10), "brown:job-hangs ");
	for (int i = 0; i < 20; i++) {
		w.stalls.count = i % 2;
		assert_string_equal(pass(&w, 2), "");
	}
	w.stalls.count = 0;
	pass(&w, 100);
	/* Agents' failures are their own. */
	for (size_t i = 0; i < 3; i++)
		failing[i].last_ns = w.now_ns;
	w.stalls = (struct headgate_stalls){ .items = failing, .count = 2 };
	assert_string_equal(pass(&w, 10), "");
	w.stalls.count = 3;
	failing[2].last_ns = w.now_ns;
	assert_string_equal(pass(&w, 5), "brown:fails ");
	assert_string_equal(pass(&w, 5), "ok:- ");
	end(&w);
}

/* Of another device, or a ticket that starves: that is the gate's affair. */
static void stalls_of_others__do_not(void **state)
{
	struct headgate_stall stalls[] = {
		{ .kind = HEADGATE_STALL_KIND_WEDGED, .device_id = DEVICE + 1 },
		{ .kind = HEADGATE_STALL_KIND_TICKET, .device_id = DEVICE, .agent_id = 1 },
	};
	struct world w;

	(void)state;
	begin(&w, 2);
	w.stalls = (struct headgate_stalls){ .items = stalls, .count = 2 };
	assert_string_equal(pass(&w, 100), "");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stalls__speak_of_the_device),
		cmocka_unit_test(stalls_of_others__do_not),
	};

	return cmocka_run_group_tests_name("health_stalls", tests, NULL, NULL);
}
