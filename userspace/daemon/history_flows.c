// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The increment of a total is what it has grown since it was last seen, by the table of what was
 * seen, which is of one instance of the module: of another one all has grown from zero.
 *
 * What an agent had on a lane is told by up to three entries of a dump: its flow, one that is
 * retired and has jobs left, and one of what is gone. Work moves from the first to the last, so it
 * is their sum that grows. The one of what is gone can be forgotten between two looks. Then what
 * was seen of it is *settled*: it is in the lane's total alone from now on.
 *
 * What nobody told: an agent may have gone, and been forgotten, before we looked. It is in the
 * lane's total: what is there beyond all flows and what is settled was *lost*, and is counted for
 * "(gone)". The lanes are read before the flows, so that this is never too much; where a lane is
 * busy it is too little by what was done between the two, until the next look.
 */
#include "history_internal.h"

static int by_flow(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;

	if (x->lane_id != y->lane_id)
		return x->lane_id < y->lane_id ? -1 : 1;
	/* As SQLite orders them: as signed numbers. */
	return (int64_t)x->agent_id < (int64_t)y->agent_id ? -1 : x->agent_id != y->agent_id;
}

static struct sums sums_of(const struct headgate_flow *flow)
{
	return (struct sums){ .value = {
		[HISTORY_BUSY_NS] = flow->busy_ns,
		[HISTORY_WAIT_NS] = flow->wait_ns,
		[HISTORY_TICKETS] = flow->tickets,
		[HISTORY_JOBS] = flow->jobs,
		[HISTORY_FAILED] = flow->failed,
		[HISTORY_FORCED] = flow->forced,
	} };
}

static void add(struct sums *sum, const struct sums *sums)
{
	for (int i = 0; i < HISTORY_SUMS; i++)
		sum->value[i] += sums->value[i];
}

/* Of @now what is beyond @before; false: less, so it is not the same that was seen. */
static bool increment(const struct sums *now, const struct sums *before, struct sums *grown)
{
	for (int i = 0; i < HISTORY_SUMS; i++) {
		if (now->value[i] < before->value[i])
			return false;
		grown->value[i] = now->value[i] - before->value[i];
	}
	return true;
}

static bool is_zero(const struct sums *sums)
{
	static const struct sums zero;

	return !memcmp(sums, &zero, sizeof(zero));
}

/* All entries of an agent on a lane become one. */
static int collect_flows(struct writer *w)
{
	const struct headgate_flows *told = &w->totals->flows;
	struct flow *flow, *last;
	struct sums sums;
	size_t kept = 0;

	for (size_t i = 0; i < told->count; i++) {
		flow = APPEND(w->flows, w->n_flows);
		if (!flow)
			return -ENOMEM;
		flow->lane_id = told->items[i].lane_id;
		flow->agent_id = told->items[i].agent_id;
		flow->gone = told->items[i].gone;
		flow->flows = !flow->gone;
		sums = sums_of(&told->items[i]);
		add(flow->gone ? &flow->left : &flow->live, &sums);
	}
	if (w->n_flows)
		qsort(w->flows, w->n_flows, sizeof(*w->flows), by_flow);
	for (size_t i = 0; i < w->n_flows; i++) {
		flow = &w->flows[i];
		last = kept ? &w->flows[kept - 1] : NULL;
		if (last && !by_flow(last, flow)) {
			last->gone |= flow->gone;
			last->flows += flow->flows;
			add(&last->live, &flow->live);
			add(&last->left, &flow->left);
		} else {
			w->flows[kept++] = *flow;
		}
	}
	w->n_flows = kept;
	return 0;
}

static int read_seen_flows(struct writer *w)
{
	struct flow *flow;
	int ret = history_ask(w->db, HISTORY_SEEN_FLOWS, "");

	while (!ret && (ret = history_step(w->db, HISTORY_SEEN_FLOWS)) > 0) {
		ret = 0;
		flow = APPEND(w->seen, w->n_seen);
		if (!flow)
			return -ENOMEM;
		flow->lane_id = history_int(w->db, HISTORY_SEEN_FLOWS, 0);
		flow->agent_id = history_int(w->db, HISTORY_SEEN_FLOWS, 1);
		flow->agent = history_int(w->db, HISTORY_SEEN_FLOWS, 2);
		flow->gone = history_int(w->db, HISTORY_SEEN_FLOWS, 3);
		flow->flows = history_int(w->db, HISTORY_SEEN_FLOWS, 4);
		for (int i = 0; i < HISTORY_SUMS; i++) {
			flow->live.value[i] = history_int(w->db, HISTORY_SEEN_FLOWS, 5 + i);
			flow->left.value[i] = history_int(w->db, HISTORY_SEEN_FLOWS, 5 + HISTORY_SUMS + i);
		}
	}
	return ret;
}

/* Who went has the owner that was last seen; only of who was nobody yet its end can say more. */
static int find_agent(struct writer *w, uint64_t id, const struct flow *seen, int64_t *row)
{
	const char *path = history_path_of(w, id);
	int64_t nobody;
	int ret;

	if (seen && !history_is_there(w, id)) {
		ret = history_agent_row(w, 0, HISTORY_GONE, &nobody);
		if (ret)
			return ret;
		if (!path || seen->agent != nobody) {
			*row = seen->agent;
			return 0;
		}
	}
	return history_agent_row(w, id, path ?: HISTORY_GONE, row);
}

static void settle(struct lane *lane, const struct sums *sums)
{
	lane->settled[0] += sums->value[HISTORY_BUSY_NS];
	lane->settled[1] += sums->value[HISTORY_JOBS];
}

static int count(struct writer *w, int64_t lane, int64_t agent, const struct sums *sums)
{
	if (is_zero(sums))
		return 0;
	return history_put(w->db, HISTORY_FLOW_COUNT, "iiia", w->slot, lane, agent, sums->value);
}

/*
 * What has come to @now since @seen. Of what can have happened the first that explains the sums:
 * nothing was forgotten; what is gone was; all was, and this is another flow. Of several flows one
 * may be forgotten, and it cannot be told which: then what is more than before has come. Whatever
 * it was, nothing is counted twice, and what is counted too little is found to be lost.
 */
static struct sums grown_since(struct lane *lane, const struct flow *seen, const struct flow *flow,
			       const struct sums *now)
{
	struct sums all = seen->live, grown, less;

	add(&all, &seen->left);
	if ((flow->gone || !seen->gone) && increment(now, &all, &grown))
		return grown;
	if (increment(now, &seen->live, &grown)) {
		settle(lane, &seen->left);
		return grown;
	}
	if (seen->flows <= 1) {
		settle(lane, &all);
		return *now;
	}
	for (int i = 0; i < HISTORY_SUMS; i++) {
		grown.value[i] = growth(now->value[i], all.value[i]);
		less.value[i] = growth(all.value[i], now->value[i]);
	}
	settle(lane, &less);
	return grown;
}

/* @seen: NULL: for the first time. */
static int count_flow(struct writer *w, struct lane *lane, struct flow *flow, const struct flow *seen)
{
	struct sums now = flow->live, grown;
	int ret;

	add(&now, &flow->left);
	grown = seen ? grown_since(lane, seen, flow, &now) : now;
	lane->told[0] += now.value[HISTORY_BUSY_NS];
	lane->told[1] += now.value[HISTORY_JOBS];
	if (seen && is_zero(&grown) && seen->gone == flow->gone && seen->flows == flow->flows &&
	    !memcmp(&seen->live, &flow->live, sizeof(seen->live)))
		return 0;
	ret = find_agent(w, flow->agent_id, seen, &flow->agent);
	if (!ret)
		ret = count(w, lane->row, flow->agent, &grown);
	if (!ret)
		ret = history_put(w->db, HISTORY_SEEN_FLOW_SET, "iiiiiaa", (int64_t)flow->lane_id,
				  (int64_t)flow->agent_id, flow->agent, (int64_t)flow->gone,
				  (int64_t)flow->flows, flow->live.value, flow->left.value);
	return ret;
}

/* One that the module does not tell of any more. */
static int drop_flow(struct writer *w, const struct flow *seen)
{
	struct lane *lane = find_lane(w, seen->lane_id);
	struct sums all = seen->live;

	add(&all, &seen->left);
	if (lane)
		settle(lane, &all);
	return history_put(w->db, HISTORY_SEEN_FLOW_DEL, "ii", (int64_t)seen->lane_id,
			   (int64_t)seen->agent_id);
}

/* Both lists are in the same order. */
int history_count_flows(struct writer *w)
{
	int order, ret = read_seen_flows(w) ?: collect_flows(w);
	size_t i = 0, j = 0;
	struct lane *lane;

	while (!ret && (i < w->n_flows || j < w->n_seen)) {
		order = i == w->n_flows ? 1 : j == w->n_seen ? -1 : by_flow(&w->flows[i], &w->seen[j]);
		if (order > 0) {
			ret = drop_flow(w, &w->seen[j++]);
			continue;
		}
		lane = find_lane(w, w->flows[i].lane_id);
		/* Of a lane that is newer than what was read of lanes: it is counted the next time. */
		if (lane && lane->there)
			ret = count_flow(w, lane, &w->flows[i], order ? NULL : &w->seen[j]);
		i++;
		j += !order;
	}
	return ret;
}

int history_count_lost(struct writer *w, struct lane *lane, const struct headgate_lane *told)
{
	const uint64_t all[2] = { told->busy_ns, told->jobs };
	struct sums grown = {};
	uint64_t lost[2];
	int64_t agent;
	int ret;

	for (int i = 0; i < 2; i++)
		lost[i] = growth(growth(all[i], lane->told[i] + lane->settled[i]), lane->lost[i]);
	if (!lost[0] && !lost[1])
		return 0;
	lane->lost[0] += lost[0];
	lane->lost[1] += lost[1];
	grown.value[HISTORY_BUSY_NS] = lost[0];
	grown.value[HISTORY_JOBS] = lost[1];
	ret = history_agent_row(w, 0, HISTORY_GONE, &agent);
	return ret ? ret : count(w, lane->row, agent, &grown);
}
