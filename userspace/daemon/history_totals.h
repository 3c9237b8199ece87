/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module has counted, read at one moment, and what happened besides. */
#ifndef HEADGATE_DAEMON_HISTORY_TOTALS_H
#define HEADGATE_DAEMON_HISTORY_TOTALS_H

#include <stdint.h>

#include "calls.h"
#include "labels.h"
#include "look.h"

/**
 * struct history_event - something to be told with its time
 * @time_ns: CLOCK_REALTIME
 * @kind: a word, such as "stall"; a constant
 * @agent_id: cgroup id, 0: of no agent
 * @agent: path, "" if not known
 * @text: the rest, for people
 */
struct history_event {
	int64_t time_ns;
	const char *kind;
	uint64_t agent_id;
	char *agent;
	char *text;
};

struct history_events {
	struct history_event *items;
	size_t count;
	uint64_t lost;		/* there was no room for */
	int64_t lost_ns;	/* the last of these, CLOCK_REALTIME */
};

/* More than happens in 10 s; what is beyond is counted. */
#define HISTORY_EVENTS_MAX 4096

/* Append an event of now, of which @agent and @text are copied; counts it as lost if it cannot. */
void history_events_add(struct history_events *events, const char *kind, uint64_t agent_id,
			const char *agent, const char *text);
/* Take the first @count away. */
void history_events_drop(struct history_events *events, size_t count);
/* Move all of @from to the end of @events. */
void history_events_move(struct history_events *events, struct history_events *from);

/**
 * struct history_totals - all totals
 * @instance: tells one insertion of the module from all others, on every boot
 * @time_s: CLOCK_REALTIME
 * @read_ns: CLOCK_BOOTTIME before they were read: tells earlier totals from later ones
 * @agents: in the order of their ids
 * @labels: whose they are, and those that went since the last totals; of who reads the totals
 *
 * A flow's lane is known, unless it is newer than the lanes.
 */
struct history_totals {
	char instance[80];
	int64_t time_s;
	int64_t read_ns;
	struct headgate_lanes lanes;
	struct headgate_flows flows;
	struct headgate_devices devices;
	struct headgate_agents agents;
	struct headgate_pressures pressures;
	struct headgate_labels_list labels;
};

/* The name of the module that has this number now; 0 or a negative errno. */
int history_instance(char *instance, size_t size, uint64_t module_instance);

/* @seen: what was read before, kept for the next time; its lanes and devices are taken. 0 or a negative errno. */
int history_totals_read(struct history_totals *totals, struct look *seen, struct headgate_client *client,
			uint64_t module_instance);
void history_totals_free(struct history_totals *totals);

#endif
