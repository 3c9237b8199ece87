/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of records that begin with an id, an uint64_t, in the order of their ids. */
#ifndef LIBHEADGATE_BY_ID_H
#define LIBHEADGATE_BY_ID_H

#include <stddef.h>
#include <stdint.h>

/* Bring them into that order. */
void headgate_by_id_sort(void *items, size_t count, size_t size);

/* The record of an id, NULL: there is none. */
void *headgate_by_id_find(const void *items, size_t count, size_t size, uint64_t id);

/**
 * headgate_by_id_insert - make room for one more, in its place
 * @items: the array, NULL or of malloc(); may move
 * @count: records; one more afterwards
 * @size: bytes of a record
 * @id: id
 *
 * Return: the record, all 0 but for the id; NULL without memory, all is then as before.
 */
void *headgate_by_id_insert(void **items, size_t *count, size_t size, uint64_t id);

#endif
