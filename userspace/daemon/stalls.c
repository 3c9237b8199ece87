// SPDX-License-Identifier: GPL-2.0-or-later
#include "stalls.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coredump.h"
#include "counts.h"
#include "freezer.h"
#include "history.h"
#include "hooks.h"
#include "lives.h"
#include "log.h"
#include "policy.h"
#include "runtimes.h"
#include "stall_file.h"
#include "stall_tell.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Devices that say in one second that they are wedged; more than these are not on one host. */
#define WEDGED_MAX 32

struct stalls {
	struct headgate_stalls open;
	struct hooks *hooks;
	struct history *history;	/* NULL: none is kept */
	char wedged[WEDGED_MAX][32];	/* nodes, since the last look */
	size_t n_wedged;
	bool failing;			/* it was said that the file cannot be written */
	bool deaf;			/* the same of netlink */
	/* of the look that is under way */
	struct headgate_client *client;	/* NULL: the module went */
	const struct headgate_config *config;
	const struct headgate_devices *devices;
	const struct headgate_lanes *lanes;
	uint64_t now_ns;
	struct {			/* of the agent whose job was asked for last: it may have thousands */
		uint64_t agent_id;
		uint32_t device_id;
		bool known;
		uint64_t set_ns;	/* 0: nobody has */
		uint64_t worked_out_ns;	/* 0: not yet */
	} deadline;
};

void stalls_record(struct stalls *s, struct history *history)
{
	s->history = history;
}

int stalls_new(struct stalls **stalls, sd_event *event)
{
	struct stalls *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = hooks_new(&s->hooks, event);
	if (err) {
		free(s);
		return err;
	}
	*stalls = s;
	return 0;
}

void stalls_free(struct stalls *stalls)
{
	if (!stalls)
		return;
	hooks_free(stalls->hooks);
	headgate_stalls_clear(&stalls->open);
	free(stalls);
}

void stalls_load(struct stalls *stalls)
{
	if (stalls->open.seen)
		return;
	/* An attempt to attach before may have failed behind this. */
	headgate_stalls_clear(&stalls->open);
	headgate_stalls_load(HEADGATE_STALLS_FILE, &stalls->open);
}

/* ---- names ---- */

static const struct headgate_device *find_device(const struct stalls *s, uint32_t id)
{
	for (size_t i = 0; s->devices && i < s->devices->count; i++)
		if (s->devices->items[i].id == id)
			return &s->devices->items[i];
	return NULL;
}

static const char *engine_name(struct stalls *s, uint32_t id)
{
	for (size_t i = 0; s->lanes && i < s->lanes->count; i++)
		if (s->lanes->items[i].id == id)
			return s->lanes->items[i].name;
	return "";
}

static void find_coredump(const struct headgate_device *device, char *path, size_t size)
{
	/* The majors of DRM and accel devices are the kernel's for good. */
	const struct {
		unsigned int major;
		int minor;
	} nodes[] = {
		{ 226, device->primary_minor }, { 226, device->render_minor }, { 261, device->accel_minor },
	};
	char node[32];

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (nodes[i].minor < 0)
			continue;
		snprintf(node, sizeof(node), "%u:%d", nodes[i].major, nodes[i].minor);
		if (headgate_coredump_find("", node, path, size))
			return;
	}
}

/* The name of a process goes to logs and terminals, and it chose it itself. */
static void read_comm(struct headgate_stall *stall)
{
	char path[32];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", stall->pid);
	file = fopen(path, "re");
	if (!file)
		return;
	len = fread(stall->comm, 1, sizeof(stall->comm) - 1, file);
	fclose(file);
	stall->comm[len] = '\0';
	stall->comm[strcspn(stall->comm, "\n")] = '\0';
	for (char *c = stall->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* ---- what the judge asks ---- */

/* That somebody has set for them, or 0. */
static uint64_t set_deadline(const struct stalls *s, uint64_t agent_id, uint32_t device_id)
{
	const struct headgate_device *device = find_device(s, device_id);
	uint64_t ns = 0;
	char *path;

	if (agent_id && !headgate_cgroup_path(agent_id, &path)) {
		ns = policy_deadline(s->config, path);
		free(path);
	}
	return ns || !device ? ns : headgate_config_driver_deadline(s->config, device->driver);
}

static uint64_t deadline(const struct headgate_job *job, uint64_t age_ns, void *data)
{
	struct stalls *s = data;
	uint64_t floor_ns = s->config->stall.deadline_ns;

	if (!s->deadline.known || s->deadline.agent_id != job->agent_id ||
	    s->deadline.device_id != job->device_id) {
		s->deadline.known = true;
		s->deadline.agent_id = job->agent_id;
		s->deadline.device_id = job->device_id;
		s->deadline.set_ns = set_deadline(s, job->agent_id, job->device_id);
		s->deadline.worked_out_ns = 0;
	}
	if (s->deadline.set_ns)
		return s->deadline.set_ns;
	/* How long others take is worth reading of few jobs. */
	if (age_ns <= floor_ns)
		return floor_ns;
	if (!s->deadline.worked_out_ns)
		s->deadline.worked_out_ns = headgate_stall_deadline(floor_ns,
				runtimes_p99(job->agent_id, job->device_id, s->lanes));
	return s->deadline.worked_out_ns;
}

static bool stopped(uint64_t agent_id, void *data)
{
	bool ret = false;
	char *path;

	(void)data;
	if (agent_id && !headgate_cgroup_path(agent_id, &path)) {
		ret = headgate_freezer_stop(path) == HEADGATE_LIFE_STOPPED;
		free(path);
	}
	return ret;
}

/* ---- telling ---- */

static void report(struct stalls *s, const struct headgate_stall *stall, bool end, uint64_t age_ns)
{
	const struct headgate_stall_report message = {
		.kind = stall->kind, .end = end, .agent_id = stall->agent_id, .lane_id = stall->lane_id,
		.device_id = stall->device_id, .pid = stall->pid, .age_ns = age_ns, .waiting = stall->waiting,
	};
	int err = s->client ? headgate_stall_report(s->client, &message) : 0;

	if (err && !s->deaf)
		log_warning("stalls are not told over netlink: %s", headgate_client_error(s->client));
	s->deaf = err;
}

static void tell(struct headgate_stall *stall, bool end, void *data)
{
	struct stalls *s = data;
	const struct headgate_device *device = find_device(s, stall->device_id);
	uint64_t age_ns = s->now_ns > stall->since_ns ? s->now_ns - stall->since_ns : 0;
	struct stall_names names = { "", device ? device->name : "", engine_name(s, stall->lane_id), "" };
	struct tell_words words;
	char coredump[128] = "";
	char *agent = NULL;

	if (!end)
		counts_add(COUNT_STALLS + stall->kind);
	if (!end && stall->pid)
		read_comm(stall);
	if (stall->agent_id && headgate_cgroup_path(stall->agent_id, &agent))
		agent = NULL;
	if (agent)
		names.agent = agent;
	if (device && stall->kind == HEADGATE_STALL_KIND_WEDGED)
		find_coredump(device, coredump, sizeof(coredump));
	names.coredump = coredump;
	if (!stall_words(stall, end, age_ns, &names, &words)) {
		const struct tell event = stall_tell(stall, end, &words);

		tell_log(&event);
		history_event(s->history, end ? "stall-over" : "stall", stall->agent_id, names.agent,
			      words.sentence);
		tell_program(&event, s->hooks, s->config->stall.exec, s->config->stall.exec_timeout_ns);
		tell_words_free(&words);
	} else {
		log_warning("stall: there is no memory to tell of it");
	}
	report(s, stall, end, age_ns);
	free(agent);
}

/* ---- looking ---- */

/* headgate tells by its time whether it is kept. */
static void save(struct stalls *s, size_t before)
{
	int err;

	if (!s->open.count && !before && !s->failing && !utimensat(AT_FDCWD, HEADGATE_STALLS_FILE, NULL, 0))
		return;
	err = headgate_stalls_save(HEADGATE_STALLS_FILE, &s->open);
	if (err && !s->failing)
		log_warning("cannot write " HEADGATE_STALLS_FILE ": %s", strerror(-err));
	s->failing = err;
}

static bool is_node(const char *node, const char *format, int minor)
{
	char name[32];

	if (minor < 0)
		return false;
	snprintf(name, sizeof(name), format, minor);
	return !strcmp(node, name);
}

/* Of devices that nobody has submitted to the log of devices tells all there is. */
static void take_wedged(struct stalls *s)
{
	for (size_t i = 0; i < s->n_wedged; i++) {
		for (size_t j = 0; j < s->devices->count; j++) {
			const struct headgate_device *device = &s->devices->items[j];

			if (!device->gone && (is_node(s->wedged[i], "dri/card%d", device->primary_minor) ||
					      is_node(s->wedged[i], "dri/renderD%d", device->render_minor) ||
					      is_node(s->wedged[i], "accel/accel%d", device->accel_minor)))
				headgate_stalls_wedged(&s->open, device->id, s->now_ns);
		}
	}
	s->n_wedged = 0;
}

static void end_look(struct stalls *s)
{
	s->lanes = NULL;
	s->deadline.known = false;
	s->client = NULL;
	s->devices = NULL;
}

void stalls_look(struct stalls *stalls, const struct look *seen, struct headgate_client *client,
		 const struct headgate_config *config)
{
	struct headgate_stall_look look = {
		.jobs = &seen->jobs, .flows = &seen->flows, .devices = &seen->devices,
		.lost = seen->info.jobs_lost, .now_ns = headgate_lives_now(),
		.deadline = deadline, .stopped = stopped, .tell = tell, .data = stalls,
	};
	size_t before = stalls->open.count;

	stalls->client = client;
	stalls->config = config;
	stalls->devices = &seen->devices;
	stalls->lanes = &seen->lanes;
	stalls->now_ns = look.now_ns;
	take_wedged(stalls);
	headgate_stalls_look(&stalls->open, &look);
	save(stalls, before);
	end_look(stalls);
}

void stalls_clear(struct stalls *stalls, const struct headgate_config *config)
{
	stalls->config = config;
	stalls->now_ns = headgate_lives_now();
	for (size_t i = 0; i < stalls->open.count; i++)
		tell(&stalls->open.items[i], true, stalls);
	end_look(stalls);
	headgate_stalls_clear(&stalls->open);
	stalls->n_wedged = 0;
	unlink(HEADGATE_STALLS_FILE);
}

const struct headgate_stalls *stalls_open(const struct stalls *stalls)
{
	return &stalls->open;
}

void stalls_forced(struct stalls *stalls, const struct headgate_event *event)
{
	headgate_stalls_forced(&stalls->open, event->agent_id, event->lane_id, event->pid, event->wait_ns);
}

void stalls_wedged(const char *node, void *data)
{
	struct stalls *stalls = data;

	if (stalls->n_wedged < WEDGED_MAX)
		snprintf(stalls->wedged[stalls->n_wedged++], sizeof(stalls->wedged[0]), "%s", node);
}
