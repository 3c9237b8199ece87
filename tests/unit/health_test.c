// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices as they are seen second by second, made up: a probe each second, agents beside it,
 * stalls. What is told must be right, and be told once.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls.h"
#include "health_file.h"
#include "home.h"

#define S		UINT64_C(1000000000)
#define MS		UINT64_C(1000000)
#define DEVICE		4
#define LANE		2
#define PROBE_AGENT	100
#define AGENTS_MAX	8

/* An agent: so many jobs a second of so long each. */
struct agent {
	uint64_t jobs;
	double job_ns;
};

struct world {
	struct headgate_health health;
	struct headgate_stalls stalls;
	unsigned short dice[3];
	uint64_t now_ns;
	double slow;			/* the device's, of all jobs */
	struct agent agents[AGENTS_MAX];
	size_t n_agents;
	uint64_t probe_every;		/* seconds, 0: there is no probe */
	enum headgate_probe_outcome outcome;
	bool timed;			/* the probe tells its time, and is not in the ledger */
	bool stuck;			/* the probe's job is with the engine, and does not end */
	bool waits;			/* it waits behind the job of an agent */
	uint64_t begun_ns;
	struct headgate_flow flows[AGENTS_MAX + 1];
	char told[256];
};

static void tell(const struct headgate_health_device *device, enum headgate_health_state before,
		 void *data)
{
	struct world *w = data;
	size_t used = strlen(w->told);

	(void)before;
	snprintf(w->told + used, sizeof(w->told) - used, "%s:%s ",
		 headgate_health_state_name(device->state),
		 headgate_health_reason_name(device->reason));
}

static void begin(struct world *w, size_t agents)
{
	*w = (struct world){ .dice = { 1, 2, 3 }, .now_ns = 1000 * S, .slow = 1, .probe_every = 1 };
	for (w->n_agents = 0; w->n_agents < agents; w->n_agents++)
		w->agents[w->n_agents] = (struct agent){
			20 + w->n_agents, (8 + (double)w->n_agents) * MS,
		};
}

static void end(struct world *w)
{
	headgate_health_clear(&w->health);
}

static double noise(struct world *w)
{
	return 1 + 0.04 * (erand48(w->dice) - 0.5);
}

static void work(struct headgate_flow *flow, uint64_t agent_id, uint64_t jobs, double job_ns)
{
	flow->agent_id = agent_id;
	flow->lane_id = LANE;
	flow->device_id = DEVICE;
	flow->jobs += jobs;
	flow->busy_ns += (uint64_t)((double)jobs * job_ns);
}

static void run_probe(struct world *w)
{
	struct headgate_health_device *device = headgate_health_get(&w->health, "gpu");
	struct headgate_probe *probe;

	assert_int_equal(headgate_probe_get(device, "p", &probe), 0);
	if (!w->begun_ns) {
		headgate_probe_begins(probe, 55, PROBE_AGENT, 2 * S, w->now_ns);
		w->begun_ns = w->now_ns;
	}
	if (w->stuck || w->waits)
		return;
	if (!w->timed)
		work(&w->flows[0], PROBE_AGENT, 1, 2 * MS * w->slow * noise(w));
	headgate_probe_ends(device, probe, w->outcome,
			    w->timed ? (uint64_t)(2 * MS * w->slow * noise(w)) : 0, w->now_ns);
	w->begun_ns = 0;
}

/* @seconds looks, one a second; returns what was told meanwhile. */
static const char *pass(struct world *w, int seconds)
{
	w->told[0] = '\0';
	for (; seconds > 0; seconds--) {
		struct headgate_device item = { .id = DEVICE, .name = "gpu" };
		struct headgate_devices devices = { &item, 1 };
		struct headgate_lane lane = { .id = LANE, .device_id = DEVICE };
		struct headgate_lanes lanes = { &lane, 1 };
		struct headgate_flows flows = { w->flows, w->n_agents + 1 };
		struct headgate_job job = { .lane_id = LANE, .device_id = DEVICE };
		struct headgate_jobs jobs = { &job, w->stuck || w->n_agents };
		struct headgate_health_look look = {
			.devices = &devices, .lanes = &lanes, .flows = &flows, .jobs = &jobs,
			.stalls = &w->stalls,
			.limits = {
				HEADGATE_HEALTH_DEGRADED_DEFAULT, HEADGATE_HEALTH_BROWN_DEFAULT,
			},
			.tell = tell, .data = w,
		};

		w->now_ns += S;
		work(&w->flows[0], PROBE_AGENT, 0, 0);
		for (size_t i = 0; i < w->n_agents; i++)
			work(&w->flows[i + 1], i + 1, w->stuck ? 0 : w->agents[i].jobs,
			     w->agents[i].job_ns * w->slow * noise(w));
		if (w->probe_every && w->now_ns / S % w->probe_every == 0)
			run_probe(w);
		job.agent_id = w->stuck ? PROBE_AGENT : 1;
		job.pid = w->stuck ? 55 : 77;
		job.run_at_ns = w->now_ns - (w->waits ? 50 * S : 100 * MS);
		if (w->stuck)
			job.run_at_ns = w->begun_ns;
		for (size_t i = 0; i <= w->n_agents; i++) {
			lane.jobs += w->flows[i].jobs;
			lane.busy_ns += w->flows[i].busy_ns;
		}
		look.now_ns = w->now_ns;
		look.now_s = (int64_t)(w->now_ns / S);
		assert_int_equal(headgate_health_look(&w->health, &look), 0);
	}
	return w->told;
}

static void slow_device__is_told_within_five_seconds_and_when_it_recovers(void **state)
{
	struct world w;

	(void)state;
	for (size_t agents = 0; agents < 8; agents++) {
		begin(&w, agents / 2);
		w.timed = agents % 2;
		assert_string_equal(pass(&w, 100), "");
		w.slow = 1.25;
		assert_string_equal(pass(&w, 5), "degraded:slower ");
		w.slow = 1.6;
		assert_string_equal(pass(&w, 5), "brown:slower ");
		assert_true(fabs(headgate_health_find(&w.health, "gpu")->factor - 1.6) < 0.1);
		assert_string_equal(pass(&w, 1000), "");
		w.slow = 1;
		assert_string_equal(pass(&w, 10), "ok:- ");
		assert_string_equal(pass(&w, 1000), "");
		end(&w);
	}
}

/* Since it is slow nobody has it do anything, and what it takes alone was never learned. */
static void device_that_is_left_alone__is_seen_to_recover(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	w.n_agents = 0;
	assert_string_equal(pass(&w, 100), "");
	w.slow = 1;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

/* At the limit it does not flap. */
static void slowness_about_the_limit__is_one_event(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	pass(&w, 100);
	w.slow = 1.5;
	pass(&w, 20);
	for (int i = 0; i < 100; i++) {
		w.slow = i % 2 ? 1.36 : 1.45;
		assert_string_equal(pass(&w, 7), "");
	}
	end(&w);
}

/* Others come, go, and do longer jobs, alone or all at once, for six hours. */
static void others_work__is_never_a_brownout(void **state)
{
	struct world w;

	(void)state;
	for (int probe = 0; probe < 2; probe++) {
		begin(&w, 0);
		w.probe_every = probe;
		for (int i = 0; i < 6 * 3600 / 20; i++) {
			w.n_agents = (size_t)(erand48(w.dice) * AGENTS_MAX);
			for (size_t j = 0; j < w.n_agents; j++) {
				if (erand48(w.dice) >= 0.3)
					continue;
				w.agents[j].jobs = (uint64_t)(erand48(w.dice) * 100);
				w.agents[j].job_ns = exp(erand48(w.dice) * 7) * 100000;
			}
			assert_string_equal(pass(&w, 20), "");
		}
		end(&w);
	}
}

/* All agents take longer jobs by one factor; the probe knows that the device is not the cause. */
static void agents_that_change_together__are_explained_by_the_probe(void **state)
{
	struct world w;

	(void)state;
	for (int probe = 0; probe < 3; probe++) {
		begin(&w, 4);
		w.probe_every = !!probe;
		w.timed = probe == 2;
		assert_string_equal(pass(&w, 100), "");
		for (size_t i = 0; i < w.n_agents; i++)
			w.agents[i].job_ns *= 1.7;
		assert_string_equal(pass(&w, 100), probe ? "" : "degraded:all-slower ");
		if (probe) {
			/* And then it is what they do. */
			w.probe_every = 0;
			assert_string_equal(pass(&w, 100), "");
		}
		end(&w);
	}
}

/* What is no one cause: other factors, another moment, or not all. */
static void agents_that_change_apart__say_nothing(void **state)
{
	struct world w;

	(void)state;
	for (int how = 0; how < 3; how++) {
		begin(&w, 4);
		w.probe_every = 0;
		assert_string_equal(pass(&w, 100), "");
		for (size_t i = 0; i < w.n_agents; i++) {
			if (how == 0)
				w.agents[i].job_ns *= 1.5 + 0.2 * (double)i;
			else if (how == 1 || i != 2)
				w.agents[i].job_ns *= 1.7;
			if (how == 1)
				assert_string_equal(pass(&w, 10), "");
		}
		assert_string_equal(pass(&w, 200), "");
		end(&w);
	}
}

/* Nothing is known of how it was before. */
static void device_that_is_not_well__is_not_learned_from(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	w.outcome = HEADGATE_PROBE_WRONG;
	pass(&w, 100);
	assert_in_range(headgate_health_find(&w.health, "gpu")->probes[0].series.pasts[0].learned, 0, 5);
	end(&w);
}

static void two_agents_without_a_probe__say_nothing(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	w.probe_every = 0;
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 100), "");
	end(&w);
}

static void wrong_answers__make_a_device_brown(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.outcome = HEADGATE_PROBE_WRONG;
	assert_string_equal(pass(&w, 1), "degraded:wrong ");
	assert_string_equal(pass(&w, 1), "brown:wrong ");
	assert_string_equal(pass(&w, 50), "");
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 8), "ok:- ");
	pass(&w, 60);
	w.outcome = HEADGATE_PROBE_FAILED;
	assert_string_equal(pass(&w, 2), "degraded:fails brown:fails ");
	end(&w);
}

static void probe_whose_job_hangs__makes_a_device_dark(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.stuck = true;
	assert_string_equal(pass(&w, 2), "");
	assert_string_equal(pass(&w, 2), "dark:hangs ");
	assert_string_equal(pass(&w, 100), "");
	w.stuck = false;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

/* For whatever time: an engine is at others' jobs. */
static void probe_that_waits_behind_others__does_not_hang(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.waits = true;
	assert_string_equal(pass(&w, 100), "");
	/* It is one job. */
	w.agents[0].jobs = 0;
	assert_string_equal(pass(&w, 100), "");
	end(&w);
}

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

/* What is done about it may be what made it well: it has more and more to prove. */
static void device_that_relapses__must_be_well_for_longer(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	for (int calm = 3; calm <= 48; calm *= 4) {
		int waited = 0;

		w.outcome = HEADGATE_PROBE_WRONG;
		pass(&w, 5);
		w.outcome = HEADGATE_PROBE_OK;
		/* Five runs that are right, and then so many seconds. */
		while (!*pass(&w, 1) && waited < 100)
			waited++;
		assert_string_equal(w.told, "ok:- ");
		assert_in_range(waited, calm + 2, calm + 6);
	}
	pass(&w, 100);
	w.outcome = HEADGATE_PROBE_WRONG;
	pass(&w, 5);
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 9), "ok:- ");
	end(&w);
}

/* Who ran it has gone: what it said last is not true for ever. */
static void probe_that_left__is_forgotten_after_a_minute(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	w.outcome = HEADGATE_PROBE_FAILED;
	assert_string_equal(pass(&w, 2), "degraded:fails brown:fails ");
	w.probe_every = 0;
	assert_string_equal(pass(&w, 50), "");
	assert_string_equal(pass(&w, 20), "ok:- ");
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

/* Another headgated goes on from the files: nothing is told twice, and slow is not learned. */
static void restart__forgets_nothing(void **state)
{
	struct headgate_health fresh = { 0 };
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 600);
	w.slow = 2;
	pass(&w, 10);
	assert_int_equal(headgate_health_save("health", &w.health), 0);
	assert_int_equal(headgate_pasts_save("pasts", &w.health), 0);
	headgate_health_clear(&w.health);
	assert_int_equal(headgate_pasts_load("pasts", &fresh), 0);
	assert_int_equal(headgate_health_load_states("health", &fresh), 0);
	w.health = fresh;
	w.begun_ns = 0;
	assert_string_equal(pass(&w, 600), "");
	w.slow = 1;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

static void damaged_files__are_read_as_far_as_they_go(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "device", "device gpu broken - 1 1\n", "device gpu dark wedged\n", "gpu p alone 999999 1 1\n",
		"gpu p alone 5 nan 1\ngpu p alone 5 1 -1\ngpu p above 5 1 1\n", "probe gpu p 1 1\n",
	};
	struct headgate_health health = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("file", texts[i]);
		assert_int_equal(headgate_health_load("file", &health), 0);
		assert_int_equal(headgate_pasts_load("file", &health), 0);
	}
	for (size_t i = 0; i < health.n_devices; i++) {
		assert_int_equal(health.devices[i].state, HEADGATE_HEALTH_OK);
		for (size_t j = 0; j < health.devices[i].n_probes; j++)
			assert_int_equal(health.devices[i].probes[j].series.pasts[0].learned, 0);
	}
	headgate_health_clear(&health);
	assert_int_equal(headgate_health_load("none", &health), -2);
}

static void probes__are_so_many_and_no_more(void **state)
{
	struct headgate_health health = { 0 };
	struct headgate_health_device *device = headgate_health_get(&health, "gpu");
	struct headgate_probe *probe;
	char name[HEADGATE_PROBE_NAME_MAX];

	(void)state;
	for (int i = 0; i < HEADGATE_PROBES_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(headgate_probe_get(device, name, &probe), 0);
		headgate_probe_begins(probe, 10 + i, 0, 0, 1);
	}
	assert_int_equal(headgate_probe_get(device, "more", &probe), -28);
	assert_int_equal(headgate_probe_get(device, "p3", &probe), 0);
	headgate_probe_leaves(probe);
	assert_int_equal(headgate_probe_get(device, "more", &probe), 0);
	assert_string_equal(probe->name, "more");
	headgate_health_clear(&health);
}

static void calibrated_device__is_compared_with_what_it_does_now(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	headgate_health_calibrate(headgate_health_find(&w.health, "gpu"));
	assert_string_equal(pass(&w, 100), "ok:- ");
	w.slow = 4;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_device__is_told_within_five_seconds_and_when_it_recovers),
		cmocka_unit_test(device_that_is_left_alone__is_seen_to_recover),
		cmocka_unit_test(slowness_about_the_limit__is_one_event),
		cmocka_unit_test(others_work__is_never_a_brownout),
		cmocka_unit_test(agents_that_change_together__are_explained_by_the_probe),
		cmocka_unit_test(agents_that_change_apart__say_nothing),
		cmocka_unit_test(device_that_is_not_well__is_not_learned_from),
		cmocka_unit_test(two_agents_without_a_probe__say_nothing),
		cmocka_unit_test(wrong_answers__make_a_device_brown),
		cmocka_unit_test(probe_whose_job_hangs__makes_a_device_dark),
		cmocka_unit_test(probe_that_waits_behind_others__does_not_hang),
		cmocka_unit_test(stalls__speak_of_the_device),
		cmocka_unit_test(device_that_relapses__must_be_well_for_longer),
		cmocka_unit_test(probe_that_left__is_forgotten_after_a_minute),
		cmocka_unit_test(stalls_of_others__do_not),
		IN_HOME(restart__forgets_nothing),
		IN_HOME(damaged_files__are_read_as_far_as_they_go),
		cmocka_unit_test(probes__are_so_many_and_no_more),
		cmocka_unit_test(calibrated_device__is_compared_with_what_it_does_now),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
