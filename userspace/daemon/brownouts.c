// SPDX-License-Identifier: GPL-2.0-or-later
#include "brownouts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

#include "acts.h"
#include "by_id.h"
#include "cgroup.h"
#include "devices.h"
#include "health_file.h"
#include "history.h"
#include "hooks.h"
#include "killer.h"
#include "lives.h"
#include "log.h"
#include "probes.h"
#include "tell.h"

/* systemd-id128 new */
#define MESSAGE_ID	"MESSAGE_ID=9c1f0a6f5b7a4f1c8a2d3f6e47b09d15"

/* While it is learned, what work takes is written that often, in seconds. */
#define PASTS_EVERY	60
#define FIELDS		7

struct brownouts {
	struct headgate_health health;
	struct probes *probes;
	struct hooks *hooks;
	const struct devices *devices;
	struct history *history;
	struct overrides *overrides;
	struct acts acts;
	struct killer killer;
	bool acted;				/* something was to be done at the last look */
	bool changed;				/* a device, at this look */
	const struct headgate_config *config;	/* of the look under way */
	unsigned int looks;
	uint64_t learned;			/* samples, as written last */
	bool failing;				/* it was said that a file cannot be written */
};

/* ---- telling ---- */

static char *sentence_of(const struct headgate_health_device *device, enum headgate_health_state before)
{
	static const char *const reasons[HEADGATE_HEALTH_REASONS] = {
		[HEADGATE_HEALTH_WELL] = "all is well",
		[HEADGATE_HEALTH_TOGETHER] = "jobs of all agents got longer at one moment",
		[HEADGATE_HEALTH_SLOW] = "its probe takes longer than it did",
		[HEADGATE_HEALTH_FAILS] = "jobs fail on it",
		[HEADGATE_HEALTH_WRONG] = "its probe computes something wrong",
		[HEADGATE_HEALTH_JOB] = "a job overruns its deadline",
		[HEADGATE_HEALTH_HANGS] = "an engine does not get done with its probe's job",
		[HEADGATE_HEALTH_WEDGED] = "its driver has given it up",
	};
	char factor[48] = "", *sentence;

	if (device->factor > 0 && device->state != HEADGATE_HEALTH_OK)
		snprintf(factor, sizeof(factor), ", %.2f times as long", device->factor);
	if (asprintf(&sentence, "device %s is %s, it was %s: %s%s", device->name,
		     headgate_health_state_name(device->state), headgate_health_state_name(before),
		     reasons[device->reason], factor) < 0)
		return NULL;
	return sentence;
}

static int priority_of(enum headgate_health_state state)
{
	switch (state) {
	case HEADGATE_HEALTH_DARK:
	case HEADGATE_HEALTH_BROWN:
		return LOG_ERR;
	case HEADGATE_HEALTH_DEGRADED:
		return LOG_WARNING;
	default:
		return LOG_NOTICE;
	}
}

static void describe(const struct headgate_health_device *device, char *line, size_t size)
{
	snprintf(line, size, "health device=%s state=%s reason=%s factor=%.2f since=%" PRId64, device->name,
		 headgate_health_state_name(device->state), headgate_health_reason_name(device->reason),
		 device->factor, device->since_s);
}

static void tell(const struct headgate_health_device *device, enum headgate_health_state before, void *data)
{
	struct brownouts *b = data;
	char names[FIELDS][128], *fields[FIELDS], line[HEADGATE_PROBE_MESSAGE_MAX];
	char *sentence = sentence_of(device, before);
	struct tell event = {
		.fields = fields, .sentence = sentence, .message_id = MESSAGE_ID,
		.priority = priority_of(device->state),
	};

	snprintf(names[0], sizeof(names[0]), "HEADGATE_EVENT=health");
	snprintf(names[1], sizeof(names[1]), "HEADGATE_DEVICE=%s", device->name);
	snprintf(names[2], sizeof(names[2]), "HEADGATE_HEALTH=%s", headgate_health_state_name(device->state));
	snprintf(names[3], sizeof(names[3]), "HEADGATE_HEALTH_BEFORE=%s", headgate_health_state_name(before));
	snprintf(names[4], sizeof(names[4]), "HEADGATE_REASON=%s", headgate_health_reason_name(device->reason));
	snprintf(names[5], sizeof(names[5]), "HEADGATE_FACTOR=%.3f", device->factor);
	for (int i = 0; i < FIELDS - 1; i++)
		fields[i] = names[i];
	fields[FIELDS - 1] = NULL;
	describe(device, line, sizeof(line));
	probes_say(b->probes, -1, line);
	b->changed = true;
	if (!sentence) {
		log_warning("device %s: there is no memory to tell of it", device->name);
		return;
	}
	tell_log(&event);
	history_event(b->history, device->state == HEADGATE_HEALTH_OK ? "brownout-over" : "brownout", 0, "", sentence);
	tell_program(&event, b->hooks, b->config->brownout.exec, b->config->brownout.exec_timeout_ns);
	free(sentence);
}

/* ---- files ---- */

static uint64_t learned(const struct headgate_health *health)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < health->n_devices; i++)
		for (size_t j = 0; j < health->devices[i].n_probes; j++)
			for (int k = 0; k < HEADGATE_SERIES_PASTS; k++)
				sum += health->devices[i].probes[j].series.pasts[k].learned;
	return sum;
}

static void save(struct brownouts *b, bool pasts)
{
	int err = headgate_health_save(HEADGATE_HEALTH_FILE, &b->health);
	uint64_t now = learned(&b->health);

	if (!err && pasts && now != b->learned) {
		err = headgate_pasts_save(HEADGATE_PASTS_FILE, &b->health);
		b->learned = err ? b->learned : now;
	}
	if (err && !b->failing)
		log_warning("cannot write " HEADGATE_HEALTH_FILE " or " HEADGATE_PASTS_FILE ": %s", strerror(-err));
	b->failing = err;
}

/* ---- what is said on the socket ---- */

/* Its own cgroup: what the ledger has for that is the probe's alone. */
static uint64_t agent_of(uint32_t pid)
{
	uint64_t id = 0;
	char *path;

	if (headgate_cgroup_of((pid_t)pid, &path))
		return 0;
	if (headgate_cgroup_id(path, &id))
		id = 0;
	free(path);
	return id;
}

static int on_message(uint64_t peer, uint32_t pid, const struct headgate_probe_message *message, char *error,
		      size_t size, void *data)
{
	struct brownouts *b = data;
	struct headgate_health_device *device = headgate_health_find(&b->health, message->device);
	struct headgate_probe *probe;
	int err;

	/* One that nobody has submitted to the module does not know yet. */
	if (!device && devices_driver(b->devices, message->device))
		device = headgate_health_get(&b->health, message->device);
	if (!device) {
		snprintf(error, size, "headgate knows no device %s; see headgate device list", message->device);
		return -ENODEV;
	}
	if (message->verb == HEADGATE_PROBE_CALIBRATE) {
		headgate_health_calibrate(device);
		b->learned = UINT64_MAX;
		save(b, true);
		log_notice("device %s: what it takes from now on is what it is compared with", device->name);
		return 0;
	}
	err = headgate_probe_get(device, message->probe, &probe);
	if (err == -ENOSPC)
		snprintf(error, size, "%d probes speak for device %s, no more are taken", HEADGATE_PROBES_MAX,
			 device->name);
	if (err)
		return err;
	probe->owner = peer;
	if (message->verb == HEADGATE_PROBE_BEGIN)
		headgate_probe_begins(probe, pid, agent_of(pid), message->allowed_us * 1000,
				      headgate_lives_now());
	else
		headgate_probe_ends(device, probe, message->outcome, message->time_ns, headgate_lives_now());
	return 0;
}

static void on_subscribed(struct probes *probes, int fd, void *data)
{
	struct brownouts *b = data;
	char line[HEADGATE_PROBE_MESSAGE_MAX];

	for (size_t i = 0; i < b->health.n_devices; i++) {
		if (!headgate_health_is_there(&b->health.devices[i]))
			continue;
		describe(&b->health.devices[i], line, sizeof(line));
		probes_say(probes, fd, line);
	}
}

static void on_left(uint64_t peer, void *data)
{
	struct brownouts *b = data;

	for (size_t i = 0; i < b->health.n_devices; i++)
		for (size_t j = 0; j < b->health.devices[i].n_probes; j++)
			if (b->health.devices[i].probes[j].owner == peer)
				headgate_probe_leaves(&b->health.devices[i].probes[j]);
}

/* ---- acting ---- */

static void on_act(const char *sentence, const struct headgate_agent *agent, bool over, void *data)
{
	struct brownouts *b = data;

	log_notice("%s", sentence);
	history_event(b->history, over ? "act-over" : "act", agent ? agent->id : 0, agent ? agent->path : "", sentence);
}

static void act(struct brownouts *b, const struct headgate_agents *agents, const struct headgate_stalls *stalls,
		uint64_t now_ns)
{
	const struct headgate_config_brownout *config = &b->config->brownout;
	bool wanted = config->shed || config->pause || config->drain;
	struct acts_look look = {
		.health = &b->health, .agents = agents, .config = config, .now_ns = now_ns, .tell = on_act, .data = b,
	};

	killer_look(&b->killer, stalls, config, now_ns, on_act, b);
	if (!wanted && !b->acted)
		return;
	if (acts_plan(&b->acts, &look, b->overrides))
		log_warning("there is no memory to act on devices that are not well");
	else
		b->acted = wanted;
}

/* Whoever has a choice of devices. */
static void fail_over(struct brownouts *b)
{
	enum headgate_health_state from = b->config->brownout.fail_over;
	const struct headgate_health_device *other = acts_instead(&b->health);
	char line[HEADGATE_PROBE_MESSAGE_MAX];

	for (size_t i = 0; b->changed && from && i < b->health.n_devices; i++) {
		const struct headgate_health_device *device = &b->health.devices[i];

		if (!headgate_health_is_there(device) || device->state < from)
			continue;
		snprintf(line, sizeof(line), "use device=%s instead_of=%s", other ? other->name : "none", device->name);
		probes_say(b->probes, -1, line);
	}
	b->changed = false;
}

/* ---- looking ---- */

void brownouts_look(struct brownouts *b, const struct look *seen, const struct headgate_config *config,
		    const struct headgate_stalls *stalls)
{
	struct headgate_health_look look = {
		.devices = &seen->devices, .lanes = &seen->lanes, .flows = &seen->flows, .jobs = &seen->jobs,
		.stalls = stalls,
		.limits = config->brownout.limits, .tell = tell, .data = b,
	};

	b->config = config;
	for (size_t i = 0; i < b->health.n_devices; i++) {
		struct headgate_health_device *device = &b->health.devices[i];

		device->listed = headgate_health_is_of_concern(device) && devices_driver(b->devices, device->name);
	}
	look.now_ns = headgate_lives_now();
	look.now_s = time(NULL);
	headgate_health_look(&b->health, &look);
	act(b, &seen->agents, stalls, look.now_ns);
	fail_over(b);
	save(b, ++b->looks % PASTS_EVERY == 0);
}

void brownouts_let_go(struct brownouts *b)
{
	size_t count = 0;
	char text[128];

	for (size_t i = 0; i < b->acts.n_devices; i++)
		count += b->acts.devices[i].n_agents;
	acts_free(&b->acts);
	overrides_begin(b->overrides, OVERRIDE_BROWNOUT);
	overrides_end(b->overrides, OVERRIDE_BROWNOUT);
	if (!count)
		return;
	snprintf(text, sizeof(text), "nothing is enforced now: %zu agents are not shed or paused any more", count);
	on_act(text, NULL, true, b);
}

void brownouts_detach(struct brownouts *b)
{
	headgate_health_detach(&b->health);
	save(b, true);
}

int brownouts_new(struct brownouts **brownouts, sd_event *event, const struct devices *devices,
		  struct history *history, struct overrides *overrides)
{
	struct brownouts *b = calloc(1, sizeof(*b));
	const struct probes_calls calls = {
		.message = on_message, .subscribed = on_subscribed, .left = on_left, .data = b,
	};
	int err;

	if (!b)
		return -ENOMEM;
	b->devices = devices;
	b->history = history;
	b->overrides = overrides;
	err = hooks_new(&b->hooks, event);
	if (err) {
		free(b);
		return err;
	}
	headgate_pasts_load(HEADGATE_PASTS_FILE, &b->health);
	b->learned = learned(&b->health);
	headgate_health_load_states(HEADGATE_HEALTH_FILE, &b->health);
	probes_new(&b->probes, event, HEADGATE_PROBE_SOCKET, &calls);
	*brownouts = b;
	return 0;
}

void brownouts_free(struct brownouts *b)
{
	if (!b)
		return;
	save(b, true);
	probes_free(b->probes);
	hooks_free(b->hooks);
	acts_free(&b->acts);
	killer_free(&b->killer);
	headgate_health_clear(&b->health);
	free(b);
}
