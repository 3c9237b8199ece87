/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one scrape tells, before it is text. */
#ifndef HEADGATE_DAEMON_METRICS_MODEL_H
#define HEADGATE_DAEMON_METRICS_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* As a value: there is none, the line is left out. */
#define METRICS_NONE UINT64_MAX

/*
 * Upper edges of waits at the gate: powers of 2 ns, where the module's buckets have an edge as well.
 * Its last bucket, from 7.5 s on, has no end.
 */
#define METRICS_WAITS 10
extern const uint64_t metrics_wait_edges[METRICS_WAITS];

/*
 * The rows of all scopes begin with their labels, as text: agent="/a",gpu="0000:03:00.0".
 * Times are in ns, shares in millionths.
 */
struct metrics_daemon {
	char *labels;			/* "" */
	char *build;			/* labels of headgate_build_info */
	uint64_t module_loaded, gate_attached, policy_refused;
	uint64_t agents, agents_other;
	uint64_t tickets_live, jobs_live;
	uint64_t failed_open, jobs_unmetered, jobs_lost;
	uint64_t events_lost, history_errors;
	uint64_t cpu_ns, started_ns, resident_bytes;
};

struct metrics_stall {
	char *labels;			/* kind */
	uint64_t open, begun;
};

struct metrics_device {
	char *labels;			/* gpu */
	char *info;			/* gpu, driver, meter; NULL: the module does not know it */
	uint64_t wedged;
	uint64_t health;		/* enum headgate_health_state */
	uint64_t slowdown_ppm;
	uint64_t tickets, jobs, jobs_unticketed;
	uint64_t some_ns, full_ns;
};

struct metrics_engine {
	char *labels;			/* gpu, engine */
	uint64_t jobs, busy_ns, ungoverned_ns, held_idle_ns, idle_ns;
	uint64_t waiting, outstanding;
	uint64_t some_ns, full_ns;
};

struct metrics_agent {
	char *labels;			/* agent */
	char *info;			/* agent, owner, project, class */
	uint64_t weight, cap_ppm;
	uint64_t state;			/* enum headgate_life_state */
};

/* An agent on a device. */
struct metrics_share {
	char *labels;			/* agent, gpu */
	uint64_t some_ns, full_ns;
};

/* What grows of a flow: @waits are those up to each edge, and longer ones. */
struct metrics_sums {
	uint64_t tickets, jobs, failed, forced;
	uint64_t busy_ns, queued_ns, wait_ns;
	uint64_t waits[METRICS_WAITS + 1];
};

/* An agent on an engine. */
struct metrics_flow {
	char *labels;			/* agent, gpu, engine */
	struct metrics_sums sums;
	uint64_t due_ppm, waiting, outstanding;
};

enum metrics_scope {
	METRICS_DAEMON, METRICS_STALL, METRICS_DEVICE, METRICS_ENGINE, METRICS_AGENT, METRICS_SHARE,
	METRICS_FLOW, METRICS_SCOPES
};

extern const size_t metrics_row_sizes[METRICS_SCOPES];

/* Freed by metrics_snapshot_free(). */
struct metrics_rows {
	void *items;
	size_t count;
};

struct metrics_snapshot {
	struct metrics_rows rows[METRICS_SCOPES];
};

/* One more, all 0; NULL without memory. Others of its scope move. */
void *metrics_add(struct metrics_snapshot *snapshot, enum metrics_scope scope);

void metrics_snapshot_free(struct metrics_snapshot *snapshot);

#endif
