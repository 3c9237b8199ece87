// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what "headgate trace" has written, as strictly as the strictest reader, and
 * exits with 2 and a sentence where anything in it does not agree: with itself, with
 * what viewers can show, or with the ledger from before and after.
 *
 *	tracecheck TRACE [BEFORE AFTER]		of "headgate flow list --json"
 *	tracecheck --pressure TRACE BEFORE AFTER AGENTS
 *						of "headgate pressure --json" and "headgate agent list --json"
 *
 * It prints what the trace tells of itself: "key=value" of each number and truth; or how far the
 * pressure is from what follows from the trace.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "../load.h"
#include "flows.h"
#include "pressure.h"
#include "slices.h"

static struct {
	struct slices slices;
	struct names names;
	struct flows flows;
	struct units units;
	uint64_t base, jobs, failed, never_ran, busy, waits;
} trace;

static struct json *load(const char *name)
{
	FILE *file = fopen(name, "r");
	size_t length = 0, where;
	struct json *json;
	char *text = NULL;

	if (!file)
		die("%s: %s", name, strerror(errno));
	for (;;) {
		text = realloc(text, length + (1 << 20));
		if (!text)
			die("no memory");
		where = fread(text + length, 1, 1 << 20, file);
		length += where;
		if (!where)
			break;
	}
	fclose(file);
	json = json_parse(text, length, &where);
	free(text);
	if (!json)
		die("%s is no JSON from byte %zu of %zu on", name, where, length);
	return json;
}

static void expect(const char *what, uint64_t value, uint64_t expected)
{
	if (value != expected)
		die("%s is %" PRIu64 ", not %" PRIu64, what, value, expected);
}

static void add_job(const struct slice *slice, const struct json *args, struct flow *flow)
{
	uint64_t queued_at = json_uint(args, "queued_at"), run_at = json_uint(args, "run_at");
	uint64_t done_at = json_uint(args, "done_at"), cost = json_uint(args, "cost_ns");
	uint64_t shown = run_at ?: queued_at;

	expect("the beginning of a job", slice->from + trace.base, shown);
	expect("the end of a job", slice->to + trace.base, done_at);
	if (cost > done_at - (run_at ?: done_at))
		die("a job cost more than it took");
	flow->jobs++;
	flow->failed += !!json_int(args, "error");
	flow->busy_ns += cost;
	flow->queued_ns += (run_at ?: done_at) - queued_at;
	units_add(&trace.units, &(struct unit){
		.agent_id = flow->agent_id, .lane_id = flow->lane_id, .queued_at = queued_at,
		.run_at = run_at, .done_at = done_at, .is_job = true });
	trace.jobs++;
	trace.failed += !!json_int(args, "error");
	trace.never_ran += !run_at;
	trace.busy += cost;
}

static void add_slice(const struct json *event)
{
	const struct slice *slice = slices_add(&trace.slices, event);
	const char *category = json_string(event, "cat");
	const struct json *args;
	struct flow *flow;

	if (!*json_string(event, "name"))
		die("a slice without a name");
	if (!strcmp(category, "queue"))
		return;
	args = json_need(event, "args", JSON_OBJECT);
	flow = flows_get(&trace.flows, json_uint(args, "agent_id"), json_uint(args, "lane_id"));
	if (!strcmp(category, "job")) {
		add_job(slice, args, flow);
	} else if (!strcmp(category, "engine")) {
		expect("the length of engine time", slice->to - slice->from,
		       json_uint(args, "cost_ns"));
		flow->engine_ns += slice->to - slice->from;
	} else if (!strcmp(category, "wait")) {
		expect("the length of a wait", slice->to - slice->from, json_uint(args, "wait_ns"));
		flow->wait_ns += slice->to - slice->from;
		units_add(&trace.units, &(struct unit){
			.agent_id = flow->agent_id, .lane_id = flow->lane_id,
			.queued_at = slice->from + trace.base, .done_at = slice->to + trace.base });
		trace.waits++;
	} else {
		die("a slice of category %s", category);
	}
}

static void add_event(const struct json *event)
{
	const char *phase = json_string(event, "ph");

	if (!strcmp(phase, "M"))
		names_add(&trace.names, event);
	else if (!strcmp(phase, "X"))
		add_slice(event);
	else if (!strcmp(phase, "i"))
		json_us(event, "ts");
	else
		die("an event of phase %s", phase);
}

static void print(const struct json *object)
{
	const struct json *entry;

	for (entry = object->first; entry; entry = entry->next) {
		if (entry->kind == JSON_OBJECT)
			print(entry);
		else if (entry->kind == JSON_BOOL)
			printf("%s=%s\n", entry->key, entry->truth ? "true" : "false");
		else if (entry->kind == JSON_NUMBER)
			printf("%s=%s\n", entry->key, entry->text);
	}
}

int main(int argc, char **argv)
{
	bool pressure = argc == 6 && !strcmp(argv[1], "--pressure");
	const struct json *root, *event, *told;
	struct flows ledger = { };
	size_t i;

	if (argc != 2 && argc != 4 && !pressure)
		die("usage: tracecheck TRACE [BEFORE AFTER], or --pressure TRACE BEFORE AFTER AGENTS");
	argv += pressure;
	root = load(argv[1]);
	told = json_need(root, "otherData", JSON_OBJECT);
	trace.base = json_uint(told, "ts_0_ns");
	for (event = json_need(root, "traceEvents", JSON_ARRAY)->first; event; event = event->next)
		add_event(event);
	slices_check(&trace.slices);
	names_check(&trace.names, &trace.slices);
	expect("jobs", json_uint(told, "jobs"), trace.jobs);
	expect("failed", json_uint(told, "failed"), trace.failed);
	expect("never_ran", json_uint(told, "never_ran"), trace.never_ran);
	expect("busy_ns", json_uint(told, "busy_ns"), trace.busy);
	expect("waits", json_uint(told, "waits"), trace.waits);
	/* Where the file ends early the engine's slices may be a few behind. */
	if (json_need(told, "complete", JSON_BOOL)->truth)
		for (i = 0; i < trace.flows.count; i++)
			expect("the engine time of a flow", trace.flows.items[i].engine_ns,
			       trace.flows.items[i].busy_ns);
	if (argc == 4) {
		flows_add_ledger(&ledger, load(argv[2]), -1);
		flows_add_ledger(&ledger, load(argv[3]), 1);
		flows_compare(&trace.flows, &ledger, json_need(told, "lost", JSON_OBJECT));
	}
	if (pressure)
		pressure_compare(&trace.units, load(argv[2]), load(argv[3]), load(argv[4]));
	else
		print(told);
	return 0;
}
