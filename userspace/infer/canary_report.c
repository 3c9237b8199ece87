// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "canary.h"
#include "json.h"

static uint64_t total(const struct infer_canary_slot *slot)
{
	uint64_t sum = 0;

	for (int i = 0; i < HEADGATE_PROBE_OUTCOMES; i++)
		sum += slot->runs[i];
	return sum;
}

static void slot_json(struct headgate_json *json, const struct infer_canary_slot *slot)
{
	char hash[17];

	snprintf(hash, sizeof(hash), "%016" PRIx64, slot->last.hash);
	headgate_json_object(json, NULL);
	headgate_json_string(json, "device", slot->device);
	headgate_json_string(json, "name", slot->subject.name);
	headgate_json_string(json, "leg", slot->leg);
	headgate_json_uint(json, "runs", total(slot));
	headgate_json_uint(json, "wrong", slot->runs[HEADGATE_PROBE_WRONG]);
	headgate_json_uint(json, "failed", slot->runs[HEADGATE_PROBE_FAILED]);
	headgate_json_uint(json, "hung", slot->hung);
	headgate_json_double(json, "duty", infer_canary_watch_duty(&slot->watch));
	headgate_json_us(json, "period_us", infer_canary_watch_period(&slot->watch));
	headgate_json_us(json, "deadline_us", infer_canary_watch_deadline(&slot->watch));
	if (total(slot)) {
		headgate_json_string(json, "last", headgate_probe_outcome_name(slot->last.outcome));
		headgate_json_us(json, "time_us", slot->last.time_ns);
		headgate_json_us(json, "cost_us", slot->last.cost_ns);
		headgate_json_string(json, "hash", hash);
		headgate_json_double(json, "nmse", slot->last.nmse);
		headgate_json_bool(json, "by_nmse", slot->last.by_nmse);
		headgate_json_string(json, "text", slot->last.text);
	}
	headgate_json_close(json);
}

static void last_text(const struct infer_canary_result *last)
{
	const char *outcome = headgate_probe_outcome_name(last->outcome);

	if (last->outcome == HEADGATE_PROBE_FAILED) {
		printf("  last: %s: %s\n", outcome, last->text);
		return;
	}
	printf("  last: %s%s, %.3f ms, hash %016" PRIx64 ", NMSE %.1e%s%s\n", outcome, last->by_nmse ? " (by NMSE alone)" : "",
	       (double)last->time_ns / 1e6, last->hash, last->nmse, *last->text ? "; " : "", last->text);
}

static void slot_text(const struct infer_canary_slot *slot, bool once)
{
	uint64_t runs = total(slot);

	printf("%s: %s%s%s\n", slot->device, *slot->leg ? slot->leg : "not opened", *slot->subject.name ? ", " : "", slot->subject.name);
	printf("  %" PRIu64 " run%s, %" PRIu64 " wrong, %" PRIu64 " failed, %" PRIu64 " of these hung\n", runs,
	       runs == 1 ? "" : "s", slot->runs[HEADGATE_PROBE_WRONG], slot->runs[HEADGATE_PROBE_FAILED], slot->hung);
	/* Known of runs that were answered. */
	if (!once && slot->watch.past)
		printf("  %.4f %% of its time, every %.3f s\n", 100 * infer_canary_watch_duty(&slot->watch),
		       (double)infer_canary_watch_period(&slot->watch) / 1e9);
	if (runs)
		last_text(&slot->last);
}

int infer_canary_report(const struct infer_canary_slot *slots, const struct infer_canary_options *options)
{
	struct headgate_json json;

	if (!options->json) {
		for (size_t i = 0; i < options->n; i++)
			slot_text(&slots[i], options->once);
		return fflush(stdout) ? -errno : 0;
	}
	headgate_json_begin(&json, stdout, false);
	headgate_json_array(&json, "devices");
	for (size_t i = 0; i < options->n; i++)
		slot_json(&json, &slots[i]);
	headgate_json_close(&json);
	return headgate_json_end(&json);
}
