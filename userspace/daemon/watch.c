// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "by_id.h"
#include "cgroup_news.h"
#include "freezer.h"
#include "labels.h"
#include "lives.h"
#include "log.h"
#include "policy.h"

/* Of an agent, beside its labels, which others read as well. */
struct watched {
	uint64_t id;
	enum headgate_life_stop stop;
};

struct watch {
	struct headgate_lives lives;
	struct headgate_labels_list labels;
	struct watched *agents;		/* in the order of ids, as @labels are */
	size_t n_agents;
	struct cgroup_news *news;
	bool anew;			/* the policy may say something else */
	bool failing;			/* it was said that the file cannot be written */
	int (*seen)(uint64_t agent_id, const char *path, void *data);	/* NULL: nobody asks */
	void *data;
};

int watch_new(struct watch **watch)
{
	struct watch *w = calloc(1, sizeof(*w));
	int ret = w ? cgroup_news_new(&w->news) : -ENOMEM;

	if (ret)
		free(w);
	else
		*watch = w;
	return ret;
}

void watch_attributes(struct watch *watch, int (*seen)(uint64_t agent_id, const char *path, void *data),
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

static void forget(struct watch *watch)
{
	headgate_lives_free(&watch->lives);
	headgate_labels_free(&watch->labels);
	free(watch->agents);
	watch->agents = NULL;
	watch->n_agents = 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->lives.count)
		save(watch);
	forget(watch);
	cgroup_news_free(watch->news);
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
	forget(watch);
	unlink(HEADGATE_LIVES_FILE);
	unlink(HEADGATE_LABELS_FILE);
}

static bool is_there(uint64_t id, const void *data)
{
	const struct headgate_agents *agents = data;

	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

/* Whether a state has changed. */
static bool look_at(struct watch *watch, uint64_t id, enum headgate_life_stop stop, uint64_t now_ns,
		    const struct headgate_lives_flows *flows)
{
	const struct headgate_life *life = headgate_lives_find(&watch->lives, id);
	enum headgate_life_state before = life ? life->state : HEADGATE_LIFE_STATES;

	if (headgate_lives_look(&watch->lives, id, flows, stop, now_ns))
		return false;
	return headgate_lives_find(&watch->lives, id)->state != before;
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

static bool are_same(const struct watch *watch, const struct headgate_agents *agents)
{
	if (watch->n_agents != agents->count)
		return false;
	for (size_t i = 0; i < agents->count; i++)
		if (watch->agents[i].id != agents->items[i].id)
			return false;
	return true;
}

/* What is kept of each: as it is, of those that were there, or all 0.  False without memory: as before. */
static bool follow(struct watch *watch, const struct headgate_agents *agents)
{
	struct headgate_labelled *labels = calloc(agents->count ?: 1, sizeof(*labels));
	struct watched *kept = calloc(agents->count ?: 1, sizeof(*kept));

	if (!labels || !kept) {
		free(labels);
		free(kept);
		return false;
	}
	for (size_t i = 0; i < agents->count; i++) {
		uint64_t id = agents->items[i].id;
		const struct headgate_labelled *label = headgate_labels_find(&watch->labels, id);
		const struct watched *agent = headgate_by_id_find(watch->agents, watch->n_agents, sizeof(*agent), id);

		labels[i] = label ? *label : (struct headgate_labelled){ .agent_id = id };
		kept[i] = agent ? *agent : (struct watched){ .id = id };
	}
	headgate_labels_free(&watch->labels);
	watch->labels = (struct headgate_labels_list){ labels, agents->count };
	free(watch->agents);
	watch->agents = kept;
	watch->n_agents = agents->count;
	cgroup_news_prune(watch->news, is_there, agents);
	headgate_lives_prune(&watch->lives, is_there, agents);
	return true;
}

/* Whether its labels are others. */
static bool look_at_labels(struct headgate_labelled *item, const struct headgate_agent *agent,
			   const struct headgate_config *config)
{
	struct headgate_labels before = item->labels;

	read_labels(item, agent, config);
	return memcmp(before.values, item->labels.values, sizeof(before.values));
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
void watch_look(struct watch *watch, const struct look *seen, const struct headgate_config *config)
{
	headgate_cleanup(headgate_lives_flows_free) struct headgate_lives_flows sorted = { 0 };
	/* What a headgated before has written down may be of others, too. */
	bool changed = !are_same(watch, &seen->agents) || watch->lives.count > seen->agents.count;
	uint64_t now_ns = headgate_lives_now();

	if (headgate_lives_flows_sort(&seen->flows, &sorted) || (changed && !follow(watch, &seen->agents)))
		return;
	cgroup_news_read(watch->news);
	for (size_t i = 0; i < watch->n_agents; i++) {
		const struct headgate_agent *agent = &seen->agents.items[i];
		unsigned int news = cgroup_news_of(watch->news, agent->id, agent->path);

		if (watch->anew || news & CGROUP_NEWS_LABELS) {
			changed |= look_at_labels(&watch->labels.items[i], agent, config);
			if (watch->seen && watch->seen(agent->id, agent->path, watch->data))
				cgroup_news_again(watch->news, agent->id, CGROUP_NEWS_LABELS);
		}
		/* What stands still may stand still by another's will, which nobody tells. */
		if (watch->agents[i].stop || news & CGROUP_NEWS_EVENTS)
			watch->agents[i].stop = headgate_freezer_stop(agent->path);
		changed |= look_at(watch, agent->id, watch->agents[i].stop, now_ns, &sorted);
	}
	watch->anew = false;
	/* headgate looks for itself when they are not written to (states_read()). */
	if (changed || watch->failing || utimensat(AT_FDCWD, HEADGATE_LIVES_FILE, NULL, 0))
		save(watch);
}
