// SPDX-License-Identifier: GPL-2.0-or-later
/* Patterns over cgroup paths, and which of several sections wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *pattern;
	const char *path;
	bool matches;
	const char *sentence;
} patterns[] = {
	{ "/a", "/a", true, "a name is itself" },
	{ "/a", "/ab", false, "and nothing longer" },
	{ "/ab", "/a", false, "and nothing shorter" },
	{ "/a", "/a/b", false, "a pattern does not cover what is below" },
	{ "/a/b", "/a", false, "nor what is above" },
	{ "/*", "/a", true, "a star is any name" },
	{ "/*", "/a/b", false, "a star does not cross a slash" },
	{ "/ml-*.slice", "/ml-train.slice", true, "a star within a name" },
	{ "/ml-*.slice", "/ml-.slice", true, "a star may be empty" },
	{ "/ml-*.slice", "/ml-a/b.slice", false, "a star within a name does not cross a slash" },
	{ "/*a*b*c", "/xaybzc", true, "several stars" },
	{ "/*a*b*c", "/xaybzcd", false, "several stars, the end differs" },
	{ "/*aab", "/aaab", true, "a star takes back what it took" },
	{ "/a*/b*", "/ax/by", true, "stars in two names" },
	{ "/a*/b*", "/ax/cy", false, "a star does not look in the next name" },
	{ "/?", "/a", true, "a question mark is one character" },
	{ "/?", "/ab", false, "and not two" },
	{ "/a?b", "/a/b", false, "and not a slash" },
	{ "/[abc]x", "/bx", true, "a set" },
	{ "/[abc]x", "/dx", false, "a character outside the set" },
	{ "/[a-c]x", "/bx", true, "a range" },
	{ "/[!a-c]x", "/dx", true, "a negated range" },
	{ "/[!a-c]x", "/bx", false, "a character in a negated range" },
	{ "/a[!x]b", "/a/b", false, "a negated set does not cross a slash" },
	{ "/[]]", "/]", true, "a bracket as the first of its set" },
	{ "/[*]", "/*", true, "a star in a set is a star" },
	{ "/[*]", "/a", false, "and nothing else" },
	{ "/[ab", "/[ab", true, "a set without end is a name" },
	{ "/**", "/a", true, "two stars at the end: any depth" },
	{ "/**", "/a/b/c", true, "two stars at the end: any depth below" },
	{ "/a/**", "/a/b/c", true, "two stars below a name" },
	{ "/a/**", "/a", false, "two stars at the end are at least one name" },
	{ "/a/**", "/ab/c", false, "two stars below another name" },
	{ "/**/x", "/x", true, "two stars in front may be nothing" },
	{ "/**/x", "/a/b/x", true, "two stars in front: any depth" },
	{ "/**/x", "/a/bx", false, "two stars stand for whole names" },
	{ "/a/**/x", "/a/x", true, "two stars between may be nothing" },
	{ "/a/**/x", "/a/b/c/x", true, "two stars between: any depth" },
	{ "/a/**/x/*", "/a/x/x/y", true, "two stars look for a later place" },
	{ "/a/**/x-*/**", "/a/b/x-1/c/d", true, "two stars twice" },
	{ "/a**b", "/axb", true, "two stars within a name are one" },
	{ "/a**b", "/ax/b", false, "and do not cross a slash" },
	{ "/dev\\x2dgpu.mount", "/dev\\x2dgpu.mount", true, "a backslash is a backslash" },
};

static void patterns__match_as_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		bool matches = policy_match(patterns[i].pattern, patterns[i].path);

		if (matches != patterns[i].matches)
			fail_msg("%s: pattern %s, path %s", patterns[i].sentence,
				 patterns[i].pattern, patterns[i].path);
	}
}

static struct headgate_config_agent two_sections[] = {
	{ .glob = "/ml/**", .policy = {
		.present = HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_CLASS,
		.weight = 200, .class = HEADGATE_CLASS_INTERACTIVE } },
	{ .glob = "/ml/*/job", .policy = {
		.present = HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_MAX,
		.weight = 400, .max_quota_ns = 30, .max_period_ns = 100 } },
};

static void later_section__overrides_key_by_key(void **state)
{
	const struct headgate_config config = { .agents = two_sections, .n_agents = 2 };
	struct headgate_policy policy = { .id = 7 };

	(void)state;
	assert_true(policy_resolve(&config, "/ml/a/job", &policy));
	assert_int_equal(policy.weight, 400);
	assert_int_equal(policy.class, HEADGATE_CLASS_INTERACTIVE);
	assert_int_equal(policy.max_quota_ns, 30);
	assert_int_equal(policy.max_period_ns, 100);
	assert_int_equal(policy.id, 7);
}

static void order_of_sections__decides_not_their_precision(void **state)
{
	struct headgate_config_agent swapped[] = { two_sections[1], two_sections[0] };
	const struct headgate_config config = { .agents = swapped, .n_agents = 2 };
	struct headgate_policy policy = {};

	(void)state;
	assert_true(policy_resolve(&config, "/ml/a/job", &policy));
	assert_int_equal(policy.weight, 200);
	assert_int_equal(policy.max_quota_ns, 30);
}

static void absent_keys__get_their_defaults(void **state)
{
	const struct headgate_config config = { .agents = two_sections, .n_agents = 2 };
	struct headgate_policy policy = { .weight = 1, .slice_ns = 1, .max_quota_ns = 1 };

	(void)state;
	assert_true(policy_resolve(&config, "/ml/a", &policy));
	assert_int_equal(policy.present, HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_CLASS |
					 HEADGATE_POLICY_SLICE | HEADGATE_POLICY_MAX);
	assert_int_equal(policy.weight, 200);
	assert_int_equal(policy.slice_ns, 0);
	assert_int_equal(policy.max_quota_ns, 0);
	assert_int_equal(policy.max_period_ns, HEADGATE_CAP_PERIOD_NS);
}

static void labels__are_those_of_the_last_section_that_sets_them(void **state)
{
	struct headgate_config_agent sections[] = {
		{ .glob = "/ml/*", .labels.values = { "anna", "one" } },
		{ .glob = "/ml/a", .labels.values = { "", "two" } },
		{ .glob = "/other", .labels.values = { "bert", "three" } },
	};
	const struct headgate_config config = { .agents = sections, .n_agents = 3 };
	struct headgate_labels labels;

	(void)state;
	policy_labels(&config, "/ml/a", &labels);
	assert_string_equal(labels.values[HEADGATE_LABEL_OWNER], "anna");
	assert_string_equal(labels.values[HEADGATE_LABEL_PROJECT], "two");
	policy_labels(&config, "/none", &labels);
	assert_string_equal(labels.values[HEADGATE_LABEL_OWNER], "");
}

static void deadline__is_of_the_last_section_that_sets_one(void **state)
{
	struct headgate_config_agent sections[] = {
		{ .glob = (char *)"/ml/**", .deadline_ns = 1 },
		{ .glob = (char *)"/ml/a", .deadline_ns = 2 },
		{ .glob = (char *)"/ml/*" },
	};
	const struct headgate_config config = { .agents = sections, .n_agents = 3 };

	(void)state;
	assert_int_equal(policy_deadline(&config, "/ml/a"), 2);
	assert_int_equal(policy_deadline(&config, "/ml/b"), 1);
	assert_int_equal(policy_deadline(&config, "/x"), 0);
}

static void unmatched_cgroup__is_no_agent(void **state)
{
	const struct headgate_config config = { .agents = two_sections, .n_agents = 2 };
	struct headgate_policy policy = { .weight = 5 };

	(void)state;
	assert_false(policy_resolve(&config, "/ml", &policy));
	assert_false(policy_resolve(&config, "/other/a/job", &policy));
	assert_int_equal(policy.weight, 5);
}

static void policy_in_force__sees_each_difference(void **state)
{
	const struct headgate_policy policy = {
		.weight = 100, .max_quota_ns = 30, .max_period_ns = 100,
	};
	const struct headgate_agent same = {
		.weight = 100, .max_quota_ns = 30, .max_period_ns = 100,
	};
	struct headgate_agent agent;

	(void)state;
	assert_true(policy_in_force(&policy, &same));
	agent = same;
	agent.weight++;
	assert_false(policy_in_force(&policy, &agent));
	agent = same;
	agent.class = HEADGATE_CLASS_INTERACTIVE;
	assert_false(policy_in_force(&policy, &agent));
	agent = same;
	agent.slice_ns = 1;
	assert_false(policy_in_force(&policy, &agent));
	agent = same;
	agent.max_quota_ns++;
	assert_false(policy_in_force(&policy, &agent));
	agent = same;
	agent.max_period_ns++;
	assert_false(policy_in_force(&policy, &agent));
}

static void no_cap__is_no_cap_whatever_its_period(void **state)
{
	const struct headgate_policy policy = { .weight = 100, .max_period_ns = 100 };
	struct headgate_agent agent = { .weight = 100, .max_quota_ns = 50, .max_period_ns = 50 };

	(void)state;
	assert_true(policy_in_force(&policy, &agent));
	agent.max_quota_ns = 0;
	assert_true(policy_in_force(&policy, &agent));
	agent.max_quota_ns = 20;
	assert_false(policy_in_force(&policy, &agent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns__match_as_described),
		cmocka_unit_test(later_section__overrides_key_by_key),
		cmocka_unit_test(order_of_sections__decides_not_their_precision),
		cmocka_unit_test(absent_keys__get_their_defaults),
		cmocka_unit_test(labels__are_those_of_the_last_section_that_sets_them),
		cmocka_unit_test(deadline__is_of_the_last_section_that_sets_one),
		cmocka_unit_test(unmatched_cgroup__is_no_agent),
		cmocka_unit_test(policy_in_force__sees_each_difference),
		cmocka_unit_test(no_cap__is_no_cap_whatever_its_period),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
