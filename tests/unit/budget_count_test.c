// SPDX-License-Identifier: GPL-2.0-or-later
/* Who belongs to which budget, and that each nanosecond is counted once, for whom it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "budget_count.h"
#include "watch.h"

/* What the watch would have found: the owner after whom a folder is called. */
void watch_labels(const struct watch *watch, const struct headgate_config *config,
		  uint64_t agent_id, const char *path, struct headgate_labels *labels)
{
	(void)watch;
	(void)config;
	(void)agent_id;
	*labels = (struct headgate_labels){ 0 };
	path = strrchr(path, '/') + 1;
	if (!strcmp(path, "anna"))
		strcpy(labels->values[HEADGATE_LABEL_OWNER], "anna");
	if (!strcmp(path, "bob"))
		strcpy(labels->values[HEADGATE_LABEL_OWNER], "bob");
}

/* Prices are given by hand. */
const struct headgate_price *headgate_config_price(const struct headgate_config *config,
						   const char *device, int64_t day)
{
	(void)day;
	return !strcmp(device, "gpu0") ? config->prices : NULL;
}

static struct headgate_budgets of(enum headgate_budget_whom whom, const char *of)
{
	struct headgate_budgets b = { .n_records = 1, .instance = "boot:1" };

	b.records = calloc(1, sizeof(*b.records));
	b.records->budget = (struct headgate_budget){ .name = strdup("n"), .whom = whom, .of = strdup(of), .limit = 1 };
	return b;
}

static void set_agents(struct headgate_budgets *b, const struct headgate_agent *agents,
		       size_t count)
{
	const struct headgate_agents all = { (struct headgate_agent *)agents, count };

	assert_true(budget_agents(b, &all, NULL, NULL, false) >= 0);
}

static bool is_member(const struct headgate_budgets *b, uint64_t id)
{
	return headgate_budgets_find(b, id)->budgets[0] & 1;
}

static void pattern__covers_what_is_below(void **state)
{
	(void)state;
	assert_true(budget_covers("/a", "/a"));
	assert_true(budget_covers("/a", "/a/b/c"));
	assert_true(budget_covers("/a/*", "/a/b/c"));
	assert_false(budget_covers("/a/*", "/a"));
	assert_false(budget_covers("/a", "/ab"));
	assert_false(budget_covers("/b", "/a/b"));
}

static void subtree__is_a_member_and_its_top_alone_is_acted_upon(void **state)
{
	const struct headgate_agent agents[] = {
		{ .id = 1, .path = "/a" }, { .id = 2, .path = "/a/b", .parent_id = 1 },
		{ .id = 3, .path = "/a/b/c", .parent_id = 2 }, { .id = 4, .path = "/d" },
	};
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, "/a/**");

	(void)state;
	set_agents(&b, agents, 4);
	assert_false(is_member(&b, 1));
	assert_true(is_member(&b, 2));
	assert_true(is_member(&b, 3));
	assert_false(is_member(&b, 4));
	assert_true(budget_is_top(&b, headgate_budgets_find(&b, 2), 0));
	assert_false(budget_is_top(&b, headgate_budgets_find(&b, 3), 0));
	headgate_budgets_free(&b);
}

static void cgroup__is_a_member_with_all_below_whatever_record_it_is(void **state)
{
	const struct headgate_agent agents[] = {
		{ .id = 1, .path = "/a" }, { .id = 2, .path = "/a/b", .parent_id = 1 },
		{ .id = 3, .path = "/a/b/c", .parent_id = 2 }, { .id = 4, .path = "/a/bc", .parent_id = 1 },
	};
	struct headgate_budgets b = of(HEADGATE_BUDGET_CGROUP, "/a/b");
	const size_t last = HEADGATE_BUDGET_RECORDS_MAX - 1;

	(void)state;
	b.records->budget.cgroup_id = 2;
	b.records = reallocarray(b.records, last + 1, sizeof(*b.records));
	b.n_records = last + 1;
	for (size_t i = 1; i <= last; i++)
		b.records[i] = (struct headgate_budget_record){
			.budget = { .name = strdup("n"), .of = strdup("/x"), .limit = 1 } };
	b.records[last].budget.whom = HEADGATE_BUDGET_CGROUP;
	b.records[last].budget.cgroup_id = 4;
	set_agents(&b, agents, 4);
	assert_false(is_member(&b, 1));
	assert_true(is_member(&b, 2));
	assert_true(is_member(&b, 3));
	assert_false(is_member(&b, 4));
	assert_true(budget_is_top(&b, headgate_budgets_find(&b, 2), 0));
	assert_false(budget_is_top(&b, headgate_budgets_find(&b, 3), 0));
	assert_true(headgate_budget_agent_in(headgate_budgets_find(&b, 4), last));
	assert_false(headgate_budget_agent_in(headgate_budgets_find(&b, 2), last));
	headgate_budgets_free(&b);
}

static void label__is_that_of_the_nearest_above_that_has_one(void **state)
{
	const struct headgate_agent agents[] = {
		{ .id = 1, .path = "/anna" }, { .id = 2, .path = "/x/1", .parent_id = 1 },
		{ .id = 3, .path = "/x/bob", .parent_id = 2 }, { .id = 4, .path = "/x/2", .parent_id = 3 },
		{ .id = 5, .path = "/other" },
	};
	struct headgate_budgets b = of(HEADGATE_BUDGET_OWNER, "anna");

	(void)state;
	set_agents(&b, agents, 5);
	assert_true(is_member(&b, 1));
	assert_true(is_member(&b, 2));
	assert_false(is_member(&b, 3));
	assert_false(is_member(&b, 4));
	assert_false(is_member(&b, 5));
	headgate_budgets_free(&b);
}

static void agent_that_moves_or_comes__is_looked_at(void **state)
{
	struct headgate_agent agents[] = { { .id = 1, .path = "/a" }, { .id = 2, .path = "/b" } };
	struct headgate_budgets b = of(HEADGATE_BUDGET_OWNER, "bob");

	(void)state;
	set_agents(&b, agents, 1);
	assert_false(is_member(&b, 1));
	agents[0].path = "/bob";
	set_agents(&b, agents, 2);
	assert_true(is_member(&b, 1));
	assert_false(is_member(&b, 2));
	headgate_budgets_free(&b);
}

/* Counts flows {agent, lane, busy}; ended by agent 0. */
static void count(struct headgate_budgets *b, const char *instance,
		  const struct headgate_flow *flows, const struct budget_prices *prices)
{
	static const struct budget_prices none;
	struct headgate_flows all = { (struct headgate_flow *)flows, 0 };
	struct headgate_budget_seen *totals;
	size_t n;

	while (flows[all.count].lane_id)
		all.count++;
	assert_int_equal(budget_totals(&all, &totals, &n), 0);
	budget_count(b, instance, totals, n, prices ? prices : &none);
}

#define FLOW(_agent, _lane, _busy) { .agent_id = (_agent), .lane_id = (_lane), .busy_ns = (_busy) }
#define COUNT(_b, _instance, ...) \
	count(_b, _instance, (const struct headgate_flow[]){ __VA_ARGS__, { 0 } }, NULL)

/* One agent /a (1), which is known. */
static struct headgate_budgets of_agent(const char *pattern)
{
	const struct headgate_agent agent = { .id = 1, .path = "/a" };
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, pattern);

	set_agents(&b, &agent, 1);
	return b;
}

static void growth__is_counted_once_for_members(void **state)
{
	const struct headgate_agent agents[] = {
		{ .id = 1, .path = "/a" }, { .id = 2, .path = "/a/b", .parent_id = 1 }, { .id = 3, .path = "/c" },
	};
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, "/a");
	const uint64_t *used = &b.records->state.used;

	(void)state;
	set_agents(&b, agents, 3);
	COUNT(&b, "boot:1", FLOW(1, 1, 100), FLOW(0, 1, 9000), FLOW(3, 1, 5000), FLOW(2, 2, 10));
	assert_int_equal(*used, 110);
	COUNT(&b, "boot:1", FLOW(2, 2, 10), FLOW(1, 1, 100), FLOW(3, 1, 7000));
	assert_int_equal(*used, 110);
	/* Retired and gone: several entries of one, whose sum grows. */
	COUNT(&b, "boot:1", FLOW(1, 1, 60), FLOW(1, 1, 45), FLOW(2, 2, 10));
	assert_int_equal(*used, 115);
	/* What is gone is forgotten: nothing comes of it, and what comes after is counted. */
	COUNT(&b, "boot:1", FLOW(1, 1, 60), FLOW(2, 2, 10));
	assert_int_equal(*used, 115);
	COUNT(&b, "boot:1", FLOW(1, 1, 61), FLOW(1, 3, 4), FLOW(2, 2, 10));
	assert_int_equal(*used, 120);
	headgate_budgets_free(&b);
}

static void another_module__begins_at_nothing(void **state)
{
	struct headgate_budgets b = of_agent("/a");

	(void)state;
	COUNT(&b, "boot:1", FLOW(1, 1, 100));
	COUNT(&b, "boot:2", FLOW(1, 1, 30));
	assert_int_equal(b.records->state.used, 130);
	headgate_budgets_free(&b);
}

static void first_look_of_all__counts_nothing(void **state)
{
	struct headgate_budgets b = of_agent("/a");

	(void)state;
	*b.instance = '\0';
	COUNT(&b, "boot:1", FLOW(1, 1, 100));
	assert_int_equal(b.records->state.used, 0);
	COUNT(&b, "boot:1", FLOW(1, 1, 101));
	assert_int_equal(b.records->state.used, 1);
	headgate_budgets_free(&b);
}

static void agent_that_nobody_knows_yet__is_counted_when_it_is(void **state)
{
	const struct headgate_agent agents[] = { { .id = 1, .path = "/a" } };
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, "/a");

	(void)state;
	COUNT(&b, "boot:1", FLOW(1, 1, 100));
	assert_int_equal(b.records->state.used, 0);
	set_agents(&b, agents, 1);
	COUNT(&b, "boot:1", FLOW(1, 1, 101));
	assert_int_equal(b.records->state.used, 101);
	headgate_budgets_free(&b);
}

static void agent_that_went__is_known_until_its_work_is_told(void **state)
{
	const struct headgate_agent agents[] = { { .id = 1, .path = "/a" } };
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, "/a*");

	(void)state;
	set_agents(&b, agents, 1);
	COUNT(&b, "boot:1", FLOW(1, 1, 100));
	/* One that came and went between two looks is told by its end. */
	assert_non_null(budget_agent(&b, 2, "/a2", NULL, NULL));
	set_agents(&b, agents, 0);
	COUNT(&b, "boot:1", FLOW(1, 1, 150), FLOW(2, 1, 7));
	assert_int_equal(b.records->state.used, 157);
	COUNT(&b, "boot:1", FLOW(1, 1, 151));
	assert_int_equal(b.records->state.used, 158);
	assert_int_equal(b.n_agents, 1);
	headgate_budgets_free(&b);
}

/* Short jobs in a cgroup each below one of the owner: nobody has seen them, or whose they are. */
static void agent_that_went__is_of_those_above_it(void **state)
{
	const struct headgate_agent agents[] = {
		{ .id = 1, .path = "/anna" }, { .id = 2, .path = "/anna/bob", .parent_id = 1 },
		{ .id = 4, .path = "/ann" },
	};
	struct headgate_budgets b = of(HEADGATE_BUDGET_OWNER, "anna");

	(void)state;
	/* What had its path before is gone, but its work is told. */
	set_agents(&b, &(struct headgate_agent){ .id = 3, .path = "/anna" }, 1);
	COUNT(&b, "boot:1", FLOW(3, 1, 1));
	set_agents(&b, agents, 3);
	COUNT(&b, "boot:1", FLOW(3, 1, 1));
	assert_non_null(budget_agent(&b, 5, "/anna/job", NULL, NULL));
	assert_non_null(budget_agent(&b, 6, "/anna/bob/job/x", NULL, NULL));
	assert_non_null(budget_agent(&b, 7, "/annan/job", NULL, NULL));
	assert_int_equal(headgate_budgets_find(&b, 5)->parent_id, 1);
	assert_int_equal(headgate_budgets_find(&b, 6)->parent_id, 2);
	assert_int_equal(headgate_budgets_find(&b, 7)->parent_id, 0);
	assert_true(is_member(&b, 5));
	assert_false(is_member(&b, 6));
	set_agents(&b, agents, 3);
	COUNT(&b, "boot:1", FLOW(3, 1, 1), FLOW(5, 1, 20), FLOW(6, 1, 300));
	assert_int_equal(b.records->state.used, 21);
	headgate_budgets_free(&b);
}

static void money__is_a_part_of_the_devices_price(void **state)
{
	const struct headgate_agent agents[] = { { .id = 1, .path = "/a" } };
	struct headgate_lane lanes[] = {
		{ .id = 1, .device_id = 1 }, { .id = 2, .device_id = 1 },
		{ .id = 3, .device_id = 2 },
	};
	struct headgate_device devices[] = { { .id = 1, .name = "gpu0" }, { .id = 2, .name = "gpu1" } };
	struct headgate_price price = { .micros = 3600000000, .currency = "EUR" };
	struct headgate_config config = { .prices = &price, .n_prices = 1 };
	struct headgate_budgets b = of(HEADGATE_BUDGET_AGENT, "/a");
	struct budget_prices prices;
	const struct headgate_flow flows[] = {
		FLOW(1, 1, 2000000), FLOW(1, 2, 4000000), FLOW(1, 3, 9000000), { 0 },
	};

	(void)state;
	b.records->budget.money = true;
	strcpy(b.records->budget.currency, "EUR");
	assert_int_equal(budget_prices_read(&prices, &config, &(struct headgate_lanes){ lanes, 3 },
					    &(struct headgate_devices){ devices, 2 }, 20000), 0);
	set_agents(&b, agents, 1);
	/* 3600 an hour is a millionth each microsecond of the device, half of a lane. */
	count(&b, "boot:1", flows, &prices);
	assert_int_equal(b.records->state.used, 3000);
	/* Other money is not that. */
	strcpy(b.records->budget.currency, "USD");
	count(&b, "boot:2", flows, &prices);
	assert_int_equal(b.records->state.used, 3000);
	budget_prices_free(&prices);
	headgate_budgets_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern__covers_what_is_below),
		cmocka_unit_test(subtree__is_a_member_and_its_top_alone_is_acted_upon),
		cmocka_unit_test(cgroup__is_a_member_with_all_below_whatever_record_it_is),
		cmocka_unit_test(label__is_that_of_the_nearest_above_that_has_one),
		cmocka_unit_test(agent_that_moves_or_comes__is_looked_at),
		cmocka_unit_test(growth__is_counted_once_for_members),
		cmocka_unit_test(another_module__begins_at_nothing),
		cmocka_unit_test(first_look_of_all__counts_nothing),
		cmocka_unit_test(agent_that_nobody_knows_yet__is_counted_when_it_is),
		cmocka_unit_test(agent_that_went__is_known_until_its_work_is_told),
		cmocka_unit_test(agent_that_went__is_of_those_above_it),
		cmocka_unit_test(money__is_a_part_of_the_devices_price),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
