/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others, for a terminal or a log. */
#ifndef HEADGATE_PRINTABLE_H
#define HEADGATE_PRINTABLE_H

#include <stddef.h>

/**
 * headgate_printable - make text fit to be shown
 * @text: text of UTF-8, as somebody wrote it
 * @max: bytes of @text to show, at least 16; from longer text the middle is left out
 *
 * Control characters become \xNN: a terminal would obey them.
 *
 * Return: the text, which the caller frees; NULL without memory.
 */
char *headgate_printable(const char *text, size_t max);

#endif /* HEADGATE_PRINTABLE_H */
