// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones are idleness. */
#define PAUSE_MAX_NS	(500 * PACE_NS_PER_MS)
/* A pause that does not come again is half forgotten after 44 growths, a second of work. */
#define PAUSE_FORGET	64
/* What a client may be seen to get beyond the time passed; the look itself takes some. */
#define SLACK_NS	(5 * PACE_NS_PER_MS)
/* How long a driver is taken for one that counts jobs when they are done, after it did. */
#define COARSE_NS	(10000 * PACE_NS_PER_MS)

/* NULL: there are too many. */
static struct tally_engine *engine_of(struct tally *tally, const char *device, const char *name)
{
	struct tally_engine *engine = tally->engines;

	for (; engine < tally->engines + tally->count; engine++)
		if (!strcmp(engine->name, name) && !strcmp(engine->device, device))
			return engine;
	if (tally->count == TALLY_ENGINES_MAX)
		return NULL;
	tally->count++;
	*engine = (struct tally_engine){};
	snprintf(engine->device, sizeof(engine->device), "%s", device);
	snprintf(engine->name, sizeof(engine->name), "%s", name);
	return engine;
}

/* NULL for lack of memory. */
static struct tally_agent *agent_of(struct tally_engine *engine, uint64_t id, int64_t now_ns)
{
	struct tally_agent *agents;
	size_t i = 0;

	while (i < engine->count && engine->agents[i].id < id)
		i++;
	if (i < engine->count && engine->agents[i].id == id)
		return &engine->agents[i];
	agents = reallocarray(engine->agents, engine->count + 1, sizeof(*agents));
	if (!agents)
		return NULL;
	engine->agents = agents;
	memmove(agents + i + 1, agents + i, (engine->count++ - i) * sizeof(*agents));
	agents[i] = (struct tally_agent){ .id = id, .grew_ns = now_ns };
	return &agents[i];
}

/* Since when it may have been at work without getting anything. */
static int64_t since_ns(const struct tally_engine *engine, const struct tally_agent *agent)
{
	int64_t since = agent->grew_ns;

	if (agent->released_ns > since)
		since = agent->released_ns;
	return engine->idle_ns > since ? engine->idle_ns : since;
}

static void grow(struct tally_engine *engine, struct tally_agent *agent, uint64_t ns, int64_t now_ns)
{
	int64_t pause = now_ns - since_ns(engine, agent);

	engine->total_ns += ns;
	agent->busy_ns += ns;
	/* Of several clients only the first one's growth in a look has a pause before it. */
	if (pause > 0 && pause <= PAUSE_MAX_NS) {
		agent->pause_ns -= agent->pause_ns / PAUSE_FORGET;
		if (pause > agent->pause_ns)
			agent->pause_ns = pause;
	}
	agent->grew_ns = now_ns;
}

static const struct headgate_fdinfo_engine *find(const struct headgate_fdinfo *info,
						 const char *name)
{
	for (size_t i = 0; i < info->n_engines; i++)
		if (!strcmp(info->engines[i].name, name))
			return &info->engines[i];
	return NULL;
}

/* An engine of which nothing was told before did nothing before. */
static uint64_t timed_ns(const struct headgate_fdinfo_engine *was,
			 const struct headgate_fdinfo_engine *is)
{
	if (!was)
		return is->busy_ns;
	return is->busy_ns > was->busy_ns ? is->busy_ns - was->busy_ns : 0;
}

/* Of @passed_ns the part that the engine worked for the client. */
static uint64_t cycles_ns(const struct headgate_fdinfo_engine *was,
			  const struct headgate_fdinfo_engine *is, int64_t passed_ns)
{
	if (!was || is->cycles <= was->cycles || is->total_cycles <= was->total_cycles)
		return 0;
	return (double)(is->cycles - was->cycles) / (is->total_cycles - was->total_cycles) *
	       passed_ns;
}

static uint64_t added_ns(const struct tally_client *client,
			 const struct headgate_fdinfo_engine *is, int64_t now_ns, int64_t new_ns)
{
	const struct headgate_fdinfo_engine *was = find(&client->info, is->name);
	uint64_t capacity = is->capacity ?: 1, ns;

	if (!client->seen_ns && !is->timed)
		return 0;
	if (!client->seen_ns) {
		ns = is->busy_ns / capacity;
		return ns < (uint64_t)new_ns ? ns : (uint64_t)new_ns;
	}
	ns = is->timed ? timed_ns(was, is) : cycles_ns(was, is, now_ns - client->seen_ns);
	return ns / capacity;
}

bool tally_see(struct tally *tally, struct tally_client *client,
	       const struct headgate_fdinfo *info, const char *device, uint64_t agent_id,
	       int64_t now_ns, int64_t new_ns)
{
	bool added = false;

	for (size_t i = 0; i < info->n_engines; i++) {
		uint64_t ns = added_ns(client, &info->engines[i], now_ns, new_ns);
		struct tally_engine *engine;
		struct tally_agent *agent;

		if (!ns)
			continue;
		engine = engine_of(tally, device, info->engines[i].name);
		agent = engine ? agent_of(engine, agent_id, now_ns) : NULL;
		if (!agent)
			continue;
		if (client->seen_ns && (int64_t)ns > (now_ns - client->seen_ns) * 3 / 2 + SLACK_NS)
			engine->coarse_until_ns = now_ns + COARSE_NS;
		grow(engine, agent, ns, now_ns);
		added = true;
	}
	client->info = *info;
	client->seen_ns = now_ns;
	return added;
}

void tally_judge(struct tally *tally, int64_t now_ns)
{
	for (size_t e = 0; e < tally->count; e++) {
		struct tally_engine *engine = &tally->engines[e];
		int64_t passed = now_ns - engine->judged_ns;

		if (engine->judged_ns && now_ns > engine->coarse_until_ns &&
		    (int64_t)(engine->total_ns - engine->total_judged_ns) < passed / 2)
			engine->idle_ns = now_ns;
		engine->judged_ns = now_ns;
		engine->total_judged_ns = engine->total_ns;
	}
}

void tally_fill(const struct tally_engine *engine, const struct tally_agent *agent, int64_t now_ns,
		struct pace_input *input)
{
	int64_t since = agent->grew_ns, patience = PACE_WINDOW_NS + agent->pause_ns;

	/* Frozen: what grows is what it has queued, without pauses of its own. */
	if (!agent->held) {
		since = since_ns(engine, agent);
		patience += agent->pause_ns;
	}
	input->busy_ns = agent->busy_ns;
	input->estimate_ns = agent->pause_ns;
	input->outstanding = agent->busy_ns && engine->idle_ns != now_ns &&
			     now_ns - since <= patience;
}

void tally_prune(struct tally *tally, bool (*keep)(uint64_t id, const void *data), const void *data)
{
	for (size_t e = 0; e < tally->count; e++) {
		struct tally_engine *engine = &tally->engines[e];
		size_t kept = 0;

		for (size_t i = 0; i < engine->count; i++)
			if (!engine->agents[i].id || keep(engine->agents[i].id, data))
				engine->agents[kept++] = engine->agents[i];
		engine->count = kept;
	}
}

void tally_free(struct tally *tally)
{
	for (size_t e = 0; e < tally->count; e++)
		free(tally->engines[e].agents);
	*tally = (struct tally){};
}
