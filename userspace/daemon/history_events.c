// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history_totals.h"

#define NS_PER_S INT64_C(1000000000)

static int append(struct history_events *events, const struct history_event *event)
{
	struct history_event *items;

	if (events->count >= HISTORY_EVENTS_MAX)
		return -1;
	items = reallocarray(events->items, events->count + 1, sizeof(*items));
	if (!items)
		return -1;
	events->items = items;
	items[events->count++] = *event;
	return 0;
}

static void clear(struct history_event *event)
{
	free(event->agent);
	free(event->text);
}

static void lose(struct history_events *events, uint64_t count, int64_t time_ns)
{
	events->lost += count;
	events->lost_ns = time_ns;
}

void history_events_add(struct history_events *events, const char *kind, uint64_t agent_id,
			const char *agent, const char *text)
{
	struct history_event event = { .kind = kind, .agent_id = agent_id };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	event.time_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	event.agent = strdup(agent ?: "");
	event.text = strdup(text ?: "");
	if (event.agent && event.text && !append(events, &event))
		return;
	clear(&event);
	lose(events, 1, event.time_ns);
}

void history_events_drop(struct history_events *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		clear(&events->items[i]);
	events->count -= count;
	if (events->count) {
		memmove(events->items, events->items + count, events->count * sizeof(*events->items));
	} else {
		free(events->items);
		events->items = NULL;
	}
}

void history_events_move(struct history_events *events, struct history_events *from)
{
	for (size_t i = 0; i < from->count; i++) {
		if (!append(events, &from->items[i]))
			continue;
		clear(&from->items[i]);
		lose(events, 1, from->items[i].time_ns);
	}
	free(from->items);
	if (from->lost)
		lose(events, from->lost, from->lost_ns);
	*from = (struct history_events){};
}
