// SPDX-License-Identifier: GPL-2.0-or-later
#include "look.h"

#include <errno.h>
#include <stdlib.h>

#include "by_id.h"
#include "lives.h"

/* Should ever a change not be told, it is seen a minute later. */
#define WHOLE_EVERY 60

/* ---- flows ---- */

static int compare(const void *a, const void *b)
{
	const struct headgate_flow *one = a, *other = b;

	if (!one->gone != !other->gone)
		return one->gone ? 1 : -1;
	if (one->agent_id != other->agent_id)
		return one->agent_id < other->agent_id ? -1 : 1;
	return (one->lane_id > other->lane_id) - (one->lane_id < other->lane_id);
}

static bool has_device(const struct headgate_devices *devices, uint32_t id)
{
	for (size_t i = 0; i < devices->count; i++)
		if (devices->items[i].id == id)
			return true;
	return false;
}

static size_t count_live(const struct headgate_flows *flows)
{
	size_t count = flows->count;

	while (count && flows->items[count - 1].gone)
		count--;
	return count;
}

/* What went during the dump may have the number of one before it: its totals tell. */
static bool tells_of_end(const struct headgate_flow *gone, const struct headgate_flows *known)
{
	for (size_t i = count_live(known); i < known->count; i++) {
		const struct headgate_flow *before = &known->items[i];

		if (!compare(before, gone) && before->gone == gone->gone && before->jobs == gone->jobs &&
		    before->tickets == gone->tickets && before->busy_ns == gone->busy_ns)
			return false;
	}
	return true;
}

/*
 * Of what is gone that which is told for the first time, to the end of @news: a flow that we know
 * has ended, even if its cgroup is an agent again.  Returns where they begin.
 */
static size_t sort_out_ends(const struct headgate_flows *known, struct headgate_flows *news)
{
	size_t begin = news->count;

	for (size_t i = news->count; i-- > 0 && news->items[i].gone;) {
		struct headgate_flow flow = news->items[i];

		if (!tells_of_end(&flow, known))
			continue;
		news->items[i] = news->items[--begin];
		news->items[begin] = flow;
	}
	return begin;
}

static bool has_ended(const struct headgate_flow *flow, const struct headgate_flow *ends, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ends[i].agent_id == flow->agent_id && ends[i].lane_id == flow->lane_id)
			return true;
	return false;
}

static bool is_agent(const struct headgate_agents *agents, uint64_t id)
{
	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

static bool is_there(const struct headgate_flow *flow, const struct headgate_agents *agents,
		     const struct headgate_devices *devices)
{
	return has_device(devices, flow->device_id) && (!flow->agent_id || is_agent(agents, flow->agent_id));
}

/* An agent that went, with jobs left, and is back has two flows on a lane. */
static bool has_twins(const struct headgate_flows *flows, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (!compare(&flows->items[i - 1], &flows->items[i]))
			return true;
	return false;
}

int look_merge(const struct headgate_flows *known, struct headgate_flows *news,
	       const struct headgate_agents *before, const struct headgate_agents *agents,
	       const struct headgate_devices *devices, struct headgate_flows *merged)
{
	size_t i = 0, j = 0, count = 0, n_known = count_live(known), n_news, ends;
	struct headgate_flow *items;

	if (news->count)
		qsort(news->items, news->count, sizeof(*news->items), compare);
	n_news = count_live(news);
	ends = sort_out_ends(known, news);
	if (n_known && (has_twins(known, n_known) || has_twins(news, n_news)))
		return 1;
	for (size_t end = ends; n_known && end < news->count; end++)
		if (is_agent(agents, news->items[end].agent_id))
			return 1;
	items = malloc((known->count + news->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	while (i < n_known || j < n_news) {
		int order = i == n_known ? 1 : j == n_news ? -1 : compare(&known->items[i], &news->items[j]);

		if (order >= 0)
			items[count++] = news->items[j++];
		else if (is_there(&known->items[i], before, devices) &&
			 !has_ended(&known->items[i], news->items + ends, news->count - ends))
			items[count++] = known->items[i];
		i += order <= 0;
	}
	/* Of what is gone, all is told each time. */
	for (; j < news->count; j++)
		items[count++] = news->items[j];
	*merged = (struct headgate_flows){ items, count };
	return 0;
}

/* ---- looking ---- */

static void free_all(struct look *look)
{
	headgate_jobs_free(&look->jobs);
	headgate_flows_free(&look->flows);
	headgate_lanes_free(&look->lanes);
	headgate_devices_free(&look->devices);
	headgate_info_free(&look->info);
	headgate_agents_free(&look->agents);
}

static int read_agents(struct look *fresh, const struct look *before, struct headgate_client *client)
{
	int ret;

	fresh->agents_anew = !fresh->whole || fresh->info.agents_changes != before->info.agents_changes;
	if (!fresh->agents_anew) {
		fresh->agents = before->agents;
		return 0;
	}
	ret = headgate_agent_dump(client, &fresh->agents);
	if (!ret)
		headgate_by_id_sort(fresh->agents.items, fresh->agents.count, sizeof(*fresh->agents.items));
	return ret;
}

/* Whatever was known; @flows: as told, to be freed. */
static int read_flows(struct look *fresh, struct headgate_client *client, struct headgate_flows *flows)
{
	static const struct headgate_flows none;

	headgate_flows_free(flows);
	return headgate_flow_dump(client, flows) ?:
	       look_merge(&none, flows, &fresh->agents, &fresh->agents, &fresh->devices, &fresh->flows);
}

/* @news: the same. */
static int read_changes(struct look *fresh, const struct look *before, struct headgate_client *client,
			struct headgate_flows *news)
{
	struct headgate_info info = { 0 };
	int ret = headgate_info_get(client, &info);

	if (ret)
		return ret;
	fresh->flow_dumps = info.flow_dumps;
	headgate_info_free(&info);
	return fresh->whole ? headgate_flow_dump_since(client, before->flow_dumps, news) :
			      headgate_flow_dump(client, news);
}

/* @news: the same. */
static int read_module(struct look *fresh, const struct look *before, struct headgate_client *client,
		       struct headgate_flows *news)
{
	static const struct headgate_flows none;
	int ret = headgate_job_dump(client, &fresh->jobs) ?:
		  headgate_lane_dump(client, &fresh->lanes) ?:
		  read_changes(fresh, before, client, news) ?:
		  headgate_device_dump(client, &fresh->devices) ?:
		  headgate_info_get(client, &fresh->info) ?:
		  read_agents(fresh, before, client) ?:
		  look_merge(fresh->whole ? &before->flows : &none, news, &before->agents, &fresh->agents,
			     &fresh->devices, &fresh->flows);

	return ret > 0 ? read_flows(fresh, client, news) : ret;
}

int look_read(struct look *look, struct headgate_client *client)
{
	struct look fresh = { .now_ns = headgate_lives_now(), .whole = look->whole };
	struct headgate_flows news = { 0 };
	int ret = read_module(&fresh, look, client, &news);

	headgate_flows_free(&news);
	/* These go from one to the other. */
	if (!fresh.agents_anew)
		*(ret ? &fresh.agents : &look->agents) = (struct headgate_agents){ 0 };
	if (ret) {
		free_all(&fresh);
		return ret;
	}
	free_all(look);
	*look = fresh;
	look->whole = look->whole ? look->whole - 1 : WHOLE_EVERY;
	return 0;
}

void look_clear(struct look *look)
{
	free_all(look);
	*look = (struct look){ 0 };
}
