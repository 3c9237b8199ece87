// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file holds id and path of a cgroup per line.  It is written before the kernel is asked, so
 * an agent of ours is never taken for one set by hand; a line too many does no harm,
 * since cgroup ids are not used again, and is dropped when the file is next rewritten.
 */
#include "agents.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "policy.h"

/* Rewrite the file when so many of its lines are stale. */
#define STALE_LINES_MAX 1024

struct owned {
	uint64_t id;				/* first: the order of the tree */
	char *path;
	unsigned int sync;			/* the last that found it wanted */
};

struct agents {
	void *owned;				/* tree of struct owned */
	unsigned int sync;
	unsigned int stale_lines;
	const struct overrides *overrides;	/* NULL: none */
};

static int compare_ids(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void free_owned(void *node)
{
	struct owned *owned = node;

	free(owned->path);
	free(owned);
}

int agents_new(struct agents **agents)
{
	*agents = calloc(1, sizeof(**agents));
	return *agents ? 0 : -ENOMEM;
}

void agents_free(struct agents *agents)
{
	if (!agents)
		return;
	tdestroy(agents->owned, free_owned);
	free(agents);
}

void agents_override(struct agents *agents, const struct overrides *overrides)
{
	agents->overrides = overrides;
}

/* What the policy and all that is laid on top of it say of a cgroup; false: it is no agent of ours. */
static bool resolve(const struct agents *agents, const struct headgate_config *config,
		    const char *path, uint64_t id, struct headgate_policy *policy)
{
	struct override override;

	*policy = (struct headgate_policy){ .id = id };
	if (!policy_resolve(config, path, policy))
		return false;
	if (agents->overrides && override_of(agents->overrides, id, &override))
		override_apply(&override, policy);
	return true;
}

static struct owned *find(struct agents *agents, uint64_t id)
{
	struct owned **found = tfind(&id, &agents->owned, compare_ids);

	return found ? *found : NULL;
}

static struct owned *insert(struct agents *agents, uint64_t id, const char *path)
{
	struct owned *owned = malloc(sizeof(*owned));

	if (!owned)
		return NULL;
	*owned = (struct owned){ .id = id, .path = strdup(path) };
	if (!owned->path || !tsearch(owned, &agents->owned, compare_ids)) {
		free_owned(owned);
		return NULL;
	}
	return owned;
}

/* ---- the file ---- */

static void write_line(const void *node, VISIT visit, void *file)
{
	const struct owned *owned = *(struct owned *const *)node;

	if (visit == postorder || visit == leaf)
		fprintf(file, "%" PRIu64 " %s\n", owned->id, owned->path);
}

static void rewrite(struct agents *agents)
{
	FILE *file = fopen(AGENTS_FILE ".new", "we");

	if (!file) {
		log_warning(AGENTS_FILE ": %s", strerror(errno));
		return;
	}
	twalk_r(agents->owned, write_line, file);
	if (fclose(file) || rename(AGENTS_FILE ".new", AGENTS_FILE))
		log_warning(AGENTS_FILE ": %s", strerror(errno));
	agents->stale_lines = 0;
}

static void append(uint64_t id, const char *path)
{
	FILE *file = fopen(AGENTS_FILE, "ae");

	if (file)
		fprintf(file, "%" PRIu64 " %s\n", id, path);
	if (!file || fclose(file))
		log_warning(AGENTS_FILE ": %s", strerror(errno));
}

void agents_load(struct agents *agents)
{
	FILE *file = fopen(AGENTS_FILE, "re");
	char *path = NULL;
	uint64_t id;

	tdestroy(agents->owned, free_owned);
	agents->owned = NULL;
	if (!file)
		return;
	while (fscanf(file, "%" SCNu64 " %m[^\n]", &id, &path) == 2) {
		if (!find(agents, id))
			insert(agents, id, path);
		free(path);
	}
	fclose(file);
}

void agents_clear(struct agents *agents)
{
	tdestroy(agents->owned, free_owned);
	agents->owned = NULL;
	rewrite(agents);
}

/* ---- one agent ---- */

static int set(struct headgate_client *client, const struct headgate_policy *policy,
	       const struct cgroups *cgroups, const char *path)
{
	int err = headgate_agent_set(client, policy);

	if (!err)
		log_debug("agent %s: weight %u, %s", path, policy->weight,
			  headgate_class_name(policy->class));
	else if (cgroups_exists(cgroups, path, policy->id))
		log_error("cannot set agent %s: %s", path, headgate_client_error(client));
	else
		err = 0; /* it went while we spoke */
	return err;
}

void agents_came(struct agents *agents, struct headgate_client *client,
		 const struct headgate_config *config, const struct cgroups *cgroups,
		 const char *path, uint64_t id)
{
	struct headgate_policy policy;

	if (!resolve(agents, config, path, id, &policy))
		return;
	if (!find(agents, id)) {
		if (!insert(agents, id, path)) {
			log_error("cannot set agent %s: %s", path, strerror(ENOMEM));
			return;
		}
		append(id, path);
	}
	set(client, &policy, cgroups, path);
}

static void disown(struct agents *agents, struct owned *owned)
{
	tdelete(owned, &agents->owned, compare_ids);
	free_owned(owned);
}

void agents_gone(struct agents *agents, uint64_t id, const char *path)
{
	struct owned *owned = find(agents, id);

	if (!owned) {
		log_info("agent %s (cgroup id %" PRIu64 "), set by hand, is gone", *path ? path : "?", id);
		return;
	}
	log_info("agent %s is gone", owned->path);
	disown(agents, owned);
	if (++agents->stale_lines > STALE_LINES_MAX)
		rewrite(agents);
}

/* ---- all of them ---- */

struct sync {
	struct agents *agents;
	struct headgate_client *client;
	const struct headgate_config *config;
	const struct cgroups *cgroups;
	struct headgate_agents held;		/* by the kernel, in the order of ids */
	unsigned int changed;
	int err;
};

/* First round: which cgroups are ours? */
static void own(const char *path, uint64_t id, void *data)
{
	struct headgate_policy policy = {};
	struct sync *sync = data;
	struct owned *owned;

	if (!policy_resolve(sync->config, path, &policy))
		return;
	owned = find(sync->agents, id) ?: insert(sync->agents, id, path);
	if (owned)
		owned->sync = sync->agents->sync;
	else
		sync->err = -ENOMEM;
}

/* Second round: tell the kernel what it does not know. */
static void bring(const char *path, uint64_t id, void *data)
{
	struct headgate_policy policy;
	struct sync *sync = data;
	const struct headgate_agent *held;
	int err;

	if (!resolve(sync->agents, sync->config, path, id, &policy))
		return;
	held = bsearch(&id, sync->held.items, sync->held.count, sizeof(*sync->held.items),
		       compare_ids);
	if (held && policy_in_force(&policy, held))
		return;
	err = set(sync->client, &policy, sync->cgroups, path);
	if (err)
		sync->err = err;
	else
		sync->changed++;
}

/* Third round: what the kernel holds, is ours, and is wanted no more. */
static void drop(struct sync *sync, const struct headgate_agent *held)
{
	struct owned *owned = find(sync->agents, held->id);
	int err;

	if (!owned || owned->sync == sync->agents->sync)
		return;
	err = headgate_agent_del(sync->client, held->id, NULL);
	if (err && err != -ENOENT) {
		log_error("cannot delete agent %s: %s", held->path, headgate_client_error(sync->client));
		sync->err = err;
		return;
	}
	sync->changed++;
}

struct ids {
	uint64_t *items;
	size_t count;
	unsigned int sync;			/* leave out those that this found wanted; 0: none */
};

static void collect(const void *node, VISIT visit, void *data)
{
	const struct owned *owned = *(struct owned *const *)node;
	struct ids *ids = data;
	uint64_t *items;

	if ((visit != postorder && visit != leaf) || (ids->sync && owned->sync == ids->sync))
		return;
	items = reallocarray(ids->items, ids->count + 1, sizeof(*items));
	if (!items)
		return; /* stays owned: a line too many */
	ids->items = items;
	items[ids->count++] = owned->id;
}

static void disown_unwanted(struct agents *agents)
{
	struct ids ids = { .sync = agents->sync };

	twalk_r(agents->owned, collect, &ids);
	for (size_t i = 0; i < ids.count; i++)
		disown(agents, find(agents, ids.items[i]));
	free(ids.items);
	if (ids.count)
		rewrite(agents);
}

int agents_sync(struct agents *agents, struct headgate_client *client,
		const struct headgate_config *config, const struct cgroups *cgroups)
{
	struct sync sync = { agents, client, config, cgroups, .changed = 0 };
	int err = headgate_agent_dump(client, &sync.held);

	if (err) {
		log_error("cannot read the agents: %s", headgate_client_error(client));
		return err;
	}
	if (sync.held.count)
		qsort(sync.held.items, sync.held.count, sizeof(*sync.held.items), compare_ids);
	agents->sync++;
	cgroups_foreach(cgroups, own, &sync);
	rewrite(agents);
	cgroups_foreach(cgroups, bring, &sync);
	for (size_t i = 0; i < sync.held.count; i++)
		drop(&sync, &sync.held.items[i]);
	headgate_agents_free(&sync.held);
	if (!sync.err)
		disown_unwanted(agents);
	log_info("policy in force; agents changed: %u", sync.changed);
	return sync.err;
}

int agents_delete_all(struct agents *agents, struct headgate_client *client)
{
	struct ids ids = {};
	int err = 0, deleted = 0;

	twalk_r(agents->owned, collect, &ids);
	for (size_t i = 0; i < ids.count && !err; i++) {
		err = headgate_agent_del(client, ids.items[i], NULL);
		if (!err)
			deleted++;
		else if (err == -ENOENT)
			err = 0; /* its cgroup went, or somebody else deleted it */
		else
			log_error("cannot delete an agent: %s", headgate_client_error(client));
	}
	free(ids.items);
	if (!err)
		agents_clear(agents);
	return err ?: deleted;
}
