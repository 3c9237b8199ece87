// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the history for budgets; see budget_seed.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "budget_seed.h"
#include "history_db.h"

/* The time of a device, and of all its lanes. */
struct time_of {
	int64_t day;
	char *device;
	uint64_t time_ns, lanes_ns;
};

struct times {
	struct time_of *items;
	size_t count;
};

static void times_free(struct times *times)
{
	for (size_t i = 0; i < times->count; i++)
		free(times->items[i].device);
	free(times->items);
}

static struct time_of *find_time(struct times *times, int64_t day, const char *device)
{
	for (size_t i = 0; i < times->count; i++)
		if (times->items[i].day == day && !strcmp(times->items[i].device, device))
			return &times->items[i];
	return NULL;
}

/* A few devices, and 31 days at most. */
static int read_times(struct history_db *db, enum history_statement statement, const int64_t *span_s,
		      struct times *times)
{
	int ret = history_ask(db, statement, "ii", span_s[0], span_s[1]);

	while (!ret && (ret = history_step(db, statement)) > 0) {
		int64_t day = history_int(db, statement, 0);
		const char *device = history_text(db, statement, 1);
		struct time_of *time = find_time(times, day, device);

		ret = 0;
		if (!time) {
			struct time_of *items = headgate_append(times->items, &times->count, sizeof(*items));

			if (!items)
				return -ENOMEM;
			times->items = items;
			time = &items[times->count - 1];
			time->day = day;
			time->device = strdup(device);
			if (!time->device) {
				times->count--;
				return -ENOMEM;
			}
		}
		if (statement == HISTORY_REPORT_LANES)
			time->lanes_ns += history_int(db, statement, 3);
		else
			time->time_ns += history_int(db, statement, 3);
	}
	return ret;
}

/* All lanes of a device together have its time. */
static uint64_t part_of(struct times *times, int64_t day, const char *device, uint64_t busy_ns)
{
	const struct time_of *time = find_time(times, day, device);

	if (!time || !time->lanes_ns)
		return busy_ns;
	return (unsigned __int128)busy_ns * time->time_ns / time->lanes_ns;
}

static int read_flows(struct history_db *db, enum headgate_budget_per per, const int64_t *span_s,
		      struct times *times, struct budget_past *past)
{
	const enum history_statement flows = HISTORY_REPORT_FLOWS;
	int ret = history_ask(db, flows, "ii", span_s[0], span_s[1]);

	while (!ret && (ret = history_step(db, flows)) > 0) {
		const char *owner = history_text(db, flows, 4);
		struct budget_row *rows;

		ret = 0;
		/* Of nobody that a budget could be of. */
		if (*history_text(db, flows, 3) != '/')
			continue;
		rows = headgate_append(past->rows, &past->n_rows, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		past->rows = rows;
		rows += past->n_rows - 1;
		rows->per = per;
		rows->day = history_int(db, flows, 0);
		rows->device = strdup(history_text(db, flows, 1));
		rows->path = strdup(history_text(db, flows, 3));
		rows->owner = strdup(strcmp(owner, HISTORY_NO_OWNER) ? owner : "");
		rows->busy_ns = history_int(db, flows, 5 + HISTORY_BUSY_NS);
		if (!rows->device || !rows->path || !rows->owner)
			return -ENOMEM;
		rows->device_ns = part_of(times, rows->day, rows->device, rows->busy_ns);
	}
	return ret;
}

static int read_period(struct history_db *db, enum headgate_budget_per per, const struct budget_since *since,
		       struct budget_past *past)
{
	const int64_t span_s[] = { since->since_s[per], since->until_s[per] };
	struct times times = { 0 };
	int ret = read_times(db, HISTORY_REPORT_LANES, span_s, &times);

	if (!ret)
		ret = read_times(db, HISTORY_REPORT_DEVICES, span_s, &times);
	if (!ret)
		ret = read_flows(db, per, span_s, &times, past);
	times_free(&times);
	return ret;
}

static int read_seen(struct history_db *db, struct budget_past *past)
{
	const enum history_statement seen = HISTORY_BUDGET_SEEN;
	struct headgate_budget_seen *items;
	int ret = history_ask(db, HISTORY_BUDGET_INSTANCE, "");

	while (!ret && (ret = history_step(db, HISTORY_BUDGET_INSTANCE)) > 0) {
		ret = 0;
		snprintf(past->instance, sizeof(past->instance), "%s", history_text(db, HISTORY_BUDGET_INSTANCE, 0));
	}
	if (!ret)
		ret = history_ask(db, seen, "");
	while (!ret && (ret = history_step(db, seen)) > 0) {
		ret = 0;
		items = headgate_append(past->seen, &past->n_seen, sizeof(*items));
		if (!items)
			return -ENOMEM;
		past->seen = items;
		items[past->n_seen - 1] = (struct headgate_budget_seen){ history_int(db, seen, 0),
			history_int(db, seen, 1), history_int(db, seen, 2) };
	}
	if (past->n_seen)
		qsort(past->seen, past->n_seen, sizeof(*past->seen), headgate_budget_seen_order);
	return ret;
}

static int read_events(struct history_db *db, int64_t since_s, struct budget_past *past)
{
	const enum history_statement told = HISTORY_BUDGET_EVENTS;
	struct budget_event *events;
	int ret = history_ask(db, told, "i", since_s);

	while (!ret && (ret = history_step(db, told)) > 0) {
		ret = 0;
		events = headgate_append(past->events, &past->n_events, sizeof(*events));
		if (!events)
			return -ENOMEM;
		past->events = events;
		events += past->n_events - 1;
		events->time_s = history_int(db, told, 0);
		events->over = !strcmp(history_text(db, told, 1), "budget-over");
		events->text = strdup(history_text(db, told, 2));
		if (!events->text)
			return -ENOMEM;
	}
	return ret;
}

void budget_past_read(struct budget_past *past, const char *file, const struct budget_since *since)
{
	struct history_db db;
	int64_t first_s = INT64_MAX;
	int ret, end;

	*past = (struct budget_past){ 0 };
	ret = history_open(&db, file, false);
	if (!ret)
		ret = read_seen(&db, past);
	for (int i = 0; i < HEADGATE_BUDGET_PERS && !ret; i++) {
		if (!since->wanted[i])
			continue;
		if (since->since_s[i] < first_s)
			first_s = since->since_s[i];
		ret = read_period(&db, i, since, past);
	}
	if (!ret)
		ret = read_events(&db, first_s, past);
	if (!ret || ret == -EUCLEAN) {
		/* The reason, should it have looked damaged. */
		end = history_read_end(&db);
		ret = end ? end : ret;
	}
	past->err = ret;
	if (ret)
		snprintf(past->error, sizeof(past->error), "%s", ret == -ENOMEM ? "memory is short" : db.error);
	history_close(&db);
}

void budget_past_free(struct budget_past *past)
{
	for (size_t i = 0; i < past->n_rows; i++) {
		free(past->rows[i].device);
		free(past->rows[i].path);
		free(past->rows[i].owner);
	}
	for (size_t i = 0; i < past->n_events; i++)
		free(past->events[i].text);
	free(past->rows);
	free(past->events);
	free(past->seen);
	*past = (struct budget_past){ 0 };
}
