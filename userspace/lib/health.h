/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The health of a device: whether it got slower or wronger by itself.  Others' work explains that
 * something waits, never that it takes longer once it runs.
 */
#ifndef LIBHEADGATE_HEALTH_H
#define LIBHEADGATE_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "series.h"
#include "stall.h"

/**
 * enum headgate_health_state - how well a device is
 * @HEADGATE_HEALTH_OK: nothing speaks against it
 * @HEADGATE_HEALTH_DEGRADED: slower than it was, or wrong once
 * @HEADGATE_HEALTH_BROWN: much slower, wrong or failing again and again, or an engine hangs
 * @HEADGATE_HEALTH_DARK: nothing comes back from it
 */
enum headgate_health_state {
	HEADGATE_HEALTH_OK,
	HEADGATE_HEALTH_DEGRADED,
	HEADGATE_HEALTH_BROWN,
	HEADGATE_HEALTH_DARK,
	HEADGATE_HEALTH_STATES,
};

/**
 * enum headgate_health_reason - what speaks against a device, the graver the later
 * @HEADGATE_HEALTH_WELL: nothing
 * @HEADGATE_HEALTH_TOGETHER: jobs of several agents take longer by one factor since one moment
 * @HEADGATE_HEALTH_SLOW: a probe takes longer
 * @HEADGATE_HEALTH_FAILS: a probe could not run, or the driver reports errors
 * @HEADGATE_HEALTH_WRONG: a probe computes something else than it should
 * @HEADGATE_HEALTH_JOB: a job overruns its deadline
 * @HEADGATE_HEALTH_HANGS: a probe does not come back, nor does anything else
 * @HEADGATE_HEALTH_WEDGED: the driver has given the device up
 */
enum headgate_health_reason {
	HEADGATE_HEALTH_WELL,
	HEADGATE_HEALTH_TOGETHER,
	HEADGATE_HEALTH_SLOW,
	HEADGATE_HEALTH_FAILS,
	HEADGATE_HEALTH_WRONG,
	HEADGATE_HEALTH_JOB,
	HEADGATE_HEALTH_HANGS,
	HEADGATE_HEALTH_WEDGED,
	HEADGATE_HEALTH_REASONS,
};

/* What a probe says of one run. */
enum headgate_probe_outcome {
	HEADGATE_PROBE_OK,
	HEADGATE_PROBE_WRONG,
	HEADGATE_PROBE_FAILED,
	HEADGATE_PROBE_OUTCOMES,
};

#define HEADGATE_DEVICE_NAME_MAX	64
#define HEADGATE_PROBE_NAME_MAX		32
/* On one device: whoever may speak for a device is root, and makes no more mistakes than that. */
#define HEADGATE_PROBES_MAX		8

/**
 * struct headgate_probe - work of one kind, known to be the same each time
 * @name: given by whoever runs it
 * @series: its times
 * @wrong: the newest runs, the last of them bit 0: those that computed something wrong
 * @failed: the same: those that could not run
 * @last: what came of the last run, to be shown, however long ago that was
 * @runs: since headgated began
 * @pid: process that runs it, 0: none
 * @agent_id: its agent: its time is what the ledger has for that; 0: not known
 * @timed: it tells its time itself
 * @sampled: @busy_ns and @jobs are of a look
 * @busy_ns: of the agent on this device
 * @jobs: the same
 * @begun_ns: when the run that is under way began, CLOCK_MONOTONIC; 0: none is
 * @allowed_ns: how long it may take once the device has begun with it
 * @last_ns: when its time was told last
 * @ended_ns: when a run ended last
 * @owner: connection of whoever runs it
 */
struct headgate_probe {
	char name[HEADGATE_PROBE_NAME_MAX];
	struct headgate_series series;
	uint8_t wrong;
	uint8_t failed;
	enum headgate_probe_outcome last;
	uint64_t runs;
	uint32_t pid;
	uint64_t agent_id;
	bool timed;
	bool sampled;
	uint64_t busy_ns;
	uint64_t jobs;
	uint64_t begun_ns;
	uint64_t allowed_ns;
	uint64_t last_ns;
	uint64_t ended_ns;
	uint64_t owner;
};

/**
 * struct headgate_health_device - one device
 * @name: as in headgate_device; it keeps its past when the module comes anew
 * @id: in this module; 0: it does not know it
 * @listed: the host has it, and it is of concern (headgate_health_is_of_concern()); of one that nobody has submitted to,
 *	or that the module does not see submissions to, probes are all there is: what came of runs, not how long they took
 * @state: state
 * @reason: gravest reason for it
 * @factor: how many times as long as in its past it takes; 0: not known
 * @since_s: of the state, CLOCK_REALTIME: for people, and it outlives headgated
 * @calm_ns: for how long all must be better; 0: as long as usual
 * @well_ns: since when it is OK
 * @better_ns: since when all evidence counts that is of a better state; 0: it is not
 * @judged: by this headgated
 * @load: engine time in the time between the last two looks, as a part of it
 * @beside: it has done more than the probe's work lately
 * @jobs: done on its lanes, at the last look
 * @busy_ns: the same of engine time
 * @looked_ns: when that was
 * @moved_ns: after which a job was done
 * @probes: its probes
 * @n_probes: their number
 */
struct headgate_health_device {
	char name[HEADGATE_DEVICE_NAME_MAX];
	uint32_t id;
	bool listed;
	enum headgate_health_state state;
	enum headgate_health_reason reason;
	double factor;
	int64_t since_s;
	uint64_t calm_ns;
	uint64_t well_ns;
	uint64_t better_ns;
	bool judged;
	double load;
	bool beside;
	uint64_t jobs;
	uint64_t busy_ns;
	uint64_t looked_ns;
	uint64_t moved_ns;
	struct headgate_probe *probes;
	size_t n_probes;
};

/* Jobs of an agent on a lane, of one kind or not; the judge's own (health_flows.c). */
struct headgate_health_flow {
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint64_t busy_ns;
	uint64_t jobs;
	uint64_t slower_ns;	/* since when it takes longer, 0: it does not */
	uint64_t last_ns;	/* when there were jobs last */
	bool busy;		/* there are some now, or tickets wait */
	struct headgate_series series;
};

/* All 0 to begin with; freed by headgate_health_clear(). */
struct headgate_health {
	struct headgate_health_device *devices;
	size_t n_devices;
	struct headgate_health_flow *flows;	/* by agent and lane */
	size_t n_flows;
};

/**
 * struct headgate_health_limits - from which factors on
 * @degraded: a device is degraded
 * @brown: it is brown
 */
struct headgate_health_limits {
	double degraded;
	double brown;
};

#define HEADGATE_HEALTH_DEGRADED_DEFAULT	1.15
#define HEADGATE_HEALTH_BROWN_DEFAULT		1.4

/**
 * struct headgate_health_look - what is there now, and who is told
 * @devices: all of them
 * @lanes: all of them
 * @flows: of all agents
 * @jobs: with the engines
 * @stalls: those that are open
 * @limits: limits
 * @now_ns: CLOCK_MONOTONIC
 * @now_s: CLOCK_REALTIME
 * @tell: the state of a device has changed, from @before
 * @data: for that
 */
struct headgate_health_look {
	const struct headgate_devices *devices;
	const struct headgate_lanes *lanes;
	const struct headgate_flows *flows;
	const struct headgate_jobs *jobs;
	const struct headgate_stalls *stalls;
	struct headgate_health_limits limits;
	uint64_t now_ns;
	int64_t now_s;
	void (*tell)(const struct headgate_health_device *device,
		     enum headgate_health_state before, void *data);
	void *data;
};

/* Whether it is there, and judged. */
static inline bool headgate_health_is_there(const struct headgate_health_device *device)
{
	return device->id || device->listed;
}

/*
 * Whether one that the host has is to be @listed: a probe has spoken of it since headgated began, or it is ill by the
 * word of the headgated before, which nothing else would ever take back.
 */
bool headgate_health_is_of_concern(const struct headgate_health_device *device);

/* How each device is.  0 or -ENOMEM: what could not be kept is looked at again. */
int headgate_health_look(struct headgate_health *health, const struct headgate_health_look *look);

/* The device of that name, made if there is none; NULL without memory. */
struct headgate_health_device *headgate_health_get(struct headgate_health *health, const char *name);
struct headgate_health_device *headgate_health_find(const struct headgate_health *health,
						    const char *name);

/* The same of a probe; -ENOSPC: there are HEADGATE_PROBES_MAX, and each has a process. */
int headgate_probe_get(struct headgate_health_device *device, const char *name,
		       struct headgate_probe **probe);

/**
 * headgate_probe_begins - a run begins
 * @probe: probe
 * @pid: process that runs it
 * @agent_id: its agent, 0: it is of none, or that is not known
 * @allowed_ns: how long the device may take for it; 0: not judged
 * @now_ns: CLOCK_MONOTONIC
 */
void headgate_probe_begins(struct headgate_probe *probe, uint32_t pid, uint64_t agent_id,
			   uint64_t allowed_ns, uint64_t now_ns);

/**
 * headgate_probe_ends - it is over
 * @device: of the probe
 * @probe: probe
 * @outcome: what came of it
 * @time_ns: how long the device took, by its own clock; 0: the ledger knows
 * @now_ns: CLOCK_MONOTONIC
 */
void headgate_probe_ends(struct headgate_health_device *device, struct headgate_probe *probe,
			 enum headgate_probe_outcome outcome, uint64_t time_ns, uint64_t now_ns);

/* Whoever ran it is gone. */
void headgate_probe_leaves(struct headgate_probe *probe);

/* What the device does now is what it is compared with from now on. */
void headgate_health_calibrate(struct headgate_health_device *device);

/* The module went: devices keep their past and their state. */
void headgate_health_detach(struct headgate_health *health);
void headgate_health_clear(struct headgate_health *health);

const char *headgate_health_state_name(enum headgate_health_state state);
const char *headgate_probe_outcome_name(enum headgate_probe_outcome outcome);
const char *headgate_health_reason_name(enum headgate_health_reason reason);
int headgate_health_state_parse(const char *name, enum headgate_health_state *state);
int headgate_probe_outcome_parse(const char *name, enum headgate_probe_outcome *outcome);
int headgate_health_reason_parse(const char *name, enum headgate_health_reason *reason);

#endif
