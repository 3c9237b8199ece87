// SPDX-License-Identifier: GPL-2.0-or-later
/* The thread that writes: what it says, and what it still writes when headgated ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"
#include "history_thread.h"
#include "home.h"

#define FILE_NAME "h.db"
#define EVENTS "SELECT count(*) FROM event"

/* None of these has any; the file that has it needs the module. */
void history_totals_free(struct history_totals *totals)
{
	(void)totals;
	fail();
}

static struct history_job job_of(const char *text)
{
	struct history_job job = { .config = {
		.enabled = true, .keep_s = { 3600, 3600, 3600, 100 * 365 * DAY_S },
	} };

	snprintf(job.config.path, sizeof(job.config.path), "%s/" FILE_NAME, home);
	history_events_add(&job.events, "x", 0, "", text);
	return job;
}

/* Written, and no more to do. */
static void put(struct history_thread *thread, const char *text)
{
	struct history_job job = job_of(text);

	assert_true(history_thread_idle(thread));
	history_thread_put(thread, &job);
	assert_true(history_thread_settle(thread));
	assert_true(history_thread_idle(thread));
}

/* Lines of the log that hold @what. */
static int said(const char *what)
{
	char line[1024];
	int count = 0;
	FILE *log;

	fflush(stderr);
	log = fopen("log", "r");
	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		count += !!strstr(line, what);
	fclose(log);
	return count;
}

static int log_before;

/* What is logged goes to a file from here on, until end(). */
static struct history_thread *begin(void)
{
	struct history_thread *thread;

	log_before = dup(STDERR_FILENO);
	assert_non_null(freopen("log", "w", stderr));
	assert_int_equal(history_thread_new(&thread), 0);
	return thread;
}

static void end(struct history_thread *thread)
{
	history_thread_free(thread);
	fflush(stderr);
	dup2(log_before, STDERR_FILENO);
	close(log_before);
}

static void roll_up_that_fails__is_told_once(void **state)
{
	struct history_thread *thread = begin();

	(void)state;
	put(thread, "1");
	/* Old, and not to be taken away; the rest of the file is as it should be. */
	number(FILE_NAME, "INSERT INTO agent VALUES (1, '/a', 'x')");
	number(FILE_NAME, "INSERT INTO device VALUES (1, 'd', 'x')");
	number(FILE_NAME, "INSERT INTO lane VALUES (1, 1, 'l')");
	number(FILE_NAME, "INSERT INTO flow_use VALUES (0, 0, 1, 1, 1, 1, 1, 1, 1, 1)");
	number(FILE_NAME, "CREATE TRIGGER t BEFORE DELETE ON flow_use BEGIN SELECT raise(ABORT, 'it is bad'); END");
	history_thread_free(thread);
	assert_int_equal(history_thread_new(&thread), 0);
	put(thread, "2");
	put(thread, "3");
	put(thread, "4");
	assert_int_equal(said("it is bad"), 1);
	assert_int_equal(said("is written again"), 0);
	number(FILE_NAME, "DROP TRIGGER t");
	put(thread, "5");
	put(thread, "6");
	assert_int_equal(said("is written again"), 1);
	end(thread);
	assert_int_equal(number(FILE_NAME, EVENTS), 6);
}

/* As history_free() does: SIGTERM has come while it waits for another to let go of the file. */
static void end_while_it_writes__loses_nothing(void **state)
{
	struct history_thread *thread;
	struct history_job job;
	sqlite3 *other;

	(void)state;
	assert_int_equal(history_thread_new(&thread), 0);
	put(thread, "1");
	assert_int_equal(sqlite3_open(FILE_NAME, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	job = job_of("2");
	history_thread_put(thread, &job);
	assert_false(history_thread_idle(thread));
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_true(history_thread_settle(thread));
	assert_true(history_thread_idle(thread));
	job = job_of("3");
	history_thread_put(thread, &job);
	history_thread_free(thread);
	sqlite3_close(other);
	assert_int_equal(number(FILE_NAME, EVENTS), 3);
}

static void damaged_file__is_told_once_until_it_is_mended(void **state)
{
	struct history_thread *thread;

	(void)state;
	write_file(FILE_NAME, "this is no database, however long one looks at it, and it is longer than the header of one would have to be");
	thread = begin();
	put(thread, "1");
	put(thread, "2");
	assert_int_equal(said("is damaged"), 1);
	assert_int_equal(said("the sharing goes on"), 1);
	assert_int_equal(unlink(FILE_NAME), 0);
	put(thread, "3");
	assert_int_equal(said("is written again"), 1);
	end(thread);
	assert_int_equal(number(FILE_NAME, EVENTS), 3);
}

static void file_that_is_moved_away__is_begun_anew(void **state)
{
	struct history_thread *thread = begin();

	(void)state;
	put(thread, "1");
	assert_int_equal(mkdir("old", 0700), 0);
	assert_int_equal(system("mv " FILE_NAME "* old"), 0);
	put(thread, "2");
	put(thread, "3");
	assert_int_equal(said("was moved away or removed"), 1);
	end(thread);
	assert_int_equal(number(FILE_NAME, EVENTS), 2);
	assert_int_equal(number("old/" FILE_NAME, EVENTS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(roll_up_that_fails__is_told_once),
		IN_HOME(end_while_it_writes__loses_nothing),
		IN_HOME(damaged_file__is_told_once_until_it_is_mended),
		IN_HOME(file_that_is_moved_away__is_begun_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
