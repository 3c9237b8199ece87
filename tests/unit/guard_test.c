// SPDX-License-Identifier: GPL-2.0-or-later
/* The guard thaws whatever happens.  Files of a folder stand for cgroups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "freezer.h"
#include "guard.h"
#include "home.h"

/* On a machine that is busy with other things. */
#define PATIENCE_MS 60000

/* Cgroup N is the file N. */
static int open_file(uint64_t id)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%" PRIu64, id);
	fd = open(name, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Cgroup N is paused while there is a file N.paused. */
static bool is_paused(int freezer)
{
	char link[64], name[4096 + 16];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", freezer);
	length = readlink(link, name, 4096);
	assert_true(length > 0);
	strcpy(name + length, ".paused");
	return !access(name, F_OK);
}

static const struct frozen_place place = {
	.list = "frozen", .open = open_file, .paused = is_paused,
};

static void read_file(const char *name, char *text, size_t size)
{
	FILE *file = fopen(name, "r");

	*text = '\0';
	if (!file)
		return;
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

/* Awaits that the file begins with @text, or is empty for "". */
static void expect(const char *name, const char *text)
{
	char got[64];

	for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
		read_file(name, got, sizeof(got));
		if (*text ? !strncmp(got, text, strlen(text)) : !*got)
			return;
		usleep(2000);
	}
	fail_msg("%s holds '%s', not '%s'", name, got, text);
}

static struct guard *start(void)
{
	struct guard *guard;

	write_file("1", "0\n");
	write_file("2", "0\n");
	assert_int_equal(guard_start(&guard, &place), 0);
	return guard;
}

static void freeze_1(struct guard *guard)
{
	assert_int_equal(guard_hold(guard, 1, 1000000), 0);
	expect("1", "1");
}

static void freeze_both(struct guard *guard)
{
	freeze_1(guard);
	assert_int_equal(guard_hold(guard, 2, 1000000), 0);
	expect("2", "1");
}

static void what_is_held__is_frozen_until_it_is_told(void **state)
{
	struct guard *guard = start();

	(void)state;
	freeze_both(guard);
	expect("frozen", "1\n2\n");
	assert_int_equal(guard_hold(guard, 1, 0), 0);
	expect("1", "0");
	expect("frozen", "2\n");
	expect("2", "1");
	guard_stop(&guard);
	/* At once: guard_stop() waits for it. */
	expect("2", "0");
	expect("frozen", "");
}

/* The guard asks before a thaw as well: of what is frozen by then the file "seen" tells. */
static bool is_paused_and_seen(int freezer)
{
	if (frozen_get(freezer))
		write_file("seen", "1");
	return is_paused(freezer);
}

/* However late this test comes to look. */
static void deadline__thaws(void **state)
{
	static const struct frozen_place noting = {
		.list = "frozen", .open = open_file, .paused = is_paused_and_seen,
	};
	struct guard *guard;

	(void)state;
	write_file("1", "0\n");
	assert_int_equal(guard_start(&guard, &noting), 0);
	assert_int_equal(guard_hold(guard, 1, 50), 0);
	expect("seen", "1");
	expect("1", "0");
	expect("frozen", "");
	guard_stop(&guard);
}

static void frozen_by_somebody_else__is_left_alone(void **state)
{
	struct guard *guard = start();

	(void)state;
	write_file("1", "1\n");
	assert_int_equal(guard_hold(guard, 1, 1000000), 0);
	assert_int_equal(guard_hold(guard, 3, 1000000), 0); /* there is none */
	assert_int_equal(guard_hold(guard, 2, 1000000), 0);
	expect("frozen", "2\n");
	guard_stop(&guard);
	expect("1", "1");
}

static void death_of_the_daemon__thaws_all(void **state)
{
	pid_t daemon;

	(void)state;
	write_file("1", "0\n");
	daemon = fork();
	if (!daemon) {
		struct guard *guard;

		if (!guard_start(&guard, &place))
			guard_hold(guard, 1, 1000000);
		pause();
		_exit(1);
	}
	expect("1", "1");
	kill(daemon, SIGKILL);
	waitpid(daemon, NULL, 0);
	expect("1", "0");
	expect("frozen", "");
}

static void death_of_the_guard__is_told_and_leaves_a_list(void **state)
{
	struct guard *guard = start();
	struct pollfd died = { .fd = guard_fd(guard), .events = POLLIN };

	(void)state;
	freeze_1(guard);
	assert_int_equal(kill(guard_pid(guard), SIGKILL), 0);
	assert_int_equal(poll(&died, 1, PATIENCE_MS), 1);
	assert_int_equal(guard_hold(guard, 2, 1000), -EPIPE);
	guard_stop(&guard);
	expect("1", "1");
	assert_int_equal(frozen_thaw_all(&place, 0), 1);
	expect("1", "0");
	assert_int_equal(frozen_thaw_all(&place, 0), 0);
}

static void list_of_a_guard_that_lives__is_not_touched(void **state)
{
	struct guard *guard = start();

	(void)state;
	freeze_1(guard);
	assert_int_equal(frozen_thaw_all(&place, 20), -EWOULDBLOCK);
	expect("1", "1");
	guard_stop(&guard);
}

static void paused_while_it_is_held__stays_frozen(void **state)
{
	struct guard *guard = start();

	(void)state;
	freeze_both(guard);
	write_file("1.paused", "");
	assert_int_equal(guard_hold(guard, 1, 0), 0);
	assert_int_equal(guard_hold(guard, 2, 0), 0);
	expect("2", "0");
	expect("frozen", "");
	expect("1", "1");
	/* Who resumes thaws, and it is paced again. */
	assert_int_equal(unlink("1.paused"), 0);
	write_file("1", "0\n");
	freeze_1(guard);
	guard_stop(&guard);
	expect("1", "0");
}

static void paused_and_thawed_by_other_means__is_not_held(void **state)
{
	struct guard *guard = start();

	(void)state;
	write_file("1.paused", "");
	assert_int_equal(guard_hold(guard, 1, 1000000), 0);
	assert_int_equal(guard_hold(guard, 2, 1000000), 0);
	expect("frozen", "2\n");
	guard_stop(&guard);
	expect("1", "0");
}

static void paused_when_the_guard_was_killed__stays_frozen(void **state)
{
	struct guard *guard = start();

	(void)state;
	freeze_both(guard);
	assert_int_equal(kill(guard_pid(guard), SIGKILL), 0);
	guard_stop(&guard);
	write_file("1.paused", "");
	assert_int_equal(frozen_thaw_all(&place, 1000), 1);
	expect("2", "0");
	expect("1", "1");
	expect("frozen", "");
}

/* What somebody does at the moment when the guard asks whether he has. */
static int asked;
static enum { PAUSES, RESUMES } what;
static int freezer_1;

static bool is_paused_by_a_racer(int freezer)
{
	bool paused = what == PAUSES ? asked > 0 : asked == 0;

	(void)freezer;
	/* Right after the answer: mark and freeze, or unmark and leave it to the guard. */
	if (!asked++)
		frozen_set(freezer_1, what == PAUSES);
	return paused;
}

static void pause_or_resume_in_the_midst_of_a_thaw__wins(void **state)
{
	static const struct frozen_place racing = {
		.list = "frozen", .open = open_file, .paused = is_paused_by_a_racer,
	};

	(void)state;
	for (what = PAUSES; what <= RESUMES; what++) {
		asked = 0;
		write_file("1", "1\n");
		freezer_1 = open_file(1);
		assert_int_equal(frozen_release(&racing, freezer_1), what == PAUSES);
		expect("1", what == PAUSES ? "1" : "0");
		close(freezer_1);
	}
}

static void resumed_before_it_was_forgotten__is_thawed_then(void **state)
{
	int freezer;

	(void)state;
	write_file("1", "1\n");
	write_file("1.paused", "");
	freezer = open_file(1);
	assert_true(frozen_release(&place, freezer));
	unlink("1.paused");
	frozen_forgotten(&place, freezer, true);
	expect("1", "0");
	close(freezer);
}

/* One that is frozen, and has that mark; skips without the right to. */
static int open_marked(int who)
{
	int freezer, err;

	write_file("1", "1\n");
	freezer = open_file(1);
	assert_false(frozen_host.paused(freezer));
	err = headgate_freezer_mark(freezer, who);
	if (err) {
		close(freezer);
		assert_true(err == -EPERM || err == -EOPNOTSUPP);
		skip();	/* trusted attributes are root's */
	}
	return freezer;
}

static void mark_on_the_freezer__is_a_pause_of_the_host(void **state)
{
	const struct frozen_place host = { .paused = frozen_host.paused };
	int freezer = open_marked(HEADGATE_FREEZER_PERSON);

	(void)state;
	assert_true(frozen_host.paused(freezer));
	assert_true(frozen_release(&host, freezer));
	expect("1", "1");
	assert_int_equal(headgate_freezer_unmark(freezer, HEADGATE_FREEZER_PERSON), 0);
	assert_int_equal(headgate_freezer_unmark(freezer, HEADGATE_FREEZER_PERSON), 0);
	assert_false(frozen_host.paused(freezer));
	close(freezer);
}

static void marks_of_persons_and_budgets__are_told_apart(void **state)
{
	const struct frozen_place host = { .paused = frozen_host.paused };
	int freezer = open_marked(HEADGATE_FREEZER_BUDGET);

	(void)state;
	assert_true(frozen_release(&host, freezer)); /* pacing leaves it alone */
	assert_int_equal(headgate_freezer_mark(freezer, HEADGATE_FREEZER_PERSON), 0);
	assert_int_equal(headgate_freezer_marks(freezer),
			 HEADGATE_FREEZER_PERSON | HEADGATE_FREEZER_BUDGET);
	assert_int_equal(headgate_freezer_unmark(freezer, HEADGATE_FREEZER_BUDGET), 0);
	assert_int_equal(headgate_freezer_marks(freezer), HEADGATE_FREEZER_PERSON);
	/* A person's pause ends by a resume, and no budget is told to keep off. */
	assert_int_equal(headgate_freezer_resume(freezer), 0);
	assert_false(headgate_freezer_marked(freezer));
	assert_false(headgate_freezer_resumed(freezer));
	assert_int_equal(headgate_freezer_mark(freezer, HEADGATE_FREEZER_BUDGET), 0);
	assert_int_equal(headgate_freezer_resume(freezer), 1);
	assert_false(headgate_freezer_marked(freezer));
	assert_true(headgate_freezer_resumed(freezer));
	assert_int_equal(headgate_freezer_renew(freezer), 0);
	assert_int_equal(headgate_freezer_renew(freezer), 0);
	assert_false(headgate_freezer_resumed(freezer));
	close(freezer);
}

static void own_cgroup_and_those_above__are_covered(void **state)
{
	(void)state;
	assert_true(headgate_cgroup_covers("/a", "/a"));
	assert_true(headgate_cgroup_covers("/a", "/a/b"));
	assert_true(headgate_cgroup_covers("/", "/a/b"));
	assert_true(headgate_cgroup_covers("/", "/"));
	assert_true(headgate_cgroup_covers("/a", ""));
	assert_false(headgate_cgroup_covers("/a/b", "/a"));
	assert_false(headgate_cgroup_covers("/a", "/ab"));
	assert_false(headgate_cgroup_covers("/a", "/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(what_is_held__is_frozen_until_it_is_told),
		IN_HOME(deadline__thaws),
		IN_HOME(frozen_by_somebody_else__is_left_alone),
		IN_HOME(death_of_the_daemon__thaws_all),
		IN_HOME(death_of_the_guard__is_told_and_leaves_a_list),
		IN_HOME(list_of_a_guard_that_lives__is_not_touched),
		IN_HOME(paused_while_it_is_held__stays_frozen),
		IN_HOME(paused_and_thawed_by_other_means__is_not_held),
		IN_HOME(paused_when_the_guard_was_killed__stays_frozen),
		IN_HOME(pause_or_resume_in_the_midst_of_a_thaw__wins),
		IN_HOME(resumed_before_it_was_forgotten__is_thawed_then),
		IN_HOME(mark_on_the_freezer__is_a_pause_of_the_host),
		IN_HOME(marks_of_persons_and_budgets__are_told_apart),
		cmocka_unit_test(own_cgroup_and_those_above__are_covered),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
