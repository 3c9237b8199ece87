// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "by_id.h"
#include "freezer.h"
#include "labels.h"
#include "lives.h"
#include "log.h"
#include "policy.h"

/* Looks, from one at the labels of a cgroup to the next. */
#define LABELS_EVERY 10

struct watch {
	struct headgate_lives lives;
	struct headgate_labels_list labels;
	unsigned int looks;
	bool anew;			/* the policy may say something else */
	bool failing;			/* it was said that the file cannot be written */
	void (*seen)(uint64_t agent_id, const char *path, void *data);	/* NULL: nobody asks */
	void *data;
};

int watch_new(struct watch **watch)
{
	*watch = calloc(1, sizeof(**watch));
	return *watch ? 0 : -ENOMEM;
}

void watch_attributes(struct watch *watch, void (*seen)(uint64_t agent_id, const char *path, void *data),
		      void *data)
{
	watch->seen = seen;
	watch->data = data;
}

static void save(struct watch *watch)
{
	int err = headgate_lives_save(HEADGATE_LIVES_FILE, &watch->lives);

	if (!err)
		err = headgate_labels_save(HEADGATE_LABELS_FILE, &watch->labels);
	if (err && !watch->failing)
		log_warning("cannot write " HEADGATE_LIVES_FILE " or " HEADGATE_LABELS_FILE ": %s",
			    strerror(-err));
	watch->failing = err;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->lives.count)
		save(watch);
	headgate_lives_free(&watch->lives);
	headgate_labels_free(&watch->labels);
	free(watch);
}

void watch_load(struct watch *watch)
{
	headgate_lives_free(&watch->lives);
	headgate_lives_load(HEADGATE_LIVES_FILE, &watch->lives);
}

void watch_reload(struct watch *watch)
{
	watch->anew = true;
}

void watch_clear(struct watch *watch)
{
	headgate_lives_free(&watch->lives);
	headgate_labels_free(&watch->labels);
	unlink(HEADGATE_LIVES_FILE);
	unlink(HEADGATE_LABELS_FILE);
}

static bool is_there(uint64_t id, const void *data)
{
	const struct headgate_agents *agents = data;

	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

/* Whether a state has changed. */
static bool look_at(struct watch *watch, const struct headgate_agent *agent,
		    const struct headgate_lives_flows *flows)
{
	const struct headgate_life *life = headgate_lives_find(&watch->lives, agent->id);
	enum headgate_life_state before = life ? life->state : HEADGATE_LIFE_STATES;

	if (headgate_lives_look(&watch->lives, agent->id, flows,
				headgate_freezer_stop(agent->path),
				headgate_lives_now()))
		return false;
	return headgate_lives_find(&watch->lives, agent->id)->state != before;
}

/* What the policy does not say the cgroup may; what is not fit is told once, until it is. */
static void read_labels(struct headgate_labelled *item, const struct headgate_agent *agent,
			const struct headgate_config *config)
{
	unsigned int before = item->unfit;

	policy_labels(config, agent->path, &item->labels);
	item->unfit = headgate_labels_complete(&item->labels, agent->path);
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++)
		if (item->unfit & ~before & 1U << i)
			log_warning("agent %s: its attribute user.headgate.%s is left out: it is not 1 to %d bytes of printable text",
				    agent->path, headgate_label_name(i), HEADGATE_LABEL_MAX);
}

/* Those of all agents anew; whether they are others than before. */
static bool look_at_labels(struct watch *watch, const struct headgate_agents *agents,
			   const struct headgate_config *config)
{
	struct headgate_labels_list fresh = { 0 };
	bool changed = agents->count != watch->labels.count;

	for (size_t i = 0; i < agents->count; i++) {
		const struct headgate_labelled *before = headgate_labels_find(&watch->labels, agents->items[i].id);
		struct headgate_labelled *item = headgate_labels_add(&fresh, agents->items[i].id);

		if (!item) {
			headgate_labels_free(&fresh);
			return false;
		}
		if (before)
			*item = *before;
		/* An attribute may take a while to be seen: looking at thousands of files takes time. */
		if (!before || watch->anew || (item->agent_id + watch->looks) % LABELS_EVERY == 0) {
			read_labels(item, &agents->items[i], config);
			if (watch->seen)
				watch->seen(item->agent_id, agents->items[i].path, watch->data);
		}
		changed |= !before || memcmp(before->labels.values, item->labels.values, sizeof(item->labels.values));
	}
	headgate_labels_free(&watch->labels);
	watch->labels = fresh;
	watch->looks++;
	watch->anew = false;
	return changed;
}

void watch_labels(const struct watch *watch, const struct headgate_config *config,
		  uint64_t agent_id, const char *path, struct headgate_labels *labels)
{
	const struct headgate_labelled *seen = headgate_labels_find(&watch->labels, agent_id);

	if (seen) {
		*labels = seen->labels;
		return;
	}
	policy_labels(config, path, labels);
	if (*path)
		headgate_labels_complete(labels, path);
}

/* Times between two changes of state matter to nobody: the file is written when one changes. */
void watch_look(struct watch *watch, struct headgate_client *client,
		const struct headgate_config *config)
{
	headgate_cleanup(headgate_agents_free) struct headgate_agents agents = { 0 };
	headgate_cleanup(headgate_flows_free) struct headgate_flows flows = { 0 };
	headgate_cleanup(headgate_lives_flows_free) struct headgate_lives_flows sorted = { 0 };
	size_t before;
	bool changed;

	if (headgate_agent_dump(client, &agents) || headgate_flow_dump(client, &flows) ||
	    headgate_lives_flows_sort(&flows, &sorted))
		return;
	headgate_by_id_sort(agents.items, agents.count, sizeof(*agents.items));
	before = watch->lives.count;
	headgate_lives_prune(&watch->lives, is_there, &agents);
	changed = look_at_labels(watch, &agents, config) || watch->lives.count != before;
	for (size_t i = 0; i < agents.count; i++)
		changed |= look_at(watch, &agents.items[i], &sorted);
	/* headgate looks for itself when they are not written to (states_read()). */
	if (changed || watch->failing)
		save(watch);
	else
		utimensat(AT_FDCWD, HEADGATE_LIVES_FILE, NULL, 0);
}
