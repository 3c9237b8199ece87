// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths are tested in an ordinary directory; what needs cgroup v2 is skipped where it is not. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "home.h"

static int set_up(void **state)
{
	return enter_home(state) || setenv("HEADGATE_CGROUP_ROOT", home, 1);
}

static int find_root(const char *mountinfo, char **found)
{
	FILE *file = fmemopen((void *)mountinfo, strlen(mountinfo), "r");
	int ret = headgate_cgroup_root_from(file, found);

	fclose(file);
	return ret;
}

static void mount__is_found_among_others(void **state)
{
	char *found = NULL;

	(void)state;
	assert_int_equal(find_root(
		"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
		"32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		"33 31 0:38 /docker/abc /mnt/part rw - cgroup2 cgroup2 rw\n"
		"34 31 0:38 / /sys/fs/cgroup/uni\\040fied rw shared:4 master:1 - cgroup2 none rw\n"
		"35 31 0:38 / /second rw - cgroup2 none rw\n", &found), 0);
	assert_string_equal(found, "/sys/fs/cgroup/uni fied");
	free(found);
}

static void no_mount__is_said(void **state)
{
	char *found = NULL;

	(void)state;
	assert_int_equal(find_root("31 23 0:28 / /cgroup2 rw - tmpfs cgroup2 rw\n", &found), -ENOENT);
	assert_null(found);
}

static void paths__are_taken_below_the_root(void **state)
{
	char expected[128], *absolute = NULL;

	(void)state;
	snprintf(expected, sizeof(expected), "%s/a/b", home);
	assert_int_equal(headgate_cgroup_absolute("/a/b", &absolute), 0);
	assert_string_equal(absolute, expected);
	free(absolute);
	assert_int_equal(headgate_cgroup_absolute("/", &absolute), 0);
	assert_string_equal(absolute, home);
	free(absolute);
	assert_int_equal(headgate_cgroup_absolute("/..a/..", &absolute), -EINVAL);
	assert_int_equal(headgate_cgroup_absolute("/a/../..", &absolute), -EINVAL);
	assert_int_equal(headgate_cgroup_absolute("a", &absolute), -EINVAL);
	assert_int_equal(headgate_cgroup_absolute("", &absolute), -EINVAL);
	assert_int_equal(headgate_cgroup_absolute("/..a", &absolute), 0);
	free(absolute);
}

static void cgroup__is_made_with_its_parents_and_removed(void **state)
{
	struct stat status;
	char path[128];
	uint64_t id;

	(void)state;
	snprintf(path, sizeof(path), "%s/x/y", home);
	assert_int_equal(headgate_cgroup_create("/x/y/"), 1);
	assert_int_equal(headgate_cgroup_create("/x/y"), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(headgate_cgroup_id("/x/y", &id), 0);
	assert_int_equal(id, status.st_ino);
	assert_true(headgate_cgroup_remove("/x") < 0);
	assert_int_equal(headgate_cgroup_remove("/x/y"), 0);
	assert_int_equal(headgate_cgroup_remove("/x"), 0);
	assert_int_equal(headgate_cgroup_id("/x/y", &id), -ENOENT);
	assert_int_equal(headgate_cgroup_remove("/x"), -ENOENT);
}

static void cgroup_below_a_file__is_rejected(void **state)
{
	char path[128];
	uint64_t id;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", home);
	fclose(fopen(path, "w"));
	assert_int_equal(headgate_cgroup_create("/file/x"), -ENOTDIR);
	assert_int_equal(headgate_cgroup_id("/file", &id), -ENOTDIR);
	unlink(path);
}

static char *const is_there[] = { "/bin/sh", "-c", "grep -q ^0::/headgate-unit-test$ /proc/self/cgroup", NULL };
static char *const missing[] = { "/nonexistent/command", NULL };

/* To the host's cgroups, and one of the test among them; skips without the right to. */
static void enter_host(void)
{
	unsetenv("HEADGATE_CGROUP_ROOT");
	if (headgate_cgroup_create("/headgate-unit-test") >= 0)
		return;
	setenv("HEADGATE_CGROUP_ROOT", home, 1);
	skip();
}

static void leave_host(void)
{
	assert_int_equal(headgate_cgroup_remove("/headgate-unit-test"), 0);
	setenv("HEADGATE_CGROUP_ROOT", home, 1);
}

static void command__is_born_in_its_cgroup(void **state)
{
	char *path = NULL;
	uint64_t id;
	int status, ret;
	pid_t pid;

	(void)state;
	enter_host();
	pid = headgate_cgroup_spawn("/headgate-unit-test", is_there, NULL);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(headgate_cgroup_spawn("/headgate-unit-test", missing, NULL), -ENOENT);
	assert_int_equal(headgate_cgroup_spawn("/headgate-unit-none", is_there, NULL), -ENOENT);
	assert_int_equal(headgate_cgroup_id("/headgate-unit-test", &id), 0);
	ret = headgate_cgroup_path(id, &path);
	if (!ret)
		assert_string_equal(path, "/headgate-unit-test");
	else
		assert_int_equal(ret, -EPERM);
	free(path);
	leave_host();
}

/* As RestrictNamespaces= of systemd does, and containers. */
static int forbid_clone3(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In a process that may not: 0, or the number of what went wrong. */
static int spawn_without_clone3(void)
{
	int status;
	pid_t pid;

	if (forbid_clone3())
		return 1;
	pid = headgate_cgroup_spawn("/headgate-unit-test", is_there, NULL);
	if (pid <= 0 || waitpid(pid, &status, 0) != pid || status)
		return 2;
	if (headgate_cgroup_spawn("/headgate-unit-test", missing, NULL) != -ENOENT)
		return 3;
	if (headgate_cgroup_spawn("/headgate-unit-none", is_there, NULL) != -ENOENT)
		return 4;
	/* Beside one of threads no process can be; nobody is left who waits to be let go. */
	if (headgate_cgroup_spawn("/headgate-unit-test/beside", is_there, NULL) != -EOPNOTSUPP)
		return 5;
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 6;
}

static void set_key(const char *path, const char *key, const char *value)
{
	char file[512], *absolute;
	FILE *stream;

	assert_int_equal(headgate_cgroup_absolute(path, &absolute), 0);
	snprintf(file, sizeof(file), "%s/%s", absolute, key);
	free(absolute);
	stream = fopen(file, "w");
	assert_non_null(stream);
	fputs(value, stream);
	assert_int_equal(fclose(stream), 0);
}

static void command__is_moved_there_where_clone3_is_forbidden(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	enter_host();
	assert_int_equal(headgate_cgroup_create("/headgate-unit-test/threads"), 1);
	assert_int_equal(headgate_cgroup_create("/headgate-unit-test/beside"), 1);
	set_key("/headgate-unit-test/threads", "cgroup.type", "threaded");
	pid = fork();
	if (!pid)
		_exit(spawn_without_clone3());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(headgate_cgroup_remove("/headgate-unit-test/beside"), 0);
	assert_int_equal(headgate_cgroup_remove("/headgate-unit-test/threads"), 0);
	leave_host();
}

/* The child says nothing, not even that it cannot. */
static void paused_cgroup__is_told_and_nothing_is_left(void **state)
{
	char *const argv[] = { "/bin/true", NULL };
	struct headgate_spawn spawn;
	int ret;

	(void)state;
	unsetenv("HEADGATE_CGROUP_ROOT");
	ret = headgate_cgroup_create("/headgate-unit-paused");
	if (ret < 0) {
		setenv("HEADGATE_CGROUP_ROOT", home, 1);
		skip();
	}
	/* Before it is there, and while it waits for the word. */
	set_key("/headgate-unit-paused", "cgroup.freeze", "1");
	assert_int_equal(headgate_cgroup_spawn("/headgate-unit-paused", argv, NULL), -EBUSY);
	set_key("/headgate-unit-paused", "cgroup.freeze", "0");
	assert_int_equal(headgate_spawn_hold("/headgate-unit-paused", argv, NULL, &spawn), 0);
	set_key("/headgate-unit-paused", "cgroup.freeze", "1");
	assert_int_equal(headgate_spawn_go(&spawn), -EBUSY);
	assert_int_equal(spawn.pid, 0);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	assert_int_equal(headgate_cgroup_remove("/headgate-unit-paused"), 0);
	setenv("HEADGATE_CGROUP_ROOT", home, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mount__is_found_among_others),
		cmocka_unit_test(no_mount__is_said),
		cmocka_unit_test(paths__are_taken_below_the_root),
		cmocka_unit_test(cgroup__is_made_with_its_parents_and_removed),
		cmocka_unit_test(cgroup_below_a_file__is_rejected),
		cmocka_unit_test(command__is_born_in_its_cgroup),
		cmocka_unit_test(command__is_moved_there_where_clone3_is_forbidden),
		cmocka_unit_test(paused_cgroup__is_told_and_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, set_up, leave_home);
}
