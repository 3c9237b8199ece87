/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in aligned columns. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 20

/**
 * struct table_column - a column
 * @title: heading
 * @right: numbers go to the right
 * @drop: where lines are too long, columns go in descending order; 0 stays
 * @shrink: shortened (at its front) when dropping does not suffice
 * @width: least width
 * @note: no column, but words below the row, for what would make every line long
 */
struct table_column {
	const char *title;
	bool right;
	unsigned int drop;
	bool shrink;
	int width;
	bool note;
};

/* Initialise by { .columns = …, .n_columns = … }. */
struct table {
	const struct table_column *columns;
	size_t n_columns;
	char **cells;
	size_t count;
	size_t room;
	bool failed;		/* memory was short */
};

/* Append a cell; rows fill from the left.  Bytes that could steer a terminal become '?'. */
void table_add(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How a row is shown, NULL: plain; an ANSI sequence such as "\033[2m". */
typedef const char *(*table_style_fn)(size_t row, const void *data);

/* Print heading and rows in lines of at most @width columns, 0: any. */
void table_print(const struct table *table, FILE *file, int width, table_style_fn style,
		 const void *data);

void table_clear(struct table *table);

/* Replace bytes that could steer a terminal by '?'; returns @text. */
char *table_sanitize(char *text);

#endif
