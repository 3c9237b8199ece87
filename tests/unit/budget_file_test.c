// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of budgets is read as it was written, whatever agents are called; and the sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "budget_file.h"
#include "budget_tell.h"
#include "home.h"

static void add_agent(struct headgate_budgets *b, uint64_t id, const char *path, const char *owner)
{
	struct headgate_budget_agent *agent = headgate_budgets_agent(b, id);

	assert_non_null(agent);
	agent->path = strdup(path);
	agent->parent_id = id + 1;
	strcpy(agent->labels.values[HEADGATE_LABEL_OWNER], owner);
}

static void what_is_written__is_read(void **state)
{
	struct headgate_budgets b = { .n_records = 2, .n_seen = 2, .instance = "0b7e-boot:18446744073709551615" }, r;
	struct headgate_budget_held *held;

	(void)state;
	b.records = calloc(2, sizeof(*b.records));
	b.records[0] = (struct headgate_budget_record){
		.budget = { .name = strdup("a-1"), .whom = HEADGATE_BUDGET_OWNER, .of = strdup("anna von x"), .money = true,
			    .limit = UINT64_MAX, .currency = "EUR", .per = HEADGATE_BUDGET_MONTH, .warn_ppm = 1,
			    .act = HEADGATE_BUDGET_CAP, .cap_ppm = 7 },
		.state = { .start_s = -5, .end_s = INT64_MAX, .used = UINT64_MAX, .rest = 3,
			   .warned_at = 4, .over_at = 5, .over = true, .known = true },
	};
	b.records[1].budget = (struct headgate_budget){ .name = strdup("b"), .of = strdup("/x y/*"), .limit = 1 };
	b.seen = calloc(2, sizeof(*b.seen));
	b.seen[0] = (struct headgate_budget_seen){ 9, 1, UINT64_MAX };
	b.seen[1] = (struct headgate_budget_seen){ 9, 2, 1 };
	add_agent(&b, 9, "/with blank\tand tab", "a b");
	add_agent(&b, 3, "/p", "");
	held = headgate_budgets_held(&b, 9);
	*held = (struct headgate_budget_held){
		.id = 9, .paused = true, .by_hand = true, .had = { 1, 2, 3 },
		.set = { 4, 5, UINT64_MAX }, .was = { 7, 8, 9 },
	};
	assert_int_equal(headgate_budgets_save("f", &b), 0);
	assert_int_equal(headgate_budgets_load("f", &r), 0);
	assert_int_equal(r.n_records, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(headgate_budget_same(&r.records[i].budget, &b.records[i].budget));
		assert_memory_equal(&r.records[i].state, &b.records[i].state,
				    sizeof(r.records[i].state));
	}
	assert_true(r.records[0].budget.limit == UINT64_MAX);
	assert_int_equal(r.records[0].budget.cap_ppm, 7);
	assert_int_equal(r.records[0].budget.act, HEADGATE_BUDGET_CAP);
	assert_string_equal(r.instance, b.instance);
	assert_int_equal(r.n_seen, 2);
	assert_int_equal(headgate_budget_seen_order(&r.seen[0], &b.seen[0]), 0);
	assert_true(r.seen[0].busy_ns == b.seen[0].busy_ns);
	assert_int_equal(r.n_agents, 2);
	assert_string_equal(headgate_budgets_find(&r, 9)->path, "/with blank\tand tab");
	assert_string_equal(headgate_budgets_find(&r, 9)->labels.values[HEADGATE_LABEL_OWNER], "a b");
	assert_int_equal(headgate_budgets_find(&r, 9)->parent_id, 10);
	assert_string_equal(headgate_budgets_find(&r, 3)->path, "/p");
	assert_int_equal(r.n_held, 1);
	assert_memory_equal(&r.held[0].set, &held->set, sizeof(held->set));
	assert_memory_equal(&r.held[0].had, &held->had, sizeof(held->had));
	assert_memory_equal(&r.held[0].was, &held->was, sizeof(held->was));
	assert_true(r.held[0].paused && r.held[0].by_hand);
	headgate_budgets_free(&r);
	headgate_budgets_free(&b);
}

static void file__is_for_its_owner_alone(void **state)
{
	struct headgate_budgets b = { 0 };
	struct stat status;
	FILE *left = fopen("f.new", "w");

	(void)state;
	assert_non_null(left);
	fclose(left);
	assert_int_equal(chmod("f.new", 0666), 0);
	assert_int_equal(headgate_budgets_save("f", &b), 0);
	assert_int_equal(stat("f", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void what_is_no_line_of_ours__is_left_out(void **state)
{
	struct headgate_budgets r;

	(void)state;
	write_file("f", "budget a 9 0 0 1 - 1 0 0 0 0 0 0 0 0 0 0 /x\nbudget b 0 0 0 0 - 1 0 0 0 0 0 0 0 0 0 0 /x\n"
			"budget\nseen x\nheld 1\nheld 1 0 0 1 2 3 4 5 6 7 8\nagent 7 0 /nothing\nagent\n\n\nrubbish\ninstance\n"
			"budget c 0 0 0 1 - 1 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(headgate_budgets_load("f", &r), 0);
	assert_int_equal(r.n_records + r.n_seen + r.n_held + r.n_agents, 0);
	headgate_budgets_free(&r);
	assert_int_equal(headgate_budgets_load("none", &r), -2);
}

static void more_than_there_may_be__are_left_out(void **state)
{
	struct headgate_budgets b = { 0 }, r;
	size_t of_cgroups = 0;

	(void)state;
	b.records = calloc(2 * HEADGATE_BUDGET_RECORDS_MAX, sizeof(*b.records));
	for (; b.n_records < 2 * HEADGATE_BUDGET_RECORDS_MAX; b.n_records++)
		b.records[b.n_records].budget = (struct headgate_budget){
			.name = strdup("cgroup#1"), .of = strdup("/x"), .limit = 1,
			.whom = b.n_records % 2 ? HEADGATE_BUDGET_CGROUP : HEADGATE_BUDGET_OWNER,
		};
	assert_int_equal(headgate_budgets_save("f", &b), 0);
	assert_int_equal(headgate_budgets_load("f", &r), 0);
	for (size_t i = 0; i < r.n_records; i++)
		of_cgroups += r.records[i].budget.whom == HEADGATE_BUDGET_CGROUP;
	assert_int_equal(of_cgroups, HEADGATE_BUDGET_CGROUPS_MAX);
	assert_int_equal(r.n_records, HEADGATE_BUDGET_RECORDS_MAX);
	headgate_budgets_free(&r);
	headgate_budgets_free(&b);
}

static void sentences__say_what_is_done_and_until_when(void **state)
{
	struct headgate_budget budget = { .name = "n", .whom = HEADGATE_BUDGET_PROJECT, .of = "p q", .limit = 1000000,
		.money = true, .currency = "EUR", .per = HEADGATE_BUDGET_DAY, .act = HEADGATE_BUDGET_CAP, .cap_ppm = 125000 };
	struct headgate_budget_state s = { .start_s = 86400, .end_s = 172800, .used = 1005000 };
	char name[HEADGATE_BUDGET_NAME_MAX + 1];
	struct tell_words words;

	(void)state;
	assert_int_equal(budget_words(&budget, &s, HEADGATE_BUDGET_OVER, &words), 0);
	assert_string_equal(words.sentence, "budget n: project p q used 1.005 EUR of 1.00 EUR per day, 100 %; its agents together have a cap of 12.5 % until 1970-01-03T00:00:00Z");
	assert_true(budget_words_name(words.sentence, name));
	assert_string_equal(name, "n");
	assert_string_equal(words.fields[0], "HEADGATE_BUDGET=n");
	assert_string_equal(words.fields[1], "HEADGATE_EVENT=over");
	assert_string_equal(words.fields[words.count - 1], "HEADGATE_ACT=cap");
	tell_words_free(&words);
	budget.act = HEADGATE_BUDGET_NONE;
	assert_int_equal(budget_words(&budget, &s, HEADGATE_BUDGET_OVER, &words), 0);
	assert_non_null(strstr(words.sentence, "; nothing is done, and it is renewed at 1970-01-03T00:00:00Z"));
	tell_words_free(&words);
	assert_int_equal(budget_words(&budget, &s, HEADGATE_BUDGET_RENEWED, &words), 0);
	assert_string_equal(words.sentence, "budget n: renewed: 1.00 EUR until 1970-01-03T00:00:00Z");
	tell_words_free(&words);
	assert_string_equal(budget_event_name(HEADGATE_BUDGET_OVER), "budget-over");
	assert_string_equal(budget_event_name(HEADGATE_BUDGET_WARN), "budget-warn");
	assert_string_equal(budget_event_name(HEADGATE_BUDGET_RENEWED), "budget-renewed");
	assert_false(budget_words_name("budget", name));
	assert_false(budget_words_name("budget n m: x", name));
	assert_false(budget_words_name("stall: n", name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(what_is_written__is_read),
		IN_HOME(file__is_for_its_owner_alone),
		IN_HOME(what_is_no_line_of_ours__is_left_out),
		IN_HOME(more_than_there_may_be__are_left_out),
		IN_HOME(sentences__say_what_is_done_and_until_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
