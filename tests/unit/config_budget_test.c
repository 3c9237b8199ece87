// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [budget NAME]: what is understood, and every error with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config_load.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void budgets__are_none_unless_there_are_sections(void **state)
{
	struct headgate_config config = load("[agent a]\n");

	(void)state;
	assert_int_equal(config.n_budgets, 0);
	headgate_config_free(&config);
}

static void budget__has_what_its_section_says(void **state)
{
	struct headgate_config config = load("[budget a]\nagent = ml.slice/*\ngpu-time = 2h\nper = day\n"
					     "[budget b.1-x_Y]\nowner = anna k\ngpu-time = 10ms\nper = hour\nwarn = 50%\nact = cap 12.5%\n"
					     "[budget c]\nproject = p\nmoney = 5.00\nper = month\nact = pause\nexec = /bin/tell\n"
					     "[budget d]\nagent = x\nmoney = 7.25 EUR\nper = month\nact = floor\nexec = none\n"
					     "[price *]\nper-gpu-hour = 1 EUR\n");
	const struct headgate_budget *b = config.budgets;

	(void)state;
	assert_int_equal(config.n_budgets, 4);
	assert_string_equal(b[0].name, "a");
	assert_int_equal(b[0].whom, HEADGATE_BUDGET_AGENT);
	assert_string_equal(b[0].of, "/ml.slice/*");
	assert_false(b[0].money);
	assert_true(b[0].limit == UINT64_C(7200000000000));
	assert_int_equal(b[0].per, HEADGATE_BUDGET_DAY);
	assert_int_equal(b[0].warn_ppm, 800000);
	assert_int_equal(b[0].act, HEADGATE_BUDGET_NONE);
	assert_null(b[0].exec);
	assert_int_equal(b[1].whom, HEADGATE_BUDGET_OWNER);
	assert_string_equal(b[1].of, "anna k");
	assert_int_equal(b[1].limit, 10000000);
	assert_int_equal(b[1].per, HEADGATE_BUDGET_HOUR);
	assert_int_equal(b[1].warn_ppm, 500000);
	assert_int_equal(b[1].act, HEADGATE_BUDGET_CAP);
	assert_int_equal(b[1].cap_ppm, 125000);
	assert_int_equal(b[2].whom, HEADGATE_BUDGET_PROJECT);
	assert_true(b[2].money);
	assert_int_equal(b[2].limit, 5000000);
	assert_string_equal(b[2].currency, "EUR");
	assert_int_equal(b[2].per, HEADGATE_BUDGET_MONTH);
	assert_int_equal(b[2].act, HEADGATE_BUDGET_PAUSE);
	assert_string_equal(b[2].exec, "/bin/tell");
	assert_int_equal(b[3].act, HEADGATE_BUDGET_FLOOR);
	assert_int_equal(b[3].limit, 7250000);
	assert_null(b[3].exec);
	headgate_config_free(&config);
}

#define GOOD "[budget a]\nagent = x\ngpu-time = 1h\nper = day\n"

static const struct {
	const char *text, *error;
} faults[] = {
	{ "[budget]\n", "f:1: [budget] needs a name of letters, digits, dots, dashes and underlines, such as [budget research]" },
	{ "[budget a b]\n", "f:1: [budget] needs a name of letters, digits, dots, dashes and underlines, such as [budget research]" },
	{ GOOD "[budget a]\n", "f:5: section [budget a] is there already, first on line 1 of this file" },
	{ "[gate]\n[budget a]\ngpu-time = 1h\nper = day\n", "f:2: section [budget a] says no agent, owner or project" },
	{ "[budget a]\nagent = x\nper = day\n[gate]\n", "f:1: section [budget a] says no gpu-time or money" },
	{ "[budget a]\nagent = x\ngpu-time = 1h\n", "f:1: section [budget a] says no per" },
	{ GOOD "owner = x\n", "f:5: owner: a budget has one of agent, owner and project" },
	{ GOOD "money = 1 EUR\n", "f:5: money: a budget has one of gpu-time and money" },
	{ GOOD "per = day\n", "f:5: per is set twice in this section" },
	{ "[budget a]\nagent = a//b\ngpu-time = 1h\nper = day\n",
	  "f:2: agent: \"a//b\" is no pattern of cgroup paths below the root, such as ml.slice/*: two slashes in a row, between which there is no name" },
	{ "[budget a]\nagent = /\ngpu-time = 1h\nper = day\n",
	  "f:2: agent: \"/\" is no pattern of cgroup paths below the root, such as ml.slice/*" },
	{ "[budget a]\nagent = x\ngpu-time = 2 days\nper = day\n",
	  "f:3: gpu-time: \"2 days\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms" },
	{ "[budget a]\nagent = x\ngpu-time = 0\nper = day\n",
	  "f:3: gpu-time: 0 is out of range, 1 ms to 876000 h are allowed" },
	{ "[budget a]\nagent = x\ngpu-time = 1h\nper = week\n", "f:4: per: \"week\" is none of hour, day and month" },
	{ GOOD "warn = 0%\n", "f:5: warn: \"0%\" is not a percentage above 0 and up to 100%, such as 80%" },
	{ GOOD "warn = 101%\n", "f:5: warn: \"101%\" is not a percentage above 0 and up to 100%, such as 80%" },
	{ GOOD "act = cap\n", "f:5: act: \"cap\" is none of none, floor, cap with a percentage above 0, such as cap 10%, and pause" },
	{ GOOD "act = cap 0%\n",
	  "f:5: act: \"cap 0%\" is none of none, floor, cap with a percentage above 0, such as cap 10%, and pause" },
	{ GOOD "act = kill\n", "f:5: act: \"kill\" is none of none, floor, cap with a percentage above 0, such as cap 10%, and pause" },
	{ GOOD "exec = tell\n", "f:5: exec: \"tell\" is neither the path of a program, from the root on, nor none" },
	{ GOOD "until = 1\n",
	  "f:5: unknown key until in [budget]; there are agent, owner, project, gpu-time, money, per, warn, act and exec" },
	{ "[budget a]\nagent = x\nmoney = much\nper = day\n[price *]\nper-gpu-hour = 1 EUR\n",
	  "f:3: money: \"much\" is not an amount with at most six decimals, such as 5.00 or 5.00 EUR" },
	{ "[budget a]\nagent = x\nmoney = 0\nper = day\n[price *]\nper-gpu-hour = 1 EUR\n", "f:3: money: it must be more than 0" },
	{ "[budget a]\nagent = x\nmoney = 5\nper = day\n",
	  "f:1: [budget a]: write money with its currency, such as 5.00 EUR: the sections [price PATTERN] have none" },
	{ "[budget a]\nagent = x\nmoney = 5\nper = day\n[price *]\nper-gpu-hour = 1 EUR\n[price x]\nper-gpu-hour = 1 USD\n",
	  "f:1: [budget a]: write money with its currency, such as 5.00 EUR: the sections [price PATTERN] have several" },
	{ "[budget a]\nagent = x\nmoney = 5 SEK\nper = day\n[price *]\nper-gpu-hour = 1 EUR\n",
	  "f:1: [budget a]: no section [price PATTERN] has a price in SEK, so nothing would cost anything" },
};

static void errors__are_told_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		refuse(faults[i].text, faults[i].error);
}

static void same_name_in_a_drop_in__is_told_with_both_places(void **state)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;

	(void)state;
	write_file("f", GOOD);
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/x.conf", "[gate]\n" GOOD);
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.items[0],
			    "conf.d/x.conf:2: section [budget a] is there already, first on line 1 of f");
	headgate_config_errors_free(&errors);
}

static void too_many_budgets__are_refused(void **state)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;
	static char text[HEADGATE_BUDGETS_MAX * 80];
	size_t length = 0;

	(void)state;
	for (int i = 0; i <= HEADGATE_BUDGETS_MAX; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "[budget b%d]\nagent = x\ngpu-time = 1h\nper = day\n", i);
	write_file("f", text);
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.items[0], "f:257: there are more than 64 sections [budget NAME]");
	headgate_config_errors_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(budgets__are_none_unless_there_are_sections),
		IN_HOME(budget__has_what_its_section_says),
		IN_HOME(errors__are_told_with_their_line),
		IN_HOME(same_name_in_a_drop_in__is_told_with_both_places),
		IN_HOME(too_many_budgets__are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
