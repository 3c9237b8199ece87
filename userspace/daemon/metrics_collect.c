// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "by_id.h"
#include "metrics_devices.h"
#include "metrics_flows.h"
#include "metrics_names.h"
#include "metrics_text.h"
#include "units.h"

/* A look under way. */
struct look {
	struct metrics_input *input;
	struct metrics_snapshot *snapshot;
	struct metrics_names devices, lanes;
	struct metrics_seen *seen;
	size_t n_seen;
	bool *told;			/* for each agent of the input */
	uint64_t others;
};

/* ---- headgated and the module ---- */

static int add_daemon(struct look *look)
{
	const struct metrics_input *input = look->input;
	struct metrics_daemon *row = metrics_add(look->snapshot, METRICS_DAEMON);

	if (!row)
		return -ENOMEM;
	*row = (struct metrics_daemon){
		.labels = strdup(""),
		.build = METRICS_LABELS(0, "version", input->version, "module", input->info.version),
		.module_loaded = input->loaded,
		.gate_attached = input->counts[COUNT_ATTACHED],
		.policy_refused = input->counts[COUNT_POLICY_REFUSED],
		.agents = input->info.agents,
		.agents_other = look->others,
		.tickets_live = input->info.tickets_live,
		.jobs_live = input->info.jobs_live,
		.failed_open = input->info.failed_open,
		.jobs_unmetered = input->info.jobs_unmetered,
		.jobs_lost = input->info.jobs_lost,
		.events_lost = input->counts[COUNT_EVENTS_LOST],
		.history_errors = input->counts[COUNT_HISTORY_ERRORS],
		.cpu_ns = input->cpu_ns,
		.started_ns = input->started_ns,
		.resident_bytes = input->resident_bytes,
	};
	/* These are the module's to say. */
	if (!input->loaded) {
		row->agents = METRICS_NONE;
		row->agents_other = METRICS_NONE;
		row->tickets_live = METRICS_NONE;
		row->jobs_live = METRICS_NONE;
		row->failed_open = METRICS_NONE;
		row->jobs_unmetered = METRICS_NONE;
		row->jobs_lost = METRICS_NONE;
	}
	return row->labels && row->build ? 0 : -ENOMEM;
}

static int add_stalls(struct look *look)
{
	const struct headgate_stalls *stalls = &look->input->stalls;

	for (int kind = 0; kind < STALL_KINDS; kind++) {
		struct metrics_stall *row = metrics_add(look->snapshot, METRICS_STALL);

		if (!row)
			return -ENOMEM;
		row->labels = METRICS_LABELS(0, "kind", headgate_stall_kind_name(kind));
		if (!row->labels)
			return -ENOMEM;
		row->begun = look->input->counts[COUNT_STALLS + kind];
		for (size_t i = 0; i < stalls->count; i++)
			row->open += (int)stalls->items[i].kind == kind;
	}
	return 0;
}

/* ---- agents ---- */

static int by_path(const void *a, const void *b)
{
	const struct headgate_agent *x = *(const struct headgate_agent *const *)a;
	const struct headgate_agent *y = *(const struct headgate_agent *const *)b;

	return strcmp(x->path, y->path) ?: x->id < y->id ? -1 : x->id != y->id;
}

/* Of those with the same path the youngest has it: another cgroup of that name is about to go. */
static int leave_out_dying(struct look *look)
{
	const struct headgate_agents *agents = &look->input->agents;
	const struct headgate_agent **sorted = calloc(agents->count ?: 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < agents->count; i++)
		sorted[i] = &agents->items[i];
	qsort(sorted, agents->count, sizeof(*sorted), by_path);
	for (size_t i = 0; i + 1 < agents->count; i++)
		if (!strcmp(sorted[i]->path, sorted[i + 1]->path))
			look->told[sorted[i] - agents->items] = false;
	free(sorted);
	return 0;
}

/* Ids of cgroups grow: who was among the eldest stays so, and nobody's counters come and go. */
static int choose(struct look *look, size_t agents_max)
{
	const struct headgate_agents *agents = &look->input->agents;
	size_t n_told = 0, n_flows = 0, first, count;

	look->told = malloc(agents->count ?: 1);
	if (!look->told)
		return -ENOMEM;
	memset(look->told, true, agents->count);
	if (leave_out_dying(look))
		return -ENOMEM;
	for (size_t i = 0; i < agents->count; i++) {
		if (!look->told[i])
			continue;
		count = metrics_flows_of(look->seen, look->n_seen, agents->items[i].id, &first);
		if (n_told < agents_max && n_flows + count <= METRICS_ENGINES_EACH * agents_max) {
			n_told++;
			n_flows += count;
			continue;
		}
		look->told[i] = false;
		look->others++;
		for (size_t j = 0; j < count; j++)
			look->seen[first + j].other = true;
	}
	return 0;
}

static const struct headgate_agent *find_told(const struct look *look, uint64_t id)
{
	const struct headgate_agents *agents = &look->input->agents;
	const struct headgate_agent *agent;

	agent = headgate_by_id_find(agents->items, agents->count, sizeof(*agent), id);
	return agent && look->told[agent - agents->items] ? agent : NULL;
}

static uint64_t cap_of(const struct headgate_agent *agent)
{
	if (!agent->max_quota_ns || agent->max_quota_ns >= agent->max_period_ns)
		return METRICS_NONE;
	return agent->max_quota_ns * 1000000 / agent->max_period_ns;
}

static int add_agents(struct look *look)
{
	static const struct headgate_labels nothing;
	const struct headgate_agents *agents = &look->input->agents;

	for (size_t i = 0; i < agents->count; i++) {
		const struct headgate_agent *agent = &agents->items[i];
		const struct headgate_labelled *labelled = headgate_labels_find(&look->input->labels, agent->id);
		const struct headgate_labels *labels = labelled ? &labelled->labels : &nothing;
		const struct headgate_life *life = headgate_lives_find(&look->input->lives, agent->id);
		struct metrics_agent *row;

		if (!look->told[i])
			continue;
		row = metrics_add(look->snapshot, METRICS_AGENT);
		if (!row)
			return -ENOMEM;
		*row = (struct metrics_agent){
			.labels = METRICS_LABELS(agent->id, "agent", agent->path),
			.info = METRICS_LABELS(agent->id, "agent", agent->path,
					       "owner", labels->values[HEADGATE_LABEL_OWNER],
					       "project", labels->values[HEADGATE_LABEL_PROJECT],
					       "class", headgate_class_name(agent->class)),
			.weight = agent->weight,
			.cap_ppm = cap_of(agent),
			.state = life && life->seen ? life->state : METRICS_NONE,
		};
		if (!row->labels || !row->info)
			return -ENOMEM;
	}
	return 0;
}

static struct metrics_flow *add_flow(struct look *look, uint64_t agent_id, const char *agent, uint32_t lane_id)
{
	const struct metrics_name *lane = metrics_names_find(&look->lanes, lane_id);
	struct metrics_flow *row = lane ? metrics_add(look->snapshot, METRICS_FLOW) : NULL;

	if (row)
		row->labels = METRICS_LABELS(agent_id, "agent", agent,
					     "gpu", metrics_names_text(&look->devices, lane->device_id),
					     "engine", lane->name);
	return row && row->labels ? row : NULL;
}

/* Who is neither an agent nor ungoverned went: what it had is in its engines' totals. */
static int add_flows(struct look *look, const struct metrics_others *others)
{
	for (size_t i = 0; i < look->n_seen; i++) {
		const struct metrics_seen *seen = &look->seen[i];
		const struct headgate_agent *agent = find_told(look, seen->agent_id);
		struct metrics_flow *row;

		if ((!agent && seen->agent_id) || !metrics_names_find(&look->lanes, seen->lane_id))
			continue;
		row = add_flow(look, seen->agent_id, agent ? agent->path : METRICS_UNGOVERNED, seen->lane_id);
		if (!row)
			return -ENOMEM;
		row->sums = seen->sums;
		row->due_ppm = seen->due_ppm;
		row->waiting = seen->waiting;
		row->outstanding = seen->outstanding;
	}
	for (size_t i = 0; i < others->n_lanes; i++) {
		const struct metrics_other *other = &others->lanes[i];
		struct metrics_flow *row;

		if (!metrics_names_find(&look->lanes, other->lane_id))
			continue;
		row = add_flow(look, 0, METRICS_OTHER, other->lane_id);
		if (!row)
			return -ENOMEM;
		row->sums = other->sums;
		row->due_ppm = other->due_ppm;
		row->waiting = other->waiting;
		row->outstanding = other->outstanding;
	}
	return 0;
}

/* ---- pressure ---- */

static int add_share(struct look *look, const struct headgate_pressure *pressure)
{
	const struct headgate_agent *agent = find_told(look, pressure->agent_id);
	struct metrics_share *row;

	if (!agent || !metrics_names_find(&look->devices, pressure->device_id))
		return 0;
	row = metrics_add(look->snapshot, METRICS_SHARE);
	if (!row)
		return -ENOMEM;
	*row = (struct metrics_share){
		.labels = METRICS_LABELS(agent->id, "agent", agent->path,
					 "gpu", metrics_names_text(&look->devices, pressure->device_id)),
		.some_ns = pressure->some_total_ns,
		.full_ns = pressure->full_total_ns,
	};
	return row->labels ? 0 : -ENOMEM;
}

static int add_pressures(struct look *look)
{
	const struct headgate_pressures *pressures = &look->input->pressures;
	struct metrics_device *devices = look->snapshot->rows[METRICS_DEVICE].items;
	struct metrics_engine *engines = look->snapshot->rows[METRICS_ENGINE].items;

	for (size_t i = 0; i < pressures->count; i++) {
		const struct headgate_pressure *pressure = &pressures->items[i];
		const struct metrics_name *name;

		if (pressure->scope == HEADGATE_PRESSURE_SCOPE_DEVICE) {
			name = metrics_names_find(&look->devices, pressure->device_id);
			if (name) {
				devices[name->row].some_ns = pressure->some_total_ns;
				devices[name->row].full_ns = pressure->full_total_ns;
			}
		} else if (pressure->scope == HEADGATE_PRESSURE_SCOPE_LANE) {
			name = metrics_names_find(&look->lanes, pressure->lane_id);
			if (name) {
				engines[name->row].some_ns = pressure->some_total_ns;
				engines[name->row].full_ns = pressure->full_total_ns;
			}
		} else if (pressure->scope == HEADGATE_PRESSURE_SCOPE_AGENT && add_share(look, pressure)) {
			return -ENOMEM;
		}
	}
	return 0;
}

/* ---- all of it ---- */

static int add_all(struct look *look, struct metrics_collector *collector, size_t agents_max)
{
	struct metrics_seen *seen;
	int ret = metrics_flows_merge(&look->input->flows, &look->seen, &look->n_seen);

	if (!ret)
		ret = metrics_names_of_devices(&look->input->devices, &look->devices);
	if (!ret)
		ret = metrics_names_of_lanes(&look->input->lanes, &look->devices, &look->lanes);
	if (!ret)
		ret = choose(look, agents_max);
	if (ret)
		return ret;
	seen = malloc((look->n_seen ?: 1) * sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	memcpy(seen, look->seen, look->n_seen * sizeof(*seen));
	ret = metrics_others_look(&collector->others, seen, look->n_seen);
	if (ret) {
		free(seen);
		return ret;
	}
	ret = add_daemon(look) ?: add_stalls(look);
	ret = ret ?: metrics_devices_add(look->input, &look->devices, look->snapshot);
	ret = ret ?: metrics_engines_add(look->input, &look->devices, &look->lanes, look->snapshot);
	return ret ?: add_agents(look) ?: add_flows(look, &collector->others) ?: add_pressures(look);
}

int metrics_collect(struct metrics_collector *collector, struct metrics_input *input, size_t agents_max,
		    struct metrics_snapshot *snapshot)
{
	struct look look = { .input = input, .snapshot = snapshot };
	int ret;

	if (collector->instance != input->instance)
		metrics_others_clear(&collector->others);
	collector->instance = input->instance;
	headgate_by_id_sort(input->agents.items, input->agents.count, sizeof(*input->agents.items));
	ret = add_all(&look, collector, agents_max);
	free(look.seen);
	free(look.told);
	metrics_names_free(&look.devices);
	metrics_names_free(&look.lanes);
	if (ret)
		metrics_snapshot_free(snapshot);
	return ret;
}

void metrics_collector_free(struct metrics_collector *collector)
{
	metrics_others_clear(&collector->others);
}
