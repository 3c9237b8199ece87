// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define GAP 2	/* blanks between columns */

/* Least width of a column that shrinks: a heading and the end of a path. */
#define SHRUNK 8

#define NOTE_INDENT 4
#define NOTE_WIDTH_MIN 20	/* on a narrower terminal they run over its edge */

struct layout {
	int width[TABLE_COLUMNS_MAX];
	bool dropped[TABLE_COLUMNS_MAX];
};

char *table_sanitize(char *text)
{
	/* C0, DEL, and C1 as UTF-8 (0xc2 0x80 to 0xc2 0x9f) */
	for (unsigned char *at = (unsigned char *)text; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
			*at = '?';
	return text;
}

void table_add(struct table *table, const char *format, ...)
{
	va_list list;
	char *cell;
	int ret;

	if (table->count == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		char **cells = reallocarray(table->cells, room, sizeof(*cells));

		if (!cells) {
			table->failed = true;
			return;
		}
		table->cells = cells;
		table->room = room;
	}
	va_start(list, format);
	ret = vasprintf(&cell, format, list);
	va_end(list);
	if (ret < 0) {
		table->failed = true;
		return;
	}
	table->cells[table->count++] = table_sanitize(cell);
}

static int total(const struct table *table, const struct layout *layout)
{
	int sum = 0;

	for (size_t i = 0; i < table->n_columns; i++)
		if (!layout->dropped[i])
			sum += layout->width[i] + (sum ? GAP : 0);
	return sum;
}

/* The column to go next, -1 when all the others stay. */
static int next_drop(const struct table *table, const struct layout *layout)
{
	int best = -1;

	for (size_t i = 0; i < table->n_columns; i++)
		if (!layout->dropped[i] && table->columns[i].drop &&
		    (best < 0 || table->columns[i].drop > table->columns[best].drop))
			best = (int)i;
	return best;
}

static void natural_widths(const struct table *table, int *width)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		width[i] = (int)strlen(table->columns[i].title);
		if (width[i] < table->columns[i].width)
			width[i] = table->columns[i].width;
	}
	for (size_t i = 0; i < table->count; i++) {
		int length = (int)strlen(table->cells[i]);

		if (length > width[i % table->n_columns])
			width[i % table->n_columns] = length;
	}
}

/* Columns that shrink get what the others leave of @width, but @least at least. */
static void shrink(const struct table *table, struct layout *layout, const int *natural,
		   int width, int least)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		int room;

		if (!table->columns[i].shrink)
			continue;
		room = layout->width[i] + width - total(table, layout);
		layout->width[i] = room < least ? least : room;
		if (layout->width[i] > natural[i])
			layout->width[i] = natural[i];
	}
}

static void fit(const struct table *table, struct layout *layout, int width)
{
	int natural[TABLE_COLUMNS_MAX];
	int drop;

	memset(layout, 0, sizeof(*layout));
	for (size_t i = 0; i < table->n_columns; i++)
		layout->dropped[i] = table->columns[i].note;
	natural_widths(table, natural);
	memcpy(layout->width, natural, sizeof(natural));
	if (!width)
		return;
	/* Agents give way to half of the line, then columns go, then agents take what is left. */
	shrink(table, layout, natural, width, width / 2 > SHRUNK ? width / 2 : SHRUNK);
	while (total(table, layout) > width && (drop = next_drop(table, layout)) >= 0)
		layout->dropped[drop] = true;
	shrink(table, layout, natural, width, SHRUNK);
}

static void print_cell(FILE *file, const char *text, const struct table_column *column,
		       int width, bool last)
{
	int length = (int)strlen(text);

	if (length > width)
		fprintf(file, "..%s", text + length - (width - 2));
	else if (column->right)
		fprintf(file, "%*s", width, text);
	else
		fprintf(file, "%-*s", last ? 0 : width, text);
}

static void print_row(const struct table *table, const struct layout *layout, FILE *file,
		      char *const *cells)
{
	size_t last = table->n_columns - 1;
	bool first = true;

	while (last && layout->dropped[last])
		last--;
	for (size_t i = 0; i <= last; i++) {
		const struct table_column *column = &table->columns[i];

		if (layout->dropped[i])
			continue;
		if (!first)
			fprintf(file, "%*s", GAP, "");
		print_cell(file, cells ? cells[i] : column->title, column, layout->width[i],
			   i == last);
		first = false;
	}
}

/* Lines of whole words. */
static void print_note(FILE *file, const char *text, int width)
{
	int room = width - NOTE_INDENT < NOTE_WIDTH_MIN ? NOTE_WIDTH_MIN : width - NOTE_INDENT;

	while (*text) {
		int length = (int)strlen(text);

		if (width && length > room) {
			for (length = room; length && text[length] != ' '; length--)
				;
			if (!length)
				length = (int)strcspn(text, " ");
		}
		fprintf(file, "%*s%.*s\n", NOTE_INDENT, "", length, text);
		text += length;
		text += strspn(text, " ");
	}
}

static void print_notes(const struct table *table, FILE *file, char *const *cells, int width)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].note)
			print_note(file, cells[i], width);
}

void table_print(const struct table *table, FILE *file, int width, table_style_fn style,
		 const void *data)
{
	size_t rows = table->count / table->n_columns;
	struct layout layout;

	fit(table, &layout, width);
	print_row(table, &layout, file, NULL);
	fputc('\n', file);
	for (size_t row = 0; row < rows; row++) {
		const char *sequence = style ? style(row, data) : NULL;

		if (sequence)
			fputs(sequence, file);
		print_row(table, &layout, file, table->cells + row * table->n_columns);
		fputs(sequence ? "\033[0m\n" : "\n", file);
		print_notes(table, file, table->cells + row * table->n_columns, width);
	}
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	table->cells = NULL;
	table->count = table->room = 0;
}
