// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of scopes and slices, as systemd has them; the rest is tests/vm/systemd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run_scope.h"

static void name_is(const char *agent, const char *want)
{
	char *name = scope_name(agent);

	assert_string_equal(name, want);
	free(name);
}

static void name__has_nothing_that_units_cannot_have(void **state)
{
	(void)state;
	name_is("make-12", "make-12.scope");
	name_is("a.B_c:1", "a.B_c:1.scope");
	name_is("a b@\\", "a\\x20b\\x40\\x5c.scope");
	name_is(".a.", "\\x2ea..scope");
	name_is("\xc3\xa4", "\\xc3\\xa4.scope");
	name_is("a.scope", "a.scope");
	name_is("scope", "scope.scope");
}

static void slice_is(const char *parent, const char *want)
{
	char *slice = scope_slice(parent);

	if (want)
		assert_string_equal(slice, want);
	else
		assert_null(slice);
	free(slice);
}

static void parent__is_a_slice_where_systemd_has_its_cgroup_there(void **state)
{
	(void)state;
	slice_is("/", "-.slice");
	slice_is("/a.slice", "a.slice");
	slice_is("/a.slice/a-b.slice", "a-b.slice");
	slice_is("/a.slice/a-b.slice/a-b-c.slice", "a-b-c.slice");
	slice_is("//", "-.slice");
	slice_is("/a.slice/a-b.slice/", "a-b.slice");
	slice_is("/a-b.slice", NULL);
	slice_is("/a.slice/b.slice", NULL);
	slice_is("/a.slice/x", NULL);
	slice_is("/headgate", NULL);
	slice_is("/x/a.slice", NULL);
	slice_is("/.slice", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name__has_nothing_that_units_cannot_have),
		cmocka_unit_test(parent__is_a_slice_where_systemd_has_its_cgroup_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
