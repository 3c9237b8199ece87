// SPDX-License-Identifier: GPL-2.0-or-later
#include "states.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "evidence.h"
#include "freezer.h"

#define NS_PER_S 1000000000ULL
/* headgated looks each second. */
#define FRESH_S 10

bool states_are_kept(const char *file)
{
	struct stat status;
	time_t now = time(NULL);

	return evidence_daemon("") && !stat(file, &status) &&
	       status.st_mtime >= now - FRESH_S && status.st_mtime <= now + FRESH_S;
}

void states_note(const char *what)
{
	if (evidence_daemon(""))
		fprintf(stderr, "headgate: headgated runs, but has judged no %s in the last %d s (has it just started?); what it told last is shown\n",
			what, FRESH_S);
	else
		fprintf(stderr, "headgate: headgated, which judges %s, is not at work; what it told last is shown\n", what);
}

int states_read(const struct headgate_agents *agents, const struct headgate_flows *flows,
		struct headgate_lives *lives)
{
	headgate_cleanup(headgate_lives_flows_free) struct headgate_lives_flows sorted = { 0 };
	int ret = 0;

	*lives = (struct headgate_lives){ 0 };
	if (states_are_kept(HEADGATE_LIVES_FILE))
		ret = headgate_lives_load(HEADGATE_LIVES_FILE, lives);
	if (!ret || ret == -ENOENT || ret == -EACCES)
		ret = headgate_lives_flows_sort(flows, &sorted);
	for (size_t i = 0; i < agents->count && !ret; i++) {
		const struct headgate_agent *agent = &agents->items[i];

		if (headgate_lives_find(lives, agent->id))
			continue;
		ret = headgate_lives_look(lives, agent->id, &sorted,
					  headgate_freezer_stop(agent->path),
					  headgate_lives_now());
		if (!ret)
			headgate_lives_find(lives, agent->id)->since_ns = 0;
	}
	if (ret)
		headgate_lives_free(lives);
	return ret;
}

void states_json(struct headgate_json *json, const struct headgate_life *life)
{
	uint64_t now_ns = headgate_lives_now();
	struct timespec now;

	if (life)
		headgate_json_string(json, "state", headgate_life_name(life->state));
	else
		headgate_json_null(json, "state");
	if (!life || !life->since_ns || life->since_ns > now_ns) {
		headgate_json_null(json, "state_since_ns");
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	headgate_json_uint(json, "state_since_ns", (uint64_t)now.tv_sec * NS_PER_S +
			   (uint64_t)now.tv_nsec - (now_ns - life->since_ns));
}

int labels_read(const struct headgate_agents *agents, struct headgate_labels_list *list)
{
	int ret = 0;

	*list = (struct headgate_labels_list){ 0 };
	if (states_are_kept(HEADGATE_LIVES_FILE))
		ret = headgate_labels_load(HEADGATE_LABELS_FILE, list);
	for (size_t i = 0; i < agents->count && ret != -ENOMEM; i++) {
		struct headgate_labelled *item;

		if (headgate_labels_find(list, agents->items[i].id))
			continue;
		item = headgate_labels_add(list, agents->items[i].id);
		ret = item ? 0 : -ENOMEM;
		if (item)
			headgate_labels_complete(&item->labels, agents->items[i].path);
	}
	if (ret != -ENOMEM)
		return 0;
	headgate_labels_free(list);
	return ret;
}

void labels_json(struct headgate_json *json, const struct headgate_labelled *item)
{
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++) {
		if (item && *item->labels.values[i])
			headgate_json_string(json, headgate_label_name(i), item->labels.values[i]);
		else
			headgate_json_null(json, headgate_label_name(i));
	}
}

const char *states_age(const struct headgate_life *life, char *text, size_t size)
{
	uint64_t now_ns = headgate_lives_now();

	if (!life || !life->since_ns || life->since_ns > now_ns)
		return "-";
	/* Whole seconds: looks are no closer. */
	return headgate_duration_format((now_ns - life->since_ns) / NS_PER_S * NS_PER_S, text, size);
}
