// SPDX-License-Identifier: GPL-2.0-or-later
/* A transaction: from the totals of the module to rows, and what was seen. */
#include <inttypes.h>
#include <stdio.h>

#include "history_internal.h"

static int read_seen_lanes(struct writer *w)
{
	const enum history_statement seen = HISTORY_SEEN_LANES;
	struct lane *lane;
	int ret = history_ask(w->db, seen, "");

	while (!ret && (ret = history_step(w->db, seen)) > 0) {
		ret = 0;
		lane = APPEND(w->lanes, w->n_lanes);
		if (!lane)
			return -ENOMEM;
		lane->id = history_int(w->db, seen, 0);
		lane->time_ns = history_int(w->db, seen, 1);
		lane->idle_ns = history_int(w->db, seen, 2);
		lane->ungoverned_ns = history_int(w->db, seen, 3);
		for (int i = 0; i < 2; i++) {
			lane->settled[i] = history_int(w->db, seen, 4 + i);
			lane->lost[i] = history_int(w->db, seen, 6 + i);
		}
	}
	return ret;
}

/* Counts the time of a lane; what it has grown by is added to @time_ns. */
static int count_lane(struct writer *w, int64_t device, const struct headgate_lane *told,
		      uint64_t *time_ns)
{
	struct lane *lane = find_lane(w, told->id);
	uint64_t time, idle, ungoverned;
	int ret;

	if (!lane) {
		lane = APPEND(w->lanes, w->n_lanes);
		if (!lane)
			return -ENOMEM;
		lane->id = told->id;
	}
	lane->there = true;
	ret = history_lane_row(w->db, device, told->name ?: "", &lane->row);
	if (ret)
		return ret;
	time = growth(told->time_ns, lane->time_ns);
	idle = growth(told->idle_ns, lane->idle_ns);
	ungoverned = growth(told->ungoverned_ns, lane->ungoverned_ns);
	lane->time_ns += time;
	lane->idle_ns += idle;
	lane->ungoverned_ns += ungoverned;
	if (time > *time_ns)
		*time_ns = time;
	if (!time && !idle && !ungoverned)
		return 0;
	return history_put(w->db, HISTORY_LANE_COUNT, "iiiii", w->slot, lane->row, (int64_t)time,
			   (int64_t)idle, (int64_t)ungoverned);
}

/* A device's time is that of the lane that was there for longest. */
static int count_devices(struct writer *w)
{
	const struct headgate_devices *devices = &w->totals->devices;
	const struct headgate_lanes *lanes = &w->totals->lanes;
	int64_t row;
	int ret = 0;

	for (size_t i = 0; i < devices->count && !ret; i++) {
		const struct headgate_device *device = &devices->items[i];
		uint64_t time_ns = 0;

		ret = history_device_row(w->db, device->name ?: "", device->driver ?: "", &row);
		for (size_t j = 0; j < lanes->count && !ret; j++)
			if (lanes->items[j].device_id == device->id)
				ret = count_lane(w, row, &lanes->items[j], &time_ns);
		if (!ret && time_ns)
			ret = history_put(w->db, HISTORY_DEVICE_COUNT, "iii", w->slot, row,
					  (int64_t)time_ns);
	}
	return ret;
}

/* What was found out of each lane; those that the module has no more are forgotten. */
static int keep_lanes(struct writer *w)
{
	const struct headgate_lanes *told = &w->totals->lanes;
	struct lane *lane;
	int ret = 0;

	for (size_t i = 0; i < told->count && !ret; i++) {
		lane = find_lane(w, told->items[i].id);
		if (lane && lane->there)
			ret = history_count_lost(w, lane, &told->items[i]);
	}
	for (size_t i = 0; i < w->n_lanes && !ret; i++) {
		lane = &w->lanes[i];
		if (!lane->there)
			ret = history_put(w->db, HISTORY_SEEN_LANE_DEL, "i", (int64_t)lane->id);
		else
			ret = history_put(w->db, HISTORY_SEEN_LANE_SET, "iiiiiiii", (int64_t)lane->id,
					  (int64_t)lane->time_ns, (int64_t)lane->idle_ns,
					  (int64_t)lane->ungoverned_ns, (int64_t)lane->settled[0],
					  (int64_t)lane->settled[1], (int64_t)lane->lost[0],
					  (int64_t)lane->lost[1]);
	}
	return ret;
}

/* Of another instance of the module: all that was seen is of no use. */
static int forget(struct history_db *db)
{
	int ret = history_put(db, HISTORY_FORGET_FLOWS, "");

	if (!ret)
		ret = history_put(db, HISTORY_FORGET_LANES, "");
	return ret ? ret : history_put(db, HISTORY_FORGET_PRESSURES, "");
}

/*
 * 1: these are to be counted; 0: later totals were: there is another headgated, whose /run is not
 * ours. All that is in the earlier ones is in those, and would seem to have begun anew.
 */
static int check_instance(struct writer *w)
{
	struct history_db *db = w->db;
	int ret = history_ask(db, HISTORY_INSTANCE_GET, "");
	bool same, later;

	if (!ret)
		ret = history_step(db, HISTORY_INSTANCE_GET);
	if (ret < 0)
		return ret;
	same = ret && !strcmp(history_text(db, HISTORY_INSTANCE_GET, 0), w->totals->instance);
	history_reset(db, HISTORY_INSTANCE_GET);
	if (same) {
		ret = history_ask(db, HISTORY_READ_GET, "");
		if (!ret)
			ret = history_step(db, HISTORY_READ_GET);
		if (ret < 0)
			return ret;
		later = ret && history_int(db, HISTORY_READ_GET, 0) > w->totals->read_ns;
		history_reset(db, HISTORY_READ_GET);
		if (later)
			return 0;
		ret = 0;
	} else {
		ret = forget(db);
		if (!ret)
			ret = history_put(db, HISTORY_INSTANCE_SET, "t", w->totals->instance);
	}
	if (!ret)
		ret = history_put(db, HISTORY_READ_SET, "i", w->totals->read_ns);
	return ret ? ret : 1;
}

static int count_events(struct writer *w)
{
	const struct history_events *events = w->events;
	char text[64];
	int ret = 0;

	for (size_t i = 0; events && i < events->count && !ret; i++)
		ret = history_put(w->db, HISTORY_EVENT_ADD, "ittt", events->items[i].time_ns,
				  events->items[i].kind, events->items[i].agent,
				  events->items[i].text);
	if (!ret && events && events->lost) {
		snprintf(text, sizeof(text), "%" PRIu64 " events", events->lost);
		ret = history_put(w->db, HISTORY_EVENT_ADD, "ittt", events->lost_ns, "lost", "", text);
	}
	return ret;
}

static int count_totals(struct writer *w)
{
	int ret = check_instance(w);

	if (ret <= 0)
		return ret;
	ret = read_seen_lanes(w);
	if (!ret)
		ret = count_devices(w);
	if (!ret)
		ret = history_count_flows(w);
	if (!ret)
		ret = keep_lanes(w);
	return ret ? ret : history_count_pressures(w);
}

int history_write(struct history_db *db, const struct history_totals *totals,
		  const struct history_events *events)
{
	struct writer w = { .db = db, .totals = totals, .events = events };
	int ret;

	if (totals)
		w.slot = totals->time_s - totals->time_s % history_width_s[0];
	ret = history_begin(db);
	if (ret)
		return ret;
	if (totals)
		ret = count_totals(&w);
	if (ret == -ENOMEM)
		snprintf(db->error, sizeof(db->error), "%s: memory is short", db->path);
	if (!ret)
		ret = count_events(&w);
	free(w.flows);
	free(w.seen);
	free(w.lanes);
	return history_end(db, ret);
}
