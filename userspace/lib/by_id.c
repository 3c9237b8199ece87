// SPDX-License-Identifier: GPL-2.0-or-later
#include "by_id.h"

#include <stdlib.h>
#include <string.h>

static uint64_t id_of(const void *item)
{
	uint64_t id;

	memcpy(&id, item, sizeof(id));
	return id;
}

static int compare(const void *a, const void *b)
{
	return (id_of(a) > id_of(b)) - (id_of(a) < id_of(b));
}

void headgate_by_id_sort(void *items, size_t count, size_t size)
{
	if (count)
		qsort(items, count, size, compare);
}

/* The first that is not before it. */
static size_t place_of(const char *items, size_t count, size_t size, uint64_t id)
{
	size_t from = 0, to = count;

	/* They come in their order as a rule. */
	if (!count || id_of(items + (count - 1) * size) < id)
		return count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (id_of(items + middle * size) < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void *headgate_by_id_find(const void *items, size_t count, size_t size, uint64_t id)
{
	size_t place = place_of(items, count, size, id);
	char *item = (char *)items + place * size;

	return place < count && id_of(item) == id ? item : NULL;
}

void *headgate_by_id_insert(void **items, size_t *count, size_t size, uint64_t id)
{
	size_t place = place_of(*items, *count, size, id);
	char *more = reallocarray(*items, *count + 1, size), *item;

	if (!more)
		return NULL;
	*items = more;
	item = more + place * size;
	memmove(item + size, item, (*count - place) * size);
	memset(item, 0, size);
	memcpy(item, &id, sizeof(id));
	++*count;
	return item;
}
