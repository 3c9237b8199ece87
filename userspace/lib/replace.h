/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is written anew: whoever reads it finds it as it was, or whole; its owner alone may. */
#ifndef LIBHEADGATE_REPLACE_H
#define LIBHEADGATE_REPLACE_H

#include <stdio.h>

struct headgate_replace {
	const char *file;
	char *fresh;
	FILE *stream;
};

/* Write to @replace->stream; 0 or a negative errno. */
int headgate_replace_begin(struct headgate_replace *replace, const char *file);

/* 0; or a negative errno, and the file is as it was. */
int headgate_replace_end(struct headgate_replace *replace);

#endif
