// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of names, which the other tables refer to. */
#include "by_id.h"
#include "history_internal.h"

/* By two texts, or by a number and a text, as @types says. */
static int row_of(struct history_db *db, enum history_statement add, enum history_statement find,
		  const char *types, int64_t number, const char *a, const char *b, int64_t *row)
{
	bool numbered = *types == 'i';
	int ret = 0;

	for (int attempt = 0; attempt < 2 && !ret; attempt++) {
		if (attempt)
			ret = numbered ? history_put(db, add, types, number, b) :
					 history_put(db, add, types, a, b);
		if (!ret)
			ret = numbered ? history_ask(db, find, types, number, b) :
					 history_ask(db, find, types, a, b);
		if (!ret)
			ret = history_step(db, find);
	}
	if (ret != 1)
		return ret ?: -EIO;
	*row = history_int(db, find, 0);
	history_reset(db, find);
	return 0;
}

int history_device_row(struct history_db *db, const char *name, const char *driver, int64_t *row)
{
	return row_of(db, HISTORY_DEVICE_ADD, HISTORY_DEVICE_FIND, "tt", 0, name, driver, row);
}

int history_lane_row(struct history_db *db, int64_t device, const char *name, int64_t *row)
{
	return row_of(db, HISTORY_LANE_ADD, HISTORY_LANE_FIND, "it", device, NULL, name, row);
}

int history_agent_row(const struct writer *w, uint64_t id, const char *path, int64_t *row)
{
	const struct headgate_labelled *item = headgate_labels_find(&w->totals->labels, id);
	const char *owner = item ? item->labels.values[HEADGATE_LABEL_OWNER] : "";

	return row_of(w->db, HISTORY_AGENT_ADD, HISTORY_AGENT_FIND, "tt", 0, path,
		      *owner ? owner : HISTORY_NO_OWNER, row);
}

static const struct headgate_agent *find(const struct writer *w, uint64_t id)
{
	const struct headgate_agents *agents = &w->totals->agents;

	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

bool history_is_there(const struct writer *w, uint64_t id)
{
	return !id || find(w, id);
}

const char *history_path_of(const struct writer *w, uint64_t id)
{
	const struct headgate_agent *agent = find(w, id);

	if (!id)
		return HISTORY_UNGOVERNED;
	if (agent)
		return agent->path;
	for (size_t i = 0; w->events && i < w->events->count; i++)
		if (w->events->items[i].agent_id == id && w->events->items[i].agent[0])
			return w->events->items[i].agent;
	return NULL;
}
