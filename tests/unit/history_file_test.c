// SPDX-License-Identifier: GPL-2.0-or-later
/* The history writes to no file that somebody else has put, or can put, in its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"
#include "home.h"

#define FILE_NAME "h.db"
#define OTHERS "another's"

static struct history_db db;

static void refused(const char *path, int error, const char *what)
{
	int ret = history_open(&db, path, true);

	if (ret != error || !strstr(db.error, what) || !strstr(db.error, path))
		fail_msg("%s: got %d '%s', want %d '%s'", path, ret, db.error, error, what);
	history_close(&db);
}

static void folder_that_is_a_link__is_followed(void **state)
{
	struct ledger ledger = {};
	char path[64];

	(void)state;
	ledger_init(&ledger, "boot:1");
	assert_int_equal(mkdir("real", 0750), 0);
	assert_int_equal(symlink("real", "link"), 0);
	/* Whole, as [history] has them: /var may be a link. */
	snprintf(path, sizeof(path), "%s/link/" FILE_NAME, home);
	if (history_open(&db, path, true))
		fail_msg("%s", db.error);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	history_close(&db);
	assert_int_equal(access("real/" FILE_NAME, F_OK), 0);
	if (history_open(&db, path, false))
		fail_msg("%s", db.error);
	history_close(&db);
}

static void file_that_is_a_link__is_not(void **state)
{
	struct stat st;

	(void)state;
	write_file("victim", "");
	assert_int_equal(chmod("victim", 0600), 0);
	assert_int_equal(symlink("victim", FILE_NAME), 0);
	refused(FILE_NAME, -EPERM, "is a symbolic link");
	assert_int_equal(unlink(FILE_NAME), 0);
	assert_int_equal(link("victim", FILE_NAME), 0);
	refused(FILE_NAME, -EPERM, "with one name");
	assert_int_equal(stat("victim", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 0);
	/* Nothing that belongs to a database either. */
	assert_int_equal(unlink("victim"), 0);
	assert_int_equal(symlink("victim", FILE_NAME "-wal"), 0);
	if (!history_open(&db, FILE_NAME, true))
		fail_msg("it wrote through the link");
	history_close(&db);
	assert_int_not_equal(access("victim", F_OK), 0);
}

static void what_is_no_file__is_refused_without_waiting(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(FILE_NAME, 0600), 0);
	refused(FILE_NAME, -EPERM, "is no plain file");
	assert_int_equal(unlink(FILE_NAME), 0);
	assert_int_equal(mkdir(FILE_NAME, 0700), 0);
	refused(FILE_NAME, -EISDIR, "cannot be opened to write");
}

static void folder_that_all_may_write_to__is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("open", 0700), 0);
	assert_int_equal(chmod("open", 01777), 0);
	refused("open/" FILE_NAME, -EPERM, "all may write to it");
	assert_int_not_equal(access("open/" FILE_NAME, F_OK), 0);
}

static void what_is_of_another_user__is_refused(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	write_file(FILE_NAME, "");
	assert_int_equal(chown(FILE_NAME, 65534, 65534), 0);
	refused(FILE_NAME, -EPERM, "is no plain file of root's");
	assert_int_equal(mkdir(OTHERS, 0700), 0);
	assert_int_equal(chown(OTHERS, 65534, 65534), 0);
	refused(OTHERS "/" FILE_NAME, -EPERM, "belongs to another user");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(folder_that_is_a_link__is_followed),
		IN_HOME(file_that_is_a_link__is_not),
		IN_HOME(what_is_no_file__is_refused_without_waiting),
		IN_HOME(folder_that_all_may_write_to__is_refused),
		IN_HOME(what_is_of_another_user__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
