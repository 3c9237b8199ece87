/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was read to what is told: which agents one by one, under which labels. */
#ifndef HEADGATE_DAEMON_METRICS_COLLECT_H
#define HEADGATE_DAEMON_METRICS_COLLECT_H

#include "calls.h"
#include "counts.h"
#include "health.h"
#include "labels.h"
#include "lives.h"
#include "metrics_others.h"
#include "stall.h"

/* Names that no cgroup has: their paths begin with a slash. */
#define METRICS_OTHER		"other"
#define METRICS_UNGOVERNED	"(ungoverned)"

/* Engines of all agents that are told one by one, for each of these: no host has so many that each uses more. */
#define METRICS_ENGINES_EACH	4

/**
 * struct metrics_input - all that was read, at about one moment
 * @loaded: there is a module; else the rest of it is empty
 * @instance: which one
 * @health: by the file of it; @listed of each: the host has it
 * @counts: what headgated has counted
 * @version: of headgated
 */
struct metrics_input {
	bool loaded;
	uint64_t instance;
	struct headgate_info info;
	struct headgate_agents agents;
	struct headgate_devices devices;
	struct headgate_lanes lanes;
	struct headgate_flows flows;
	struct headgate_pressures pressures;
	struct headgate_lives lives;
	struct headgate_labels_list labels;
	struct headgate_stalls stalls;
	struct headgate_health health;
	uint64_t counts[COUNTS];
	uint64_t cpu_ns, started_ns, resident_bytes;
	const char *version;
};

/**
 * struct metrics_collector - what goes on from one look to the next; all 0 to begin with
 * @others: those that are told together
 * @instance: of which module that is
 */
struct metrics_collector {
	struct metrics_others others;
	uint64_t instance;
};

/**
 * metrics_collect - make a snapshot
 * @collector: of the look before
 * @input: is brought into order
 * @agents_max: agents told one by one: the eldest, since these are the same at the next look
 * @snapshot: was empty
 *
 * Return: 0 or -ENOMEM.
 */
int metrics_collect(struct metrics_collector *collector, struct metrics_input *input, size_t agents_max,
		    struct metrics_snapshot *snapshot);

void metrics_collector_free(struct metrics_collector *collector);

#endif
