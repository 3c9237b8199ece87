// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   device 1: simgpu                one process per device
 *     simgpu-e0   [/a][/b][/a]      a track per engine: engine time, [done - cost, done]
 *   /a                              one process per agent
 *     simgpu-e0 of device 1: gate   [  wait  ]
 *     simgpu-e0 of device 1         [queued][  run  ]
 *     simgpu-e0 of device 1 (2)        [queued][  run  ]
 *
 * Slices of one track may not overlap, or readers drop them.  Jobs and waits of one
 * agent do: each goes to the first of the agent's tracks that is free by then, and when
 * there is none a new one is opened.
 *
 * Engine time does not overlap, but jobs that were done in one interrupt all end then,
 * and the module has split the time among them: they are laid side by side, in their
 * order, so that the last ends when all did.  For that the jobs of a lane that ended at
 * one time are held back until one comes that ended at another.  Where queues are served in
 * slices a job's time is not in one piece, and is shown on a further track of the engine
 * when it reaches back beyond the end before.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "trace_events.h"
#include "trace_rows.h"
#include "trace_tracks.h"

/* Found by @id, which is first in each of them. */
struct device {
	uint64_t id;
	struct track process;
};

struct piece {
	const struct agent *agent;
	uint64_t cost_ns;
};

struct lane {
	uint64_t id;
	struct device *device;
	struct trace_rows engine;
	char *name;
	bool wanted;
	struct piece *batch;	/* what ended at @batch_end, held back */
	size_t batched, room;
	uint64_t batch_end;
};

/* An agent's tracks of one lane. */
struct place {
	uint64_t id;
	const struct lane *lane;
	struct trace_rows jobs, waits;
};

struct agent {
	uint64_t id;
	struct track process;
	char *name;
	bool wanted;
	void *places;	/* tree of struct place */
};

struct trace_tracks {
	struct trace_events events;
	const struct trace_names *names;
	void *devices, *lanes, *agents;	/* trees */
	size_t agents_shown, engines_shown;
	uint64_t only_agent;
	uint32_t only_device;
	struct track losses;
};

/* Processes are listed by this: devices by their number, then agents as they come. */
#define AGENTS_FROM 1000000

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What has that @id in a tree, made of zeros when it is not there; NULL: no memory. */
static void *find_or_make(void **tree, uint64_t id, size_t size, bool *made)
{
	uint64_t *new, **found = tfind(&id, tree, by_id);

	*made = false;
	if (found)
		return *found;
	new = calloc(1, size);
	if (!new)
		return NULL;
	*new = id;
	if (!tsearch(new, tree, by_id)) {
		free(new);
		return NULL;
	}
	*made = true;
	return new;
}

/* ---- whose it is ---- */

static struct device *get_device(struct trace_tracks *tracks, uint32_t id)
{
	bool made;
	struct device *device = find_or_make(&tracks->devices, id, sizeof(*device), &made);
	const char *name;
	char text[256];

	if (!device || !made)
		return device;
	name = tracks->names->device(tracks->names->data, id);
	snprintf(text, sizeof(text), "device %u%s%s", id, name ? ": " : "", name ? name : "");
	device->process = trace_process(&tracks->events, text, id);
	return device;
}

static struct lane *get_lane(struct trace_tracks *tracks, uint32_t id)
{
	bool made;
	struct lane *lane = find_or_make(&tracks->lanes, id, sizeof(*lane), &made);
	uint32_t device_id = 0;
	const char *name;
	char text[32];

	if (!lane || !made)
		return lane;
	name = tracks->names->lane(tracks->names->data, id, &device_id);
	snprintf(text, sizeof(text), "lane %u", id);
	lane->name = strdup(name ? name : text);
	lane->wanted = !tracks->only_device || tracks->only_device == device_id;
	if (lane->wanted)
		lane->device = get_device(tracks, device_id);
	return lane->name && (lane->device || !lane->wanted) ? lane : NULL;
}

static struct agent *get_agent(struct trace_tracks *tracks, uint64_t id)
{
	bool made;
	struct agent *agent = find_or_make(&tracks->agents, id, sizeof(*agent), &made);
	const char *name;
	char text[48];

	if (!agent || !made)
		return agent;
	name = id ? tracks->names->agent(tracks->names->data, id) : "(ungoverned)";
	snprintf(text, sizeof(text), "agent %llu", (unsigned long long)id);
	agent->name = strdup(name ? name : text);
	agent->wanted = !tracks->only_agent || tracks->only_agent == id;
	return agent->name ? agent : NULL;
}

/* @agent's tracks for @lane; NULL: no memory. */
static struct place *get_place(struct trace_tracks *tracks, struct agent *agent,
			       const struct lane *lane)
{
	bool made;
	struct place *place = find_or_make(&agent->places, lane->id, sizeof(*place), &made);

	if (place && made)
		place->lane = lane;
	if (!agent->process.process) {
		tracks->agents_shown += !!agent->id;
		agent->process = trace_process(&tracks->events, agent->name,
					     AGENTS_FROM + trace_tracks_agents(tracks));
	}
	return place;
}

static const struct track *take_row(struct trace_tracks *tracks, const struct agent *agent,
				    const struct place *place, struct trace_rows *rows,
				    uint64_t from, uint64_t to)
{
	char name[200];

	snprintf(name, sizeof(name), "%.160s of device %u%s", place->lane->name,
		 (unsigned int)place->lane->device->id, rows == &place->waits ? ": gate" : "");
	return trace_rows_take(&tracks->events, &agent->process, rows, name, from, to);
}

/* ---- jobs ---- */

/* "run", "failed: EIO", "never ran". */
static const char *job_name(const struct headgate_trace_job *job, char *text, size_t size)
{
	const char *error = strerrorname_np(-job->error);

	if (!job->run_at)
		return "never ran";
	if (!job->error)
		return "run";
	snprintf(text, size, "failed: %s", error ? error : "unknown error");
	return text;
}

/* Its time in the queue, if any, and then the one slice that tells all about it. */
static int show_job(struct trace_tracks *tracks, struct agent *agent, const struct lane *lane,
		    const struct headgate_trace_job *job)
{
	struct place *place = get_place(tracks, agent, lane);
	uint64_t run_at = job->run_at ? job->run_at : job->queued_at;
	const struct track *track;
	struct headgate_json *json;
	char name[64];

	track = place ? take_row(tracks, agent, place, &place->jobs, job->queued_at,
				 job->done_at) : NULL;
	if (!track)
		return -ENOMEM;
	if (run_at > job->queued_at) {
		trace_slice(&tracks->events, "queue", "queued", track, job->queued_at, run_at);
		trace_event_end(&tracks->events);
	}
	json = trace_slice(&tracks->events, "job", job_name(job, name, sizeof(name)), track, run_at,
			   job->done_at);
	headgate_json_object(json, "args");
	headgate_json_uint(json, "agent_id", agent->id);
	headgate_json_uint(json, "lane_id", lane->id);
	headgate_json_uint(json, "queued_at", job->queued_at);
	headgate_json_uint(json, "run_at", job->run_at);
	headgate_json_uint(json, "done_at", job->done_at);
	headgate_json_uint(json, "cost_ns", job->cost_ns);
	headgate_json_int(json, "error", job->error);
	headgate_json_close(json);
	return trace_event_end(&tracks->events);
}

/* ---- engines ---- */

static int show_batch(struct trace_tracks *tracks, struct lane *lane)
{
	const struct track *track;
	struct headgate_json *json;
	uint64_t total = 0, at;

	for (size_t i = 0; i < lane->batched; i++)
		total += lane->batch[i].cost_ns;
	at = lane->batch_end - total;
	track = trace_rows_take(&tracks->events, &lane->device->process, &lane->engine, lane->name, at,
				lane->batch_end);
	if (!track)
		return -ENOMEM;
	for (size_t i = 0; i < lane->batched; i++) {
		const struct piece *piece = &lane->batch[i];

		if (piece->agent->wanted) {
			json = trace_slice(&tracks->events, "engine", piece->agent->name, track, at,
					   at + piece->cost_ns);
			headgate_json_object(json, "args");
			headgate_json_uint(json, "agent_id", piece->agent->id);
			headgate_json_uint(json, "lane_id", lane->id);
			headgate_json_uint(json, "cost_ns", piece->cost_ns);
			headgate_json_close(json);
			trace_event_end(&tracks->events);
		}
		at += piece->cost_ns;
	}
	lane->batched = 0;
	return tracks->events.file->json.error;
}

static int hold_back(struct trace_tracks *tracks, struct lane *lane, const struct agent *agent,
		     const struct headgate_trace_job *job)
{
	struct piece *more;
	int ret = 0;

	if (lane->batched && lane->batch_end != job->done_at)
		ret = show_batch(tracks, lane);
	if (lane->batched == lane->room) {
		more = reallocarray(lane->batch, 2 * lane->room + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		lane->batch = more;
		lane->room = 2 * lane->room + 1;
	}
	if (!lane->engine.count) {
		if (!trace_rows_take(&tracks->events, &lane->device->process, &lane->engine, lane->name,
				     0, 0))
			return -ENOMEM;
		tracks->engines_shown++;
	}
	lane->batch_end = job->done_at;
	lane->batch[lane->batched++] = (struct piece){ .agent = agent, .cost_ns = job->cost_ns };
	return ret;
}

/* ---- the interface ---- */

int trace_tracks_job(struct trace_tracks *tracks, const struct headgate_trace_job *job)
{
	struct lane *lane = get_lane(tracks, job->head.lane);
	struct agent *agent = get_agent(tracks, job->head.agent);
	struct trace_totals *totals = &tracks->events.file->totals;
	int ret = lane && agent ? 0 : -ENOMEM;

	if (ret || !lane->wanted)
		return ret;
	if (job->cost_ns)
		ret = hold_back(tracks, lane, agent, job);
	if (ret || !agent->wanted)
		return ret;
	ret = show_job(tracks, agent, lane, job);
	totals->jobs++;
	totals->failed += !!job->error;
	totals->never_ran += !job->run_at;
	totals->busy_ns += job->cost_ns;
	return ret ? ret : trace_file_commit(tracks->events.file);
}

int trace_tracks_wait(struct trace_tracks *tracks, const struct headgate_trace_wait *wait)
{
	struct lane *lane = get_lane(tracks, wait->head.lane);
	struct agent *agent = get_agent(tracks, wait->head.agent);
	uint64_t from = wait->at - wait->wait_ns;
	const struct track *track;
	struct headgate_json *json;
	struct place *place;

	if (!lane || !agent)
		return -ENOMEM;
	if (!lane->wanted || !agent->wanted || !wait->wait_ns)
		return 0;
	place = get_place(tracks, agent, lane);
	track = place ? take_row(tracks, agent, place, &place->waits, from, wait->at) : NULL;
	if (!track)
		return -ENOMEM;
	json = trace_slice(&tracks->events, "wait", "wait", track, from, wait->at);
	headgate_json_object(json, "args");
	headgate_json_uint(json, "agent_id", agent->id);
	headgate_json_uint(json, "lane_id", lane->id);
	headgate_json_uint(json, "wait_ns", wait->wait_ns);
	headgate_json_close(json);
	trace_event_end(&tracks->events);
	tracks->events.file->totals.waits++;
	return trace_file_commit(tracks->events.file);
}

int trace_tracks_lost(struct trace_tracks *tracks, uint64_t at_ns, uint64_t count)
{
	char text[64];

	if (!tracks->losses.number)
		tracks->losses = trace_process(&tracks->events, "headgate trace", 0);
	snprintf(text, sizeof(text), "lost %llu events", (unsigned long long)count);
	trace_instant(&tracks->events, "loss", text, &tracks->losses, at_ns);
	trace_event_end(&tracks->events);
	return trace_file_commit(tracks->events.file);
}

struct walk {
	struct trace_tracks *tracks;
	int error;
};

static void end_lane(const void *node, VISIT order, void *data)
{
	struct lane *lane = *(struct lane *const *)node;
	struct walk *walk = data;

	if ((order != postorder && order != leaf) || !lane->batched || walk->error)
		return;
	walk->error = show_batch(walk->tracks, lane);
	if (!walk->error)
		walk->error = trace_file_commit(walk->tracks->events.file);
}

int trace_tracks_end(struct trace_tracks *tracks)
{
	struct walk walk = { .tracks = tracks };

	twalk_r(tracks->lanes, end_lane, &walk);
	return walk.error;
}

size_t trace_tracks_agents(const struct trace_tracks *tracks)
{
	return tracks->agents_shown;
}

size_t trace_tracks_engines(const struct trace_tracks *tracks)
{
	return tracks->engines_shown;
}

struct trace_tracks *trace_tracks_make(struct trace_file *file, const struct trace_names *names,
				       uint64_t base_ns)
{
	struct trace_tracks *tracks = calloc(1, sizeof(*tracks));

	if (!tracks)
		return NULL;
	tracks->events.file = file;
	tracks->names = names;
	tracks->events.base_ns = base_ns;
	return tracks;
}

void trace_tracks_only(struct trace_tracks *tracks, uint64_t agent_id, uint32_t device_id)
{
	tracks->only_agent = agent_id;
	tracks->only_device = device_id;
}

static void free_place(void *node)
{
	struct place *place = node;

	trace_rows_free(&place->jobs);
	trace_rows_free(&place->waits);
	free(place);
}

static void free_agent(void *node)
{
	struct agent *agent = node;

	tdestroy(agent->places, free_place);
	free(agent->name);
	free(agent);
}

static void free_lane(void *node)
{
	struct lane *lane = node;

	free(lane->name);
	free(lane->batch);
	trace_rows_free(&lane->engine);
	free(lane);
}

void trace_tracks_free(struct trace_tracks **tracks)
{
	if (!*tracks)
		return;
	tdestroy((*tracks)->devices, free);
	tdestroy((*tracks)->lanes, free_lane);
	tdestroy((*tracks)->agents, free_agent);
	free(*tracks);
	*tracks = NULL;
}
