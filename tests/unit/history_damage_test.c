// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file that cannot be used is told by name, with what is wrong and what to do, and left as it
 * is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"
#include "home.h"

#define FILE_NAME "h.db"
#define BUSY "SELECT sum(busy_ns) FROM flow_use"

static struct history_db db;

static void record(struct ledger *ledger, uint64_t ns)
{
	if (!ledger->totals.flows.count)
		ledger_begin(ledger);
	ledger_job(ledger, ledger->flows, ns);
}

static char *contents(const char *name, size_t *size)
{
	FILE *file = fopen(name, "r");
	char *text = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	*size = fread(text, 1, 1 << 20, file);
	fclose(file);
	return text;
}

/* Neither to be written nor to be read; the sentence holds @what; the file stays. */
static void refused(int error, const char *what, bool write)
{
	size_t before_size, after_size;
	char *before = contents(FILE_NAME, &before_size), *after;
	int ret = history_open(&db, FILE_NAME, write);

	if (ret != error || !strstr(db.error, what) || !strstr(db.error, FILE_NAME))
		fail_msg("got %d '%s', want %d '%s'", ret, db.error, error, what);
	history_close(&db);
	after = contents(FILE_NAME, &after_size);
	assert_int_equal(after_size, before_size);
	assert_memory_equal(after, before, before_size);
	free(before);
	free(after);
}

static void no_database__is_damaged(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_file(FILE_NAME, text);
	refused(-EUCLEAN, "is damaged (file is not a database): move it away", true);
	refused(-EUCLEAN, "is damaged (file is not a database): move it away", false);
}

static void page_that_is_broken__is_damage_when_it_is_met(void **state)
{
	struct ledger ledger = {};
	FILE *file;

	(void)state;
	record(&ledger, 100);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	history_close(&db);
	file = fopen(FILE_NAME, "r+");
	assert_non_null(file);
	/* All but the schema. */
	fseek(file, 4096, SEEK_SET);
	for (int i = 0; i < 4096 * 20; i++)
		fputc(0xa5, file);
	fclose(file);
	record(&ledger, 50);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), -EUCLEAN);
	assert_non_null(strstr(db.error, "is damaged"));
	history_close(&db);
}

static void newer_version__is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	history_close(&db);
	number(FILE_NAME, "PRAGMA user_version = 99");
	refused(-EPROTONOSUPPORT, "is of a newer headgate (version 99 of the history, this one knows 1): update headgate", true);
	refused(-EPROTONOSUPPORT, "is of a newer headgate", false);
	number(FILE_NAME, "PRAGMA user_version = -5");
	refused(-EUCLEAN, "is damaged (it says to be of version -5)", true);
	refused(-EUCLEAN, "is damaged (it says to be of version -5)", false);
}

static void database_of_another_program__is_left_alone(void **state)
{
	(void)state;
	write_file(FILE_NAME, "");
	number(FILE_NAME, "CREATE TABLE t (x)");
	refused(-EPROTONOSUPPORT, "is a database of another program", true);
	refused(-EPROTONOSUPPORT, "is a database of another program", false);
}

static void nothing_there__is_told_to_who_reads_and_made_for_who_writes(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(history_open(&db, "a/b/" FILE_NAME, false), -ENOENT);
	assert_non_null(strstr(db.error, "there is no history a/b/h.db"));
	history_close(&db);
	umask(0077);
	assert_int_equal(history_open(&db, "a/b/" FILE_NAME, true), 0);
	umask(0022);
	assert_int_equal(stat("a/b/" FILE_NAME, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(stat("a/b/" FILE_NAME "-wal", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	history_close(&db);
	assert_int_equal(number("a/b/" FILE_NAME, "PRAGMA user_version"), 1);
}

static void full_disk__is_told_and_then_all_is_counted(void **state)
{
	struct ledger ledger = {};

	(void)state;
	record(&ledger, 100);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	/* No page more than there are: a thousand agents need some. */
	assert_int_equal(sqlite3_exec(db.sqlite, "PRAGMA max_page_count = 1", NULL, NULL, NULL), 0);
	for (int i = 0; i < 200; i++)
		number(FILE_NAME, "INSERT INTO event (time_ns, kind, agent, text) VALUES (1, 'x', '', hex(zeroblob(2000)))");
	record(&ledger, 50);
	for (int i = 1; i < 8; i++)
		ledger_job(&ledger, ledger_flow(&ledger, 1, 100 + i), 1000);
	for (int i = 0; i < 300; i++) {
		ledger.totals.time_s += 10;
		ledger_job(&ledger, ledger.flows, 1);
		if (history_write(&db, &ledger.totals, NULL))
			break;
	}
	if (!strstr(db.error, "the disk is full: make room there"))
		fail_msg("it is not full: '%s'", db.error);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), -ENOSPC);
	assert_int_equal(sqlite3_exec(db.sqlite, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	history_close(&db);
	assert_int_equal(number(FILE_NAME, BUSY), ledger.lanes[0].busy_ns);
}

static void locked_by_another__is_told_and_then_all_is_counted(void **state)
{
	struct ledger ledger = {};
	sqlite3 *other;

	(void)state;
	record(&ledger, 100);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	sqlite3_busy_timeout(db.sqlite, 10);
	assert_int_equal(sqlite3_open(FILE_NAME, &other), 0);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), -EBUSY);
	assert_non_null(strstr(db.error, "is locked by another program"));
	sqlite3_close(other);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	history_close(&db);
	assert_int_equal(number(FILE_NAME, BUSY), 100);
}

/* Who reads needs no right to write, neither beside a writer nor when it has ended. */
static void reader__reads_what_is_read_only(void **state)
{
	struct ledger ledger = {};
	struct history_db reader;
	int pipes[2][2];
	char byte;

	(void)state;
	record(&ledger, 100);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	assert_int_equal(history_open(&reader, FILE_NAME, false), 0);
	assert_int_equal(history_ask(&reader, HISTORY_REPORT_FLOWS, "ii", INT64_C(0), INT64_MAX), 0);
	assert_int_equal(history_step(&reader, HISTORY_REPORT_FLOWS), 1);
	assert_int_equal(history_int(&reader, HISTORY_REPORT_FLOWS, 5), 100);
	/* The writer goes on beside it, and the reader's sums are those of one moment. */
	record(&ledger, 50);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	assert_int_equal(history_ask(&reader, HISTORY_REPORT_FLOWS, "ii", INT64_C(0), INT64_MAX), 0);
	assert_int_equal(history_step(&reader, HISTORY_REPORT_FLOWS), 1);
	assert_int_equal(history_int(&reader, HISTORY_REPORT_FLOWS, 5), 100);
	history_close(&reader);
	history_close(&db);
	if (geteuid()) {
		chmod(FILE_NAME, 0440);
		chmod(".", 0550);
	} else {
		/* Root may write anywhere: as another user, in a process of its own. */
		chmod(FILE_NAME, 0444);
		chmod(".", 0555);
		assert_int_equal(pipe(pipes[0]) || pipe(pipes[1]), 0);
		if (fork()) {
			int status;

			close(pipes[0][1]); /* its end is told, should it fail */
			assert_int_equal(read(pipes[0][0], &byte, 1), 1);
			chmod(".", 0755);
			assert_int_equal(history_open(&db, FILE_NAME, true), 0);
			assert_int_equal(write(pipes[1][1], "", 1), 1);
			assert_true(wait(&status) > 0);
			history_close(&db);
			assert_int_equal(status, 0);
			return;
		}
		close(pipes[1][1]);
		if (setuid(65534))
			_exit(1);
		if (history_open(&reader, FILE_NAME, false)) {
			fprintf(stderr, "%s\n", reader.error);
			_exit(2);
		}
		if (history_ask(&reader, HISTORY_REPORT_FLOWS, "ii", INT64_C(0), INT64_MAX) ||
		    history_step(&reader, HISTORY_REPORT_FLOWS) != 1 ||
		    history_int(&reader, HISTORY_REPORT_FLOWS, 5) != 150 ||
		    history_read_end(&reader))
			_exit(3);
		/* A headgated comes, of whose work this reader does not know. */
		assert_int_equal(write(pipes[0][1], "", 1), 1);
		assert_int_equal(read(pipes[1][0], &byte, 1), 1);
		_exit(history_read_end(&reader) == -EAGAIN ? 0 : 4);
	}
	assert_int_equal(history_open(&reader, FILE_NAME, false), 0);
	history_close(&reader);
	assert_int_equal(history_open(&db, FILE_NAME, true), -EACCES);
	history_close(&db);
	chmod(".", 0750);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(no_database__is_damaged),
		IN_HOME(page_that_is_broken__is_damage_when_it_is_met),
		IN_HOME(newer_version__is_left_alone),
		IN_HOME(database_of_another_program__is_left_alone),
		IN_HOME(nothing_there__is_told_to_who_reads_and_made_for_who_writes),
		IN_HOME(full_disk__is_told_and_then_all_is_counted),
		IN_HOME(locked_by_another__is_told_and_then_all_is_counted),
		IN_HOME(reader__reads_what_is_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
