// SPDX-License-Identifier: GPL-2.0-or-later
#include "roster.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

static int compare_ids(const void *a, const void *b)
{
	const struct headgate_agent *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static int compare_paths(const void *a, const void *b)
{
	const struct headgate_agent *const *left = a, *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

int roster_set(struct roster *roster, struct headgate_agents *agents, char *own)
{
	const struct headgate_agent **by_path = calloc(agents->count + 1, sizeof(*by_path));

	if (!by_path)
		return -ENOMEM;
	if (agents->count)
		qsort(agents->items, agents->count, sizeof(*agents->items), compare_ids);
	for (size_t i = 0; i < agents->count; i++)
		by_path[i] = &agents->items[i];
	qsort(by_path, agents->count, sizeof(*by_path), compare_paths);
	roster_free(roster);
	*roster = (struct roster){ .agents = *agents, .by_path = by_path, .own = own };
	return 0;
}

int roster_read(struct roster *roster, struct headgate_client *client)
{
	struct headgate_agents agents;
	char *own;
	int err = headgate_cgroup_of(0, &own);

	if (err)
		return err;
	err = headgate_agent_dump(client, &agents);
	if (!err) {
		err = roster_set(roster, &agents, own);
		if (!err)
			return 0;
		headgate_agents_free(&agents);
	}
	free(own);
	return err;
}

void roster_free(struct roster *roster)
{
	headgate_agents_free(&roster->agents);
	free(roster->by_path);
	free(roster->own);
	*roster = (struct roster){};
}

const struct headgate_agent *roster_find(const struct roster *roster, uint64_t id)
{
	struct headgate_agent key = { .id = id };

	if (!roster->agents.count)
		return NULL;
	return bsearch(&key, roster->agents.items, roster->agents.count, sizeof(key), compare_ids);
}

const struct headgate_agent *roster_above(const struct roster *roster, const char *path)
{
	char at[PATH_MAX];
	struct headgate_agent agent = { .path = at };
	const struct headgate_agent *key = &agent, **found;
	char *end;

	if (snprintf(at, sizeof(at), "%s", path) >= (int)sizeof(at))
		return NULL;
	while (roster->agents.count && *at) {
		found = bsearch(&key, roster->by_path, roster->agents.count, sizeof(*found),
				compare_paths);
		if (found)
			return *found;
		end = strrchr(at, '/');
		if (!end)
			break;
		*end = '\0';
	}
	return NULL;
}

struct pace_input roster_input(const struct roster *roster, const struct headgate_agent *agent)
{
	return (struct pace_input){
		.id = agent->id,
		.parent_id = agent->parent_id,
		.weight = agent->weight,
		.holdable = !headgate_cgroup_covers(agent->path, roster->own),
	};
}
