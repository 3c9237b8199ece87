/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An intrusive pairing heap: insert in O(1), first in O(1), erase of any node
 * in O(log n) amortised, without allocation and without recursion.
 *
 * Keys are compared by their signed difference, so a key that wraps is
 * harmless while all keys of one heap lie within 2^63 of each other. Equal
 * keys come out in the order of @seq.
 *
 * The caller holds the lock of whatever the heap belongs to.
 */
#ifndef HEADGATE_HEAP_H
#define HEADGATE_HEAP_H

#include "queue_port.h"

/**
 * struct heap_node - A member of a heap, embedded in its owner.
 * @key: smallest comes first; unchanged while the node is in a heap
 * @seq: breaks ties, smallest first; unchanged while the node is in a heap
 * @child: first of the nodes below
 * @next: right sibling
 * @prev: left sibling, or the parent if this is its first child
 */
struct heap_node {
	s64 key;
	u64 seq;
	struct heap_node *child;
	struct heap_node *next;
	struct heap_node *prev;
};

struct heap {
	struct heap_node *root;
};

static inline void heap_init(struct heap *h)
{
	h->root = NULL;
}

static inline struct heap_node *heap_first(const struct heap *h)
{
	return h->root;
}

void heap_insert(struct heap *h, struct heap_node *n);
void heap_erase(struct heap *h, struct heap_node *n);

#endif
