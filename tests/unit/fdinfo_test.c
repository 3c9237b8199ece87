// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What drivers tell of their clients, in files made up by drm-usage-stats.rst and
 * the pages on each driver, and a made-up /proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "home.h"
#include "usage.h"

#define COMMON "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t500\n"

static int parse(const char *text, struct headgate_fdinfo *info)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");
	int ret = headgate_fdinfo_parse(file, info);

	fclose(file);
	return ret;
}

static const struct headgate_fdinfo_engine *engine(const struct headgate_fdinfo *info,
						   const char *name)
{
	for (size_t i = 0; i < info->n_engines; i++)
		if (!strcmp(info->engines[i].name, name))
			return &info->engines[i];
	fail_msg("there is no engine %s", name);
	return NULL;
}

static void i915__has_classes_of_engines(void **state)
{
	struct headgate_fdinfo info;

	(void)state;
	assert_int_equal(parse(COMMON
		"drm-driver:\ti915\ndrm-client-id:\t27\ndrm-pdev:\t0000:00:02.0\n"
		"drm-total-system0:\t125 MiB\ndrm-shared-system0:\t16 MiB\n"
		"drm-engine-render:\t25662044495 ns\ndrm-engine-copy:\t0 ns\n"
		"drm-engine-video:\t70 ns\ndrm-engine-capacity-video:\t2\n"
		"drm-engine-video-enhance:\t5 ns\n", &info), 0);
	assert_string_equal(info.driver, "i915");
	assert_string_equal(info.pdev, "0000:00:02.0");
	assert_true(info.has_id);
	assert_int_equal(info.id, 27);
	assert_int_equal(info.n_engines, 4);
	assert_int_equal(engine(&info, "render")->busy_ns, 25662044495);
	assert_int_equal(engine(&info, "render")->capacity, 1);
	assert_int_equal(engine(&info, "video")->capacity, 2);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), 25662044495 + 70 + 5);
}

static void amdgpu__has_keys_of_its_own_as_well(void **state)
{
	struct headgate_fdinfo info;

	(void)state;
	assert_int_equal(parse(COMMON
		"drm-driver:\tamdgpu\ndrm-client-id:\t8\ndrm-pdev:\t0000:c4:00.0\npasid:\t32771\n"
		"drm-memory-vram:\t1234 KiB\namd-evicted-vram:\t0 KiB\n"
		"drm-engine-gfx:\t1000 ns\ndrm-engine-compute:\t200 ns\n", &info), 0);
	assert_int_equal(info.n_engines, 2);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), 1200);
}

static void xe__counts_cycles(void **state)
{
	struct headgate_fdinfo info;

	(void)state;
	assert_int_equal(parse(COMMON
		"drm-driver:\txe\ndrm-client-id:\t3\ndrm-pdev:\t0000:03:00.0\n"
		"drm-total-system:\t0\ndrm-total-vram0:\t23992 KiB\n"
		"drm-cycles-rcs:\t28257900\ndrm-total-cycles-rcs:\t7655183225\n"
		"drm-cycles-ccs:\t7\ndrm-total-cycles-ccs:\t9\ndrm-engine-capacity-ccs:\t4\n",
		&info), 0);
	assert_int_equal(info.n_engines, 2);
	assert_int_equal(engine(&info, "rcs")->cycles, 28257900);
	assert_int_equal(engine(&info, "rcs")->total_cycles, 7655183225);
	assert_int_equal(engine(&info, "ccs")->capacity, 4);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), 0);
}

static void v3d_and_panfrost__are_understood(void **state)
{
	struct headgate_fdinfo info;

	(void)state;
	assert_int_equal(parse(COMMON
		"drm-driver:\tv3d\ndrm-client-id:\t2\n"
		"drm-engine-bin: \t1 ns\nv3d-jobs-bin: \t9 jobs\ndrm-engine-render: \t20 ns\n"
		"v3d-jobs-render: \t9 jobs\n", &info), 0);
	assert_string_equal(info.pdev, "");
	assert_int_equal(info.n_engines, 2);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), 21);
	assert_int_equal(parse(COMMON
		"drm-driver:\tpanfrost\ndrm-client-id:\t5\n"
		"drm-engine-fragment:\t1846584880 ns\ndrm-cycles-fragment:\t1424359409\n"
		"drm-maxfreq-fragment:\t799999987 Hz\ndrm-curfreq-fragment:\t799999987 Hz\n"
		"drm-engine-vertex-tiler:\t71932239 ns\ndrm-cycles-vertex-tiler:\t52617357\n",
		&info), 0);
	assert_int_equal(info.n_engines, 2);
	assert_int_equal(engine(&info, "vertex-tiler")->cycles, 52617357);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), 1846584880 + 71932239);
}

static void what_is_not_as_documented__is_left_out(void **state)
{
	struct headgate_fdinfo info;
	char many[4096] = "drm-driver: x\n";

	(void)state;
	assert_int_equal(parse(COMMON, &info), -ENOENT);
	assert_int_equal(parse("drm-engine-gfx: 5 ns\n", &info), -ENOENT);
	assert_int_equal(parse("drm-driver: x\ndrm-engine-a: 5 ms\ndrm-engine-b: -5 ns\n"
			       "drm-engine-c: 99999999999999999999 ns\ndrm-engine-: 5 ns\n"
			       "drm-engine-d:\ndrm-engine-e\ndrm-client-id: x\n"
			       "drm-engine-a-name-that-is-longer-than-any-there-is: 5 ns\n", &info), 0);
	assert_int_equal(info.n_engines, 0);
	assert_false(info.has_id);
	for (int i = 0; i < 40; i++)
		sprintf(many + strlen(many), "drm-engine-e%d: 1 ns\n", i);
	assert_int_equal(parse(many, &info), 0);
	assert_int_equal(headgate_fdinfo_busy_ns(&info), HEADGATE_FDINFO_ENGINES_MAX);
}

static void a_client_seen_twice__keeps_the_larger_numbers(void **state)
{
	struct headgate_fdinfo a, b;

	(void)state;
	parse("drm-driver: x\ndrm-client-id: 1\ndrm-engine-e: 5 ns\ndrm-engine-f: 9 ns\n", &a);
	parse("drm-driver: x\ndrm-client-id: 1\ndrm-engine-e: 7 ns\ndrm-engine-f: 8 ns\n", &b);
	assert_true(headgate_fdinfo_same(&a, &b));
	headgate_fdinfo_merge(&a, &b);
	assert_int_equal(headgate_fdinfo_busy_ns(&a), 16);
	parse("drm-driver: x\ndrm-client-id: 2\n", &b);
	assert_false(headgate_fdinfo_same(&a, &b));
	parse("drm-driver: x\ndrm-client-id: 1\ndrm-pdev: 0000:00:02.0\n", &b);
	assert_false(headgate_fdinfo_same(&a, &b));
	/* Without a number nothing is known to be the same. */
	parse("drm-driver: x\n", &b);
	assert_false(headgate_fdinfo_same(&b, &b));
}

static void cgroups__belong_to_the_lowest_agent_above_them(void **state)
{
	static const char *const agents[] = { "/a", "/a/b", "/ab" };

	(void)state;
	assert_int_equal(headgate_usage_agent(agents, 3, "/a"), 0);
	assert_int_equal(headgate_usage_agent(agents, 3, "/a/x"), 0);
	assert_int_equal(headgate_usage_agent(agents, 3, "/a/b/c"), 1);
	assert_int_equal(headgate_usage_agent(agents, 3, "/ab/c"), 2);
	assert_int_equal(headgate_usage_agent(agents, 3, "/abc"), 3);
	assert_int_equal(headgate_usage_agent(agents, 3, "/"), 3);
}

static void clients__are_read_from_proc_each_once(void **state)
{
	struct headgate_drm_clients clients;

	(void)state;
	assert_int_equal(system(
		"process() { mkdir -p proc/$1/fd proc/$1/fdinfo && echo 0::$2 >proc/$1/cgroup; }; "
		"fd() { ln -s $3 proc/$1/fd/$2; "
		"  printf 'drm-driver: x\\ndrm-client-id: %s\\ndrm-engine-e: %s ns\\n' $4 $5 >proc/$1/fdinfo/$2; }; "
		"process 7 /a; fd 7 3 /dev/dri/renderD128 1 10; fd 7 4 /dev/dri/renderD128 1 12; "
		"fd 7 5 /dev/accel/accel0 2 5; fd 7 6 /dev/null 3 99; "
		"process 12 /b; fd 12 3 /dev/dri/card0 1 11; fd 12 4 /dev/dri/card0 4 1; "
		"mkdir -p proc/13 proc/self proc/driver"), 0);
	assert_int_equal(headgate_drm_clients_read(home, &clients), 0);
	assert_int_equal(clients.count, 3);
	/* In the order of pids, though 12 is before 7 by name: /a opened what they share. */
	assert_string_equal(clients.items[0].cgroup, "/a");
	assert_string_equal(clients.items[0].node, "/dev/dri/renderD128");
	assert_string_equal(clients.items[1].node, "/dev/accel/accel0");
	assert_int_equal(headgate_fdinfo_busy_ns(&clients.items[0].info), 12);
	assert_int_equal(headgate_fdinfo_busy_ns(&clients.items[1].info), 5);
	assert_string_equal(clients.items[2].cgroup, "/b");
	assert_int_equal(headgate_fdinfo_busy_ns(&clients.items[2].info), 1);
	headgate_drm_clients_free(&clients);
	assert_int_equal(system("rm -r proc"), 0);
	assert_int_equal(headgate_drm_clients_read(home, &clients), 0);
	assert_int_equal(clients.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(i915__has_classes_of_engines),
		cmocka_unit_test(amdgpu__has_keys_of_its_own_as_well),
		cmocka_unit_test(xe__counts_cycles),
		cmocka_unit_test(v3d_and_panfrost__are_understood),
		cmocka_unit_test(what_is_not_as_documented__is_left_out),
		cmocka_unit_test(a_client_seen_twice__keeps_the_larger_numbers),
		cmocka_unit_test(cgroups__belong_to_the_lowest_agent_above_them),
		IN_HOME(clients__are_read_from_proc_each_once),
	};

	return cmocka_run_group_tests_name("fdinfo", tests, NULL, NULL);
}
