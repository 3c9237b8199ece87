// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three states of the kernel's side:
 *
 *   GONE      the module is not loaded        ── it is (again) live ──────────► ATTACHED
 *   ATTACHED  gate pinned, agents set         ── the module left ─────────────► GONE
 *                                             ── somebody removed the pins ───► DETACHED
 *   DETACHED  the gate was taken away on purpose, perhaps to remove the module: headgated
 *             keeps its hands off             ── SIGHUP, or a module inserted anew ─► ATTACHED
 *
 * A timer looks once a second; cgroups and devices are followed in every state.
 */
#include "manager.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "agents.h"
#include "brownouts.h"
#include "budgets.h"
#include "cgroups.h"
#include "connection.h"
#include "counts.h"
#include "devices.h"
#include "gate.h"
#include "history.h"
#include "log.h"
#include "metrics.h"
#include "module.h"
#include "observe.h"
#include "pacer.h"
#include "stalls.h"
#include "watch.h"

#define CHECK_USEC 1000000
/* A guard whose daemon was killed thaws all and ends at once. */
#define THAW_WAIT_MS 1000

struct manager {
	const struct options *options;
	struct headgate_config config;
	sd_event *event;
	struct cgroups *cgroups;
	struct agents *agents;
	struct devices *devices;
	struct pacer *pacer;
	struct history *history;
	struct metrics *metrics;
	struct watch *watch;
	struct stalls *stalls;
	struct brownouts *brownouts;
	struct budgets *budgets;
	enum { GONE, DETACHED, ATTACHED } state;
	uint64_t instance;			/* the module that was last attached to, or tried */
	struct connection connection;		/* to this instance */
};

static void complain(const char *sentence)
{
	log_error("%s", sentence);
}

static int load_config(const struct options *options, struct headgate_config *config)
{
	return headgate_config_read(options->config_file, options->config_optional, config, complain);
}

/* ---- the module ---- */

static void look_at_budgets(struct manager *m)
{
	struct connection *c = &m->connection;

	if (c->client && !look_read(&c->seen, c->client))
		budgets_look(m->budgets, &c->seen, c->client, m->instance);
}

static void on_module_event(const struct headgate_event *event, void *data)
{
	struct manager *m = data;

	switch (event->type) {
	case HEADGATE_EVENT_STALL:
		stalls_forced(m->stalls, event);
		break;
	case HEADGATE_EVENT_AGENT_GONE:
		history_agent_gone(m->history, event->agent_id, event->path);
		agents_gone(m->agents, event->agent_id, event->path);
		if (budgets_gone(m->budgets, event->agent_id, event->path))
			look_at_budgets(m);
		break;
	case HEADGATE_EVENT_LOST:
		counts_add(COUNT_EVENTS_LOST);
		log_warning("events of the module were lost, reading its agents anew");
		agents_sync(m->agents, m->connection.client, &m->config, m->cgroups);
		break;
	case HEADGATE_EVENT_PRESSURE:
	case HEADGATE_EVENT_PRESSURE_GONE: /* for whoever has set the trigger */
	case HEADGATE_EVENT_STALL_REPORT: /* our own */
		break;
	}
}

static void disconnect(struct manager *m)
{
	pacer_stop(m->pacer);
	connection_close(&m->connection);
}

static int apply_policy(struct manager *m)
{
	int err;

	if (m->config.missing)
		log_notice("%s is not there: %s", m->options->config_file,
			   m->config.n_agents ? "the policy is that of its drop-ins" :
						"the built-in defaults apply, and no cgroup is an agent");
	if (m->config.settings.present) {
		err = headgate_info_set(m->connection.client, &m->config.settings);
		if (err) {
			log_error("cannot set [gate]: %s", headgate_client_error(m->connection.client));
			return err;
		}
	}
	/* What is spent is on top of it from the start. */
	look_at_budgets(m);
	return agents_sync(m->agents, m->connection.client, &m->config, m->cgroups);
}

static void look(struct manager *m)
{
	struct connection *c = &m->connection;

	if (connection_look(c))
		return;
	watch_look(m->watch, &c->seen, &m->config);
	stalls_look(m->stalls, &c->seen, c->client, &m->config);
	brownouts_look(m->brownouts, &c->seen, &m->config, stalls_open(m->stalls));
	budgets_look(m->budgets, &c->seen, c->client, m->instance);
}

/*
 * Agents first: whoever submits when the gate opens for business is known.  The gate last: once
 * it is pinned all is in place.
 */
static int attach(struct manager *m, uint64_t instance)
{
	int err;

	m->instance = instance;
	disconnect(m);
	err = connection_open(&m->connection, m->event, on_module_event, m);
	if (err)
		return err;
	agents_load(m->agents);
	watch_load(m->watch);
	stalls_load(m->stalls);
	apply_policy(m); /* errors were logged, what could be set is set */
	err = gate_prepare();
	if (err)
		return err;
	observe_apply(m->config.observe);
	err = gate_attach(&m->config);
	if (err) {
		if (!gate_is_attached())
			observe_detach(); /* nothing would hold the module but it */
		return err;
	}
	pacer_publish(&m->config);
	pacer_start(m->pacer, m->connection.client, &m->config, m->cgroups);
	m->state = ATTACHED;
	counts_set(COUNT_ATTACHED, true);
	log_notice("the gate is attached");
	devices_judge(m->devices, &m->config);
	look(m);
	return 0;
}

static void leave(struct manager *m, int state)
{
	disconnect(m);
	pacer_publish(NULL);
	devices_judge(m->devices, NULL);
	brownouts_let_go(m->brownouts);
	budgets_let_go(m->budgets);
	m->state = state;
	counts_set(COUNT_ATTACHED, false);
	/* A module that left took all agents with it; --detach clears the file itself. */
	if (state == GONE) {
		agents_clear(m->agents);
		watch_clear(m->watch);
		stalls_clear(m->stalls, &m->config);
		brownouts_detach(m->brownouts);
	}
}

static void check(struct manager *m)
{
	uint64_t instance = module_instance();

	if (m->state == ATTACHED && instance == m->instance) {
		if (gate_is_attached()) {
			look(m);
			return;
		}
		log_warning("the gate was detached by somebody; reload headgated, or insert the module anew, to attach it again");
		leave(m, DETACHED);
	} else if (!instance) {
		if (m->state == GONE)
			return;
		log_warning("headgate.ko is gone: submissions run ungoverned until it is back");
		leave(m, GONE);
	} else if (instance != m->instance) {
		if (m->state != GONE)
			leave(m, GONE);
		log_notice("headgate.ko is back");
		/* Once: what failed with this module would fail again. SIGHUP tries anew. */
		attach(m, instance);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)usec;
	check(data);
	sd_event_source_set_time_relative(source, CHECK_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- cgroups ---- */

static void on_came(const char *path, uint64_t id, void *data)
{
	struct manager *m = data;

	if (m->state != ATTACHED)
		return;
	budgets_came(m->budgets, path, id);
	agents_came(m->agents, m->connection.client, &m->config, m->cgroups, path, id);
}

/* Its agent is the module's to delete, and its event tells. */
static void on_went(const char *path, uint64_t id, void *data)
{
	(void)id;
	(void)data;
	log_debug("cgroup %s went", path);
}

/* ---- devices ---- */

static void on_devices(void *data)
{
	struct manager *m = data;

	pacer_devices_changed(m->pacer);
}

/* ---- signals ---- */

static void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct headgate_config config = {};
	struct manager *m = data;
	bool pacing_changes;
	uint64_t instance;

	(void)source;
	(void)info;
	notify_reloading();
	if (load_config(m->options, &config)) {
		log_error("the old policy stays in force");
		counts_set(COUNT_POLICY_REFUSED, true);
	} else {
		history_event(m->history, "policy-loaded", 0, NULL, m->options->config_file);
		counts_set(COUNT_POLICY_REFUSED, false);
		pacing_changes = !pacer_same(&m->config, &config);
		headgate_config_free(&m->config);
		m->config = config;
		watch_reload(m->watch);
		history_configure(m->history, &m->config);
		budgets_configure(m->budgets, &m->config);
		metrics_configure(m->metrics, &m->config);
		instance = module_instance();
		if (m->state == ATTACHED && instance == m->instance && gate_is_attached() &&
		    !pacing_changes && pacer_obeys(m->pacer, &m->config)) {
			apply_policy(m);
			observe_apply(m->config.observe);
			devices_judge(m->devices, &m->config);
		} else if (instance) {
			if (attach(m, instance))
				leave(m, DETACHED);
		} else {
			log_warning("headgate.ko is not loaded; the policy waits for it");
		}
	}
	sd_notify(0, "READY=1");
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct manager *m = data;

	(void)source;
	(void)info;
	return sd_event_exit(m->event, 0);
}

/* ---- life ---- */

static int add_sources(struct manager *m)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = { { SIGTERM, on_stop }, { SIGINT, on_stop }, { SIGHUP, on_reload } };
	sigset_t mask;
	int err;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&mask, signals[i].number);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		err = sd_event_add_signal(m->event, NULL, signals[i].number, signals[i].handler, m);
		if (err < 0)
			return err;
	}
	err = sd_event_add_time_relative(m->event, NULL, CLOCK_MONOTONIC, CHECK_USEC, 0, on_timer, m);
	if (err < 0)
		return err;
	return sd_event_set_watchdog(m->event, true);
}

static int set_up(struct manager *m)
{
	int err = sd_event_default(&m->event);

	if (err >= 0)
		err = add_sources(m);
	if (err >= 0)
		err = agents_new(&m->agents);
	if (err >= 0)
		err = watch_new(&m->watch);
	if (err >= 0)
		err = stalls_new(&m->stalls, m->event);
	if (err >= 0)
		err = devices_new(&m->devices, m->event, on_devices, m);
	if (err >= 0)
		devices_on_wedged(m->devices, stalls_wedged, m->stalls);
	if (err >= 0)
		err = pacer_new(&m->pacer, m->event, m->devices);
	if (err >= 0)
		err = history_new(&m->history, m->event, m->watch);
	if (err >= 0)
		err = metrics_new(&m->metrics, m->options->version);
	if (err >= 0)
		stalls_record(m->stalls, m->history);
	if (err >= 0)
		err = budgets_new(&m->budgets, m->event, m->watch, m->history);
	if (err >= 0)
		agents_override(m->agents, budgets_overrides(m->budgets));
	if (err >= 0)
		watch_attributes(m->watch, budgets_seen, m->budgets);
	if (err >= 0)
		err = brownouts_new(&m->brownouts, m->event, m->devices, m->history,
				    budgets_overrides(m->budgets));
	if (err >= 0)
		err = cgroups_new(&m->cgroups, m->event, m->options->cgroup_root, on_came, on_went, m);
	if (err < 0) {
		log_error("cannot set up the loop: %s", strerror(-err));
		return err;
	}
	return cgroups_rescan(m->cgroups);
}

static int start(struct manager *m)
{
	uint64_t instance = module_instance();
	int err = load_config(m->options, &m->config);

	pacer_thaw_left(THAW_WAIT_MS); /* by whatever means the one before ended */
	if (err)
		return err;
	if (!instance) {
		log_error("headgate.ko is not loaded; load it (modprobe headgate), then start headgated again");
		return -ENODEV;
	}
	err = set_up(m);
	if (err)
		return err;
	history_configure(m->history, &m->config);
	budgets_configure(m->budgets, &m->config);
	history_event(m->history, "start", 0, NULL, m->options->config_file);
	metrics_configure(m->metrics, &m->config);
	return attach(m, instance);
}

int manager_run(const struct options *options)
{
	struct manager m = { .options = options };
	int err = start(&m);

	if (!err) {
		sd_notify(0, "READY=1\nSTATUS=The gate is attached");
		err = sd_event_loop(m.event);
		sd_notify(0, "STOPPING=1");
		if (err < 0)
			log_error("the loop failed: %s", strerror(-err));
		else
			log_notice("stopping; the kernel goes on enforcing the policy (headgated --detach ends that)");
	}
	disconnect(&m);
	budgets_free(m.budgets);
	history_event(m.history, "stop", 0, NULL, "");
	metrics_free(m.metrics);
	history_free(m.history);
	pacer_free(m.pacer);
	devices_free(m.devices);
	cgroups_free(m.cgroups);
	agents_free(m.agents);
	watch_free(m.watch);
	stalls_free(m.stalls);
	brownouts_free(m.brownouts);
	sd_event_unref(m.event);
	headgate_config_free(&m.config);
	return err;
}
