// SPDX-License-Identifier: GPL-2.0-or-later
/* The policy file: what is understood, and that every error is told with its line, all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_load.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MS UINT64_C(1000000)

static void full_file__is_understood(void **state)
{
	struct headgate_config config = load(
		"# policy\n"
		"[gate]\n"
		"horizon = 4ms\n"
		"max-wait=2s\n"
		"  slice-batch\t=\t5ms  \n"
		"slice-interactive = 500us\r\n"
		"\n"
		"; agents\n"
		"[agent ml.slice/train-*]\n"
		"weight = 400\n"
		"class = batch\n"
		"max = 30%\n"
		"[ agent   /editor.slice/** ]\n"
		"class = interactive\n"
		"slice = 1ms\n"
		"max = 30ms/100ms");
	const struct headgate_policy *policy = &config.agents[0].policy;

	(void)state;
	assert_int_equal(config.settings.present, 15);
	assert_int_equal(config.settings.horizon_ns, 4 * MS);
	assert_int_equal(config.settings.max_wait_ns, 2000 * MS);
	assert_int_equal(config.settings.slice_batch_ns, 5 * MS);
	assert_int_equal(config.settings.slice_interactive_ns, MS / 2);
	assert_int_equal(config.n_agents, 2);
	assert_string_equal(config.agents[0].glob, "/ml.slice/train-*");
	assert_int_equal(policy->present,
			 HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_CLASS | HEADGATE_POLICY_MAX);
	assert_int_equal(policy->weight, 400);
	assert_int_equal(policy->max_quota_ns, 30 * MS);
	assert_int_equal(policy->max_period_ns, 100 * MS);
	policy = &config.agents[1].policy;
	assert_string_equal(config.agents[1].glob, "/editor.slice/**");
	assert_int_equal(policy->class, HEADGATE_CLASS_INTERACTIVE);
	assert_int_equal(policy->slice_ns, MS);
	assert_int_equal(policy->max_quota_ns, 30 * MS);
	headgate_config_free(&config);
}

static void empty_file__is_a_policy_without_agents(void **state)
{
	struct headgate_config config = load("");

	(void)state;
	assert_int_equal(config.n_agents, 0);
	assert_int_equal(config.settings.present, 0);
	headgate_config_free(&config);
}

static void long_patterns__are_kept_whole(void **state)
{
	static const char glob[] = "/kubepods.slice/kubepods-burstable.slice/"
				   "kubepods-burstable-pod*.slice/cri-containerd-*.scope";
	char text[256];
	struct headgate_config config;

	(void)state;
	snprintf(text, sizeof(text), "[agent %s/]\nweight = 5\n", glob);
	config = load(text);
	assert_string_equal(config.agents[0].glob, glob);
	headgate_config_free(&config);
}

static void patterns__mean_what_their_writer_does(void **state)
{
	static const char *const globs[] = {
		"/ml.slice/a", "/x", "/y", "/sys/fs/cgroups/a", "/a/**", "/**/b", "/**", "/*a*b*", "/[[]",
		"/[]a]", "/[!a-c-]", "/..a", "/a\\x2db",
	};
	struct headgate_config config = load(
		"[agent /sys/fs/cgroup/ml.slice/a]\n[agent /x/]\n[agent //y]\n"
		"[agent /sys/fs/cgroups/a]\n[agent a/**]\n[agent **/b]\n[agent **]\n[agent *a*b*]\n"
		"[agent [[]]\n[agent []a]]\n[agent [!a-c-]]\n[agent ..a]\n[agent a\\x2db]\n");

	(void)state;
	assert_int_equal(config.n_agents, ARRAY_SIZE(globs));
	for (size_t i = 0; i < ARRAY_SIZE(globs); i++)
		assert_string_equal(config.agents[i].glob, globs[i]);
	headgate_config_free(&config);
}

static void limits__belong_to_the_range(void **state)
{
	struct headgate_config config = load(
		"[gate]\nhorizon = 100us\nmax-wait = 1h\nslice-batch = 1s\nslice-interactive = 10us\n"
		"[agent a]\nweight = 1\nslice = 0\nmax = 1ms/10s\n"
		"[agent b]\nweight = 10000\nslice = 1s\nmax = 100%\n"
		"[agent c]\nmax = max\n");

	(void)state;
	assert_int_equal(config.n_agents, 3);
	assert_int_equal(config.agents[0].policy.slice_ns, 0);
	assert_int_equal(config.agents[2].policy.present, HEADGATE_POLICY_MAX);
	assert_int_equal(config.agents[2].policy.max_quota_ns, 0);
	headgate_config_free(&config);
}

static void owner_and_project__are_words(void **state)
{
	struct headgate_config config = load("[agent a]\nowner = anna\n project = x y \n");

	(void)state;
	assert_string_equal(config.agents[0].labels.values[HEADGATE_LABEL_OWNER], "anna");
	assert_string_equal(config.agents[0].labels.values[HEADGATE_LABEL_PROJECT], "x y");
	assert_int_equal(config.agents[0].policy.present, 0);
	headgate_config_free(&config);
}

static void observe__is_a_number_of_rows(void **state)
{
	struct headgate_config config = load("[gate]\nhorizon = 1ms\n");

	(void)state;
	assert_int_equal(config.observe, 0);
	headgate_config_free(&config);
	config = load("[gate]\nobserve = 4096\n");
	assert_int_equal(config.observe, 4096);
	assert_int_equal(config.settings.present, 0);
	headgate_config_free(&config);
	config = load("[gate]\nobserve = 65536\n");
	assert_int_equal(config.observe, 65536);
	headgate_config_free(&config);
}

static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{ "[agent a]\nweight = 0\n",
	  "f:2: weight: \"0\" is not a whole number from 1 to 10000" },
	{ "[agent a]\nweight = 10001\n",
	  "f:2: weight: \"10001\" is not a whole number from 1 to 10000" },
	{ "[agent a]\nweight = -1\n",
	  "f:2: weight: \"-1\" is not a whole number from 1 to 10000" },
	{ "[agent a]\nweight = 99999999999999999999\n",
	  "f:2: weight: \"99999999999999999999\" is not a whole number from 1 to 10000" },
	{ "[agent a]\nweight = 100 # percent\n",
	  "f:2: weight: \"100 # percent\" is not a whole number from 1 to 10000" },
	{ "[agent a]\nclass = fast\n",
	  "f:2: class: \"fast\" is neither batch nor interactive" },
	{ "[agent a]\nslice = 4\n",
	  "f:2: slice: \"4\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms" },
	{ "[agent a]\nslice = 9us\n",
	  "f:2: slice: 9us is out of range, 10 us to 1 s are allowed" },
	{ "[gate]\nhorizon = 2s\n",
	  "f:2: horizon: 2s is out of range, 100 us to 1 s are allowed" },
	{ "[gate]\nmax-wait = 99999999999h\n",
	  "f:2: max-wait: 99999999999h is out of range, 10 ms to 1 h are allowed" },
	{ "[agent a]\nmax = 0%\n",
	  "f:2: max: \"0%\" must be above 0 and at most the whole (100%, or quota = period)" },
	{ "[agent a]\nmax = 101%\n",
	  "f:2: max: \"101%\" must be above 0 and at most the whole (100%, or quota = period)" },
	{ "[agent a]\nmax = 200ms/100ms\n",
	  "f:2: max: \"200ms/100ms\" must be above 0 and at most the whole (100%, or quota = period)" },
	{ "[agent a]\nmax = lots\n",
	  "f:2: max: \"lots\" is not a cap; write 30%, 30ms/100ms (quota/period) or max" },
	{ "[agent a]\nmax = 5s/11s\n",
	  "f:2: max: the period of \"5s/11s\" is out of range, 1 ms to 10 s are allowed" },
	{ "[agent a]\nweight = 5\n\nweight = 6\n",
	  "f:4: weight is set twice in this section" },
	{ "[agent a]\nwieght = 5\n",
	  "f:2: unknown key wieght in [agent]; there are weight, class, slice, max, owner, project and deadline" },
	{ "[agent a]\nowner = a\033b\n", "f:2: owner: write 1 to 64 bytes of printable text" },
	{ "[agent a]\nproject = 01234567890123456789012345678901234567890123456789012345678901234\n",
	  "f:2: project: write 1 to 64 bytes of printable text" },
	{ "[agent a]\nowner = a\nowner = b\n", "f:3: owner is set twice in this section" },
	{ "[gate]\nweight = 5\n",
	  "f:2: unknown key weight in [gate]; there are horizon, max-wait, observe, slice-batch and slice-interactive" },
	{ "[gate]\nobserve = yes\n",
	  "f:2: observe: \"yes\" is not a whole number from 0 to 65536" },
	{ "[gate]\nobserve = 65537\n",
	  "f:2: observe: \"65537\" is not a whole number from 0 to 65536" },
	{ "[gate]\nobserve = 1\nhorizon = 1ms\nobserve = 1\n",
	  "f:4: observe is set twice in this section" },
	{ "[gates]\nhorizon = never\n",
	  "f:1: unknown section [gates]; there are [gate], [stall], [brownout], [agent PATTERN], [driver NAME], [history], [metrics], [price PATTERN] and [budget NAME]" },
	{ "[agents a]\n",
	  "f:1: unknown section [agents a]; there are [gate], [stall], [brownout], [agent PATTERN], [driver NAME], [history], [metrics], [price PATTERN] and [budget NAME]" },
	{ "[agent]\n",
	  "f:1: [agent] needs a pattern of cgroup paths below the root, such as [agent ml.slice/*]" },
	{ "[agent /]\nweight = 5\n",
	  "f:1: [agent] needs a pattern of cgroup paths below the root, such as [agent ml.slice/*]" },
	{ "[agent /sys/fs/cgroup/]\nweight = 5\n",
	  "f:1: [agent] needs a pattern of cgroup paths below the root, such as [agent ml.slice/*]" },
	{ "\n[agent /ml.slice/[a]\nweight = 5\n",
	  "f:2: [agent /ml.slice/[a]: a [ that no ] closes; for the character itself write [[]" },
	{ "[agent a/[]]\n",
	  "f:1: [agent a/[]]: a [ that no ] closes; for the character itself write [[]" },
	{ "[agent a[b/c]d]\n",
	  "f:1: [agent a[b/c]d]: a slash within brackets; no name has one" },
	{ "[agent a[z-a]]\n",
	  "f:1: [agent a[z-a]]: a range in brackets that ends before it begins" },
	{ "[agent /ml.slice/**b]\n",
	  "f:1: [agent /ml.slice/**b]: ** stands only for whole names, as in a/**/b; within a name write one *" },
	{ "[agent ***/b]\n",
	  "f:1: [agent ***/b]: ** stands only for whole names, as in a/**/b; within a name write one *" },
	{ "[agent /x//y]\n",
	  "f:1: [agent /x//y]: two slashes in a row, between which there is no name" },
	{ "[agent x/../y]\n",
	  "f:1: [agent x/../y]: no cgroup is called . or .." },
	{ "[agent ./y]\n",
	  "f:1: [agent ./y]: no cgroup is called . or .." },
	{ "[agent a]\n[agent b]\n[agent /a]\n",
	  "f:3: section [agent a] is there twice in this file" },
	{ "[gate]\n[agent a]\n[gate]\nhorizon = 1ms\n",
	  "f:3: section [gate] is there twice in this file, first on line 1" },
	{ "[agent a]\ndeadline = 999ms\n",
	  "f:2: deadline: 999ms is out of range, 1 s to 540 s are allowed" },
	{ "[agent a]\ndeadline = 2s\ndeadline = 2s\n",
	  "f:3: deadline is set twice in this section" },
	{ "[agent a\nweight = 5\n",
	  "f:1: the section does not end with ]" },
	{ "weight = 5\n",
	  "f:1: weight stands before the first section" },
	{ "[agent a]\nweight\n",
	  "f:2: \"weight\" is neither a [section] nor key = value" },
	{ "[agent a]\nweight =\n",
	  "f:2: weight has no value" },
	{ "[agent a]\n= 5\n",
	  "f:2: there is no key before the equals sign" },
};

static void each_error__is_told_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(bad[i].text, bad[i].error);
}

static void text_of_others__does_not_reach_the_terminal_raw(void **state)
{
	static const char remedy[] = "\" is neither a [section] nor key = value";
	struct headgate_config_errors errors;
	struct headgate_config config = {};
	char line[5000];
	size_t len;

	(void)state;
	refuse("[agent a]\n\033[2J\177\xc2\x9b\xc3\xa9 x\n",
	       "f:2: \"\\x1b[2J\\x7f\\xc2\\x9b\xc3\xa9 x\" is neither a [section] nor key = value");
	/* The middle goes, by whole characters: where it was and what to do stay. */
	for (size_t shift = 0; shift < 2; shift++) {
		memset(line, 'x', shift);
		for (len = shift; len < sizeof(line) - 2; len += 2)
			memcpy(line + len, "\xc3\xa9", 2);
		line[len] = '\0';
		write_file("f", line);
		assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
		len = strlen(errors.items[0]);
		assert_true(len < 450);
		assert_memory_equal(errors.items[0], "f:1: \"", 6);
		assert_string_equal(errors.items[0] + len - strlen(remedy), remedy);
		assert_non_null(strstr(errors.items[0], "\xa9 [...] \xc3"));
		headgate_config_errors_free(&errors);
	}
}

static void all_errors__are_told_at_once_in_their_order(void **state)
{
	static const char *const lines[] = { "f:1:", "f:3:", "f:4:", "f:6:", "f:7:", "conf.d/a.conf:2:" };
	struct headgate_config_errors errors;
	struct headgate_config config = {};

	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/a.conf", "[agent z]\nclass = 1\n");
	write_file("f", "stray = 1\n[agent a]\nweight = 0\nclass = x\n[agent b]\nslice = y\nfoo = z\n");
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	assert_int_equal(errors.count, ARRAY_SIZE(lines));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_memory_equal(errors.items[i], lines[i], strlen(lines[i]));
	headgate_config_errors_free(&errors);
}

static void errors__leave_the_old_policy_untouched(void **state)
{
	struct headgate_config config = load("[agent a]\nweight = 7\n");
	struct headgate_config_errors errors;

	(void)state;
	write_file("f", "[agent b]\nweight = 8\n[agent c]\nweight = 0\n");
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	headgate_config_errors_free(&errors);
	assert_int_equal(config.n_agents, 1);
	assert_string_equal(config.agents[0].glob, "/a");
	assert_int_equal(config.agents[0].policy.weight, 7);
	headgate_config_free(&config);
}

static void drop_ins__come_after_the_file_in_the_order_of_names(void **state)
{
	struct headgate_config config;

	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/20.conf", "[gate]\nhorizon = 2ms\n[agent c]\n");
	write_file("conf.d/10.conf", "[gate]\nhorizon = 3ms\nmax-wait = 1s\n[agent b]\n");
	write_file("conf.d/30.conf.bak", "nonsense");
	write_file("conf.d/.40.conf", "nonsense");
	config = load("[gate]\nhorizon = 1ms\n[agent a]\n[agent c]\n");
	assert_int_equal(config.settings.horizon_ns, 2 * MS);
	assert_int_equal(config.settings.max_wait_ns, 1000 * MS);
	assert_int_equal(config.n_agents, 4);
	assert_string_equal(config.agents[0].glob, "/a");
	assert_string_equal(config.agents[1].glob, "/c");
	assert_string_equal(config.agents[2].glob, "/b");
	assert_string_equal(config.agents[3].glob, "/c");
	assert_int_equal(config.n_files, 3);
	assert_string_equal(config.files[0].name, "f");
	assert_int_equal(config.files[0].n_agents, 2);
	assert_string_equal(config.files[2].name, "conf.d/20.conf");
	assert_int_equal(config.files[2].n_agents, 1);
	headgate_config_free(&config);
}

static void missing_file__is_an_error_unless_optional(void **state)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;

	(void)state;
	assert_int_equal(headgate_config_load("none", false, &config, &errors), -22);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.items[0], "none: No such file or directory");
	headgate_config_errors_free(&errors);
	assert_int_equal(headgate_config_load("none", true, &config, &errors), 0);
	assert_true(config.missing);
	assert_int_equal(config.n_agents, 0);
	/* Its drop-ins are read all the same, and an empty file is not a missing one. */
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/10.conf", "[agent a]\n");
	assert_int_equal(headgate_config_load("none", true, &config, &errors), 0);
	assert_true(config.missing);
	assert_int_equal(config.n_agents, 1);
	headgate_config_free(&config);
	config = load("");
	assert_false(config.missing);
	headgate_config_free(&config);
}

static void what_is_no_text__is_refused(void **state)
{
	struct headgate_config_errors errors;
	struct headgate_config config = {};
	FILE *file = fopen("f", "w");

	(void)state;
	assert_int_equal(fwrite("[agent a]\nwei\0ght = 5\n", 1, 22, file), 22);
	fclose(file);
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	assert_string_equal(errors.items[0], "f:2: the line holds a zero byte");
	headgate_config_errors_free(&errors);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(headgate_config_load("dir", false, &config, &errors), -22);
	assert_string_equal(errors.items[0], "dir: Is a directory");
	headgate_config_errors_free(&errors);
	assert_int_equal(truncate("f", 0) || truncate("f", 2 << 20), 0);
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	assert_string_equal(errors.items[0],
			    "f:1: the file is larger than 1 MiB; is it a policy at all?");
	headgate_config_errors_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(full_file__is_understood),
		IN_HOME(empty_file__is_a_policy_without_agents),
		IN_HOME(long_patterns__are_kept_whole),
		IN_HOME(patterns__mean_what_their_writer_does),
		IN_HOME(limits__belong_to_the_range),
		IN_HOME(owner_and_project__are_words),
		IN_HOME(observe__is_a_number_of_rows),
		IN_HOME(each_error__is_told_with_its_line),
		IN_HOME(text_of_others__does_not_reach_the_terminal_raw),
		IN_HOME(all_errors__are_told_at_once_in_their_order),
		IN_HOME(errors__leave_the_old_policy_untouched),
		IN_HOME(drop_ins__come_after_the_file_in_the_order_of_names),
		IN_HOME(missing_file__is_an_error_unless_optional),
		IN_HOME(what_is_no_text__is_refused),
	};

	setenv("HEADGATE_CGROUP_ROOT", "/sys/fs/cgroup", 1);
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
