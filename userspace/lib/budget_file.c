// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "budget_cgroup.h"
#include "by_id.h"
#include "cleanup.h"
#include "replace.h"

#define NO_CURRENCY "-"

/* Numbers, and at the end a text that may have blanks. */
#define BUDGET_READ	"budget %64s %u %u %u %" SCNu64 " %3s %" SCNu32 " %u %" SCNu32 " %" SCNd64 " %" SCNd64 \
			" %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %u%n"
#define BUDGET_FIELDS	17
#define BUDGET_WRITE	"budget %s %u %u %u %" PRIu64 " %s %" PRIu32 " %u %" PRIu32 " %" PRId64 " %" PRId64 \
			" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u %s\n"

static void freep(char **text)
{
	free(*text);
}

struct headgate_budget_agent *headgate_budgets_find(const struct headgate_budgets *budgets, uint64_t id)
{
	return headgate_by_id_find(budgets->agents, budgets->n_agents, sizeof(*budgets->agents), id);
}

struct headgate_budget_held *headgate_budgets_find_held(const struct headgate_budgets *budgets, uint64_t id)
{
	return headgate_by_id_find(budgets->held, budgets->n_held, sizeof(*budgets->held), id);
}

struct headgate_budget_agent *headgate_budgets_agent(struct headgate_budgets *budgets, uint64_t id)
{
	struct headgate_budget_agent *agent = headgate_budgets_find(budgets, id);
	void *items = budgets->agents;

	if (agent)
		return agent;
	agent = headgate_by_id_insert(&items, &budgets->n_agents, sizeof(*agent), id);
	budgets->agents = items;
	return agent;
}

struct headgate_budget_held *headgate_budgets_held(struct headgate_budgets *budgets, uint64_t id)
{
	struct headgate_budget_held *held = headgate_budgets_find_held(budgets, id);
	void *items = budgets->held;

	if (held)
		return held;
	held = headgate_by_id_insert(&items, &budgets->n_held, sizeof(*held), id);
	budgets->held = items;
	return held;
}

int headgate_budget_seen_order(const void *a, const void *b)
{
	const struct headgate_budget_seen *x = a, *y = b;

	if (x->agent_id != y->agent_id)
		return x->agent_id < y->agent_id ? -1 : 1;
	return x->lane_id < y->lane_id ? -1 : x->lane_id != y->lane_id;
}

/* ---- reading ---- */

/* A file that somebody else has written may have more than there may be: those at its end are left out. */
static bool has_room(const struct headgate_budgets *budgets, unsigned int whom)
{
	bool of_cgroup = whom == HEADGATE_BUDGET_CGROUP;
	size_t count = 0;

	for (size_t i = 0; i < budgets->n_records; i++)
		count += (budgets->records[i].budget.whom == HEADGATE_BUDGET_CGROUP) == of_cgroup;
	return count < (of_cgroup ? HEADGATE_BUDGET_CGROUPS_MAX : HEADGATE_BUDGETS_MAX);
}

static int read_budget(struct headgate_budgets *budgets, const char *line)
{
	struct headgate_budget_record record = { 0 }, *records;
	struct headgate_budget *b = &record.budget;
	struct headgate_budget_state *s = &record.state;
	unsigned int whom, per, money, act, over, known;
	char name[HEADGATE_BUDGET_NAME_MAX + 1];
	int used = 0;

	if (sscanf(line, BUDGET_READ, name, &whom, &per, &money, &b->limit, b->currency, &b->warn_ppm,
		   &act, &b->cap_ppm, &s->start_s, &s->end_s, &s->used, &s->rest, &s->warned_at,
		   &s->over_at, &over, &known, &used) != BUDGET_FIELDS || line[used] != ' ' ||
	    whom >= HEADGATE_BUDGET_WHOMS || per >= HEADGATE_BUDGET_PERS || act >= HEADGATE_BUDGET_ACTS ||
	    !b->limit || !has_room(budgets, whom))
		return 0;
	if (!strcmp(b->currency, NO_CURRENCY))
		*b->currency = '\0';
	b->whom = whom;
	b->per = per;
	b->act = act;
	b->money = money;
	s->over = over;
	s->known = known;
	if (whom == HEADGATE_BUDGET_CGROUP && sscanf(name, HEADGATE_BUDGET_CGROUP_NAME "%" SCNu64, &b->cgroup_id) != 1)
		return 0;
	b->name = strdup(name);
	b->of = strdup(line + used + 1);
	records = b->name && b->of ? headgate_append(budgets->records, &budgets->n_records, sizeof(record)) : NULL;
	if (!records) {
		headgate_budget_free(b);
		return -ENOMEM;
	}
	budgets->records = records;
	records[budgets->n_records - 1] = record;
	return 0;
}

/* "agent ID PARENT", and with tabs between: owner, project, path. */
static int read_agent(struct headgate_budgets *budgets, char *line)
{
	struct headgate_budget_agent *agent;
	struct headgate_labels labels = { 0 };
	uint64_t id, parent_id;
	int used = 0;
	char *rest, *field;

	if (sscanf(line, "agent %" SCNu64 " %" SCNu64 "%n", &id, &parent_id, &used) != 2 || line[used] != '\t')
		return 0;
	rest = line + used + 1;
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++) {
		field = strsep(&rest, "\t");
		if (!rest || strlen(field) > HEADGATE_LABEL_MAX)
			return 0;
		strcpy(labels.values[i], field);
	}
	field = strdup(rest);
	agent = field ? headgate_budgets_agent(budgets, id) : NULL;
	if (!agent) {
		free(field);
		return -ENOMEM;
	}
	free(agent->path);
	agent->path = field;
	agent->parent_id = parent_id;
	agent->labels = labels;
	return 0;
}

static int read_seen(struct headgate_budgets *budgets, const char *line)
{
	struct headgate_budget_seen seen, *items;

	if (sscanf(line, "seen %" SCNu64 " %" SCNu32 " %" SCNu64, &seen.agent_id, &seen.lane_id,
		   &seen.busy_ns) != 3)
		return 0;
	items = headgate_append(budgets->seen, &budgets->n_seen, sizeof(seen));
	if (!items)
		return -ENOMEM;
	budgets->seen = items;
	items[budgets->n_seen - 1] = seen;
	return 0;
}

static int read_held(struct headgate_budgets *budgets, const char *line)
{
	struct headgate_budget_held held = { 0 }, *item;
	struct headgate_budget_policy *const policies[] = { &held.had, &held.set, &held.was };
	unsigned int paused, by_hand;
	int used = 0;

	if (sscanf(line, "held %" SCNu64 " %u %u%n", &held.id, &paused, &by_hand, &used) != 3)
		return 0;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		line += used;
		if (sscanf(line, "%" SCNu32 " %" SCNu64 " %" SCNu64 "%n", &policies[i]->weight, &policies[i]->quota_ns,
			   &policies[i]->period_ns, &used) != 3)
			return 0;
	}
	held.paused = paused;
	held.by_hand = by_hand;
	item = headgate_budgets_held(budgets, held.id);
	if (!item)
		return -ENOMEM;
	*item = held;
	return 0;
}

static int read_line(struct headgate_budgets *budgets, char *line)
{
	switch (*line) {
	case 'b':
		return read_budget(budgets, line);
	case 'a':
		return read_agent(budgets, line);
	case 's':
		return read_seen(budgets, line);
	case 'h':
		return read_held(budgets, line);
	case 'i':
		sscanf(line, "instance %79s", budgets->instance);
		return 0;
	}
	return 0;
}

int headgate_budgets_load(const char *file, struct headgate_budgets *budgets)
{
	headgate_cleanup(freep) char *line = NULL;
	size_t room = 0;
	FILE *stream = fopen(file, "re");
	int ret = 0;

	if (!stream)
		return -errno;
	*budgets = (struct headgate_budgets){ 0 };
	while (!ret && getline(&line, &room, stream) > 0) {
		line[strcspn(line, "\n")] = '\0';
		ret = read_line(budgets, line);
	}
	fclose(stream);
	if (budgets->n_seen)
		qsort(budgets->seen, budgets->n_seen, sizeof(*budgets->seen), headgate_budget_seen_order);
	if (ret)
		headgate_budgets_free(budgets);
	return ret;
}

/* ---- writing ---- */

static void write_budget(FILE *file, const struct headgate_budget_record *record)
{
	const struct headgate_budget *b = &record->budget;
	const struct headgate_budget_state *s = &record->state;

	fprintf(file, BUDGET_WRITE, b->name, b->whom, b->per, b->money, b->limit,
		*b->currency ? b->currency : NO_CURRENCY, b->warn_ppm, b->act, b->cap_ppm, s->start_s,
		s->end_s, s->used, s->rest, s->warned_at, s->over_at, s->over, s->known, b->of);
}

/* There are thousands, each second: printf takes ten times as long. */
static void put(FILE *file, uint64_t number, char after)
{
	char text[24], *at = text + sizeof(text);

	*--at = after;
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	fwrite_unlocked(at, 1, (size_t)(text + sizeof(text) - at), file);
}

static void write_seen(FILE *file, const struct headgate_budget_seen *seen)
{
	fputs_unlocked("seen ", file);
	put(file, seen->agent_id, ' ');
	put(file, seen->lane_id, ' ');
	put(file, seen->busy_ns, '\n');
}

static void write_agent(FILE *file, const struct headgate_budget_agent *agent)
{
	fputs_unlocked("agent ", file);
	put(file, agent->id, ' ');
	put(file, agent->parent_id, '\t');
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++) {
		fputs_unlocked(agent->labels.values[i], file);
		putc_unlocked('\t', file);
	}
	fputs_unlocked(agent->path, file);
	putc_unlocked('\n', file);
}

static void write_policy(FILE *file, const struct headgate_budget_policy *policy)
{
	fprintf(file, " %" PRIu32 " %" PRIu64 " %" PRIu64, policy->weight, policy->quota_ns, policy->period_ns);
}

int headgate_budgets_save(const char *file, const struct headgate_budgets *budgets)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < budgets->n_records; i++)
		write_budget(replace.stream, &budgets->records[i]);
	if (*budgets->instance)
		fprintf(replace.stream, "instance %s\n", budgets->instance);
	for (size_t i = 0; i < budgets->n_seen; i++)
		write_seen(replace.stream, &budgets->seen[i]);
	for (size_t i = 0; i < budgets->n_agents; i++)
		write_agent(replace.stream, &budgets->agents[i]);
	for (size_t i = 0; i < budgets->n_held; i++) {
		const struct headgate_budget_held *held = &budgets->held[i];

		fprintf(replace.stream, "held %" PRIu64 " %u %u", held->id, held->paused, held->by_hand);
		write_policy(replace.stream, &held->had);
		write_policy(replace.stream, &held->set);
		write_policy(replace.stream, &held->was);
		fputc('\n', replace.stream);
	}
	return headgate_replace_end(&replace);
}

void headgate_budgets_free(struct headgate_budgets *budgets)
{
	for (size_t i = 0; i < budgets->n_records; i++)
		headgate_budget_free(&budgets->records[i].budget);
	for (size_t i = 0; i < budgets->n_agents; i++)
		free(budgets->agents[i].path);
	free(budgets->records);
	free(budgets->seen);
	free(budgets->agents);
	free(budgets->held);
	*budgets = (struct headgate_budgets){ 0 };
}
