// SPDX-License-Identifier: GPL-2.0-or-later
#include "history_db.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history_file.h"

/* Longer than a checkpoint of somebody else's; what fails is tried again in 10 s. */
#define BUSY_MS		2000

int history_say(struct history_db *db, int err, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(db->error, sizeof(db->error), format, list);
	va_end(list);
	return err;
}

/* What SQLite says, as a sentence on what to do. */
static int fail(struct history_db *db, int code)
{
	const char *why = db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(code);
	int error = db->sqlite ? sqlite3_system_errno(db->sqlite) : 0;

	if (error == ENOENT || (code & 0xff) == SQLITE_OK)
		error = 0;
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return history_say(db, -EUCLEAN, "%s is damaged (%s): move it away, with %s-wal and %s-shm, and headgated begins a new one; sqlite3 FILE .recover may get out what it holds",
			   db->path, why, db->path, db->path);
	case SQLITE_FULL:
		return history_say(db, -ENOSPC, "%s: the disk is full: make room there; " NOTHING_LOST, db->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return history_say(db, -EROFS, "%s cannot be written (%s): look at its mode, and whether its file system is mounted read-only; " NOTHING_LOST,
			   db->path, why);
	case SQLITE_CANTOPEN:
		return history_say(db, error == EACCES || error == EPERM ? -EACCES : error == EROFS ? -EROFS : -EIO,
			   "%s cannot be opened (%s): look at its mode and that of its folder",
			   db->path, error ? strerror(error) : why);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return history_say(db, -EBUSY, "%s is locked by another program: let only headgated write to it; " NOTHING_LOST,
			   db->path);
	case SQLITE_NOMEM:
		return history_say(db, -ENOMEM, "%s: memory is short; " NOTHING_LOST, db->path);
	case SQLITE_IOERR:
		return history_say(db, error == ENOSPC || error == EDQUOT ? -ENOSPC : -EIO,
			   "%s: input or output failed (%s): look at the disk, and whether it is full; " NOTHING_LOST,
			   db->path, error ? strerror(error) : why);
	default:
		return history_say(db, -EUCLEAN, "%s cannot be used (%s): if nothing else explains it, move it away, and headgated begins a new one",
			   db->path, why);
	}
}

/* ---- statements ---- */

static int bind(struct history_db *db, enum history_statement statement, const char *types,
		va_list list)
{
	sqlite3_stmt *stmt = db->statements[statement];
	int ret = SQLITE_OK, n = 0;

	sqlite3_reset(stmt);
	for (; *types && ret == SQLITE_OK; types++) {
		if (*types == 'i') {
			ret = sqlite3_bind_int64(stmt, ++n, va_arg(list, int64_t));
		} else if (*types == 't') {
			ret = sqlite3_bind_text(stmt, ++n, va_arg(list, const char *), -1, SQLITE_TRANSIENT);
		} else {
			const uint64_t *sums = va_arg(list, const uint64_t *);

			for (int i = 0; i < HISTORY_SUMS && ret == SQLITE_OK; i++)
				ret = sqlite3_bind_int64(stmt, ++n, (int64_t)sums[i]);
		}
	}
	return ret == SQLITE_OK ? 0 : fail(db, ret);
}

int history_step(struct history_db *db, enum history_statement statement)
{
	sqlite3_stmt *stmt = db->statements[statement];
	int ret = sqlite3_step(stmt);

	if (ret == SQLITE_ROW)
		return 1;
	ret = ret == SQLITE_DONE ? 0 : fail(db, ret);
	sqlite3_reset(stmt);
	return ret;
}

int history_ask(struct history_db *db, enum history_statement statement, const char *types, ...)
{
	va_list list;
	int ret;

	va_start(list, types);
	ret = bind(db, statement, types, list);
	va_end(list);
	return ret;
}

int history_put(struct history_db *db, enum history_statement statement, const char *types, ...)
{
	va_list list;
	int ret;

	va_start(list, types);
	ret = bind(db, statement, types, list);
	va_end(list);
	while (!ret && (ret = history_step(db, statement)) > 0)
		ret = 0; /* an answer that nobody wants */
	return ret;
}

int64_t history_int(struct history_db *db, enum history_statement statement, int column)
{
	return sqlite3_column_int64(db->statements[statement], column);
}

const char *history_text(struct history_db *db, enum history_statement statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(db->statements[statement], column);

	return text ?: "";
}

void history_reset(struct history_db *db, enum history_statement statement)
{
	sqlite3_reset(db->statements[statement]);
}

int history_begin(struct history_db *db)
{
	return history_put(db, HISTORY_BEGIN, "");
}

int history_end(struct history_db *db, int err)
{
	char error[sizeof(db->error)];

	if (!err)
		err = history_put(db, HISTORY_COMMIT, "");
	if (!err)
		return 0;
	/* SQLite may have rolled back by itself; what it says of ours is not the reason. */
	strcpy(error, db->error);
	if (!sqlite3_get_autocommit(db->sqlite))
		history_put(db, HISTORY_ROLLBACK, "");
	strcpy(db->error, error);
	return err;
}

static int prepare(struct history_db *db, int first)
{
	int ret;

	for (int i = first; i < HISTORY_STATEMENTS; i++) {
		ret = sqlite3_prepare_v3(db->sqlite, history_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					 &db->statements[i], NULL);
		if (ret != SQLITE_OK)
			return fail(db, ret);
	}
	return 0;
}

/* ---- the file ---- */

static int pragma(struct history_db *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *stmt;
	int ret = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

	if (ret == SQLITE_OK) {
		ret = sqlite3_step(stmt);
		if (value)
			*value = ret == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
		sqlite3_finalize(stmt);
	}
	return ret == SQLITE_ROW || ret == SQLITE_DONE || ret == SQLITE_OK ? 0 : fail(db, ret);
}

static int execute(struct history_db *db, const char *sql)
{
	int ret = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return ret == SQLITE_OK ? 0 : fail(db, ret);
}

/* No statement: SQLite obeys this pragma when it is prepared. */
int history_keys(struct history_db *db, bool on)
{
	return execute(db, on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
}

/* That it is ours, of which version, and whether it is still empty. */
static int examine(struct history_db *db, int64_t *version)
{
	int64_t application, tables;
	int ret = pragma(db, "PRAGMA application_id", &application);

	if (!ret)
		ret = pragma(db, "PRAGMA user_version", version);
	if (!ret)
		ret = pragma(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (ret)
		return ret;
	if (application != HISTORY_APPLICATION_ID && (application || tables || *version))
		return history_say(db, -EPROTONOSUPPORT, "%s is a database of another program: name another path in [history], or move it away",
			   db->path);
	if (*version < 0)
		return history_say(db, -EUCLEAN, "%s is damaged (it says to be of version %" PRId64 "): move it away, and headgated begins a new one",
				   db->path, *version);
	if (*version > (int64_t)history_version)
		return history_say(db, -EPROTONOSUPPORT, "%s is of a newer headgate (version %" PRId64 " of the history, this one knows %zu): update headgate, or move it away; it was left as it is",
			   db->path, *version, history_version);
	return 0;
}

static int migrate(struct history_db *db, int64_t version)
{
	char sql[96];
	int ret = 0;

	for (; version < (int64_t)history_version && !ret; version++) {
		ret = execute(db, "BEGIN IMMEDIATE");
		if (ret)
			return ret;
		ret = execute(db, history_migrations[version]);
		snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64,
			 HISTORY_APPLICATION_ID, version + 1);
		if (!ret)
			ret = execute(db, sql);
		if (!ret)
			ret = execute(db, "COMMIT");
		else if (!sqlite3_get_autocommit(db->sqlite))
			sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	}
	return ret;
}

static int connect_file(struct history_db *db, bool write)
{
	char *real = history_file_real(db->path);
	int ret;

	if (!real)
		return history_say(db, -ENOMEM, "%s: memory is short", db->path);
	ret = sqlite3_open_v2(real, &db->sqlite,
			      (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
			      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	free(real);
	if (ret == SQLITE_OK)
		ret = sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	return ret == SQLITE_OK ? 0 : fail(db, ret);
}

/* Whether somebody has it open to write. */
static bool is_written(const struct history_db *db)
{
	char *wal;
	bool written;

	if (asprintf(&wal, "%s-wal", db->path) < 0)
		return true;
	written = !access(wal, F_OK);
	free(wal);
	return written;
}

/*
 * A reader that may not write to the folder cannot make the files beside a database that nobody
 * has open. Nor can anybody else be at work then: it is as it will be.
 */
static int connect_unchanging(struct history_db *db)
{
	char *uri = sqlite3_mprintf("file:%s?immutable=1", db->path);
	int ret;

	if (!uri)
		return history_say(db, -ENOMEM, "%s: memory is short", db->path);
	if (!is_written(db) && !strpbrk(db->path, "?#%")) {
		db->unchanging = true;
		sqlite3_close(db->sqlite);
		ret = sqlite3_open_v2(uri, &db->sqlite, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
				      SQLITE_OPEN_NOMUTEX, NULL);
		ret = ret == SQLITE_OK ? 0 : fail(db, ret);
	} else {
		ret = -EIO;
	}
	sqlite3_free(uri);
	return ret;
}

static int open_write(struct history_db *db)
{
	int64_t version;
	int ret = history_file_make(db);

	if (!ret)
		ret = connect_file(db, true);
	if (!ret)
		ret = examine(db, &version); /* before anything is changed */
	/* FULL: a commit is on the disk before the next totals are taken. */
	if (!ret)
		ret = execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	if (!ret)
		ret = history_keys(db, true);
	if (!ret)
		ret = migrate(db, version);
	return ret ? ret : prepare(db, 0);
}

static int open_read(struct history_db *db)
{
	int64_t version;
	int ret;

	if (access(db->path, F_OK) && errno == ENOENT)
		return history_say(db, -ENOENT, "there is no history %s: headgated makes it when it runs, unless [history] says enabled = no",
			   db->path);
	ret = connect_file(db, false);
	if (!ret)
		ret = examine(db, &version);
	if (ret == -EIO || ret == -EACCES || ret == -EROFS)
		ret = connect_unchanging(db) ?: examine(db, &version);
	if (ret)
		return ret;
	if (!version)
		return history_say(db, -ENOENT, "%s is empty yet: headgated fills it when it runs", db->path);
	if (version < (int64_t)history_version)
		return history_say(db, -EPROTONOSUPPORT, "%s is of an older headgate: start headgated of this version once, which brings it up to date",
			   db->path);
	return prepare(db, HISTORY_READ_FIRST) ?: execute(db, "BEGIN");
}

int history_open(struct history_db *db, const char *path, bool write)
{
	memset(db, 0, sizeof(*db));
	db->path = strdup(path);
	if (!db->path)
		return history_say(db, -ENOMEM, "%s: memory is short", path);
	return write ? open_write(db) : open_read(db);
}

int history_read_end(struct history_db *db)
{
	if (!db->unchanging || !is_written(db))
		return 0;
	return history_say(db, -EAGAIN, "%s: headgated began to write to it meanwhile: ask again", db->path);
}

void history_close(struct history_db *db)
{
	for (int i = 0; i < HISTORY_STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->sqlite);
	free(db->path);
	db->path = NULL;
	db->sqlite = NULL;
	memset(db->statements, 0, sizeof(db->statements));
}
