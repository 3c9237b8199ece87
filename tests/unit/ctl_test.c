// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line, the man page's completeness, tables, and the judgement of devices. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent.h"
#include "commands.h"
#include "device.h"
#include "evidence.h"
#include "session.h"
#include "table.h"

/* Parses "headgate <words…>" as main() does; *message is owned by the caller. */
static int parse(char **argv, struct arguments *arguments, const struct command **command,
		 char **message)
{
	int argc = 0, words, ret;
	size_t size;
	FILE *file = open_memstream(message, &size);

	while (argv[argc])
		argc++;
	*command = command_find(argc, argv, &words);
	assert_non_null(*command);
	ret = arguments_parse(*command, argc - words + 1, argv + words - 1, arguments, file);
	fclose(file);
	return ret;
}

static void options_and_arguments__may_be_mixed(void **state)
{
	char *argv[] = { "agent", "set", "-w", "200", "/a", "--max=30%", "--class", "batch", NULL };
	const struct command *command;
	struct arguments arguments;
	char *message;

	(void)state;
	assert_int_equal(parse(argv, &arguments, &command, &message), 0);
	assert_string_equal(command->name, "agent set");
	assert_string_equal(arguments.values[OPTION_WEIGHT], "200");
	assert_string_equal(arguments.values[OPTION_MAX], "30%");
	assert_string_equal(arguments.values[OPTION_CLASS], "batch");
	assert_null(arguments.values[OPTION_JSON]);
	assert_int_equal(arguments.count, 1);
	assert_string_equal(arguments.positional[0], "/a");
	free(message);
}

static void options_of_run__end_at_its_command(void **state)
{
	char *argv[] = { "run", "--weight", "7", "make", "--json", "-j", "4", NULL };
	char *dashes[] = { "run", "--", "--help", NULL };
	const struct command *command;
	struct arguments arguments;
	char *message;

	(void)state;
	assert_int_equal(parse(argv, &arguments, &command, &message), 0);
	assert_string_equal(arguments.values[OPTION_WEIGHT], "7");
	assert_null(arguments.values[OPTION_JSON]);
	assert_int_equal(arguments.count, 4);
	assert_string_equal(arguments.positional[0], "make");
	assert_null(arguments.positional[4]);
	free(message);
	assert_int_equal(parse(dashes, &arguments, &command, &message), 0);
	assert_null(arguments.values[OPTION_HELP]);
	assert_string_equal(arguments.positional[0], "--help");
	free(message);
}

static void mistakes__get_one_sentence_each(void **state)
{
	static const struct { char *argv[5]; const char *message; } cases[] = {
		{ { "top", "--foo" }, "headgate: top has no option --foo, see headgate top --help\n" },
		{ { "top", "-Z" }, "headgate: top has no option -Z, see headgate top --help\n" },
		{ { "top", "--weight", "3" },
		  "headgate: top has no option --weight, see headgate top --help\n" },
		{ { "top", "-n" }, "headgate: option --iterations needs an argument (N)\n" },
		{ { "top", "--delay" }, "headgate: option --delay needs an argument (TIME)\n" },
		{ { "status", "--json=1" }, "headgate: option --json takes no argument\n" },
		{ { "status", "x" }, "headgate: status does not take the argument 'x'\n" },
		{ { "agent", "del" },
		  "headgate: agent del needs CGROUP, see headgate agent del --help\n" },
		{ { "agent", "del", "/a", "/b" },
		  "headgate: agent del does not take the argument '/b'\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct command *command;
		struct arguments arguments;
		char *argv[6] = { 0 };
		char *message;

		memcpy(argv, cases[i].argv, sizeof(cases[i].argv));
		assert_int_equal(parse(argv, &arguments, &command, &message), EXIT_USAGE);
		assert_string_equal(message, cases[i].message);
		free(message);
	}
}

static void unknown_words__are_no_command(void **state)
{
	char *unknown[] = { "agents", NULL }, *half[] = { "agent", NULL };
	char *other[] = { "agent", "bogus", NULL };
	int words;

	(void)state;
	assert_null(command_find(1, unknown, &words));
	assert_null(command_find(1, half, &words));
	assert_null(command_find(2, other, &words));
	assert_true(command_is_group("agent"));
	assert_false(command_is_group("age"));
	assert_false(command_is_group("top"));
}

static void policy_options__become_a_change(void **state)
{
	struct arguments arguments = { 0 };
	struct headgate_policy policy = { 0 };

	(void)state;
	assert_int_equal(agent_policy(&arguments, &policy), 0);
	assert_int_equal(policy.present, 0);
	arguments.values[OPTION_WEIGHT] = "300";
	arguments.values[OPTION_MAX] = "30ms/100ms";
	arguments.values[OPTION_SLICE] = "0";
	assert_int_equal(agent_policy(&arguments, &policy), 0);
	assert_int_equal(policy.present, HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_MAX |
			 HEADGATE_POLICY_SLICE);
	assert_int_equal(policy.weight, 300);
	assert_int_equal(policy.max_quota_ns, 30000000);
	assert_int_equal(policy.max_period_ns, 100000000);
	arguments.values[OPTION_WEIGHT] = "10001";
	assert_int_equal(agent_policy(&arguments, &policy), EXIT_USAGE);
}

static void cgroups__are_named_in_three_ways(void **state)
{
	const char *path;
	uint64_t id;

	(void)state;
	setenv("HEADGATE_CGROUP_ROOT", "/sys/fs/cgroup/", 1);
	assert_int_equal(session_cgroup("/a/b", &id, &path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(id, 0);
	assert_int_equal(session_cgroup("/sys/fs/cgroup/a/b", &id, &path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(session_cgroup("/sys/fs/cgroup", &id, &path), 0);
	assert_string_equal(path, "/");
	assert_int_equal(session_cgroup("/sys/fs/cgroups", &id, &path), 0);
	assert_string_equal(path, "/sys/fs/cgroups");
	assert_int_equal(session_cgroup("1234", &id, &path), 0);
	assert_null(path);
	assert_int_equal(id, 1234);
	assert_int_equal(session_cgroup("12x", &id, &path), EXIT_USAGE);
	assert_int_equal(session_cgroup("a", &id, &path), EXIT_USAGE);
	assert_int_equal(session_cgroup("", &id, &path), EXIT_USAGE);
	unsetenv("HEADGATE_CGROUP_ROOT");
}

static char *read_all(FILE *file)
{
	static char text[65536];
	size_t length = fread(text, 1, sizeof(text) - 1, file);

	assert_true(length > 0 && length < sizeof(text) - 1);
	text[length] = '\0';
	fclose(file);
	return text;
}

/* Text of a man page's section on a command, up to the next underlined heading. */
static char *section(char *page, const char *name)
{
	static char text[65536];
	char heading[128], *at, *end;
	size_t length = strlen(name);

	snprintf(heading, sizeof(heading), "\n%s\n", name);
	at = strstr(page, heading);
	if (!at)
		fail_msg("the man page has no section '%s'", name);
	at += strlen(heading);
	assert_true(strspn(at, "-") == length);
	at += length;
	end = strstr(at, "\n--");
	while (end && strspn(end + 1, "-") != strcspn(end + 1, "\n"))
		end = strstr(end + 1, "\n--");
	snprintf(text, sizeof(text), "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
	return text;
}

static void man_page__names_each_command_and_option(void **state)
{
	FILE *file = fopen(MAN_PAGE, "r");
	char *page;

	(void)state;
	assert_non_null(file);
	page = read_all(file);
	for (size_t i = 0; i < commands_count; i++) {
		const char *text = section(page, commands[i].name);

		for (int id = OPTION_HELP + 1; id < OPTION_COUNT; id++) {
			bool has = commands[i].options & (1U << id);
			char bold[64], plain[64];

			snprintf(bold, sizeof(bold), "[**--%s**", option_table[id].name);
			snprintf(plain, sizeof(plain), "\n--%s", option_table[id].name);
			if (has != !!strstr(text, bold))
				fail_msg("synopsis of '%s': --%s", commands[i].name,
					 option_table[id].name);
			/* Explained here, or where the same option is explained. */
			if (has && id != OPTION_JSON && !strstr(page, plain))
				fail_msg("the man page does not explain --%s",
					 option_table[id].name);
		}
	}
}

static void man_page__has_no_option_that_is_none(void **state)
{
	FILE *file = fopen(MAN_PAGE, "r");
	char *at;

	(void)state;
	assert_non_null(file);
	at = read_all(file);
	while ((at = strstr(at, "--"))) {
		size_t length;
		bool known = false;

		at += strspn(at, "-");
		length = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
		if (!length)
			continue;
		for (int id = 0; id < OPTION_COUNT; id++)
			known |= strlen(option_table[id].name) == length &&
				 !strncmp(option_table[id].name, at, length);
		if (!known && strncmp(at, "version", length))
			fail_msg("the man page has --%.*s", (int)length, at);
	}
}

static void completion__offers_each_command_and_option(void **state)
{
	char *argv[] = { "bash", NULL };
	struct arguments arguments = { .positional = argv, .count = 1 };
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	char *text;

	(void)state;
	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	assert_int_equal(run_completion(&arguments), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	text = read_all(file);
	for (size_t i = 0; i < commands_count; i++) {
		char line[64], *at, *end;

		snprintf(line, sizeof(line), "'%s'", commands[i].name);
		at = strstr(text, line);
		assert_non_null(at);
		end = strstr(at, ";;");
		assert_non_null(end);
		*end = '\0';
		for (int id = 0; id < OPTION_COUNT; id++)
			if (commands[i].options & (1U << id)) {
				snprintf(line, sizeof(line), " --%s", option_table[id].name);
				assert_non_null(strstr(at, line));
			}
		*end = ';';
	}
}

static void help__shows_each_option_of_each_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_count; i++) {
		FILE *file = tmpfile();
		char *text;

		assert_non_null(file);
		help_command(file, &commands[i]);
		rewind(file);
		text = read_all(file);
		for (int id = 0; id < OPTION_COUNT; id++) {
			char option[64];

			snprintf(option, sizeof(option), " --%s ", option_table[id].name);
			assert_true(!!strstr(text, option) ==
				    !!((commands[i].options | OPTION(HELP)) & (1U << id)));
		}
	}
}

static const struct evidence attached = {
	.module_btf = ANSWER_YES, .gate = ANSWER_YES, .gate_compat = ANSWER_YES,
	.lsm_bpf = ANSWER_YES,
};

static void expect_verdict(const struct evidence *evidence, bool loaded, const char *driver,
			   const struct headgate_device *device,
			   enum headgate_enforceability expected)
{
	struct verdict verdict;

	evidence_judge(evidence, loaded, driver, device, &verdict);
	assert_string_equal(headgate_enforceability_name(verdict.enforceability),
			    headgate_enforceability_name(expected));
	assert_true(strlen(verdict.reason) > 10);
}

static void enforceability__is_never_overstated(void **state)
{
	struct headgate_device clean = { .jobs = 9, .primary_minor = -1 };
	struct headgate_device leaky = { .jobs = 9, .jobs_unticketed = 2 };
	struct evidence evidence = attached;

	(void)state;
	expect_verdict(&attached, true, "simgpu", NULL, HEADGATE_ENFORCED);
	expect_verdict(&attached, true, "simgpu", &clean, HEADGATE_ENFORCED);
	expect_verdict(&attached, true, "simgpu", &leaky, HEADGATE_PACED);
	expect_verdict(&attached, false, "simgpu", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "no such driver", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "vgem", NULL, HEADGATE_OBSERVED);
	evidence.gate_compat = ANSWER_NO;
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_PACED);
	evidence.gate = ANSWER_NO;
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_OBSERVED);
	evidence = attached;
	evidence_doubt(&evidence);
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_OBSERVED);
}

static void evidence__is_read_from_the_host(void **state)
{
	char root[] = "/tmp/headgate-ctl-test-XXXXXX", command[1024];
	struct evidence evidence;

	(void)state;
	assert_non_null(mkdtemp(root));
	evidence_read(root, &evidence);
	assert_int_equal(evidence.module_btf, ANSWER_NO);
	assert_int_equal(evidence.gate, ANSWER_NO);
	assert_int_equal(evidence.lsm_bpf, ANSWER_UNKNOWN);
	assert_int_equal(evidence.daemon, 0);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p sys/kernel/btf sys/kernel/security run/headgate proc/77 "
		 "sys/fs/bpf/headgate/v1/links && printf lockdown,bpf,ima > sys/kernel/security/lsm && "
		 "touch sys/kernel/btf/headgate sys/fs/bpf/headgate/v1/links/gate_ioctl && "
		 "echo 77 > run/headgate/headgated.pid && echo headgated > proc/77/comm", root);
	assert_int_equal(system(command), 0);
	evidence_read(root, &evidence);
	assert_int_equal(evidence.module_btf, ANSWER_YES);
	assert_int_equal(evidence.gate, ANSWER_YES);
	assert_int_equal(evidence.gate_compat, ANSWER_NO);
	assert_int_equal(evidence.lsm_bpf, ANSWER_YES);
	assert_int_equal(evidence.daemon, 77);
	/* A pid that now belongs to another program, and a list with a name like bpf's. */
	snprintf(command, sizeof(command),
		 "cd %s && echo other > proc/77/comm && echo bpfx,xbpf > sys/kernel/security/lsm",
		 root);
	assert_int_equal(system(command), 0);
	evidence_read(root, &evidence);
	assert_int_equal(evidence.daemon, 0);
	assert_int_equal(evidence.lsm_bpf, ANSWER_NO);
	snprintf(command, sizeof(command), "rm -rf -- %s", root);
	assert_int_equal(system(command), 0);
}

static char *print(const struct table *table, int width)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	table_print(table, file, width, NULL, NULL);
	fclose(file);
	return text;
}

static void narrow_table__shrinks_then_drops(void **state)
{
	static const struct table_column columns[] = {
		{ .title = "AGENT", .shrink = true },
		{ .title = "N", .right = true },
		{ .title = "CLASS", .drop = 1 },
		{ .title = "WAIT", .drop = 2, .right = true },
	};
	struct table table = { .columns = columns, .n_columns = 4 };
	char *text;

	(void)state;
	table_add(&table, "/a/rather/long/path");
	table_add(&table, "10");
	table_add(&table, "batch");
	table_add(&table, "4 ms");
	text = print(&table, 0);
	assert_string_equal(text, "AGENT                 N  CLASS  WAIT\n"
				  "/a/rather/long/path  10  batch  4 ms\n");
	free(text);
	text = print(&table, 33);
	assert_string_equal(text, "AGENT              N  CLASS  WAIT\n"
				  "..ther/long/path  10  batch  4 ms\n");
	free(text);
	text = print(&table, 32);
	assert_string_equal(text, "AGENT                 N  CLASS\n"
				  "/a/rather/long/path  10  batch\n");
	free(text);
	text = print(&table, 20);
	assert_string_equal(text, "AGENT              N\n"
				  "..ther/long/path  10\n");
	free(text);
	table_clear(&table);
}

static void notes__stand_below_their_row_in_whole_words(void **state)
{
	static const struct table_column columns[] = {
		{ .title = "NAME" },
		{ .title = "WHY", .note = true },
		{ .title = "N", .right = true },
	};
	struct table table = { .columns = columns, .n_columns = 3 };
	char *text;

	(void)state;
	table_add(&table, "a");
	table_add(&table, "for a reason of twenty, unbreakable-as-it-is, words");
	table_add(&table, "10");
	table_add(&table, "b");
	table_add(&table, "%s", "");
	table_add(&table, "7");
	text = print(&table, 0);
	assert_string_equal(text, "NAME   N\n"
				  "a     10\n"
				  "    for a reason of twenty, unbreakable-as-it-is, words\n"
				  "b      7\n");
	free(text);
	text = print(&table, 24);
	assert_string_equal(text, "NAME   N\n"
				  "a     10\n"
				  "    for a reason of\n"
				  "    twenty,\n"
				  "    unbreakable-as-it-is,\n"
				  "    words\n"
				  "b      7\n");
	free(text);
	table_clear(&table);
}

/* One device of each driver there is, all in one list. */
static size_t one_of_each(struct headgate_drm_device *devices, struct headgate_device *seen)
{
	const struct headgate_driver *driver = NULL;
	size_t count = 0;

	for (; (driver = headgate_driver_next(driver)); count++) {
		struct headgate_drm_device *device = &devices[count];

		assert_true(count < 64);
		*device = (struct headgate_drm_device){
			.name = "0000:c4:00.1", .primary_minor = (int)count,
			.render_minor = 128 + (int)count, .accel_minor = -1,
		};
		snprintf(device->driver, sizeof(device->driver), "%s", driver->name);
		snprintf(device->primary_node, sizeof(device->primary_node), "/dev/dri/card%zu",
			 count);
		snprintf(device->render_node, sizeof(device->render_node), "/dev/dri/renderD%zu",
			 128 + count);
		seen[count] = (struct headgate_device){
			.id = (uint32_t)count, .primary_minor = (int)count,
			.render_minor = 128 + (int)count, .accel_minor = -1, .jobs = 12345,
		};
	}
	return count;
}

static void device_list__fits_80_columns_and_keeps_every_reason(void **state)
{
	struct headgate_drm_device present[64];
	struct headgate_device seen[64];
	size_t count = one_of_each(present, seen), size;
	const struct headgate_driver *driver = NULL;
	struct device_view view = {
		.evidence = attached, .module_loaded = true, .told = true,
		.seen = { seen, count }, .present = { present, count },
	};
	char *text, *at;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	device_text(&view, file, 80);
	fclose(file);
	for (at = text; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("too long: %.*s", (int)strcspn(at, "\n"), at);
	assert_non_null(strstr(text, "0000:c4:00.1  i915                  card3,renderD131"));
	/* Reasons are broken at blanks: put together again, they are whole. */
	while ((at = strstr(text, "\n    "))) {
		*at = ' ';
		memmove(at + 1, at + 5, strlen(at + 5) + 1);
	}
	while ((driver = headgate_driver_next(driver)))
		if (!strstr(text, driver->reason))
			fail_msg("the reason of %s is lost", driver->name);
	free(text);
}

static void names__cannot_steer_the_terminal(void **state)
{
	char text[] = "/a\033[2J\n\x7f\xc2\x9b" "b\xc3\xa9";

	(void)state;
	assert_string_equal(table_sanitize(text), "/a?[2J???\x9b" "b\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments__may_be_mixed),
		cmocka_unit_test(options_of_run__end_at_its_command),
		cmocka_unit_test(mistakes__get_one_sentence_each),
		cmocka_unit_test(unknown_words__are_no_command),
		cmocka_unit_test(policy_options__become_a_change),
		cmocka_unit_test(cgroups__are_named_in_three_ways),
		cmocka_unit_test(man_page__names_each_command_and_option),
		cmocka_unit_test(man_page__has_no_option_that_is_none),
		cmocka_unit_test(completion__offers_each_command_and_option),
		cmocka_unit_test(help__shows_each_option_of_each_command),
		cmocka_unit_test(enforceability__is_never_overstated),
		cmocka_unit_test(evidence__is_read_from_the_host),
		cmocka_unit_test(narrow_table__shrinks_then_drops),
		cmocka_unit_test(notes__stand_below_their_row_in_whole_words),
		cmocka_unit_test(device_list__fits_80_columns_and_keeps_every_reason),
		cmocka_unit_test(names__cannot_steer_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
