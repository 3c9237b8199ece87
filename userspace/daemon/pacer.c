// SPDX-License-Identifier: GPL-2.0-or-later
#include "pacer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "drivers.h"
#include "frozen.h"
#include "guard.h"
#include "log.h"
#include "pace_fdinfo.h"
#include "pace_ledger.h"

#define USEC_PER_MS	1000
/* Policy changes seldom, and the module's devices do: time between two looks at them. */
#define REFRESH_NS	(1000 * PACE_NS_PER_MS)
/* The same when the ledger names an agent that is not known. */
#define REFRESH_SOON_NS	(200 * PACE_NS_PER_MS)
/* When it does not work. */
#define RETRY_NS	(1000 * PACE_NS_PER_MS)
/* Five ticks: a daemon that stands still does not keep others standing. */
#define HOLD_MS		100

struct pacer {
	sd_event *event;
	const struct devices *present;
	/* while it paces */
	struct headgate_client *client;
	const struct headgate_config *config;
	const struct cgroups *cgroups;
	sd_event_source *timer;
	sd_event_source *guard_source;
	struct guard *guard;
	struct roster roster;
	struct pace_ledger ledger;
	struct pace_fdinfo *fdinfo;		/* NULL: the policy has no driver paced so */
	int64_t refreshed_ns;
	bool works;				/* the last tick did */
	uint64_t *held;				/* ids of those frozen */
	size_t n_held;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* What there is to pace. */
static int refresh(struct pacer *p, int64_t now)
{
	int err = pace_ledger_refresh(&p->ledger, p->client, p->config, p->present);

	if (!err)
		err = roster_read(&p->roster, p->client);
	if (!err)
		err = pace_fdinfo_refresh(p->fdinfo, &p->roster, p->cgroups);
	if (!err)
		p->refreshed_ns = now;
	return err;
}

/* The models of all sources, by number; NULL after the last. */
static const struct pace_model *model_of(const struct pacer *p, size_t i)
{
	if (i < p->ledger.count)
		return &p->ledger.devices[i].model;
	return pace_fdinfo_model(p->fdinfo, i - p->ledger.count);
}

/* ---- the verdicts ---- */

static bool has(const uint64_t *ids, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* An agent stands still on all devices when it leads on one of them. */
static size_t collect(const struct pacer *p, uint64_t *ids)
{
	const struct pace_model *model;
	size_t count = 0;

	for (size_t m = 0; (model = model_of(p, m)); m++) {
		for (size_t i = 0; i < model->count && count < GUARD_HOLDS_MAX; i++)
			if (model->agents[i].frozen && !has(ids, count, model->agents[i].id))
				ids[count++] = model->agents[i].id;
	}
	return count;
}

static int carry_out(struct pacer *p, int64_t now)
{
	uint64_t ids[GUARD_HOLDS_MAX];
	size_t count = collect(p, ids);
	int err = 0;

	for (size_t i = 0; i < p->n_held && !err; i++)
		if (!has(ids, count, p->held[i]))
			err = guard_hold(p->guard, p->held[i], 0);
	for (size_t i = 0; i < count && !err; i++)
		err = guard_hold(p->guard, ids[i], HOLD_MS);
	memcpy(p->held, ids, count * sizeof(*ids));
	p->n_held = count;
	pace_fdinfo_held(p->fdinfo, ids, count, now);
	return err;
}

static bool is_contended(const struct pacer *p)
{
	const struct pace_model *model;

	for (size_t m = 0; (model = model_of(p, m)); m++)
		if (pace_active(model) > 1)
			return true;
	return false;
}

static int step(struct pacer *p)
{
	int64_t now = now_ns(), refresh_ns = p->roster.stranger ? REFRESH_SOON_NS : REFRESH_NS;
	int err = 0;

	if (!p->refreshed_ns || now - p->refreshed_ns >= refresh_ns)
		err = refresh(p, now);
	if (!err)
		err = pace_ledger_step(&p->ledger, p->client, &p->roster, now);
	if (!err)
		err = pace_fdinfo_step(p->fdinfo, &p->roster, now);
	return err ?: carry_out(p, now);
}

/* For headgate: who is to be paced is not, as long as this file is not there. */
static void set_works(struct pacer *p, bool works)
{
	FILE *file;

	p->works = works;
	if (!works) {
		unlink(PACING_FILE);
		return;
	}
	file = fopen(PACING_FILE, "we");
	if (!file || fclose(file))
		log_warning(PACING_FILE ": %s", strerror(errno));
}

/* Until it works again: deadlines thaw. */
static void judge(struct pacer *p, int err)
{
	/* A dump that a change has interrupted, or a moment without memory, says nothing. */
	if (err == -EAGAIN || err == -ENOMEM || err == -EPIPE || p->works == !err)
		return;
	if (err)
		log_error("cannot read what agents use of the devices to be paced (%s): nothing is paced until that works, which is tried each second",
			  strerror(-err));
	else
		log_notice("devices are paced");
	set_works(p, !err);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct pacer *p = data;
	uint64_t next_ns = PACE_IDLE_TICK_NS;

	(void)usec;
	judge(p, step(p));
	if (!p->works)
		next_ns = RETRY_NS;
	else if (is_contended(p))
		next_ns = PACE_TICK_NS;
	sd_event_source_set_time_relative(source, next_ns / 1000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- life ---- */

static int on_guard_died(sd_event_source *source, int fd, uint32_t revents, void *data);

static int begin(struct pacer *p)
{
	int err = pace_fdinfo_new(&p->fdinfo, p->config);

	if (!err)
		err = guard_start(&p->guard, &frozen_host);
	if (!err)
		err = sd_event_add_io(p->event, &p->guard_source, guard_fd(p->guard), EPOLLIN,
				      on_guard_died, p);
	if (err >= 0)
		err = sd_event_add_time_relative(p->event, &p->timer, CLOCK_MONOTONIC, 0, USEC_PER_MS,
						 on_tick, p);
	if (err < 0)
		return err;
	log_debug("process %d freezes agents and thaws them", guard_pid(p->guard));
	return 0;
}

static int on_guard_died(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct pacer *p = data;

	(void)source;
	(void)fd;
	(void)revents;
	log_warning("the process that freezes agents died; pacing begins anew");
	pacer_start(p, p->client, p->config, p->cgroups);
	return 0;
}

int pacer_new(struct pacer **pacer, sd_event *event, const struct devices *present)
{
	struct pacer *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->held = calloc(GUARD_HOLDS_MAX, sizeof(*p->held));
	if (!p->held) {
		free(p);
		return -ENOMEM;
	}
	p->event = sd_event_ref(event);
	p->present = present;
	*pacer = p;
	return 0;
}

void pacer_free(struct pacer *pacer)
{
	if (!pacer)
		return;
	pacer_stop(pacer);
	sd_event_unref(pacer->event);
	free(pacer->held);
	free(pacer);
}

void pacer_stop(struct pacer *pacer)
{
	if (!pacer || !pacer->client)
		return;
	pacer->timer = sd_event_source_disable_unref(pacer->timer);
	pacer->guard_source = sd_event_source_disable_unref(pacer->guard_source);
	guard_stop(&pacer->guard);
	pace_ledger_free(&pacer->ledger);
	pace_fdinfo_free(pacer->fdinfo);
	pacer->fdinfo = NULL;
	roster_free(&pacer->roster);
	pacer->n_held = 0;
	pacer->refreshed_ns = 0;
	set_works(pacer, false);
	pacer->client = NULL;
	pacer_thaw_left(0); /* should the guard have been killed */
}

void pacer_devices_changed(struct pacer *pacer)
{
	if (!pacer || !pacer->client)
		return;
	pacer->refreshed_ns = 0;
	sd_event_source_set_time_relative(pacer->timer, 0);
	sd_event_source_set_enabled(pacer->timer, SD_EVENT_ONESHOT);
}

static bool paces_any(const struct headgate_config *config)
{
	for (size_t i = 0; i < config->n_drivers; i++)
		if (headgate_config_pace(config, config->drivers[i].driver->name))
			return true;
	return false;
}

void pacer_start(struct pacer *pacer, struct headgate_client *client,
		 const struct headgate_config *config, const struct cgroups *cgroups)
{
	int err;

	pacer_stop(pacer);
	if (!paces_any(config))
		return;
	pacer->client = client;
	pacer->config = config;
	pacer->cgroups = cgroups;
	err = begin(pacer);
	if (!err) {
		set_works(pacer, true);
		return;
	}
	log_error("cannot pace: %s: nothing is paced until headgated is reloaded", strerror(-err));
	pacer_stop(pacer);
}

bool pacer_obeys(const struct pacer *pacer, const struct headgate_config *config)
{
	return pacer->client || !paces_any(config);
}

bool pacer_same(const struct headgate_config *a, const struct headgate_config *b)
{
	const struct headgate_driver *driver = NULL;

	while ((driver = headgate_driver_next(driver)))
		if (headgate_config_pace(a, driver->name) != headgate_config_pace(b, driver->name))
			return false;
	return true;
}

void pacer_publish(const struct headgate_config *config)
{
	const struct headgate_driver *driver = NULL;
	FILE *file;

	unlink(PACED_FILE);
	if (!config || !paces_any(config))
		return;
	file = fopen(PACED_FILE ".new", "we");
	while (file && (driver = headgate_driver_next(driver)))
		if (headgate_config_pace(config, driver->name))
			fprintf(file, "%s\n", driver->name);
	/* Whatever the umask: to any user `device list` must not overstate. */
	if (!file || fchmod(fileno(file), 0644) || fclose(file) || rename(PACED_FILE ".new", PACED_FILE))
		log_warning(PACED_FILE ": %s", strerror(errno));
}

int pacer_thaw_left(int wait_ms)
{
	int thawed = frozen_thaw_all(&frozen_host, wait_ms);

	if (thawed > 0)
		log_notice("thawed %d cgroups that a headgated before had frozen", thawed);
	else if (thawed < 0)
		log_error("%s: %s", frozen_host.list,
			  thawed == -EWOULDBLOCK ? "headgated is pacing, and thaws by itself" :
						   strerror(-thawed));
	return thawed < 0 ? thawed : 0;
}
