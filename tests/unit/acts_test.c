// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done about devices that are not well: to whom, for how long, and that it is undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "acts.h"

#define S	UINT64_C(1000000000)
#define NOW	(1000 * S)
#define DEVICE	1

#define BATCH		HEADGATE_CLASS_BATCH
#define INTERACTIVE	HEADGATE_CLASS_INTERACTIVE

/* 3 is above 4 and 5; 6 is above 7, which is interactive; 8 is a probe. */
static struct headgate_agent items[] = {
	{ .id = 1, .path = "/a", .class = BATCH }, { .id = 2, .path = "/i", .class = INTERACTIVE },
	{ .id = 3, .path = "/t", .class = BATCH }, { .id = 4, .path = "/t/x", .parent_id = 3, .class = BATCH },
	{ .id = 5, .path = "/t/y", .parent_id = 3, .class = BATCH }, { .id = 6, .path = "/u", .class = BATCH },
	{ .id = 7, .path = "/u/i", .parent_id = 6, .class = INTERACTIVE }, { .id = 8, .path = "/p", .class = BATCH },
};

#define AGENTS (sizeof(items) / sizeof(items[0]))

struct stage {
	struct acts acts;
	struct overrides overrides;
	struct headgate_probe probe;
	struct headgate_health_device devices[2];
	struct headgate_health_flow flows[AGENTS];
	struct headgate_health health;
	struct headgate_config_brownout config;
	char told[1024];
};

static void tell(const char *sentence, const struct headgate_agent *agent, bool over, void *data)
{
	struct stage *s = data;

	assert_int_equal(!!agent, !!strstr(sentence, "agent /"));
	assert_int_equal(over, !!strstr(sentence, "policy has"));
	strncat(s->told, sentence, sizeof(s->told) - strlen(s->told) - 2);
	strcat(s->told, "\n");
}

static void set(struct stage *s)
{
	*s = (struct stage){
		.devices = { { .name = "gpu", .id = DEVICE }, { .name = "other", .id = DEVICE + 1 } },
		.probe = { .pid = 9, .agent_id = 8 },
		.config = { .shed_cap_ppm = 20000 },
	};
	for (size_t i = 0; i < AGENTS; i++)
		s->flows[i] = (struct headgate_health_flow){
			.agent_id = i + 1, .device_id = DEVICE, .last_ns = NOW - S,
		};
}

/* "1w 3wc 4p": whom what is laid on; w: the least weight, c: a cap, p: paused. */
static const char *plan(struct stage *s, enum headgate_health_state state)
{
	static char text[256];
	struct headgate_agents agents = { items, AGENTS };
	struct acts_look look = {
		.health = &s->health, .agents = &agents, .config = &s->config, .now_ns = NOW,
		.tell = tell, .data = s,
	};

	s->devices[0].state = state;
	s->devices[0].probes = &s->probe;
	s->devices[0].n_probes = 1;
	s->health = (struct headgate_health){ s->devices, 2, s->flows, AGENTS };
	s->told[0] = '\0';
	assert_int_equal(acts_plan(&s->acts, &look, &s->overrides), 0);
	text[0] = '\0';
	for (size_t i = 0; i < AGENTS; i++) {
		struct override o;

		if (!override_of(&s->overrides, items[i].id, &o))
			continue;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d%s%s%s", *text ? " " : "", (int)items[i].id,
			 o.weight == HEADGATE_WEIGHT_MIN ? "w" : "", o.cap_ppm == 20000 ? "c" : "", o.paused ? "p" : "");
	}
	return text;
}

static void end(struct stage *s)
{
	acts_free(&s->acts);
	overrides_free(&s->overrides);
}

static void nothing__is_done_unless_the_policy_says_so(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DARK), "");
	assert_string_equal(s.told, "");
	end(&s);
}

/* Those whose whole tree can wait, at its top; nobody who has somebody interactive below. */
static void shedding__is_for_those_that_can_wait(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_BROWN;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_OK), "");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DEGRADED), "");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc");
	assert_string_equal(s.told, "device gpu is brown: agent /a is shed, it has the least weight, at most 2 % of a device's time\n"
			    "device gpu is brown: agent /t is shed, it has the least weight, at most 2 % of a device's time\n");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DARK), "1wc 3wc");
	assert_string_equal(s.told, "");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DEGRADED), "");
	assert_string_equal(s.told, "device gpu is degraded: 2 agents are as the policy has them again\n");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_OK), "");
	assert_string_equal(s.told, "");
	end(&s);
}

static void agents_of_other_devices__are_left_alone(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_DEGRADED;
	s.flows[0].device_id = DEVICE + 1;
	s.flows[2].last_ns = NOW - 100 * S;
	s.flows[3].last_ns = NOW - 100 * S;
	s.flows[4].last_ns = 0;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	end(&s);
}

/* Who is paused has no jobs any more, and stays so until the device is well. */
static void pause__lasts_and_is_for_somebodys_good(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_DEGRADED;
	s.config.pause = HEADGATE_HEALTH_BROWN;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DEGRADED), "1wc 3wc");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wcp 3wcp");
	assert_string_equal(s.told, "device gpu is brown: agent /a is paused\n"
			    "device gpu is brown: agent /t is paused\n");
	for (size_t i = 0; i < 5; i++)
		s.flows[i].last_ns = i == 1 ? NOW : NOW - 500 * S;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wcp 3wcp");
	/* The policy has another class for it. */
	items[0].class = INTERACTIVE;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "3wcp");
	items[0].class = BATCH;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "3wcp");
	s.flows[0].last_ns = NOW;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wcp 3wcp");
	/* Those for whom they stand still have gone. */
	s.flows[1].last_ns = NOW - 100 * S;
	s.flows[6].last_ns = NOW - 100 * S;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc");
	/* Or they wait: nothing comes back. */
	s.flows[1].busy = true;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wcp 3wcp");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_OK), "");
	end(&s);
}

/* Of three agents, the last of which is a probe. */
static void set_device(struct stage *s, uint32_t id)
{
	s->flows[0].device_id = id;
	s->flows[4].device_id = id;
	s->flows[7].device_id = id;
}

static void drain__keeps_new_agents_away(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.drain = HEADGATE_HEALTH_BROWN;
	set_device(&s, 0);
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	set_device(&s, DEVICE);
	s.flows[0].last_ns = 0;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1p 5p");
	assert_string_equal(s.told, "device gpu is brown: agent /a is paused\ndevice gpu is brown: agent /t/y is paused\n");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DARK), "1p 5p");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DEGRADED), "");
	/* They have worked there by then. */
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	end(&s);
}

/* Whatever its class, and though it has had a job by then; but for a probe. */
static void interactive_agents__are_drained_as_well(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.drain = HEADGATE_HEALTH_BROWN;
	s.flows[1].device_id = 0;
	s.flows[7].device_id = 0;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	s.flows[1].device_id = DEVICE;
	s.flows[7].device_id = DEVICE;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "2p");
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "2p");
	end(&s);
}

static void device_that_goes__is_nobodys_reason(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_BROWN;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc");
	s.devices[0].id = 0;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	assert_string_equal(s.told, "device gpu is gone: 2 agents are as the policy has them again\n");
	end(&s);
}

/* Who has three agents could have others shed. */
static void agents_alone__are_no_reason(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_DEGRADED;
	s.devices[0].reason = HEADGATE_HEALTH_TOGETHER;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_DEGRADED), "");
	end(&s);
}

/* It connects for each run. */
static void probe_that_is_away__is_spared(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_BROWN;
	s.probe.pid = 0;
	s.probe.ended_ns = NOW - 30 * S;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc");
	s.probe.ended_ns = NOW - 70 * S;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc 8wc");
	end(&s);
}

static void policy_that_changes__is_obeyed_at_once(void **state)
{
	struct stage s;

	(void)state;
	set(&s);
	s.config.shed = HEADGATE_HEALTH_BROWN;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "1wc 3wc");
	s.config.shed = HEADGATE_HEALTH_OK;
	assert_string_equal(plan(&s, HEADGATE_HEALTH_BROWN), "");
	end(&s);
}

static void job_that_hangs__has_a_time_of_grace(void **state)
{
	struct headgate_config_brownout config = { .kill_after_ns = 30 * S };
	struct headgate_stall stall = {
		.kind = HEADGATE_STALL_KIND_JOB, .agent_id = 1, .pid = 5, .since_ns = 100 * S,
		.deadline_ns = 10 * S,
	};

	(void)state;
	assert_false(acts_kills(&config, &stall, 139 * S));
	assert_true(acts_kills(&config, &stall, 140 * S));
	stall.agent_id = 0;
	assert_false(acts_kills(&config, &stall, 140 * S));
	stall.agent_id = 1;
	stall.pid = 0;
	assert_false(acts_kills(&config, &stall, 140 * S));
	stall.pid = 5;
	stall.kind = HEADGATE_STALL_KIND_TICKET;
	assert_false(acts_kills(&config, &stall, 140 * S));
	stall.kind = HEADGATE_STALL_KIND_JOB;
	config.kill_after_ns = 0;
	assert_false(acts_kills(&config, &stall, UINT64_MAX));
}

static void other_device__is_the_least_busy_that_is_well(void **state)
{
	struct headgate_health_device devices[] = {
		{ .name = "a", .id = 1, .load = 0.1, .state = HEADGATE_HEALTH_BROWN }, { .name = "b", .id = 2, .load = 0.9 },
		{ .name = "c", .id = 3, .load = 0.5 }, { .name = "gone", .load = 0 },
	};
	struct headgate_health health = { .devices = devices, .n_devices = 4 };

	(void)state;
	assert_string_equal(acts_instead(&health)->name, "c");
	devices[1].state = HEADGATE_HEALTH_DEGRADED;
	devices[2].state = HEADGATE_HEALTH_DEGRADED;
	assert_null(acts_instead(&health));
}

/* Probes alone speak of it. */
static void other_device__may_be_one_that_the_module_does_not_see(void **state)
{
	struct headgate_health_device devices[] = {
		{ .name = "gone" }, { .name = "a", .listed = true, .state = HEADGATE_HEALTH_BROWN },
		{ .name = "b", .listed = true }, { .name = "c", .id = 3, .load = 0.9 }, { .name = "d", .listed = true },
	};
	struct headgate_health health = { .devices = devices, .n_devices = 5 };

	(void)state;
	/* It is known how busy it is. */
	assert_string_equal(acts_instead(&health)->name, "c");
	devices[3].state = HEADGATE_HEALTH_DEGRADED;
	assert_string_equal(acts_instead(&health)->name, "b");
	devices[2].listed = false;
	assert_string_equal(acts_instead(&health)->name, "d");
	devices[4].state = HEADGATE_HEALTH_DARK;
	assert_null(acts_instead(&health));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing__is_done_unless_the_policy_says_so),
		cmocka_unit_test(shedding__is_for_those_that_can_wait),
		cmocka_unit_test(agents_of_other_devices__are_left_alone),
		cmocka_unit_test(pause__lasts_and_is_for_somebodys_good),
		cmocka_unit_test(drain__keeps_new_agents_away),
		cmocka_unit_test(interactive_agents__are_drained_as_well),
		cmocka_unit_test(device_that_goes__is_nobodys_reason),
		cmocka_unit_test(agents_alone__are_no_reason),
		cmocka_unit_test(probe_that_is_away__is_spared),
		cmocka_unit_test(policy_that_changes__is_obeyed_at_once),
		cmocka_unit_test(job_that_hangs__has_a_time_of_grace),
		cmocka_unit_test(other_device__is_the_least_busy_that_is_well),
		cmocka_unit_test(other_device__may_be_one_that_the_module_does_not_see),
	};

	return cmocka_run_group_tests_name("acts", tests, NULL, NULL);
}
