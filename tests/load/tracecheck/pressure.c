// SPDX-License-Identifier: GPL-2.0
/*
 * What waits: a ticket until it is admitted, and a job from when it is queued to when it
 * runs, if another was queued or running then. No job of such a trace waits for a fence.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../load.h"
#include "pressure.h"

/* Less of the time than this has no error in percent of itself. */
#define SMALL 0.05

struct group {
	const char *scope;
	uint64_t agent_id, lane_id, device_id;
};

struct change {
	uint64_t at;
	int waiting, running;
};

static struct {
	const struct json *lanes, *agents;	/* pressure after, list of agents */
	struct change *changes;
	size_t count;
	double worst, worst_small;
	uint64_t from, to;
} check;

void units_add(struct units *units, const struct unit *unit)
{
	if (units->count == units->room) {
		units->room = 2 * units->room + 64;
		units->items = reallocarray(units->items, units->room, sizeof(*units->items));
		if (!units->items)
			die("no memory");
	}
	units->items[units->count++] = *unit;
}

static int by_lane_and_time(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->lane_id != y->lane_id)
		return x->lane_id < y->lane_id ? -1 : 1;
	return x->queued_at < y->queued_at ? -1 : x->queued_at > y->queued_at;
}

static void units_judge(struct units *units)
{
	uint64_t lane = 0, busy_until = 0;
	struct unit *unit;
	size_t i;

	qsort(units->items, units->count, sizeof(*units->items), by_lane_and_time);
	check.from = UINT64_MAX;
	for (i = 0; i < units->count; i++) {
		unit = &units->items[i];
		if (unit->lane_id != lane)
			busy_until = 0;
		lane = unit->lane_id;
		unit->waits = !unit->is_job || busy_until > unit->queued_at;
		if (unit->is_job && unit->done_at > busy_until)
			busy_until = unit->done_at;
		if (unit->queued_at < check.from)
			check.from = unit->queued_at;
		if (unit->done_at > check.to)
			check.to = unit->done_at;
	}
}

static uint64_t parent_of(uint64_t agent_id)
{
	const struct json *entry, *parent;

	for (entry = json_need(check.agents, "agents", JSON_ARRAY)->first; entry; entry = entry->next) {
		if (json_uint(entry, "id") != agent_id)
			continue;
		parent = json_get(entry, "parent_id");
		return parent && parent->kind == JSON_NUMBER ? json_uint(entry, "parent_id") : 0;
	}
	return 0;
}

static uint64_t device_of(uint64_t lane_id)
{
	const struct json *entry;

	for (entry = json_need(check.lanes, "pressure", JSON_ARRAY)->first; entry; entry = entry->next)
		if (!strcmp(json_string(entry, "scope"), "lane") &&
		    json_uint(entry, "lane_id") == lane_id)
			return json_uint(entry, "device_id");
	die("there is no pressure of lane %" PRIu64, lane_id);
}

static bool group_has(const struct group *group, const struct unit *unit)
{
	uint64_t agent;

	if (!strcmp(group->scope, "lane"))
		return unit->lane_id == group->lane_id;
	if (device_of(unit->lane_id) != group->device_id)
		return false;
	if (!strcmp(group->scope, "device"))
		return true;
	for (agent = unit->agent_id; agent; agent = parent_of(agent))
		if (agent == group->agent_id)
			return true;
	return false;
}

static void add_change(uint64_t at, int waiting, int running)
{
	check.changes[check.count++] = (struct change){ at, waiting, running };
}

static int by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* The time in which some of the group waits, and in which all of it does. */
static void group_times(const struct group *group, const struct units *units, uint64_t *some,
			uint64_t *full)
{
	const struct unit *unit;
	int waiting = 0, running = 0;
	size_t i;

	check.count = 0;
	check.changes = reallocarray(check.changes, 4 * units->count + 1, sizeof(*check.changes));
	if (!check.changes)
		die("no memory");
	for (i = 0; i < units->count; i++) {
		unit = &units->items[i];
		if (!group_has(group, unit))
			continue;
		if (unit->waits) {
			add_change(unit->queued_at, 1, 0);
			add_change(unit->run_at ?: unit->done_at, -1, 0);
		}
		if (unit->is_job && unit->run_at) {
			add_change(unit->run_at, 0, 1);
			add_change(unit->done_at, 0, -1);
		}
	}
	qsort(check.changes, check.count, sizeof(*check.changes), by_time);
	*some = 0;
	*full = 0;
	for (i = 0; i < check.count; i++) {
		if (i && waiting)
			*some += check.changes[i].at - check.changes[i - 1].at;
		if (i && waiting && !running)
			*full += check.changes[i].at - check.changes[i - 1].at;
		waiting += check.changes[i].waiting;
		running += check.changes[i].running;
	}
}

static const struct json *same_group(const struct json *pressures, const struct json *entry)
{
	static const char *const keys[] = { "agent_id", "lane_id", "device_id" };
	const struct json *other;
	size_t i;

	for (other = json_need(pressures, "pressure", JSON_ARRAY)->first; other; other = other->next) {
		if (strcmp(json_string(other, "scope"), json_string(entry, "scope")))
			continue;
		for (i = 0; i < 3; i++)
			if (json_get(entry, keys[i]) &&
			    json_uint(entry, keys[i]) != json_uint(other, keys[i]))
				break;
		if (i == 3)
			return other;
	}
	return NULL;
}

static uint64_t total(const struct json *entry, const char *kind)
{
	return entry ? json_uint(json_need(entry, kind, JSON_OBJECT), "total_ns") : 0;
}

static void compare(const struct group *group, const char *kind, uint64_t trace, uint64_t module)
{
	double elapsed = check.to - check.from, difference = fabs((double)trace - (double)module);

	printf("%s %" PRIu64 " %s: trace %.6f s, module %.6f s of %.3f s\n", group->scope,
	       group->agent_id ?: group->lane_id ?: group->device_id, kind, trace / 1e9,
	       module / 1e9, elapsed / 1e9);
	if (trace > SMALL * elapsed)
		check.worst = fmax(check.worst, 100 * difference / trace);
	else
		check.worst_small = fmax(check.worst_small, 100 * difference / elapsed);
}

void pressure_compare(struct units *units, const struct json *before, const struct json *after,
		      const struct json *agents)
{
	const struct json *entry, *was;
	uint64_t some, full;
	struct group group;

	check.lanes = after;
	check.agents = agents;
	units_judge(units);
	if (!units->count)
		die("nothing was traced");
	for (entry = json_need(after, "pressure", JSON_ARRAY)->first; entry; entry = entry->next) {
		group = (struct group){
			.scope = json_string(entry, "scope"),
			.agent_id = json_get(entry, "agent_id") ? json_uint(entry, "agent_id") : 0,
			.lane_id = json_get(entry, "lane_id") ? json_uint(entry, "lane_id") : 0,
			.device_id = json_uint(entry, "device_id"),
		};
		was = same_group(before, entry);
		group_times(&group, units, &some, &full);
		compare(&group, "some", some, total(entry, "some") - total(was, "some"));
		compare(&group, "full", full, total(entry, "full") - total(was, "full"));
	}
	printf("pressure_error=%.4f\npressure_error_small=%.4f\n", check.worst, check.worst_small);
}
