// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pressure of agents. Its totals end with the agent: what came after the last look is not
 * counted, nor can it be counted twice.
 */
#include "history_internal.h"

struct seen {
	uint64_t agent_id;
	uint32_t device_id;
	uint64_t some_ns, full_ns;
	bool there;
};

static int read_seen(struct history_db *db, struct seen **seen, size_t *count)
{
	const enum history_statement statement = HISTORY_SEEN_PRESSURES;
	struct seen *one;
	int ret = history_ask(db, statement, "");

	while (!ret && (ret = history_step(db, statement)) > 0) {
		ret = 0;
		one = APPEND(*seen, *count);
		if (!one)
			return -ENOMEM;
		one->agent_id = history_int(db, statement, 0);
		one->device_id = history_int(db, statement, 1);
		one->some_ns = history_int(db, statement, 2);
		one->full_ns = history_int(db, statement, 3);
	}
	return ret;
}

static int by_agent(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->agent_id != y->agent_id)
		return (int64_t)x->agent_id < (int64_t)y->agent_id ? -1 : 1;
	return x->device_id < y->device_id ? -1 : x->device_id != y->device_id;
}

static const struct headgate_device *find_device(const struct writer *w, uint32_t id)
{
	for (size_t i = 0; i < w->totals->devices.count; i++)
		if (w->totals->devices.items[i].id == id)
			return &w->totals->devices.items[i];
	return NULL;
}

static int count_one(struct writer *w, const struct headgate_pressure *told, struct seen *seen)
{
	const struct headgate_device *device = find_device(w, told->device_id);
	uint64_t some = told->some_total_ns, full = told->full_total_ns;
	int64_t agent, row;
	int ret;

	if (seen)
		seen->there = true;
	/* Less than before: the agent was none in between, and began anew. */
	if (seen && some >= seen->some_ns && full >= seen->full_ns) {
		some -= seen->some_ns;
		full -= seen->full_ns;
	}
	if (!device || (!some && !full))
		return 0;
	ret = history_device_row(w->db, device->name ?: "", device->driver ?: "", &row);
	if (!ret)
		ret = history_agent_row(w, told->agent_id,
					history_path_of(w, told->agent_id) ?: HISTORY_GONE, &agent);
	if (!ret)
		ret = history_put(w->db, HISTORY_PRESSURE_COUNT, "iiiii", w->slot, row, agent,
				  (int64_t)some, (int64_t)full);
	if (!ret)
		ret = history_put(w->db, HISTORY_SEEN_PRESSURE_SET, "iiii", (int64_t)told->agent_id,
				  (int64_t)told->device_id, (int64_t)told->some_total_ns,
				  (int64_t)told->full_total_ns);
	return ret;
}

int history_count_pressures(struct writer *w)
{
	const struct headgate_pressures *told = &w->totals->pressures;
	struct seen *seen = NULL, key;
	size_t n_seen = 0;
	int ret = read_seen(w->db, &seen, &n_seen);

	for (size_t i = 0; i < told->count && !ret; i++) {
		if (told->items[i].scope != HEADGATE_PRESSURE_SCOPE_AGENT)
			continue;
		key.agent_id = told->items[i].agent_id;
		key.device_id = told->items[i].device_id;
		ret = count_one(w, &told->items[i],
				seen ? bsearch(&key, seen, n_seen, sizeof(key), by_agent) : NULL);
	}
	for (size_t i = 0; i < n_seen && !ret; i++)
		if (!seen[i].there)
			ret = history_put(w->db, HISTORY_SEEN_PRESSURE_DEL, "ii",
					  (int64_t)seen[i].agent_id, (int64_t)seen[i].device_id);
	free(seen);
	return ret;
}
