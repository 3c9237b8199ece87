// SPDX-License-Identifier: GPL-2.0-or-later
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ASCII's control characters, and those of Latin 1, which are c2 80 to c2 9f. */
static bool is_control(const char *text, size_t i)
{
	unsigned char c = text[i], before = i ? text[i - 1] : 0, next = c ? text[i + 1] : 0;

	return c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0) ||
	       (before == 0xc2 && c >= 0x80 && c < 0xa0);
}

/* Whether byte @c goes on with a character. */
static bool is_inner(char c)
{
	return (c & 0xc0) == 0x80;
}

char *headgate_printable(const char *text, size_t max)
{
	size_t len = strlen(text), head = len, tail = len, size;
	char *shown = NULL;
	FILE *file;

	if (len > max) {
		head = max / 2;
		tail = len - (max - head);
		while (head && is_inner(text[head]))
			head--;
		while (is_inner(text[tail]))
			tail++;
	}
	file = open_memstream(&shown, &size);
	if (!file)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (i == head) {
			fputs(" [...] ", file);
			i = tail;
		}
		if (is_control(text, i))
			fprintf(file, "\\x%02x", (unsigned char)text[i]);
		else
			fputc(text[i], file);
	}
	if (fclose(file)) {
		free(shown);
		return NULL;
	}
	return shown;
}
