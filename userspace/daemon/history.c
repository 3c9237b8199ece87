// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history_thread.h"
#include "log.h"
#include "module.h"
#include "watch.h"

#define PERIOD_USEC (history_width_s[0] * 1000000)
/* Of the 64 agents that the module remembers of a lane, at most. */
#define GONE_MAX 16

struct history {
	sd_event_source *timer;
	struct history_thread *thread;
	const struct headgate_config *config;
	struct history_events events;
	unsigned int gone;		/* agents, since the last look */
	const struct watch *watch;
	struct headgate_labels_list left;	/* whose agents were that went */
	/* a connection of our own: the module's ledger goes on without the gate, too */
	struct headgate_client *client;
	uint64_t instance;		/* of the module that @client is connected to */
	struct look seen;		/* of it, 10 s ago */
};

static void disconnect(struct history *h)
{
	headgate_client_free(&h->client);
	look_clear(&h->seen);
}

/* Of the module as it is now, if it is there. */
static bool read_totals(struct history *h, struct history_totals *totals)
{
	uint64_t instance = module_instance();
	int ret;

	if (instance != h->instance || !instance)
		disconnect(h);
	h->instance = instance;
	if (!instance || (!h->client && headgate_client_open(&h->client)))
		return false;
	ret = history_totals_read(totals, &h->seen, h->client, instance);
	/* A module inserted meanwhile would be counted by the name of the one before. */
	if (!ret && module_instance() != instance) {
		history_totals_free(totals);
		ret = -EAGAIN;
	}
	if (ret)
		disconnect(h);
	return !ret;
}

/* Whose they are; without memory their work would be nobody's: better none, until the next time. */
static bool add_labels(struct history *h, struct history_totals *totals)
{
	struct headgate_labelled *item;

	totals->labels = h->left;
	h->left = (struct headgate_labels_list){ 0 };
	for (size_t i = 0; i < totals->agents.count; i++) {
		const struct headgate_agent *agent = &totals->agents.items[i];

		item = headgate_labels_find(&totals->labels, agent->id);
		if (!item)
			item = headgate_labels_add(&totals->labels, agent->id);
		if (!item) {
			history_totals_free(totals);
			return false;
		}
		watch_labels(h->watch, h->config, agent->id, agent->path, &item->labels);
	}
	return true;
}

static void look(struct history *h)
{
	struct history_job job = {};

	h->gone = 0;
	/* Totals say all that was missed in between. */
	if (!h->config || !history_thread_idle(h->thread))
		return;
	job.config = h->config->history;
	job.has_totals = job.config.enabled && read_totals(h, &job.totals) &&
			 add_labels(h, &job.totals);
	history_events_move(&job.events, &h->events);
	history_thread_put(h->thread, &job);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)usec;
	look(data);
	sd_event_source_set_time_relative(source, PERIOD_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int history_new(struct history **history, sd_event *event, const struct watch *watch)
{
	struct history *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		return -ENOMEM;
	h->watch = watch;
	ret = history_thread_new(&h->thread);
	if (ret >= 0)
		ret = sd_event_add_time_relative(event, &h->timer, CLOCK_MONOTONIC, 0, 0, on_timer, h);
	if (ret < 0)
		history_free(h);
	else
		*history = h;
	return ret;
}

void history_configure(struct history *h, const struct headgate_config *config)
{
	h->config = config;
}

void history_event(struct history *h, const char *kind, uint64_t agent_id, const char *agent,
		   const char *text)
{
	if (h)
		history_events_add(&h->events, kind, agent_id, agent, text);
}

void history_agent_gone(struct history *h, uint64_t agent_id, const char *agent)
{
	struct headgate_labelled *left = NULL;

	if (!h)
		return;
	history_event(h, "agent-gone", agent_id, agent, "");
	if (h->config && h->left.count < HISTORY_EVENTS_MAX &&
	    !headgate_labels_find(&h->left, agent_id))
		left = headgate_labels_add(&h->left, agent_id);
	if (left)
		watch_labels(h->watch, h->config, agent_id, agent, &left->labels);
	if (++h->gone >= GONE_MAX)
		look(h);
}

void history_free(struct history *h)
{
	if (!h)
		return;
	/* It may be at work: what has come since is not to wait for the next headgated. */
	if (h->thread && history_thread_settle(h->thread))
		look(h);
	sd_event_source_disable_unref(h->timer);
	history_thread_free(h->thread);
	history_events_drop(&h->events, h->events.count);
	disconnect(h);
	headgate_labels_free(&h->left);
	free(h);
}
