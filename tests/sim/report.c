// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>

#include "../../userspace/lib/json.h"
#include "growth.h"
#include "report.h"

/* Goals: what a call may cost with the most agents, against the fewest; bytes. */
#define GROWTH_MAX	3.0
#define BYTES_MAX	1024

enum cost { PICK, CHARGE, JOB, COSTS };

static const char *const cost_names[COSTS] = { "pick", "charge", "job" };

static bool as_json, with_time, growths;
static struct headgate_json json;
static unsigned int missed;

static double per(uint64_t sum, uint64_t count)
{
	return count ? (double)sum / (double)count : 0;
}

/*
 * Blocks for one pick that found somebody; for what charges a job, at its
 * grant and at its end; and for all calls that a job takes.
 */
static double blocks(const struct sim_outcome *o, enum cost cost)
{
	const struct price *p = o->prices;
	uint64_t sum = 0;
	unsigned int i;

	switch (cost) {
	case PICK:
		return per(p[PRICE_PICK].blocks, p[PRICE_PICK].calls);
	case CHARGE:
		return per(p[PRICE_GRANT].blocks, p[PRICE_GRANT].calls) +
		       per(p[PRICE_DONE].blocks, p[PRICE_DONE].calls);
	default:
		for (i = 0; i < PRICE_CALLS; i++)
			sum += p[i].blocks;
		return per(sum, o->counted);
	}
}

static uint64_t dearest(const struct sim_outcome *o)
{
	uint64_t most = 0;
	unsigned int i;

	for (i = 0; i < PRICE_CALLS; i++)
		if (o->prices[i].most > most)
			most = o->prices[i].most;
	return most;
}

static double pick_ns(const struct sim_outcome *o)
{
	return per(o->prices[PRICE_PICK].ns, o->prices[PRICE_PICK].calls);
}

/* Says so, in the table's way, when a goal is missed. */
static bool goal(bool met)
{
	missed += !met;
	return met;
}

void report_begin(const struct options *o)
{
	as_json = o->json;
	with_time = o->rounds;
	if (as_json) {
		headgate_json_begin(&json, stdout, true);
		headgate_json_array(&json, "runs");
		return;
	}
	printf("%-8s %6s %5s %8s  %6s %6s %6s %8s  %8s %6s %6s  %5s%s  %s\n", "workload", "agents",
	       "lanes", "jobs", "pick", "charge", "job", "most", "error", "ahead", "behind", "bytes",
	       with_time ? " pick ns" : "", "digest");
}

static void run_as_json(const struct sim_scenario *s, const struct sim_outcome *o)
{
	char digest[17];
	unsigned int i;

	headgate_json_object(&json, NULL);
	headgate_json_string(&json, "workload", workload_names[s->workload]);
	headgate_json_uint(&json, "agents", s->agents);
	headgate_json_uint(&json, "lanes", s->lanes);
	headgate_json_uint(&json, "jobs", o->grants);
	headgate_json_object(&json, "blocks");
	for (i = 0; i < COSTS; i++)
		headgate_json_double(&json, cost_names[i], blocks(o, i));
	headgate_json_uint(&json, "dearest_call", dearest(o));
	headgate_json_close(&json);
	if (s->workload == SIM_DEEP) {
		headgate_json_object(&json, "shares");
		headgate_json_double(&json, "error_points", o->shares.error);
		headgate_json_double(&json, "ahead_of_bound", o->shares.ahead);
		headgate_json_double(&json, "behind_of_bound", o->shares.behind);
		headgate_json_double(&json, "worst_lag_ns", o->shares.lag_ns);
		headgate_json_close(&json);
	}
	headgate_json_double(&json, "bytes_per_agent_and_lane", o->bytes);
	if (with_time)
		headgate_json_double(&json, "pick_ns", pick_ns(o));
	/* Text: readers of JSON take numbers for doubles. */
	snprintf(digest, sizeof(digest), "%016" PRIx64, o->digest);
	headgate_json_string(&json, "digest", digest);
	headgate_json_close(&json);
}

void report_run(const struct sim_scenario *s, const struct sim_outcome *o)
{
	bool fair = goal(o->shares.ahead <= 1 && o->shares.behind <= 1);
	bool small = goal(o->bytes <= BYTES_MAX);

	if (as_json)
		return run_as_json(s, o);
	printf("%-8s %6u %5u %8" PRIu64 "  %6.1f %6.1f %6.1f %8" PRIu64 "  ",
	       workload_names[s->workload], s->agents, s->lanes, o->grants, blocks(o, PICK),
	       blocks(o, CHARGE), blocks(o, JOB), dearest(o));
	if (s->workload == SIM_DEEP)
		printf("%8.4f %5.1f%% %5.1f%%", o->shares.error, 100 * o->shares.ahead,
		       100 * o->shares.behind);
	else
		printf("%8s %6s %6s", "-", "-", "-");
	printf("  %5.0f", o->bytes);
	if (with_time)
		printf(" %7.0f", pick_ns(o));
	printf("  %016" PRIx64 "\n", o->digest);
	if (!fair)
		printf("MISSED: a share is beyond the bound of the theory\n");
	if (!small)
		printf("MISSED: the goal is at most %d bytes for an agent on a lane\n", BYTES_MAX);
	fflush(stdout);
}

static void tell_growth(enum sim_workload w, const char *name, const struct growth *g, bool met)
{
	if (!as_json) {
		printf("%-8s %-6s = %5.1f + %5.2f log2(agents), off by %4.1f %% at most; "
		       "most to fewest agents %.2f%s\n", workload_names[w], name, g->a, g->b,
		       100 * g->residual, g->ratio, met ? "" : "  MISSED: at most 3");
		return;
	}
	headgate_json_object(&json, NULL);
	headgate_json_string(&json, "workload", workload_names[w]);
	headgate_json_string(&json, "call", name);
	headgate_json_double(&json, "a", g->a);
	headgate_json_double(&json, "b", g->b);
	headgate_json_double(&json, "residual", g->residual);
	headgate_json_double(&json, "ratio", g->ratio);
	headgate_json_bool(&json, "met", met);
	headgate_json_close(&json);
}

void report_growth(const struct options *o, enum sim_workload w,
		   const struct sim_outcome *outcomes)
{
	double points[MAX_SIZES];
	struct growth g;
	unsigned int i, cost;

	if (!growths && as_json) {
		headgate_json_close(&json);
		headgate_json_array(&json, "growth");
	} else if (!growths) {
		printf("\n");
	}
	growths = true;
	for (cost = 0; cost < COSTS; cost++) {
		for (i = 0; i < o->nr_agents; i++)
			points[i] = blocks(&outcomes[i], cost);
		g = growth_of(o->agents, points, o->nr_agents);
		tell_growth(w, cost_names[cost], &g, goal(g.ratio <= GROWTH_MAX));
	}
	if (!with_time)
		return;
	/* Of no account: the machine has other things to do, too. */
	for (i = 0; i < o->nr_agents; i++)
		points[i] = pick_ns(&outcomes[i]);
	g = growth_of(o->agents, points, o->nr_agents);
	tell_growth(w, "ns", &g, true);
}

bool report_end(void)
{
	if (as_json) {
		headgate_json_close(&json);
		headgate_json_uint(&json, "goals_missed", missed);
		headgate_json_end(&json);
	} else {
		printf("\n%s\n", missed ? "goals were missed, see above" : "all goals were met");
	}
	return !missed;
}
