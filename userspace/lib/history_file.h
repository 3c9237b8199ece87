/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of the history before SQLite has it: made, and nobody else's. */
#ifndef LIBHEADGATE_HISTORY_FILE_H
#define LIBHEADGATE_HISTORY_FILE_H

#include "history_db.h"

/* What there is to say of most failures. */
#define NOTHING_LOST "nothing is lost as long as the module is not removed"

/* Make it and its folders where they are not there; negative errno with @db->error. */
int history_file_make(struct history_db *db);

/*
 * The path without the symbolic links of its folders, which are the host's own; SQLite follows
 * none. The caller frees it; NULL without memory.
 */
char *history_file_real(const char *path);

#endif
