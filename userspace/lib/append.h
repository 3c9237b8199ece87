/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of which only the count is kept: their room doubles, at each power of two. */
#ifndef LIBHEADGATE_APPEND_H
#define LIBHEADGATE_APPEND_H

#include <stdlib.h>
#include <string.h>

/**
 * headgate_append - make room for one more at the end
 * @items: the array, NULL or of malloc(); may move
 * @count: items; one more afterwards
 * @size: bytes of an item
 *
 * Return: the array, its last item all 0; NULL without memory, all is then as before.
 */
static inline void *headgate_append(void *items, size_t *count, size_t size)
{
	char *grown = items;

	if (!(*count & (*count - 1)))
		grown = reallocarray(items, *count ? *count * 2 : 1, size);
	if (grown)
		memset(grown + (*count)++ * size, 0, size);
	return grown;
}

#endif
