/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of the history: opened, checked, brought up to date, and asked. */
#ifndef LIBHEADGATE_HISTORY_DB_H
#define LIBHEADGATE_HISTORY_DB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "history_sql.h"

#define HISTORY_FILE "/var/lib/headgate/history.db"

/* Levels of the history, and how long the time of a row is. */
#define HISTORY_LEVELS 4
static const int64_t history_width_s[HISTORY_LEVELS] = { 10, 60, 3600, 86400 };

/* What is summed up of a flow, in the order of the columns. */
enum history_sum {
	HISTORY_BUSY_NS,
	HISTORY_WAIT_NS,
	HISTORY_TICKETS,
	HISTORY_JOBS,
	HISTORY_FAILED,
	HISTORY_FORCED,
	HISTORY_SUMS,
};

/* Agents that are none: a path begins with a slash. */
#define HISTORY_UNGOVERNED	"(ungoverned)"
#define HISTORY_GONE		"(gone)"	/* went before anybody could ask who it was */
#define HISTORY_NO_OWNER	"(none)"

struct sqlite3;
struct sqlite3_stmt;

/**
 * struct history_db - an open history
 * @device, @inode: of the file that is written to
 * @unchanging: read as a file that nobody writes to
 * @error: why the last call failed: the file, what is wrong, and what to do; no full stop
 */
struct history_db {
	struct sqlite3 *sqlite;
	struct sqlite3_stmt *statements[HISTORY_STATEMENTS];
	char *path;
	dev_t device;
	ino_t inode;
	bool unchanging;
	char error[640];
};

/* Put it into @db->error; returns @err. */
int __attribute__((format(printf, 3, 4))) history_say(struct history_db *db, int err,
						       const char *format, ...);

/**
 * history_open() - open a history, and prepare all statements
 * @db: receives it; needs history_close() on failure, too
 * @path: its file
 * @write: make it and its folder if they are not there (mode 0640), and bring it up to date; it
 *	has to be ours, in a folder where nobody else can put another in its place;
 *	otherwise it is read alone, and may belong to a headgated that writes to it
 *
 * Return: 0 or a negative errno with @db->error: -ENOENT there is none; -EUCLEAN it is damaged;
 * -EPROTONOSUPPORT it is of another version of headgate; -EPERM it, or its folder, is not ours
 * alone; -ENOSPC; -EROFS; -EBUSY; -EIO.
 */
int history_open(struct history_db *db, const char *path, bool write);
void history_close(struct history_db *db);

/* Of a writer: whether the file is still at its path, or somebody moved it away, or removed it. */
bool history_is_in_place(const struct history_db *db);

/*
 * Of a reader, when it has read all: that it was of one moment. -EAGAIN: who may not write beside
 * the file has read while a headgated began to.
 */
int history_read_end(struct history_db *db);

/*
 * Run a statement with parameters: in @types an 'i' for an int64_t, a 't' for a text, an 'a' for
 * HISTORY_SUMS uint64_t (an array). Return: 0 or a negative errno with @db->error.
 */
int history_put(struct history_db *db, enum history_statement statement, const char *types, ...);

/* The same for one that answers; then history_step() for each row: 1, 0 at the end, or as above. */
int history_ask(struct history_db *db, enum history_statement statement, const char *types, ...);
int history_step(struct history_db *db, enum history_statement statement);
int64_t history_int(struct history_db *db, enum history_statement statement, int column);
void history_reset(struct history_db *db, enum history_statement statement); /* no more rows wanted */
const char *history_text(struct history_db *db, enum history_statement statement, int column);

/* Whether SQLite sees to it that rows refer to rows that are there; not within a transaction. */
int history_keys(struct history_db *db, bool on);

/* All or nothing. history_end() commits, or rolls back when @err is set, which it returns then. */
int history_begin(struct history_db *db);
int history_end(struct history_db *db, int err);

#endif
