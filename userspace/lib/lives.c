// SPDX-License-Identifier: GPL-2.0-or-later
#include "lives.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "by_id.h"
#include "lines.h"
#include "replace.h"

uint64_t headgate_lives_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

struct headgate_life *headgate_lives_find(const struct headgate_lives *lives, uint64_t agent_id)
{
	struct headgate_lives_item *item =
		headgate_by_id_find(lives->items, lives->count, sizeof(*item), agent_id);

	return item ? &item->life : NULL;
}

struct headgate_life *headgate_lives_get(struct headgate_lives *lives, uint64_t agent_id)
{
	struct headgate_life *life = headgate_lives_find(lives, agent_id);
	struct headgate_lives_item *item;
	void *items = lives->items;

	if (life)
		return life;
	item = headgate_by_id_insert(&items, &lives->count, sizeof(*item), agent_id);
	lives->items = items;
	return item ? &item->life : NULL;
}

static int compare_agents(const void *a, const void *b)
{
	const struct headgate_flow *const *one = a, *const *other = b;

	return ((*one)->agent_id > (*other)->agent_id) - ((*one)->agent_id < (*other)->agent_id);
}

int headgate_lives_flows_sort(const struct headgate_flows *flows,
			      struct headgate_lives_flows *sorted)
{
	*sorted = (struct headgate_lives_flows){ 0 };
	sorted->items = calloc(flows->count + 1, sizeof(*sorted->items));
	if (!sorted->items)
		return -ENOMEM;
	for (size_t i = 0; i < flows->count; i++)
		if (!flows->items[i].gone)
			sorted->items[sorted->count++] = &flows->items[i];
	qsort(sorted->items, sorted->count, sizeof(*sorted->items), compare_agents);
	return 0;
}

size_t headgate_lives_flows_of(const struct headgate_lives_flows *sorted, uint64_t agent_id,
			       const struct headgate_flow *const **first)
{
	size_t from = 0, to = sorted->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (sorted->items[middle]->agent_id < agent_id)
			from = middle + 1;
		else
			to = middle;
	}
	*first = sorted->items + from;
	while (to < sorted->count && sorted->items[to]->agent_id == agent_id)
		to++;
	return to - from;
}

void headgate_lives_flows_free(struct headgate_lives_flows *sorted)
{
	free(sorted->items);
	*sorted = (struct headgate_lives_flows){ 0 };
}

int headgate_lives_look(struct headgate_lives *lives, uint64_t agent_id,
			const struct headgate_lives_flows *flows, enum headgate_life_stop stop,
			uint64_t now_ns)
{
	struct headgate_life *life = headgate_lives_get(lives, agent_id);
	const struct headgate_flow *const *own;
	size_t count = headgate_lives_flows_of(flows, agent_id, &own);

	return life ? headgate_life_look(life, own, count, stop, now_ns) : -ENOMEM;
}

void headgate_lives_prune(struct headgate_lives *lives,
			  bool (*keep)(uint64_t agent_id, const void *data), const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < lives->count; i++) {
		if (keep(lives->items[i].agent_id, data))
			lives->items[kept++] = lives->items[i];
		else
			headgate_life_clear(&lives->items[i].life);
	}
	lives->count = kept;
}

static bool parse(const char *line, struct headgate_lives_item *item)
{
	struct headgate_life *life = &item->life;
	char name[16];
	int returns;

	if (sscanf(line, "%" SCNu64 " %15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %d", &item->agent_id, name, &life->since_ns, &life->active_ns,
		   &life->grown_ns, &life->forced_ns, &life->jobs, &life->tickets, &returns) != 9)
		return false;
	life->returns = returns;
	life->seen = true;
	return !headgate_life_parse(name, &life->state);
}

static int take(char *line, void *data)
{
	struct headgate_lives_item item = { 0 };
	struct headgate_life *life;

	if (!parse(line, &item))
		return 0;
	life = headgate_lives_get(data, item.agent_id);
	if (!life)
		return -ENOMEM;
	*life = item.life;
	return 0;
}

int headgate_lives_load(const char *file, struct headgate_lives *lives)
{
	struct headgate_lives loaded = { 0 };
	int ret = headgate_lines_read(file, take, &loaded);

	if (ret)
		headgate_lives_free(&loaded);
	else
		*lives = loaded;
	return ret;
}

int headgate_lives_save(const char *file, const struct headgate_lives *lives)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < lives->count; i++) {
		const struct headgate_life *life = &lives->items[i].life;

		fprintf(replace.stream, "%" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 " %d\n", lives->items[i].agent_id,
			headgate_life_name(life->state), life->since_ns, life->active_ns,
			life->grown_ns, life->forced_ns, life->jobs, life->tickets, life->returns);
	}
	return headgate_replace_end(&replace);
}

void headgate_lives_free(struct headgate_lives *lives)
{
	for (size_t i = 0; i < lives->count; i++)
		headgate_life_clear(&lives->items[i].life);
	free(lives->items);
	*lives = (struct headgate_lives){ 0 };
}
