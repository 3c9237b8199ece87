// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "arguments.h"
#include "trace_report.h"
#include "units.h"

#define NS_PER_S UINT64_C(1000000000)

uint64_t trace_report_lost(const struct trace_report *report)
{
	return report->losses.jobs + report->losses.waits + report->losses.nested;
}

static bool to_stdout(const struct trace_report *report)
{
	return !strcmp(report->file->name, "-");
}

const char *trace_report_name(const struct trace_report *report)
{
	return to_stdout(report) ? "standard output" : report->file->name;
}

void trace_report_progress(const struct trace_report *report, uint64_t now)
{
	char jobs[32], bytes[32], lost[32];

	fprintf(stderr, "\rheadgate: %" PRIu64 " s, %s jobs, %sB, %s lost\033[K",
		(now - report->begin_ns) / NS_PER_S,
		headgate_count_format(report->file->totals.jobs, jobs, sizeof(jobs)),
		headgate_count_format(trace_file_size(report->file), bytes, sizeof(bytes)),
		headgate_count_format(trace_report_lost(report), lost, sizeof(lost)));
}

/* ---- JSON ---- */

static void totals_json(struct headgate_json *json, const struct trace_report *report)
{
	const struct trace_totals *totals = &report->file->totals;
	const struct trace_losses *losses = &report->losses;

	headgate_json_bool(json, "complete", !report->error && !trace_report_lost(report));
	headgate_json_uint(json, "jobs", totals->jobs);
	headgate_json_uint(json, "failed", totals->failed);
	headgate_json_uint(json, "never_ran", totals->never_ran);
	headgate_json_uint(json, "busy_ns", totals->busy_ns);
	headgate_json_uint(json, "waits", totals->waits);
	headgate_json_uint(json, "agents", report->agents);
	headgate_json_uint(json, "engines", report->engines);
	headgate_json_uint(json, "begin_ns", report->begin_ns);
	headgate_json_uint(json, "end_ns", report->end_ns);
	headgate_json_object(json, "lost");
	headgate_json_uint(json, "jobs_buffer_full", losses->jobs);
	headgate_json_uint(json, "busy_ns_buffer_full", losses->cost_ns);
	headgate_json_uint(json, "waits_buffer_full", losses->waits);
	headgate_json_uint(json, "events_nested", losses->nested);
	headgate_json_uint(json, "jobs_unwritten", report->unwritten);
	headgate_json_close(json);
}

void trace_report_json(struct headgate_json *json, const struct trace_report *report)
{
	headgate_json_schema(json);
	headgate_json_string(json, "recorder", "headgate trace");
	headgate_json_string(json, "clock", "CLOCK_MONOTONIC");
	headgate_json_uint(json, "ts_0_ns", report->base_ns);
	totals_json(json, report);
}

static int tell_json(FILE *file, const struct trace_report *report)
{
	struct headgate_json json;

	headgate_json_begin(&json, file, false);
	headgate_json_string(&json, "file", report->file->name);
	headgate_json_uint(&json, "bytes", trace_file_size(report->file));
	totals_json(&json, report);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

/* ---- text ---- */

static void tell_losses(FILE *file, const struct trace_report *report)
{
	const struct trace_losses *losses = &report->losses;
	char jobs[32], time[32], waits[32], nested[32];

	if (!trace_report_lost(report)) {
		fputs("Nothing was lost.\n", file);
		return;
	}
	if (losses->jobs || losses->waits)
		fprintf(file, "Lost: %s jobs (%s of engine time) and %s admissions, as the buffer was full: give a larger --buffer.\n",
			headgate_count_format(losses->jobs, jobs, sizeof(jobs)),
			headgate_duration_format(losses->cost_ns, time, sizeof(time)),
			headgate_count_format(losses->waits, waits, sizeof(waits)));
	if (losses->nested)
		fprintf(file, "Lost: %s events that the kernel dropped.\n",
			headgate_count_format(losses->nested, nested, sizeof(nested)));
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void tell_text(FILE *file, const struct trace_report *report)
{
	const struct trace_totals *totals = &report->file->totals;
	uint64_t duration = report->end_ns - report->begin_ns;
	char time[32], bytes[32];

	fprintf(file, "%" PRIu64 " job%s (%" PRIu64 " failed, %" PRIu64 " never ran) of %zu agent%s on %zu engine%s in %s: %s (%sB)\n",
		totals->jobs, plural(totals->jobs), totals->failed, totals->never_ran,
		report->agents, plural(report->agents), report->engines, plural(report->engines),
		headgate_duration_format(duration, time, sizeof(time)), trace_report_name(report),
		headgate_count_format(trace_file_size(report->file), bytes, sizeof(bytes)));
	tell_losses(file, report);
	if (!to_stdout(report))
		fputs("Open it in https://ui.perfetto.dev or chrome://tracing.\n", file);
}

int trace_report_tell(const struct trace_report *report, bool json)
{
	/* Standard output is the trace's, if that goes there. */
	FILE *file = to_stdout(report) ? stderr : stdout;

	if (json)
		return tell_json(file, report);
	tell_text(file, report);
	return EXIT_OK;
}

int trace_report_failure(const struct trace_report *report, bool kept)
{
	const char *name = trace_report_name(report);
	char jobs[32];

	if (report->error == -EINTR)
		fprintf(stderr, "headgate: given up, since nobody reads %s\n", name);
	else if (kept)
		fprintf(stderr, "headgate: cannot write on to %s: %s: the file is whole, but ends early, with %s jobs\n",
			name, strerror(-report->error),
			headgate_count_format(report->file->totals.jobs, jobs, sizeof(jobs)));
	else
		fprintf(stderr, "headgate: cannot write to %s: %s%s\n", name,
			strerror(-report->error),
			report->file->ours ? ": the file was taken away" : "");
	return EXIT_FAILED;
}
