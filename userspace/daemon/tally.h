/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Engine time of agents, summed up from what drivers tell of their clients.  Pure: clients
 * come and go, and what an agent got stays.
 */
#ifndef HEADGATE_DAEMON_TALLY_H
#define HEADGATE_DAEMON_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "fdinfo.h"
#include "pace_model.h"

/* Engines of all devices: eight of amdgpu's. */
#define TALLY_ENGINES_MAX	80
#define TALLY_NAME_LEN		64

/**
 * struct tally_agent - an agent on an engine
 * @id: cgroup id, 0 for what belongs to none
 * @busy_ns: engine time so far, of one engine where there are several of a kind
 * @grew_ns: when that was last seen to grow
 * @pause_ns: how long that may take, by experience
 * @held: it is frozen
 * @released_ns: when it last was
 */
struct tally_agent {
	uint64_t id;
	uint64_t busy_ns;
	int64_t grew_ns;
	int64_t pause_ns;
	bool held;
	int64_t released_ns;
};

/**
 * struct tally_engine - an engine, or a class of them
 * @device: its device
 * @name: as the driver calls it
 * @agents: in the order of ids
 * @count: their number
 * @total_ns: of all agents
 * @judged_ns: when tally_judge() last looked at it
 * @total_judged_ns: @total_ns then
 * @idle_ns: when it was last seen to idle: then nobody had work with it
 * @coarse_until_ns: until when its driver is taken for one that counts jobs when they are done,
 *	so that no growth is no sign of idleness
 */
struct tally_engine {
	char device[TALLY_NAME_LEN];
	char name[sizeof(((struct headgate_fdinfo_engine *)0)->name)];
	struct tally_agent *agents;
	size_t count;
	uint64_t total_ns;
	int64_t judged_ns;
	uint64_t total_judged_ns;
	int64_t idle_ns;
	int64_t coarse_until_ns;
};

/**
 * struct tally - all of them; zeroed at first
 * @engines: in the order in which they were first used; they stay
 * @count: their number
 */
struct tally {
	struct tally_engine engines[TALLY_ENGINES_MAX];
	size_t count;
};

/**
 * struct tally_client - a client, as it was last seen; zeroed at first
 * @info: what its driver told
 * @seen_ns: when that was, 0: never
 */
struct tally_client {
	struct headgate_fdinfo info;
	int64_t seen_ns;
};

/**
 * tally_see - a look at a client
 * @tally: tally
 * @client: the client
 * @info: what its driver tells now
 * @device: name of its device
 * @agent_id: who pays for what has been added
 * @now_ns: time
 * @new_ns: at the first look, how long it may have been there at most: what its engines
 *	worked before that is not counted, nor is what is told in cycles
 *
 * A counter that goes back was begun anew.  What memory or TALLY_ENGINES_MAX leave no room
 * for is lost.
 *
 * Return: whether something was added.
 */
bool tally_see(struct tally *tally, struct tally_client *client,
	       const struct headgate_fdinfo *info, const char *device, uint64_t agent_id,
	       int64_t now_ns, int64_t new_ns);

/* To be called after all clients were looked at: which engines idle? */
void tally_judge(struct tally *tally, int64_t now_ns);

/**
 * tally_fill - what an agent has got, for the model
 * @engine: engine
 * @agent: agent on it
 * @now_ns: time of tally_judge()
 * @input: @busy_ns, @estimate_ns and @outstanding are filled in
 *
 * Nobody tells what an agent has queued: it may have work with an engine that does not idle for
 * twice the pauses that it had between growths before.
 */
void tally_fill(const struct tally_engine *engine, const struct tally_agent *agent, int64_t now_ns,
		struct pace_input *input);

/* Forget those whom @keep does not want. */
void tally_prune(struct tally *tally, bool (*keep)(uint64_t id, const void *data), const void *data);

void tally_free(struct tally *tally);

#endif /* HEADGATE_DAEMON_TALLY_H */
