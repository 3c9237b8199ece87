// SPDX-License-Identifier: GPL-2.0-or-later
/* Budgets that cgroups say: when there is a record of them, what it keeps, and what is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "budget_cgroup.h"
#include "budget_cgroups.h"
#include "log.h"

/* What the cgroup of each id says; NULL: it went. */
static const char *said[1000];
static int read_error, parse_error;
static unsigned int warnings, removed;
static bool priced;

int headgate_budget_cgroup_read(const char *path, uint64_t id, const char *attribute,
				char text[HEADGATE_BUDGET_TEXT_MAX])
{
	(void)path;
	assert_string_equal(attribute, "trusted.headgate.budget");
	*text = '\0';
	if (read_error)
		return read_error;
	if (!said[id])
		return -ESTALE;
	if (strlen(said[id]) >= HEADGATE_BUDGET_TEXT_MAX)
		return -EINVAL;
	strcpy(text, said[id]);
	return 0;
}

static char answer[HEADGATE_BUDGET_TEXT_MAX];

int headgate_budget_cgroup_write(const char *path, const char *attribute, const char *text)
{
	(void)path;
	assert_string_equal(attribute, "trusted.headgate.budget.answer");
	snprintf(answer, sizeof(answer), "%s", text);
	return 0;
}

bool __wrap_headgate_config_has_price(const struct headgate_config *config,
				      struct headgate_budget *budget,
				      char fault[HEADGATE_FAULT_MAX])
{
	(void)config;
	strcpy(fault, "no price");
	return !budget->money || priced;
}

int __real_headgate_budget_parse(const char *text, const char *where,
				 struct headgate_budget *budget, char **fault);

int __wrap_headgate_budget_parse(const char *text, const char *where,
				 struct headgate_budget *budget, char **fault)
{
	return parse_error ?: __real_headgate_budget_parse(text, where, budget, fault);
}

void log_write(int priority, const char *format, ...)
{
	(void)format;
	warnings += priority == LOG_WARNING;
}

static void on_removed(const struct headgate_budget_record *record, void *data)
{
	assert_non_null(record->budget.name);
	assert_ptr_equal(data, &removed);
	removed++;
}

static struct budget_cgroups cgroups;
static struct headgate_budgets known;
static struct headgate_agent agents[1000];
static size_t n_agents;

static int begin(void **state)
{
	(void)state;
	memset(said, 0, sizeof(said));
	warnings = 0;
	removed = 0;
	*answer = '\0';
	priced = false;
	n_agents = 0;
	read_error = 0;
	parse_error = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	budget_cgroups_free(&cgroups);
	headgate_budgets_free(&known);
	return 0;
}

static bool apply(void)
{
	const struct headgate_agents all = { agents, n_agents };

	return budget_cgroups_apply(&cgroups, &known, &all, NULL, on_removed, &removed);
}

/* Agents 1 to @count, the first of which says @text. */
static bool says(const char *text, size_t count)
{
	n_agents = count;
	for (size_t i = 0; i < count; i++)
		agents[i] = (struct headgate_agent){ .id = i + 1, .path = "/a" };
	said[1] = text;
	budget_cgroups_look(&cgroups, &known, 1, "/a");
	return apply();
}

static void add_section(const char *name)
{
	known.records = reallocarray(known.records, known.n_records + 1, sizeof(*known.records));
	known.records[known.n_records++] = (struct headgate_budget_record){
		.budget = { .name = strdup(name), .of = strdup("/a"), .limit = 7 } };
}

static void cgroup_that_says_nothing__is_nothing(void **state)
{
	(void)state;
	assert_false(says("", 1));
	assert_int_equal(cgroups.count, 0);
	assert_int_equal(known.n_records, 0);
	assert_int_equal(warnings, 0);
}

/* It has not gone, and nobody tells of it once more. */
static void what_cannot_be_read_now__is_to_be_looked_at_again(void **state)
{
	(void)state;
	assert_false(says(NULL, 1));
	assert_int_equal(budget_cgroups_look(&cgroups, &known, 1, "/a"), 0);
	said[1] = "2s per day";
	read_error = -ENOMEM;
	assert_int_equal(budget_cgroups_look(&cgroups, &known, 1, "/a"), -ENOMEM);
	read_error = 0;
	parse_error = -ENOMEM;
	assert_int_equal(budget_cgroups_look(&cgroups, &known, 1, "/a"), -ENOMEM);
	assert_false(apply());
	parse_error = 0;
	assert_int_equal(budget_cgroups_look(&cgroups, &known, 1, "/a"), 0);
	assert_true(apply());
	assert_int_equal(warnings, 0);
}

static void cgroup_that_says_one__has_a_record_beside_the_policys(void **state)
{
	(void)state;
	add_section("a");
	assert_true(says("2s per day, act = pause", 1));
	assert_int_equal(known.n_records, 2);
	assert_string_equal(known.records[0].budget.name, "a");
	assert_int_equal(known.records[0].budget.limit, 7);
	assert_string_equal(known.records[1].budget.name, "cgroup#1");
	assert_int_equal(known.records[1].budget.whom, HEADGATE_BUDGET_CGROUP);
	assert_int_equal(known.records[1].budget.cgroup_id, 1);
	assert_string_equal(known.records[1].budget.of, "/a");
	assert_true(known.records[1].state.known);
	assert_false(says("2s per day, act = pause", 1));
	assert_int_equal(known.n_records, 2);
}

static void another_limit__goes_on_and_another_period_begins_anew(void **state)
{
	(void)state;
	says("2s per day", 1);
	known.records[0].state.used = 5;
	assert_true(says("3s per day, act = pause", 1));
	assert_int_equal(known.records[0].state.used, 5);
	assert_true(known.records[0].budget.limit == UINT64_C(3000000000));
	assert_int_equal(known.records[0].budget.act, HEADGATE_BUDGET_PAUSE);
	assert_true(says("3s per hour", 1));
	assert_int_equal(known.records[0].state.used, 0);
	assert_true(known.records[0].state.known);
	assert_int_equal(removed, 0);
}

static void record_of_before__stays_until_its_cgroup_is_looked_at(void **state)
{
	(void)state;
	says("2s per day", 1);
	known.records[0].state.used = 5;
	/* Another headgated: the records are those of the file. */
	budget_cgroups_free(&cgroups);
	assert_false(apply());
	assert_int_equal(known.n_records, 1);
	assert_false(says("2s per day", 1));
	assert_int_equal(known.records[0].state.used, 5);
	/* It was taken away meanwhile. */
	budget_cgroups_free(&cgroups);
	assert_true(says("", 1));
	assert_int_equal(known.n_records, 0);
	assert_int_equal(removed, 1);
	assert_int_equal(cgroups.count, 0);
}

static void agent_that_went__takes_it_along_and_nothing_is_told(void **state)
{
	(void)state;
	says("2s per day", 1);
	n_agents = 0;
	assert_true(apply());
	assert_int_equal(known.n_records, 0);
	assert_int_equal(cgroups.count, 0);
	assert_int_equal(removed, 0);
	/* Without an agent it is none. */
	said[1] = "2s per day";
	budget_cgroups_look(&cgroups, &known, 1, "/a");
	assert_false(apply());
	assert_int_equal(known.n_records, 0);
}

static void what_is_not_understood__is_told_once_and_changes_nothing(void **state)
{
	char *long_text = calloc(1, 2000);

	(void)state;
	memset(long_text, 'x', 1999);
	assert_false(says("much", 1));
	assert_false(says("much", 1));
	assert_int_equal(known.n_records, 0);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(answer, "trusted.headgate.budget: write how much"));
	says("2s per day", 1);
	known.records[0].state.used = 5;
	assert_false(says("more", 1));
	assert_int_equal(warnings, 2);
	assert_false(says(long_text, 1));
	assert_int_equal(warnings, 3);
	assert_int_equal(known.n_records, 1);
	assert_int_equal(known.records[0].state.used, 5);
	free(long_text);
}

static void money__is_counted_when_there_is_a_price(void **state)
{
	(void)state;
	assert_false(says("2 EUR per day", 1));
	assert_false(apply());
	assert_int_equal(warnings, 1);
	assert_string_equal(answer, "no price");
	priced = true;
	assert_true(apply());
	assert_string_equal(answer, "");
	assert_int_equal(known.n_records, 1);
	/* One that is counted is kept. */
	priced = false;
	assert_false(apply());
	assert_int_equal(known.n_records, 1);
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	n_agents = HEADGATE_BUDGET_CGROUPS_MAX + 1;
	for (size_t i = 0; i < n_agents; i++) {
		agents[i] = (struct headgate_agent){ .id = i + 1, .path = "/a" };
		said[i + 1] = "1h per day";
		budget_cgroups_look(&cgroups, &known, i + 1, "/a");
	}
	for (int i = 0; i < HEADGATE_BUDGETS_MAX; i++)
		add_section("a");
	assert_true(apply());
	assert_int_equal(known.n_records, HEADGATE_BUDGET_RECORDS_MAX);
	assert_int_equal(warnings, 1);
	/* One goes, and the one that had no room has. */
	said[1] = "";
	budget_cgroups_look(&cgroups, &known, 1, "/a");
	assert_true(apply());
	assert_int_equal(known.n_records, HEADGATE_BUDGET_RECORDS_MAX);
	assert_int_equal(warnings, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cgroup_that_says_nothing__is_nothing),
		TEST(what_cannot_be_read_now__is_to_be_looked_at_again),
		TEST(cgroup_that_says_one__has_a_record_beside_the_policys),
		TEST(another_limit__goes_on_and_another_period_begins_anew),
		TEST(record_of_before__stays_until_its_cgroup_is_looked_at),
		TEST(agent_that_went__takes_it_along_and_nothing_is_told),
		TEST(what_is_not_understood__is_told_once_and_changes_nothing),
		TEST(money__is_counted_when_there_is_a_price),
		TEST(no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
