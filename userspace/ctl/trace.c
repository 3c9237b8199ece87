// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records what the module tells of each job and each wait.
 *
 *   tracepoints -> ring buffer -> trace_source.c -> trace_tracks.c -> trace_file.c
 *                  (--buffer)     events            slices            JSON, as it comes
 *
 * Memory: the buffer, one piece of the file (64 KiB), and some hundred bytes for each
 * agent and lane, however long it runs.  When events come faster than they are written
 * the buffer fills, and what finds it full is counted.
 *
 * Signals that end it interrupt what blocks, such as a pipe that nobody reads; the second
 * one gives that up.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "screen.h"
#include "session.h"
#include "trace_file.h"
#include "trace_names.h"
#include "trace_report.h"
#include "trace_source.h"
#include "trace_tracks.h"

#define NS_PER_S UINT64_C(1000000000)

/* How often to look at the buffer: names of agents are asked for while these live. */
#define LOOK_MS 50

/* Some 80,000 jobs. */
#define BUFFER_BYTES	(UINT32_C(8) << 20)
#define BUFFER_MIN	(UINT64_C(4) << 10)
#define BUFFER_MAX	(UINT64_C(1) << 30)

#define DURATION_MIN_NS	UINT64_C(1000000)
#define DURATION_MAX_NS	(UINT64_C(30) * 24 * 3600 * NS_PER_S)

/* Jobs that were queued before the beginning are shown whole if it was in this time. */
#define BEFORE_NS	(UINT64_C(3600) * NS_PER_S)

struct recorder {
	const struct arguments *arguments;
	struct headgate_client *client;
	struct name_book book;
	struct trace_names names;
	struct trace_source *source;
	struct trace_file file;
	struct trace_tracks *tracks;
	char name[64];		/* of the file, when none is given */
	uint32_t buffer_bytes;
	uint64_t duration_ns;	/* 0: until it is ended */
	uint64_t agent_id, device_id;	/* 0: all */
	struct trace_report report;
};

static volatile sig_atomic_t asked_to_end;

static void on_end(int signal)
{
	(void)signal;
	asked_to_end++;
}

static void catch_signals(void)
{
	struct sigaction end = { .sa_handler = on_end }, before;

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	/* nohup means it. */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &end, NULL);
	/* Writing tells by an error. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* ---- the command line ---- */

static int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	char number[24];
	size_t length = strspn(text, "0123456789");
	const char *unit = text[length] ? strchr(units, text[length]) : NULL;

	if (!length || length >= sizeof(number) || (text[length] && (!unit || text[length + 1])))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)length, text);
	if (headgate_number_parse(number, 1, BUFFER_MAX, bytes))
		return -EINVAL;
	*bytes <<= unit ? 10 * (unit - units + 1) : 0;
	return *bytes < BUFFER_MIN || *bytes > BUFFER_MAX ? -ERANGE : 0;
}

static int parse(struct recorder *recorder)
{
	const char *const *values = recorder->arguments->values;
	uint64_t bytes = BUFFER_BYTES;

	if (values[OPTION_DURATION] &&
	    (headgate_duration_parse(values[OPTION_DURATION], &recorder->duration_ns) ||
	     recorder->duration_ns < DURATION_MIN_NS || recorder->duration_ns > DURATION_MAX_NS))
		return usage_error("--duration '%s' is not a time from 1ms to 720h, such as 10s",
				   values[OPTION_DURATION]);
	if (values[OPTION_BUFFER] && parse_size(values[OPTION_BUFFER], &bytes))
		return usage_error("--buffer '%s' is not a size from 4K to 1G, such as 8M",
				   values[OPTION_BUFFER]);
	if (values[OPTION_OUTPUT] && !*values[OPTION_OUTPUT])
		return usage_error("--output needs the name of a file");
	recorder->buffer_bytes = (uint32_t)bytes;
	return EXIT_OK;
}

/* What --agent and --device mean here and now. */
static int choose(struct recorder *recorder)
{
	const char *agent = recorder->arguments->values[OPTION_AGENT];
	const char *device = recorder->arguments->values[OPTION_DEVICE];
	const struct headgate_device *found;
	struct headgate_agent known;
	const char *path;
	int ret;

	if (agent) {
		ret = session_cgroup(agent, &recorder->agent_id, &path);
		if (ret)
			return ret;
		ret = headgate_agent_get(recorder->client, recorder->agent_id, path, &known);
		if (ret)
			return session_fail(recorder->client, ret, "cannot trace %s", agent);
		recorder->agent_id = known.id;
		headgate_agent_free(&known);
	}
	if (device) {
		found = name_book_device(&recorder->book, device);
		if (!found) {
			fprintf(stderr, "headgate: there is no device '%s' to which somebody has submitted: see headgate device list\n",
				device);
			return EXIT_FAILED;
		}
		recorder->device_id = found->id;
	}
	return EXIT_OK;
}

/* ---- recording ---- */

static int on_job(void *data, const struct headgate_trace_job *job)
{
	struct recorder *recorder = data;

	return trace_tracks_job(recorder->tracks, job);
}

static int on_wait(void *data, const struct headgate_trace_wait *wait)
{
	struct recorder *recorder = data;

	return trace_tracks_wait(recorder->tracks, wait);
}

/* What was lost since the last look is shown where it was. */
static int look_at_losses(struct recorder *recorder)
{
	uint64_t before = trace_report_lost(&recorder->report), now;

	trace_source_losses(recorder->source, &recorder->report.losses);
	now = trace_report_lost(&recorder->report);
	return now > before ? trace_tracks_lost(recorder->tracks, screen_now(), now - before) : 0;
}

/* Until it shall end; negative errno of writing. */
static int record(struct recorder *recorder)
{
	bool terminal = isatty(STDERR_FILENO);
	uint64_t begin = recorder->report.begin_ns, shown = begin, now, end;
	int ret = 0;

	end = recorder->duration_ns ? begin + recorder->duration_ns : UINT64_MAX;
	while (!asked_to_end && (now = screen_now()) < end && ret >= 0) {
		if (!ret)
			trace_source_wait(recorder->source, LOOK_MS);
		ret = trace_source_read(recorder->source);
		if (ret >= 0)
			ret = look_at_losses(recorder) ?: ret;
		if (terminal && now - shown >= NS_PER_S) {
			trace_report_progress(&recorder->report, now);
			shown = now;
		}
	}
	if (terminal && shown != begin)
		fputs("\r\033[K", stderr);
	return ret < 0 ? ret : 0;
}

static int write_end(struct recorder *recorder)
{
	struct headgate_json *json = &recorder->file.json;

	recorder->report.agents = trace_tracks_agents(recorder->tracks);
	recorder->report.engines = trace_tracks_engines(recorder->tracks);
	trace_file_end_events(&recorder->file);
	headgate_json_object(json, "otherData");
	trace_report_json(json, &recorder->report);
	headgate_json_close(json);
	return trace_file_end(&recorder->file);
}

/* What is still in the buffer, and the end of the file. */
static int write_rest(struct recorder *recorder)
{
	int ret;

	do
		ret = trace_source_read(recorder->source);
	while (ret > 0);
	if (!ret)
		ret = look_at_losses(recorder);
	if (!ret)
		ret = trace_tracks_end(recorder->tracks);
	return ret ? ret : write_end(recorder);
}

/* The end of a recording that @error may have ended; whether there is a file. */
static bool finish(struct recorder *recorder, int error)
{
	struct trace_report *report = &recorder->report;
	uint64_t jobs;

	trace_source_detach(recorder->source);
	report->end_ns = screen_now();
	report->error = error ? error : write_rest(recorder);
	if (!report->error)
		return true;
	jobs = recorder->file.totals.jobs;
	if (!trace_file_cut(&recorder->file))
		return false;
	report->unwritten = jobs - recorder->file.totals.jobs;
	return !write_end(recorder);
}

/* ---- from the beginning to the end ---- */

static int open_source(struct recorder *recorder)
{
	const struct trace_sink sink = { .job = on_job, .wait = on_wait, .data = recorder };
	int ret = trace_source_open(&recorder->source, recorder->buffer_bytes, &sink);

	if (ret == -ESRCH || ret == -ENOENT)
		fputs("headgate: cannot find the tracepoints of the module: it is of another version, or has no BTF (see headgate status)\n",
		      stderr);
	else if (ret == -EPERM)
		fputs("headgate: the kernel does not allow BPF programs here: it is locked down, or root lacks CAP_BPF\n",
		      stderr);
	else if (ret)
		fprintf(stderr, "headgate: cannot load the recorder into the kernel: %s\n",
			strerror(-ret));
	return ret ? EXIT_FAILED : EXIT_OK;
}

static int open_file(struct recorder *recorder)
{
	const char *name = recorder->arguments->values[OPTION_OUTPUT];
	time_t now = time(NULL);
	struct tm local;
	int ret;

	if (!name) {
		localtime_r(&now, &local);
		strftime(recorder->name, sizeof(recorder->name), "headgate-%Y%m%d-%H%M%S.json",
			 &local);
		name = recorder->name;
	}
	if (!strcmp(name, "-") && isatty(STDOUT_FILENO))
		return usage_error("standard output is a terminal, which a trace is not for: name a file");
	ret = trace_file_open(&recorder->file, name);
	if (ret == -EEXIST)
		fprintf(stderr, "headgate: %s exists: name another file, or remove it\n", name);
	else if (ret)
		fprintf(stderr, "headgate: cannot make %s: %s\n", name, strerror(-ret));
	recorder->file.given_up = &asked_to_end;
	return ret ? EXIT_FAILED : EXIT_OK;
}

/* With all that it takes there. */
static int run(struct recorder *recorder)
{
	struct trace_report *report = &recorder->report;
	bool kept;
	int ret;

	report->file = &recorder->file;
	report->begin_ns = screen_now();
	report->base_ns = report->begin_ns > BEFORE_NS ? report->begin_ns - BEFORE_NS : 0;
	recorder->tracks = trace_tracks_make(&recorder->file, &recorder->names, report->base_ns);
	ret = recorder->tracks ? trace_source_attach(recorder->source) : -ENOMEM;
	if (ret) {
		fprintf(stderr, "headgate: cannot attach to the tracepoints of the module: %s\n",
			strerror(-ret));
		trace_file_close(&recorder->file, false);
		return EXIT_FAILED;
	}
	trace_tracks_only(recorder->tracks, recorder->agent_id, (uint32_t)recorder->device_id);
	fprintf(stderr, "headgate: recording to %s%s\n", trace_report_name(report),
		recorder->duration_ns ? "" : "; Ctrl-C ends it");
	kept = finish(recorder, record(recorder));
	trace_file_close(&recorder->file, kept);
	return report->error ? trace_report_failure(report, kept) :
			       trace_report_tell(report, recorder->arguments->values[OPTION_JSON]);
}

static int prepare_and_run(struct recorder *recorder)
{
	int ret = name_book_open(&recorder->book, recorder->client);

	if (ret)
		return session_fail(recorder->client, ret, "cannot trace");
	recorder->names = name_book_names(&recorder->book);
	ret = choose(recorder);
	if (!ret)
		ret = open_source(recorder);
	if (!ret)
		ret = open_file(recorder);
	return ret ? ret : run(recorder);
}

int run_trace(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct recorder recorder = { .arguments = arguments };
	int ret = parse(&recorder);

	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	recorder.client = client;
	catch_signals();
	ret = prepare_and_run(&recorder);
	trace_tracks_free(&recorder.tracks);
	trace_source_free(&recorder.source);
	name_book_free(&recorder.book);
	return ret;
}
