// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three sources are joined:
 *
 * - probes: work that is known to be the same each time.  They alone make a device brown.
 * - the ledger: what the device was busy with a probe's jobs, without what they waited for others;
 *   and whether jobs of several agents got longer at one moment and by one factor.
 * - stalls, and the jobs that are with engines now: who waits behind others is not hung.
 *
 * A graver state comes at once, a better one when all evidence has been of it for a while.
 */
#include "health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "health_flows.h"

#define NS_PER_S	UINT64_C(1000000000)
/* For so long all must be better. */
#define CALM_NS		(3 * NS_PER_S)
/* What is ill again so soon has more to prove, and so on: else what is done about it may flap. */
#define RELAPSE_NS	(20 * NS_PER_S)
#define CALM_TIMES	4
#define CALM_MAX_NS	(300 * NS_PER_S)
/* A reset that worked is no illness: the device gets on at once. */
#define WEDGED_NS	(3 * NS_PER_S)
/* Nothing was done on the device for so long. */
#define STILL_NS	(5 * NS_PER_S)
/* A headgated that has just begun takes the word of the one before, until probes have spoken. */
#define HOLD_NS		(10 * NS_PER_S)
/* What a probe said so long ago says nothing of now. */
#define STALE_NS	(60 * NS_PER_S)
/* It has a part in all that is seen of the device. */
#define WITNESS_NS	(10 * NS_PER_S)
/* Jobs that failed longer ago fail no more. */
#define FAILING_NS	(5 * NS_PER_S)
/* Of the time between two looks: what others have had of the device for it to count as busy. */
#define BESIDE_PART	0.05
/* A device that is in a state stays so down to this part of what brought it there. */
#define HOLD_PART	(2.0 / 3)

/* The newest runs, and so many of them make a device brown. */
#define OUTCOMES_MASK	((1U << HEADGATE_SERIES_RECENT) - 1)
#define OUTCOMES_BROWN	2

/* ---- samples ---- */

/* What the ledger has for the probe's agent since the last look; the time of a job, 0: there was none. */
static double probe_time(struct headgate_probe *probe, const struct headgate_health_device *device,
			 const struct headgate_flows *flows, uint64_t *own_ns)
{
	uint64_t busy_ns = 0, jobs = 0, was_busy_ns = probe->busy_ns, was_jobs = probe->jobs;
	bool sampled = probe->sampled;

	for (size_t i = 0; i < flows->count; i++) {
		const struct headgate_flow *flow = &flows->items[i];

		if (flow->device_id != device->id || flow->agent_id != probe->agent_id)
			continue;
		busy_ns += flow->busy_ns;
		jobs += flow->jobs;
	}
	probe->busy_ns = busy_ns;
	probe->jobs = jobs;
	probe->sampled = true;
	*own_ns = 0;
	if (!sampled || jobs <= was_jobs || busy_ns <= was_busy_ns)
		return 0;
	*own_ns = busy_ns - was_busy_ns;
	return (double)*own_ns / (double)(jobs - was_jobs);
}

static void sample_probes(struct headgate_health_device *device, uint64_t busy_ns, uint64_t elapsed_ns,
			  const struct headgate_health_look *look)
{
	double times[HEADGATE_PROBES_MAX] = { 0 };
	uint64_t own_ns, others_ns = busy_ns;

	for (size_t i = 0; i < device->n_probes; i++) {
		struct headgate_probe *probe = &device->probes[i];

		if (!probe->pid || !probe->agent_id)
			continue;
		times[i] = probe_time(probe, device, look->flows, &own_ns);
		others_ns -= own_ns < others_ns ? own_ns : others_ns;
	}
	if (!elapsed_ns)
		return;
	device->beside = (double)others_ns > BESIDE_PART * (double)elapsed_ns;
	for (size_t i = 0; i < device->n_probes; i++) {
		if (!(times[i] > 0) || device->probes[i].timed)
			continue;
		headgate_series_add(&device->probes[i].series,
				    device->beside ? HEADGATE_SERIES_BESIDE : HEADGATE_SERIES_ALONE, times[i],
				    device->state == HEADGATE_HEALTH_OK);
		device->probes[i].last_ns = look->now_ns;
	}
}

static void sample_device(struct headgate_health_device *device, const struct headgate_health_look *look)
{
	uint64_t jobs = 0, busy_ns = 0, was_ns = device->looked_ns, grew_ns = 0;

	for (size_t i = 0; i < look->lanes->count; i++) {
		if (look->lanes->items[i].device_id != device->id)
			continue;
		jobs += look->lanes->items[i].jobs;
		busy_ns += look->lanes->items[i].busy_ns;
	}
	if (jobs != device->jobs)
		device->moved_ns = was_ns; /* after that */
	if (was_ns && busy_ns > device->busy_ns)
		grew_ns = busy_ns - device->busy_ns;
	device->load = was_ns && look->now_ns > was_ns ? (double)grew_ns / (double)(look->now_ns - was_ns) : 0;
	device->jobs = jobs;
	device->busy_ns = busy_ns;
	device->looked_ns = look->now_ns;
	sample_probes(device, grew_ns, was_ns ? look->now_ns - was_ns : 0, look);
}

/* ---- evidence ---- */

static void add(struct health_evidence *sum, enum headgate_health_state state,
		enum headgate_health_reason reason, double factor)
{
	if (factor > sum->factor)
		sum->factor = factor;
	if (state > sum->state || (state == sum->state && state && reason > sum->reason)) {
		sum->state = state;
		sum->reason = reason;
	}
}

/* The factor that brings a device into a state, or keeps it there. */
static double limit(const struct headgate_health_device *device, enum headgate_health_state state,
		    double factor)
{
	return device->state >= state ? 1 + (factor - 1) * HOLD_PART : factor;
}

static void add_time(struct health_evidence *sum, const struct headgate_health_device *device,
		     const struct headgate_series *series, const struct headgate_health_limits *limits)
{
	double factor = headgate_series_factor(series);
	bool held = device->state != HEADGATE_HEALTH_OK;

	if (!held && !headgate_series_exceeds(series))
		return;
	if (headgate_series_above(series, limit(device, HEADGATE_HEALTH_BROWN, limits->brown)) >=
	    HEADGATE_SERIES_AGREE)
		add(sum, HEADGATE_HEALTH_BROWN, HEADGATE_HEALTH_SLOW, factor);
	else if (headgate_series_above(series, limit(device, HEADGATE_HEALTH_DEGRADED, limits->degraded)) >=
		 HEADGATE_SERIES_AGREE)
		add(sum, HEADGATE_HEALTH_DEGRADED, HEADGATE_HEALTH_SLOW, factor);
}

static void add_outcomes(struct health_evidence *sum, uint8_t outcomes, enum headgate_health_reason reason)
{
	int count = __builtin_popcount(outcomes & OUTCOMES_MASK);

	if (count)
		add(sum, count >= OUTCOMES_BROWN ? HEADGATE_HEALTH_BROWN : HEADGATE_HEALTH_DEGRADED, reason, 0);
}

/*
 * An engine has been at the probe's own job for longer than that may take, and all that time nothing
 * else got done: no others explain it.
 */
static bool hangs(const struct headgate_probe *probe, const struct headgate_health_device *device,
		  const struct headgate_health_look *look)
{
	if (!device->id || !probe->begun_ns || !probe->allowed_ns)
		return false;
	for (size_t i = 0; i < look->jobs->count; i++) {
		const struct headgate_job *job = &look->jobs->items[i];

		uint64_t since_ns = job->run_at_ns > device->moved_ns ? job->run_at_ns : device->moved_ns;

		if (job->device_id != device->id || look->now_ns < since_ns + probe->allowed_ns)
			continue;
		if (job->pid == probe->pid || (probe->agent_id && job->agent_id == probe->agent_id))
			return true;
	}
	return false;
}

static void add_probe(struct health_evidence *sum, struct headgate_probe *probe,
		      const struct headgate_health_device *device, const struct headgate_health_look *look,
		      bool *witness)
{
	uint64_t age_ns = look->now_ns - probe->last_ns;

	if (hangs(probe, device, look))
		add(sum, HEADGATE_HEALTH_DARK, HEADGATE_HEALTH_HANGS, 0);
	if (look->now_ns - probe->ended_ns > STALE_NS) {
		probe->wrong = 0;
		probe->failed = 0;
	}
	add_outcomes(sum, probe->wrong, HEADGATE_HEALTH_WRONG);
	add_outcomes(sum, probe->failed, HEADGATE_HEALTH_FAILS);
	if (age_ns > STALE_NS)
		headgate_series_restart(&probe->series);
	if (!headgate_series_judges(&probe->series))
		return;
	*witness = *witness || age_ns <= WITNESS_NS;
	add_time(sum, device, &probe->series, &look->limits);
}

static bool is_probe(const struct headgate_health_device *device, uint64_t agent_id)
{
	for (size_t i = 0; i < device->n_probes; i++)
		if (device->probes[i].pid && agent_id && device->probes[i].agent_id == agent_id)
			return true;
	return false;
}

/* Whether something gets done beside what has begun at that time. */
static bool moves(const struct headgate_health_device *device, uint64_t since_ns, uint64_t now_ns)
{
	return device->moved_ns > since_ns && now_ns - device->moved_ns < STILL_NS;
}

/* Agents' failing jobs are their own affair: who has two agents could have others shed. */
static void add_stalls(struct health_evidence *sum, const struct headgate_health_device *device,
		       const struct headgate_health_look *look)
{
	for (size_t i = 0; i < look->stalls->count; i++) {
		const struct headgate_stall *stall = &look->stalls->items[i];

		if (stall->device_id != device->id)
			continue;
		switch (stall->kind) {
		case HEADGATE_STALL_KIND_WEDGED:
			if (look->now_ns - stall->since_ns >= WEDGED_NS && device->moved_ns <= stall->since_ns)
				add(sum, HEADGATE_HEALTH_DARK, HEADGATE_HEALTH_WEDGED, 0);
			break;
		case HEADGATE_STALL_KIND_JOB:
			add(sum, moves(device, stall->since_ns, look->now_ns) ? HEADGATE_HEALTH_BROWN :
			    HEADGATE_HEALTH_DARK, HEADGATE_HEALTH_JOB, 0);
			break;
		case HEADGATE_STALL_KIND_FAILED:
			/* It stays open for longer, so that it does not flap. */
			if (look->now_ns - stall->last_ns > FAILING_NS)
				break;
			if (is_probe(device, stall->agent_id))
				add(sum, HEADGATE_HEALTH_BROWN, HEADGATE_HEALTH_FAILS, 0);
			break;
		case HEADGATE_STALL_KIND_TICKET:
			break;
		}
	}
}

/* ---- state ---- */

static uint64_t calm_of(const struct headgate_health_device *device)
{
	return device->calm_ns ? device->calm_ns : CALM_NS;
}

static void become(struct headgate_health_device *device, const struct health_evidence *evidence,
		   const struct headgate_health_look *look)
{
	enum headgate_health_state before = device->state;

	device->state = evidence->state;
	device->reason = evidence->reason;
	device->better_ns = 0;
	if (before == device->state)
		return;
	if (before == HEADGATE_HEALTH_OK && device->well_ns && look->now_ns - device->well_ns < RELAPSE_NS)
		device->calm_ns = calm_of(device) * CALM_TIMES < CALM_MAX_NS ? calm_of(device) * CALM_TIMES : CALM_MAX_NS;
	else if (before == HEADGATE_HEALTH_OK)
		device->calm_ns = CALM_NS;
	if (device->state == HEADGATE_HEALTH_OK)
		device->well_ns = look->now_ns;
	device->since_s = look->now_s;
	look->tell(device, before, look->data);
}

static void judge(struct headgate_health *health, struct headgate_health_device *device,
		  const struct headgate_health_look *look)
{
	struct health_evidence sum = { 0 }, flows = { 0 };
	bool witness = false;

	for (size_t i = 0; i < device->n_probes; i++)
		add_probe(&sum, &device->probes[i], device, look, &witness);
	if (device->id) {
		add_stalls(&sum, device, look);
		flows = health_flows_judge(health, device, witness, look);
	}
	add(&sum, flows.state, flows.reason, flows.factor);
	device->factor = sum.factor;
	if (sum.state >= device->state)
		become(device, &sum, look);
	else if (!device->better_ns)
		device->better_ns = look->now_ns + (device->judged ? 0 : HOLD_NS);
	else if (look->now_ns >= device->better_ns + calm_of(device))
		become(device, &sum, look);
	device->judged = true;
}

int headgate_health_look(struct headgate_health *health, const struct headgate_health_look *look)
{
	struct headgate_health_device *device;
	int err = 0;

	for (size_t i = 0; i < health->n_devices; i++)
		health->devices[i].id = 0;
	for (size_t i = 0; i < look->devices->count; i++) {
		if (look->devices->items[i].gone)
			continue;
		device = headgate_health_get(health, look->devices->items[i].name);
		if (device)
			device->id = look->devices->items[i].id;
		else
			err = -ENOMEM;
	}
	for (size_t i = 0; i < health->n_devices; i++)
		if (health->devices[i].id)
			sample_device(&health->devices[i], look);
		else
			health_device_unseen(&health->devices[i]);
	err = health_flows_look(health, look) ?: err;
	for (size_t i = 0; i < health->n_devices; i++)
		if (headgate_health_is_there(&health->devices[i]))
			judge(health, &health->devices[i], look);
	return err;
}
