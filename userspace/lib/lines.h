/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of which each line says something. */
#ifndef LIBHEADGATE_LINES_H
#define LIBHEADGATE_LINES_H

/**
 * headgate_lines_read - read a file line by line
 * @file: its path
 * @take: is given each line without its end, and may change it; not 0: that is the end of it
 * @data: for @take
 *
 * Return: 0, what @take returned, or the negative errno of what was not to be opened or read.
 */
int headgate_lines_read(const char *file, int (*take)(char *line, void *data), void *data);

#endif
