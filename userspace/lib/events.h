/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the module, over netlink. */
#ifndef LIBHEADGATE_EVENTS_H
#define LIBHEADGATE_EVENTS_H

#include <stdint.h>

#include <linux/headgate.h>

enum headgate_event_type {
	HEADGATE_EVENT_AGENT_GONE,	/* agent_id, path */
	HEADGATE_EVENT_STALL,		/* agent_id, lane_id, pid, wait_ns */
	HEADGATE_EVENT_PRESSURE,	/* agent_id, lane_id (0: none), and from scope on */
	HEADGATE_EVENT_PRESSURE_GONE,	/* the same, without times: no more of that trigger */
	HEADGATE_EVENT_STALL_REPORT,	/* headgated's judgement: stall_kind, end, agent_id (0: none), lane_id, device_id, pid, wait_ns (age), waiting */
	HEADGATE_EVENT_LOST,		/* the socket overflowed: read state anew by dumps */
};

struct headgate_event {
	enum headgate_event_type type;
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t pid;
	uint64_t wait_ns;
	char *path;	/* of the cgroup, "" when it was not told; lasts as long as the call */
	enum headgate_pressure_scope scope;
	uint32_t device_id;
	enum headgate_pressure_kind kind;
	uint32_t trigger_id;
	uint64_t stall_ns;
	uint64_t window_ns;
	enum headgate_stall_kind stall_kind;
	uint32_t end;
	uint32_t waiting;
};

typedef void (*headgate_event_fn)(const struct headgate_event *event, void *data);

struct headgate_events;

/**
 * headgate_events_open() - subscribe to the events of the module
 * @events: receives the subscription, which has a socket of its own
 * @function: called from headgate_events_process() for each event
 * @data: handed to @function
 *
 * The subscription ends with the module: after the module was removed and
 * inserted again a new one is needed.
 *
 * Return: as headgate_client_open().
 */
int headgate_events_open(struct headgate_events **events, headgate_event_fn function, void *data);
void headgate_events_free(struct headgate_events **events);

/* The non-blocking socket, to be polled for input. */
int headgate_events_fd(const struct headgate_events *events);

/**
 * headgate_events_process() - hand all events that are there to the callback
 * @events: subscription
 *
 * An overflow of the socket is no error: it is an event, HEADGATE_EVENT_LOST.
 *
 * Return: number of events handed on, or a negative errno.
 */
int headgate_events_process(struct headgate_events *events);

#endif
