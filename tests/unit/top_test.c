// SPDX-License-Identifier: GPL-2.0-or-later
/* `top`: two snapshots made by hand, the rates between them, and what is printed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "top_view.h"

#define SECOND UINT64_C(1000000000)

struct stage {
	struct headgate_agent agents[2];
	struct headgate_device device;
	struct headgate_lane lane;
	struct headgate_flow flows[3];
	struct snapshot snapshot;
};

static void set_stage(struct stage *stage, uint64_t time_ns)
{
	memset(stage, 0, sizeof(*stage));
	stage->agents[0] = (struct headgate_agent){ .id = 11, .path = "/zeta", .weight = 300,
		.max_quota_ns = 30000000, .max_period_ns = 100000000 };
	stage->agents[1] = (struct headgate_agent){ .id = 22, .path = "/alpha", .weight = 100,
						    .class = HEADGATE_CLASS_INTERACTIVE };
	stage->device = (struct headgate_device){ .id = 1, .name = "0000:00:02.0",
						  .driver = "simgpu" };
	stage->lane = (struct headgate_lane){ .id = 5, .device_id = 1, .name = "gfx" };
	stage->flows[0] = (struct headgate_flow){ .agent_id = 0, .lane_id = 5 };
	stage->flows[1] = (struct headgate_flow){ .agent_id = 11, .lane_id = 5, .due_ppm = 750000 };
	stage->flows[2] = (struct headgate_flow){ .agent_id = 22, .lane_id = 5, .due_ppm = 250000 };
	stage->snapshot = (struct snapshot){
		.time_ns = time_ns,
		.agents = { stage->agents, 2 },
		.devices = { &stage->device, 1 },
		.lanes = { &stage->lane, 1 },
		.flows = { stage->flows, 3 },
	};
}

static void work(struct stage *stage, int flow, uint64_t jobs, uint64_t busy_ns)
{
	stage->flows[flow].jobs += jobs;
	stage->flows[flow].tickets += jobs;
	stage->flows[flow].busy_ns += busy_ns;
	stage->lane.jobs += jobs;
	stage->lane.busy_ns += busy_ns;
	if (!flow)
		stage->lane.ungoverned_ns += busy_ns;
}

static void assert_near(double value, double expected)
{
	assert_true(fabs(value - expected) < 1e-9);
}

/* The stage at two moments, one second apart, and what top makes of that. */
static struct stage before, now;
static struct top_model model;

static int begin(void **state)
{
	(void)state;
	set_stage(&before, 0);
	set_stage(&now, SECOND);
	return 0;
}

static void build(void)
{
	top_model_free(&model);
	assert_int_equal(top_model_build(&before.snapshot, &now.snapshot, &model), 0);
}

static int end(void **state)
{
	(void)state;
	top_model_free(&model);
	return 0;
}

static void shares__are_those_of_the_interval(void **state)
{
	(void)state;
	set_stage(&before, 10 * SECOND);
	set_stage(&now, 12 * SECOND);
	/* History says 1:9, the interval 3:1. */
	for (int i = 0; i < 2; i++) {
		work(i ? &now : &before, 1, 10, SECOND);
		work(i ? &now : &before, 2, 90, 9 * SECOND);
	}
	before.flows[1].wait_histogram[40] = 1000;
	now.flows[1].wait_histogram[40] = 1000;
	work(&now, 1, 300, 12 * SECOND / 10);
	work(&now, 2, 50, 4 * SECOND / 10);
	now.flows[1].wait_histogram[20] += 300;
	now.flows[2].waiting = 1;
	build();
	assert_int_equal(model.count, 1);
	assert_int_equal(model.interval_ns, 2 * SECOND);
	assert_near(model.lanes[0].busy, 0.8);
	assert_int_equal(model.lanes[0].count, 2);

	assert_string_equal(model.lanes[0].rows[0].agent, "/alpha");
	assert_near(model.lanes[0].rows[0].share_now, 0.25);
	assert_near(model.lanes[0].rows[0].share_due, 0.25);
	assert_near(model.lanes[0].rows[0].jobs_per_second, 25);
	assert_false(model.lanes[0].rows[0].waited);
	assert_int_equal(model.lanes[0].rows[0].state, TOP_WORKING);

	assert_string_equal(model.lanes[0].rows[1].agent, "/zeta");
	assert_near(model.lanes[0].rows[1].share_now, 0.75);
	assert_near(model.lanes[0].rows[1].jobs_per_second, 150);
	assert_true(model.lanes[0].rows[1].waited);
	assert_true(model.lanes[0].rows[1].wait_p99_ns <= headgate_histogram_edge(21));
}

static void idle_lane__has_no_shares(void **state)
{
	(void)state;
	now.flows[1].waiting = 3;
	build();
	assert_near(model.lanes[0].busy, 0);
	assert_true(isnan(model.lanes[0].rows[0].share_now));
	assert_int_equal(model.lanes[0].rows[0].state, TOP_IDLE);
	assert_int_equal(model.lanes[0].rows[1].state, TOP_WAITING);
}

static void totals_that_went_back__count_from_zero(void **state)
{
	(void)state;
	work(&before, 1, 1000, 100 * SECOND);
	work(&now, 1, 10, SECOND / 2);
	build();
	assert_near(model.lanes[0].busy, 0.5);
	assert_near(model.lanes[0].rows[1].share_now, 1);
	assert_near(model.lanes[0].rows[1].jobs_per_second, 10);
}

static void shares__add_up_though_dumps_are_apart(void **state)
{
	(void)state;
	work(&now, 1, 1, SECOND / 2);
	now.lane.busy_ns -= SECOND / 10;	/* the lane was read at another moment */
	build();
	assert_near(model.lanes[0].rows[1].share_now, 1);
	assert_near(model.lanes[0].busy, 0.5);

	/* Half of the work was done by an agent that has gone, its flow with it. */
	now.lane.busy_ns = SECOND;
	now.snapshot.flows.count = 2;
	build();
	assert_near(model.lanes[0].rows[0].share_now, 0.5);
	assert_near(model.lanes[0].busy, 1);
}

static void ungoverned_work__comes_last_and_has_no_due(void **state)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	work(&now, 0, 10, SECOND / 4);
	now.snapshot.agents.count = 1;	/* /alpha is gone, its flow lingers */
	build();
	assert_int_equal(model.lanes[0].count, 3);
	assert_string_equal(model.lanes[0].rows[0].agent, "(gone)");
	assert_string_equal(model.lanes[0].rows[2].agent, "(ungoverned)");
	assert_near(model.lanes[0].ungoverned, 0.25);
	top_view_text(&model, file, 0, false);
	fclose(file);
	assert_string_equal(text,
		"0000:00:02.0  simgpu  gfx  busy 25.0%  ungoverned 25.0%  held idle 0.0%\n"
		"AGENT             WEIGHT  CLASS          MAX   SHARE     DUE  JOBS/S  WAIT-P50  WAIT-P99  STATE\n"
		"(gone)                 -  -                -    0.0%   25.0%     0.0         -         -  idle\n"
		"/zeta                300  batch          30%    0.0%   75.0%     0.0         -         -  idle\n"
		"(ungoverned)           -  -                -  100.0%       -    10.0         -         -  working\n");
	free(text);
}

static void lines__fit_a_narrow_terminal(void **state)
{
	(void)state;
	now.agents[0].path = "/a/path/that/is/much/longer/than/any/narrow/terminal/could/show";
	work(&now, 1, 10, SECOND);
	build();
	for (int width = 20; width < 160; width++) {
		char *text, *rest, *line;
		size_t size;
		FILE *file = open_memstream(&text, &size);

		top_view_text(&model, file, width, false);
		fclose(file);
		assert_non_null(strstr(text, "SHARE"));
		rest = text;
		while ((line = strsep(&rest, "\n")))
			assert_true((int)strlen(line) <= width);
		free(text);
	}
}

static void json__has_null_for_what_is_not_known(void **state)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	now.snapshot.flows.count = 2;
	build();
	assert_int_equal(top_view_json(&model, file), 0);
	fclose(file);
	assert_string_equal(text,
		"{\"schema_version\":1,\"interval_ns\":1000000000,\"lanes\":[{\"lane_id\":5,"
		"\"lane\":\"gfx\",\"device_id\":1,\"device\":\"0000:00:02.0\",\"driver\":\"simgpu\","
		"\"busy\":0,\"ungoverned\":0,\"held_idle\":0,\"agents\":[{\"agent_id\":11,"
		"\"agent\":\"/zeta\",\"weight\":300,\"class\":\"batch\",\"max_quota_ns\":30000000,"
		"\"max_period_ns\":100000000,\"busy_ns\":0,"
		"\"share_now\":null,\"share_due\":0.75,\"jobs_per_second\":0,\"wait_p50_ns\":null,"
		"\"wait_p99_ns\":null,\"state\":\"idle\"}]}]}\n");
	free(text);
}

#define CASE(_test) cmocka_unit_test_setup_teardown(_test, begin, end)

static void state_of_the_agent__is_told_where_the_lane_does_not_tell_it(void **state)
{
	static const struct {
		enum top_state lane;
		enum headgate_life_state agent;
		const char *shown;
	} cases[] = {
		{ TOP_IDLE, HEADGATE_LIFE_IDLE, "idle" },
		{ TOP_IDLE, HEADGATE_LIFE_WORKING, "idle" },	/* on another lane */
		{ TOP_IDLE, HEADGATE_LIFE_THINKING, "thinking" },
		{ TOP_IDLE, HEADGATE_LIFE_PAUSED, "paused" },
		{ TOP_WAITING, HEADGATE_LIFE_STUCK, "stuck" },
		{ TOP_WORKING, HEADGATE_LIFE_STUCK, "stuck" },
		{ TOP_WORKING, HEADGATE_LIFE_THINKING, "working" },
		{ TOP_WORKING, HEADGATE_LIFE_PAUSED, "paused" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct headgate_life life = { .state = cases[i].agent };
		const struct top_row row = { .state = cases[i].lane, .life = &life };

		assert_string_equal(top_row_state(&row), cases[i].shown);
	}
	assert_string_equal(top_row_state(&(struct top_row){ .state = TOP_WAITING }), "waiting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(shares__are_those_of_the_interval),
		CASE(idle_lane__has_no_shares),
		CASE(totals_that_went_back__count_from_zero),
		CASE(shares__add_up_though_dumps_are_apart),
		CASE(ungoverned_work__comes_last_and_has_no_due),
		CASE(lines__fit_a_narrow_terminal),
		CASE(json__has_null_for_what_is_not_known),
		cmocka_unit_test(state_of_the_agent__is_told_where_the_lane_does_not_tell_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
