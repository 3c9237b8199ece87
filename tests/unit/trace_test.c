// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs and waits as events of a trace, and its file when there is no room. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"
#include "trace_tracks.h"

#define BASE 1000000
#define NAME "trace"

struct page {
	struct trace_file file;
	struct trace_tracks *tracks;
};

static const char *agent_name(void *data, uint64_t id)
{
	(void)data;
	return id == 10 ? "/a" : id == 11 ? "/q\"\\\n\xff" : NULL;
}

static const char *lane_name(void *data, uint32_t id, uint32_t *device_id)
{
	(void)data;
	*device_id = 1 + (id > 2);
	return id == 1 ? "e0" : id == 2 ? "e1" : NULL;
}

static const char *device_name(void *data, uint32_t id)
{
	(void)data;
	return id == 1 ? "simgpu" : NULL;
}

static const struct trace_names names = {
	.agent = agent_name, .lane = lane_name, .device = device_name,
};

static void begin(struct page *page)
{
	memset(page, 0, sizeof(*page));
	assert_int_equal(trace_file_open(&page->file, NAME), 0);
	page->tracks = trace_tracks_make(&page->file, &names, BASE);
	assert_non_null(page->tracks);
}

static int write_end(struct page *page, bool complete)
{
	trace_file_end_events(&page->file);
	headgate_json_object(&page->file.json, "otherData");
	headgate_json_bool(&page->file.json, "complete", complete);
	headgate_json_close(&page->file.json);
	return trace_file_end(&page->file);
}

/* By another reader than ours, with a program of its own. */
static void expect_trace(uint64_t jobs, uint64_t busy_ns)
{
	char command[512];

	snprintf(command, sizeof(command), "python3 -B '%s' " NAME " %llu %llu", CHECKER,
		 (unsigned long long)jobs, (unsigned long long)busy_ns);
	if (system(command))
		fail_msg("see above");
}

static char *read_page(void)
{
	FILE *file = fopen(NAME, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	return text;
}

/* Closes it, checks it, and gives its text, which is to be freed. */
static char *end(struct page *page)
{
	char *text;

	assert_int_equal(trace_tracks_end(page->tracks), 0);
	assert_int_equal(write_end(page, true), 0);
	expect_trace(page->file.totals.jobs, page->file.totals.busy_ns);
	text = read_page();
	trace_file_close(&page->file, false);
	assert_int_not_equal(access(NAME, F_OK), 0);
	trace_tracks_free(&page->tracks);
	return text;
}

static void job(struct page *page, uint64_t agent, uint32_t lane, uint64_t queued_at,
		uint64_t run_at, uint64_t done_at, uint64_t cost_ns, int error)
{
	struct headgate_trace_job job = {
		.head = { .kind = HEADGATE_TRACE_JOB, .lane = lane, .agent = agent },
		.queued_at = BASE + queued_at, .run_at = run_at ? BASE + run_at : 0,
		.done_at = BASE + done_at, .cost_ns = cost_ns, .error = error,
	};

	assert_int_equal(trace_tracks_job(page->tracks, &job), 0);
}

static void wait_at_gate(struct page *page, uint64_t agent, uint32_t lane, uint64_t at,
			 uint64_t wait_ns)
{
	struct headgate_trace_wait wait = {
		.head = { .kind = HEADGATE_TRACE_WAIT, .lane = lane, .agent = agent },
		.at = BASE + at, .wait_ns = wait_ns,
	};

	assert_int_equal(trace_tracks_wait(page->tracks, &wait), 0);
}

static void expect_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no\n%s\nin\n%s", part, text);
}

static void job__is_a_slice_of_its_agent_and_of_the_engine(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	wait_at_gate(&page, 10, 1, 5000, 4000);
	job(&page, 10, 1, 5000, 6001, 9002, 3001, 0);
	text = end(&page);
	expect_text(text, "\n{\"ph\":\"X\",\"name\":\"wait\",\"pid\":2,\"tid\":3,\"cat\":\"wait\",\"ts\":1.000,\"dur\":4.000,"
			  "\"args\":{\"agent_id\":10,\"lane_id\":1,\"wait_ns\":4000}}");
	expect_text(text, "\n{\"ph\":\"X\",\"name\":\"queued\",\"pid\":2,\"tid\":5,\"cat\":\"queue\",\"ts\":5.000,\"dur\":1.001}");
	expect_text(text, "\n{\"ph\":\"X\",\"name\":\"run\",\"pid\":2,\"tid\":5,\"cat\":\"job\",\"ts\":6.001,\"dur\":3.001,"
			  "\"args\":{\"agent_id\":10,\"lane_id\":1,\"queued_at\":1005000,\"run_at\":1006001,"
			  "\"done_at\":1009002,\"cost_ns\":3001,\"error\":0}}");
	expect_text(text, "\n{\"ph\":\"X\",\"name\":\"/a\",\"pid\":1,\"tid\":4,\"cat\":\"engine\",\"ts\":6.001,\"dur\":3.001,"
			  "\"args\":{\"agent_id\":10,\"lane_id\":1,\"cost_ns\":3001}}");
	expect_text(text, "\"pid\":1,\"tid\":1,\"args\":{\"name\":\"device 1: simgpu\"}}");
	expect_text(text, "\"pid\":1,\"tid\":4,\"args\":{\"name\":\"e0\"}}");
	expect_text(text, "\"pid\":2,\"tid\":2,\"args\":{\"name\":\"/a\"}}");
	free(text);
}

static void jobs_that_overlap__are_on_tracks_of_their_own(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	job(&page, 10, 1, 100, 200, 1000, 800, 0);
	job(&page, 10, 1, 150, 300, 1500, 500, 0);
	/* Free again: the first. */
	job(&page, 10, 1, 1000, 1500, 2000, 500, 0);
	text = end(&page);
	expect_text(text, "\"args\":{\"name\":\"e0 of device 1\"}}");
	expect_text(text, "\"args\":{\"name\":\"e0 of device 1 (2)\"}}");
	assert_null(strstr(text, "e0 of device 1 (3)"));
	free(text);
}

static void jobs_done_at_one_time__share_the_engine_side_by_side(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	job(&page, 10, 1, 0, 10, 1000, 990, 0);
	job(&page, 10, 1, 0, 20, 4000, 1000, 0);
	job(&page, 0, 1, 0, 30, 4000, 500, 0);
	job(&page, 10, 1, 0, 40, 4000, 1500, 0);
	job(&page, 0, 1, 0, 50, 5000, 1000, 0);
	text = end(&page);
	expect_text(text, "\"cat\":\"engine\",\"ts\":0.010,\"dur\":0.990");
	expect_text(text, "\"cat\":\"engine\",\"ts\":1.000,\"dur\":1.000");
	expect_text(text, "\"name\":\"(ungoverned)\",\"pid\":1,\"tid\":2,\"cat\":\"engine\",\"ts\":2.000,\"dur\":0.500");
	expect_text(text, "\"cat\":\"engine\",\"ts\":2.500,\"dur\":1.500");
	expect_text(text, "\"cat\":\"engine\",\"ts\":4.000,\"dur\":1.000");
	free(text);
}

static void job_that_failed_or_never_ran__says_so(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	job(&page, 10, 1, 100, 0, 700, 0, -ECANCELED);
	job(&page, 10, 1, 700, 800, 900, 100, -EIO);
	assert_int_equal(page.file.totals.failed, 2);
	assert_int_equal(page.file.totals.never_ran, 1);
	text = end(&page);
	expect_text(text, "\"name\":\"never ran\",\"pid\":2,\"tid\":3,\"cat\":\"job\",\"ts\":0.100,\"dur\":0.600");
	expect_text(text, "\"run_at\":0,\"done_at\":1000700,\"cost_ns\":0,\"error\":-125}");
	expect_text(text, "\"name\":\"failed: EIO\"");
	free(text);
}

static void what_has_no_name__has_its_number(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	job(&page, 12, 7, 1, 2, 3, 1, 0);
	job(&page, 11, 1, 1, 2, 3, 1, 0);
	text = end(&page);
	expect_text(text, "\"name\":\"agent 12\"");
	expect_text(text, "\"name\":\"lane 7\"");
	expect_text(text, "\"name\":\"device 2\"");
	expect_text(text, "\"name\":\"/q\\\"\\\\\\n\\ufffd\"");
	free(text);
}

static void others__are_left_out_but_keep_their_place_on_the_engine(void **state)
{
	struct page page;
	char *text;

	(void)state;
	begin(&page);
	trace_tracks_only(page.tracks, 10, 1);
	job(&page, 10, 1, 0, 20, 4000, 1000, 0);
	job(&page, 11, 1, 0, 30, 4000, 500, 0);
	job(&page, 10, 7, 0, 30, 4000, 500, 0);
	wait_at_gate(&page, 11, 1, 100, 50);
	assert_int_equal(page.file.totals.jobs, 1);
	text = end(&page);
	expect_text(text, "\"cat\":\"engine\",\"ts\":2.500,\"dur\":1.000");
	assert_null(strstr(text, "/q"));
	assert_null(strstr(text, "device 2"));
	assert_null(strstr(text, "\"wait\""));
	free(text);
}

/* Jobs of several agents, up to 9 of them at once, some done together. */
static void many_jobs(struct page *page, unsigned int count)
{
	uint64_t now = 0;

	srand(1);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t lane = 1 + i % 2;
		uint64_t run_at = now + (uint64_t)rand() % 500;
		unsigned int together = 1 + (unsigned int)rand() % 3;
		uint64_t done_at = run_at + 100 + (uint64_t)rand() % 5000;

		for (unsigned int j = 0; j < together; j++)
			job(page, 10 + j % 2, lane, run_at - (uint64_t)rand() % (run_at / 2 + 1),
			    run_at, done_at, (done_at - run_at) / together, 0);
		now = done_at;
	}
}

static void many_jobs__are_a_trace_for_other_readers(void **state)
{
	struct page page;

	(void)state;
	begin(&page);
	many_jobs(&page, 3000);
	free(end(&page));
}

/* Runs out of room at @limit bytes; what is left must be a whole file. */
static void run_out(rlim_t limit, bool left)
{
	struct headgate_trace_job one = {
		.head = { .kind = HEADGATE_TRACE_JOB, .lane = 1, .agent = 10 }, .error = -EIO,
	};
	struct rlimit before, small;
	struct page page;
	int ret = 0;

	begin(&page);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){ .rlim_cur = limit, .rlim_max = before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (uint64_t at = 0; !ret && at < 10000; at += 10) {
		one.queued_at = BASE + at;
		one.run_at = BASE + at + 3;
		one.done_at = BASE + at + 10;
		one.cost_ns = 7;
		ret = trace_tracks_job(page.tracks, &one);
	}
	assert_int_equal(ret, -EFBIG);
	assert_int_equal(trace_file_cut(&page.file), left);
	if (left) {
		assert_true(page.file.totals.jobs > 50);
		assert_int_equal(write_end(&page, false), 0);
	}
	setrlimit(RLIMIT_FSIZE, &before);
	if (left)
		expect_trace(page.file.totals.jobs, 7 * page.file.totals.jobs);
	trace_file_close(&page.file, left);
	assert_int_equal(!access(NAME, F_OK), left);
	unlink(NAME);
	trace_tracks_free(&page.tracks);
}

static void file_without_room__is_cut_back_and_closed(void **state)
{
	(void)state;
	run_out(200000, true);
	run_out(131072 + 4096, true);
	run_out(1000, false);
}

static void file_that_exists__is_left_alone(void **state)
{
	struct trace_file file;

	(void)state;
	write_file(NAME, "");
	assert_int_equal(trace_file_open(&file, NAME), -EEXIST);
	assert_int_equal(access(NAME, F_OK), 0);
	unlink(NAME);
	assert_int_equal(symlink("/dev/null", NAME), 0);
	assert_int_equal(trace_file_open(&file, NAME), -EEXIST);
	unlink(NAME);
	assert_int_equal(trace_file_open(&file, "/dev/null"), 0);
	trace_file_close(&file, false);
	assert_int_equal(access("/dev/null", W_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(job__is_a_slice_of_its_agent_and_of_the_engine),
		IN_HOME(jobs_that_overlap__are_on_tracks_of_their_own),
		IN_HOME(jobs_done_at_one_time__share_the_engine_side_by_side),
		IN_HOME(job_that_failed_or_never_ran__says_so),
		IN_HOME(what_has_no_name__has_its_number),
		IN_HOME(others__are_left_out_but_keep_their_place_on_the_engine),
		IN_HOME(many_jobs__are_a_trace_for_other_readers),
		IN_HOME(file_without_room__is_cut_back_and_closed),
		IN_HOME(file_that_exists__is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
