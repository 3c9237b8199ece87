// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each engine has a model of its own, as at the gate: a share is one of an engine, and who
 * leads on one stands still.  Agents of different engines do not compete.
 */
#include "pace_fdinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "clients.h"
#include "log.h"
#include "tally.h"

struct pace_fdinfo {
	const struct headgate_config *config;
	struct clients *clients;
	struct tally tally;
	struct pace_model models[TALLY_ENGINES_MAX];	/* of the tally's engines */
	size_t told;					/* engines that the log names */
	struct clients_losses warned;			/* losses as of the last warning */
};

static bool wants(const char *driver, const void *data)
{
	return headgate_config_pace(data, driver) == HEADGATE_PACE_FDINFO;
}

static bool wants_any(const struct headgate_config *config)
{
	for (size_t i = 0; i < config->n_drivers; i++)
		if (wants(config->drivers[i].driver->name, config))
			return true;
	return false;
}

int pace_fdinfo_new(struct pace_fdinfo **fdinfo, const struct headgate_config *config)
{
	struct pace_fdinfo *f;
	char *root;
	int err;

	*fdinfo = NULL;
	if (!wants_any(config))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->config = config;
	err = headgate_cgroup_root(&root);
	if (!err) {
		err = clients_new(&f->clients, &f->tally, "", root, wants, config);
		free(root);
	}
	if (err)
		free(f);
	else
		*fdinfo = f;
	return err;
}

void pace_fdinfo_free(struct pace_fdinfo *f)
{
	if (!f)
		return;
	clients_free(f->clients);
	for (size_t i = 0; i < f->tally.count; i++)
		pace_free(&f->models[i]);
	tally_free(&f->tally);
	free(f);
}

/* ---- whom to follow ---- */

struct list {
	const struct roster *roster;
	struct clients_cgroup *items;
	size_t count;
	bool no_memory;
};

static void add(struct list *list, const char *path, uint64_t agent_id)
{
	struct clients_cgroup *items = reallocarray(list->items, list->count + 1, sizeof(*items));
	char *copy = strdup(path);

	if (items)
		list->items = items;
	if (!items || !copy) {
		free(copy);
		list->no_memory = true;
		return;
	}
	items[list->count++] = (struct clients_cgroup){ .path = copy, .agent_id = agent_id };
}

static void on_cgroup(const char *path, uint64_t id, void *data)
{
	struct list *list = data;
	const struct headgate_agent *agent = roster_above(list->roster, path);

	(void)id;
	add(list, path, agent ? agent->id : 0);
}

static bool is_agent(uint64_t id, const void *data)
{
	return roster_find(data, id);
}

/* Each of them once, until it is worse. */
static void warn(struct pace_fdinfo *f)
{
	const struct clients_losses *losses = clients_losses(f->clients);

	if (losses->denied && !f->warned.denied)
		log_warning("processes do not let headgated read their fdinfo, so what they use of a device is not seen; it needs CAP_SYS_PTRACE");
	if (losses->clients > 2 * f->warned.clients)
		log_warning("clients of paced devices that are not followed, since there are more than %d, or more than %d of one process: %" PRIu64 " so far",
			    CLIENTS_MAX, CLIENTS_OF_ONE_MAX, losses->clients);
	if (losses->processes > 2 * f->warned.processes)
		log_warning("processes that are not followed, since there are more than %d: %" PRIu64 " so far",
			    CLIENTS_PROCESSES_MAX, losses->processes);
	if (losses->long_ones > 2 * f->warned.long_ones)
		log_warning("files of agents that are not followed, since there are too many locks on them: read %" PRIu64 " times so far",
			    losses->long_ones);
	if (losses->long_ones > 2 * f->warned.long_ones)
		f->warned.long_ones = losses->long_ones;
	if (losses->denied)
		f->warned.denied = losses->denied;
	if (losses->clients > 2 * f->warned.clients)
		f->warned.clients = losses->clients;
	if (losses->processes > 2 * f->warned.processes)
		f->warned.processes = losses->processes;
}

int pace_fdinfo_refresh(struct pace_fdinfo *f, const struct roster *roster,
			const struct cgroups *cgroups)
{
	struct list list = { .roster = roster };

	if (!f)
		return 0;
	add(&list, "", 0);
	cgroups_foreach(cgroups, on_cgroup, &list);
	/* Those that there is memory for. */
	clients_set_cgroups(f->clients, list.items, list.count);
	tally_prune(&f->tally, is_agent, roster);
	warn(f);
	return list.no_memory ? -ENOMEM : 0;
}

/* ---- one step ---- */

static int compare_inputs(const void *a, const void *b)
{
	const struct pace_input *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

/* Of no agent, or of one that has just gone. */
static void add_other(struct pace_input *others, const struct pace_input *input)
{
	others->busy_ns += input->busy_ns;
	others->outstanding += input->outstanding;
	if (input->estimate_ns > others->estimate_ns)
		others->estimate_ns = input->estimate_ns;
}

/* The agents of an engine, and those above them, that is what the ledger would have. */
static size_t fill(const struct tally_engine *engine, const struct roster *roster, int64_t now,
		   struct pace_input *inputs, struct pace_input *others)
{
	size_t n = 0, end;

	for (size_t i = 0; i < engine->count; i++) {
		const struct headgate_agent *agent = roster_find(roster, engine->agents[i].id);
		struct pace_input input = {};

		if (agent)
			input = roster_input(roster, agent);
		tally_fill(engine, &engine->agents[i], now, &input);
		if (agent)
			inputs[n++] = input;
		else
			add_other(others, &input);
	}
	for (size_t i = 0, own = n; i < n; i++) {
		const struct headgate_agent *above = roster_find(roster, inputs[i].parent_id);
		struct pace_input key = { .id = inputs[i].parent_id };

		if (!above || bsearch(&key, inputs, own, sizeof(key), compare_inputs))
			continue;
		for (end = own; end < n && inputs[end].id != key.id; end++)
			;
		if (end == n)
			inputs[n++] = roster_input(roster, above);
	}
	qsort(inputs, n, sizeof(*inputs), compare_inputs);
	return n;
}

static int step_engine(struct pace_fdinfo *f, size_t e, const struct roster *roster, int64_t now)
{
	struct tally_engine *engine = &f->tally.engines[e];
	struct pace_input others = {}, *inputs;
	size_t count;
	int err;

	/* No agent comes twice: neither as its own nor as one above. */
	inputs = calloc(roster->agents.count + 1, sizeof(*inputs));
	if (!inputs)
		return -ENOMEM;
	count = fill(engine, roster, now, inputs, &others);
	err = pace_step(&f->models[e], now, inputs, count, &others);
	free(inputs);
	return err;
}

int pace_fdinfo_step(struct pace_fdinfo *f, const struct roster *roster, int64_t now)
{
	int err = 0;

	if (!f)
		return 0;
	clients_look(f->clients, now);
	tally_judge(&f->tally, now);
	for (; f->told < f->tally.count; f->told++)
		log_info("device %s is paced by fdinfo: engine %s", f->tally.engines[f->told].device,
			 f->tally.engines[f->told].name);
	for (size_t e = 0; e < f->tally.count && !err; e++)
		err = step_engine(f, e, roster, now);
	return err;
}

static bool has(const uint64_t *ids, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

void pace_fdinfo_held(struct pace_fdinfo *f, const uint64_t *ids, size_t count, int64_t now)
{
	for (size_t e = 0; f && e < f->tally.count; e++) {
		struct tally_engine *engine = &f->tally.engines[e];

		for (size_t i = 0; i < engine->count; i++) {
			struct tally_agent *agent = &engine->agents[i];

			agent->held = has(ids, count, agent->id);
			if (agent->held)
				agent->released_ns = now;
		}
	}
}

const struct pace_model *pace_fdinfo_model(const struct pace_fdinfo *f, size_t i)
{
	return f && i < f->tally.count ? &f->models[i] : NULL;
}
