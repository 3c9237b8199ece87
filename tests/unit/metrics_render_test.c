// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a snapshot, byte for byte, whatever cgroups are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "life.h"
#include "metrics_render.h"
#include "metrics_table.h"

static char *render(const struct metrics_snapshot *snapshot, enum metrics_format format)
{
	struct metrics_text text = { .limit = METRICS_TEXT_MAX };

	metrics_render(snapshot, format, &text);
	metrics_put(&text, "", 1);
	assert_false(text.failed);
	return text.data;
}

static char *label(const char *value, uint64_t id)
{
	struct metrics_text text = { .limit = METRICS_TEXT_MAX };
	bool first = true;

	metrics_put_label(&text, &first, "agent", value, id);
	metrics_put(&text, "", 1);
	assert_false(first);
	return text.data;
}

static void expect_label(const char *value, const char *expected)
{
	char *text = label(value, 7);

	assert_string_equal(text, expected);
	free(text);
}

static void hostile_names__break_no_line_and_stay_different(void **state)
{
	(void)state;
	expect_label("/plain.slice/a-b_c", "agent=\"/plain.slice/a-b_c\"");
	expect_label("/a\"} 1\nheadgate_up 0 # \\", "agent=\"/a\\\"} 1\\nheadgate_up 0 # \\\\\"");
	/* systemd's own escapes are left as they are, but for the format. */
	expect_label("/dev\\x2dsda", "agent=\"/dev\\\\x2dsda\"");
	expect_label("/caf\xc3\xa9/\xe6\x97\xa5/\xf0\x9f\x9a\x80", "agent=\"/caf\xc3\xa9/\xe6\x97\xa5/\xf0\x9f\x9a\x80\"");
	/* No UTF-8: alone, cut short, longer than need be, a surrogate, beyond Unicode. */
	expect_label("/\xff", "agent=\"/\xef\xbf\xbd" "FF\"");
	expect_label("/\xc3", "agent=\"/\xef\xbf\xbd" "C3\"");
	expect_label("/\xe6\x97z", "agent=\"/\xef\xbf\xbd" "E6\xef\xbf\xbd" "97z\"");
	expect_label("/\xc0\xaf", "agent=\"/\xef\xbf\xbd" "C0\xef\xbf\xbd" "AF\"");
	expect_label("/\xed\xa0\x80", "agent=\"/\xef\xbf\xbd" "ED\xef\xbf\xbd" "A0\xef\xbf\xbd" "80\"");
	expect_label("/\xf4\x90\x80\x80", "agent=\"/\xef\xbf\xbd" "F4\xef\xbf\xbd" "90\xef\xbf\xbd" "80\xef\xbf\xbd" "80\"");
	/* What a terminal would obey. */
	expect_label("/\x1b[2J\r\x7f", "agent=\"/\xef\xbf\xbd" "1B[2J\xef\xbf\xbd" "0D\xef\xbf\xbd" "7F\"");
	expect_label("/\xc2\x9b", "agent=\"/\xef\xbf\xbd" "C2\xef\xbf\xbd" "9B\"");
	/* A name that looks like one of those is another. */
	expect_label("/\xef\xbf\xbd" "FF", "agent=\"/\xef\xbf\xbd" "EF\xef\xbf\xbd" "BF\xef\xbf\xbd" "BDFF\"");
}

static void long_names__are_cut_and_stay_different(void **state)
{
	char name[4096], *one, *other;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[256] = '\0';
	one = label(name, 1);
	assert_int_equal(strlen(one), strlen("agent=\"\"") + 256);
	free(one);
	name[256] = 'a';
	name[4095] = '\0';
	one = label(name, 1);
	other = label(name, 2);
	assert_true(strlen(one) < 300);
	assert_non_null(strstr(one, "[...#1...]"));
	assert_string_not_equal(one, other);
	free(one);
	free(other);
}

static void numbers__are_exact(void **state)
{
	static const struct {
		uint64_t value;
		unsigned int digits;
		const char *text;
	} cases[] = {
		{ 0, 9, "0.0" }, { 1, 9, "0.000000001" }, { 1500000000, 9, "1.5" }, { 1 << 20, 9, "0.001048576" },
		{ UINT64_MAX - 1, 9, "18446744073.709551614" }, { 250000, 6, "0.25" }, { 1000000, 6, "1.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct metrics_text text = { .limit = METRICS_TEXT_MAX };

		metrics_put_decimal(&text, cases[i].value, cases[i].digits);
		metrics_put(&text, "", 1);
		assert_string_equal(text.data, cases[i].text);
		metrics_text_free(&text);
	}
}

static void text__stops_at_its_limit(void **state)
{
	struct metrics_text text = { .limit = 10000 };
	char part[100];

	(void)state;
	memset(part, 'x', sizeof(part));
	for (int i = 0; i < 100; i++)
		metrics_put(&text, part, sizeof(part));
	assert_false(text.failed);
	assert_int_equal(text.size, 10000);
	metrics_put(&text, part, 1);
	assert_true(text.failed);
	/* What is shorter and would fit is not put behind what was left out. */
	text.size = 0;
	metrics_put(&text, part, 1);
	assert_int_equal(text.size, 0);
	metrics_text_free(&text);
}

/* One agent on one engine, and a device that the module does not know; no more than that. */
static void fill(struct metrics_snapshot *snapshot)
{
	struct metrics_device *device = metrics_add(snapshot, METRICS_DEVICE), *unseen;
	struct metrics_agent *agent = metrics_add(snapshot, METRICS_AGENT);
	struct metrics_flow *flow = metrics_add(snapshot, METRICS_FLOW);

	*device = (struct metrics_device){
		.labels = strdup("gpu=\"g\""), .info = strdup("gpu=\"g\",driver=\"d\",meter=\"sched\""),
		.wedged = 1, .health = 2, .slowdown_ppm = 1500000,
		.tickets = 2, .jobs = 3, .jobs_unticketed = 4,
		.some_ns = 5000000000, .full_ns = METRICS_NONE,
	};
	unseen = metrics_add(snapshot, METRICS_DEVICE);
	*unseen = (struct metrics_device){
		.labels = strdup("gpu=\"u\""), .wedged = METRICS_NONE, .health = 1, .slowdown_ppm = METRICS_NONE,
		.tickets = METRICS_NONE, .jobs = METRICS_NONE, .jobs_unticketed = METRICS_NONE,
		.some_ns = METRICS_NONE, .full_ns = METRICS_NONE,
	};
	*agent = (struct metrics_agent){
		.labels = strdup("agent=\"/a\""),
		.info = strdup("agent=\"/a\",owner=\"anna\",project=\"\",class=\"batch\""),
		.weight = 200, .cap_ppm = 300000, .state = HEADGATE_LIFE_WORKING,
	};
	*flow = (struct metrics_flow){
		.labels = strdup("agent=\"/a\",gpu=\"g\",engine=\"e\""),
		.sums = { .tickets = 9, .jobs = 8, .failed = 1, .forced = 2, .busy_ns = 1234567890,
			  .queued_ns = 1, .wait_ns = 30000000,
			  .waits = { 3, 0, 2, [METRICS_WAITS] = 1 } },
		.due_ppm = 500000, .waiting = 1, .outstanding = 2,
	};
}

#define HELP(_name, _help) "# HELP " _name " " _help "\n"
#define FLOW "{agent=\"/a\",gpu=\"g\",engine=\"e\"}"
#define BUCKET(_le, _count) \
	"headgate_agent_queue_wait_seconds_bucket{agent=\"/a\",gpu=\"g\",engine=\"e\",le=\"" _le "\"} " _count "\n"

#define STATES \
	"headgate_agent_state{agent=\"/a\",state=\"paused\"} 0\n" \
	"headgate_agent_state{agent=\"/a\",state=\"stuck\"} 0\n" \
	"headgate_agent_state{agent=\"/a\",state=\"working\"} 1\n" \
	"headgate_agent_state{agent=\"/a\",state=\"waiting\"} 0\n" \
	"headgate_agent_state{agent=\"/a\",state=\"thinking\"} 0\n" \
	"headgate_agent_state{agent=\"/a\",state=\"idle\"} 0\n"

#define WAITS \
	BUCKET("0.000016384", "3") BUCKET("0.000065536", "3") BUCKET("0.000262144", "5") \
	BUCKET("0.001048576", "5") BUCKET("0.004194304", "5") BUCKET("0.016777216", "5") \
	BUCKET("0.067108864", "5") BUCKET("0.268435456", "5") BUCKET("1.073741824", "5") \
	BUCKET("4.294967296", "5") BUCKET("+Inf", "6") \
	"headgate_agent_queue_wait_seconds_count" FLOW " 6\n" \
	"headgate_agent_queue_wait_seconds_sum" FLOW " 0.03\n"

/* @_total and @_info: what the name of a family ends with; @_U: a line of its unit. */
#define TEXT(_total, _info, _info_type, _U) \
	HELP("headgate_device" _info, "Driver of the device, and what measures its jobs.") \
	"# TYPE headgate_device" _info " " _info_type "\n" \
	"headgate_device_info{gpu=\"g\",driver=\"d\",meter=\"sched\"} 1\n" \
	HELP("headgate_device_wedged", "Whether the driver has given the device up, and no job was done since.") \
	"# TYPE headgate_device_wedged gauge\n" \
	"headgate_device_wedged{gpu=\"g\"} 1\n" \
	HELP("headgate_device_health", "How the device is: 0 ok, 1 degraded, 2 brown, 3 dark; absent where nobody judges it.") \
	"# TYPE headgate_device_health gauge\n" \
	"headgate_device_health{gpu=\"g\"} 2\n" \
	"headgate_device_health{gpu=\"u\"} 1\n" \
	HELP("headgate_device_slowdown_ratio", "How many times as long as in its past the work of probes takes; absent where that is not known.") \
	"# TYPE headgate_device_slowdown_ratio gauge\n" \
	_U("headgate_device_slowdown_ratio", "ratio") \
	"headgate_device_slowdown_ratio{gpu=\"g\"} 1.5\n" \
	HELP("headgate_device_tickets" _total, "Tickets opened for the device.") \
	"# TYPE headgate_device_tickets" _total " counter\n" \
	"headgate_device_tickets_total{gpu=\"g\"} 2\n" \
	HELP("headgate_device_jobs_submitted" _total, "Jobs that the device was given.") \
	"# TYPE headgate_device_jobs_submitted" _total " counter\n" \
	"headgate_device_jobs_submitted_total{gpu=\"g\"} 3\n" \
	HELP("headgate_device_jobs_unticketed" _total, "Jobs of agents that came without a ticket, past the gate.") \
	"# TYPE headgate_device_jobs_unticketed" _total " counter\n" \
	"headgate_device_jobs_unticketed_total{gpu=\"g\"} 4\n" \
	HELP("headgate_pressure_some_waiting_seconds" _total, "Time in which something waited for the device.") \
	"# TYPE headgate_pressure_some_waiting_seconds" _total " counter\n" \
	_U("headgate_pressure_some_waiting_seconds", "seconds") \
	"headgate_pressure_some_waiting_seconds_total{gpu=\"g\"} 5.0\n" \
	HELP("headgate_agent" _info, "Whose an agent is, and what it is for.") \
	"# TYPE headgate_agent" _info " " _info_type "\n" \
	"headgate_agent_info{agent=\"/a\",owner=\"anna\",project=\"\",class=\"batch\"} 1\n" \
	HELP("headgate_agent_weight", "Weight relative to its siblings.") \
	"# TYPE headgate_agent_weight gauge\n" \
	"headgate_agent_weight{agent=\"/a\"} 200\n" \
	HELP("headgate_agent_cap_ratio", "Cap, as a part of a device's time; absent where there is none.") \
	"# TYPE headgate_agent_cap_ratio gauge\n" \
	_U("headgate_agent_cap_ratio", "ratio") \
	"headgate_agent_cap_ratio{agent=\"/a\"} 0.3\n" \
	HELP("headgate_agent_state", "What an agent is doing: 1 for the state that it has.") \
	"# TYPE headgate_agent_state gauge\n" STATES \
	HELP("headgate_agent_gpu_busy_seconds" _total, "Engine time of the agent's jobs.") \
	"# TYPE headgate_agent_gpu_busy_seconds" _total " counter\n" \
	_U("headgate_agent_gpu_busy_seconds", "seconds") \
	"headgate_agent_gpu_busy_seconds_total" FLOW " 1.23456789\n" \
	HELP("headgate_agent_jobs_done" _total, "Jobs done, failed ones included.") \
	"# TYPE headgate_agent_jobs_done" _total " counter\n" \
	"headgate_agent_jobs_done_total" FLOW " 8\n" \
	HELP("headgate_agent_jobs_failed" _total, "Jobs that ended with an error.") \
	"# TYPE headgate_agent_jobs_failed" _total " counter\n" \
	"headgate_agent_jobs_failed_total" FLOW " 1\n" \
	HELP("headgate_agent_tickets_admitted" _total, "Submissions that the gate let through.") \
	"# TYPE headgate_agent_tickets_admitted" _total " counter\n" \
	"headgate_agent_tickets_admitted_total" FLOW " 9\n" \
	HELP("headgate_agent_tickets_forced" _total, "Submissions let through in debt, after max-wait.") \
	"# TYPE headgate_agent_tickets_forced" _total " counter\n" \
	"headgate_agent_tickets_forced_total" FLOW " 2\n" \
	HELP("headgate_agent_queued_seconds" _total, "Time from the gate to the engine, summed over jobs.") \
	"# TYPE headgate_agent_queued_seconds" _total " counter\n" \
	_U("headgate_agent_queued_seconds", "seconds") \
	"headgate_agent_queued_seconds_total" FLOW " 0.000000001\n" \
	HELP("headgate_agent_queue_wait_seconds", "Time that submissions waited at the gate.") \
	"# TYPE headgate_agent_queue_wait_seconds histogram\n" \
	_U("headgate_agent_queue_wait_seconds", "seconds") WAITS \
	HELP("headgate_agent_due_ratio", "Share of the engine that is due to the agent now.") \
	"# TYPE headgate_agent_due_ratio gauge\n" \
	_U("headgate_agent_due_ratio", "ratio") \
	"headgate_agent_due_ratio" FLOW " 0.5\n" \
	HELP("headgate_agent_tickets_waiting", "Tickets at the gate.") \
	"# TYPE headgate_agent_tickets_waiting gauge\n" \
	"headgate_agent_tickets_waiting" FLOW " 1\n" \
	HELP("headgate_agent_outstanding", "Jobs and open tickets admitted and not done.") \
	"# TYPE headgate_agent_outstanding gauge\n" \
	"headgate_agent_outstanding" FLOW " 2\n"

#define UNIT(_name, _unit) "# UNIT " _name " " _unit "\n"
#define NO_UNIT(...) ""

static const char openmetrics[] = TEXT("", "", "info", UNIT) "# EOF\n";
static const char prometheus[] = TEXT("_total", "_info", "gauge", NO_UNIT);

static void snapshot__is_told_byte_for_byte(void **state)
{
	struct metrics_snapshot snapshot = { 0 };
	char *text;

	(void)state;
	fill(&snapshot);
	text = render(&snapshot, METRICS_OPENMETRICS);
	assert_string_equal(text, openmetrics);
	free(text);
	text = render(&snapshot, METRICS_PROMETHEUS);
	assert_string_equal(text, prometheus);
	free(text);
	metrics_snapshot_free(&snapshot);
}

static void nothing__is_told_as_nothing(void **state)
{
	const struct metrics_snapshot nothing = { 0 };
	char *text = render(&nothing, METRICS_OPENMETRICS);

	(void)state;
	assert_string_equal(text, "# EOF\n");
	free(text);
	text = render(&nothing, METRICS_PROMETHEUS);
	assert_string_equal(text, "");
	free(text);
}

static void names__say_unit_and_type_once(void **state)
{
	static const char *const units[] = { [METRICS_COUNT] = "", [METRICS_SECONDS] = "_seconds",
					     [METRICS_RATIO] = "_ratio", [METRICS_BYTES] = "_bytes" };

	(void)state;
	for (size_t i = 0; i < metrics_table_size; i++) {
		const struct metrics_metric *metric = &metrics_table[i];
		const char *unit = units[metric->unit];
		size_t size = strlen(metric->name), end = strlen(unit);

		assert_true(size > end && !strcmp(metric->name + size - end, unit));
		assert_null(strstr(metric->name, "_total"));
		assert_int_equal(metric->help[strlen(metric->help) - 1], '.');
		assert_true(!strncmp(metric->name, "headgate_", 9) || !strncmp(metric->name, "process_", 8));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(metric->name, metrics_table[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_names__break_no_line_and_stay_different),
		cmocka_unit_test(long_names__are_cut_and_stay_different),
		cmocka_unit_test(numbers__are_exact),
		cmocka_unit_test(text__stops_at_its_limit),
		cmocka_unit_test(snapshot__is_told_byte_for_byte),
		cmocka_unit_test(nothing__is_told_as_nothing),
		cmocka_unit_test(names__say_unit_and_type_once),
	};

	return cmocka_run_group_tests_name("metrics_render", tests, NULL, NULL);
}
