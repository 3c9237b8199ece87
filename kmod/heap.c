// SPDX-License-Identifier: GPL-2.0
#include "heap.h"

static bool before(const struct heap_node *a, const struct heap_node *b)
{
	if (a->key != b->key)
		return (s64)((u64)a->key - (u64)b->key) < 0;
	return (s64)(a->seq - b->seq) < 0;
}

/* Makes one tree of two roots; the later becomes first child of the earlier. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	struct heap_node *above = before(b, a) ? b : a;
	struct heap_node *below = above == a ? b : a;

	below->prev = above;
	below->next = above->child;
	if (above->child)
		above->child->prev = below;
	above->child = below;
	above->next = NULL;
	above->prev = NULL;
	return above;
}

/*
 * Melds the siblings from @n on: in pairs from left to right, then the pairs
 * from right to left. The two passes are what makes erase O(log n) amortised.
 */
static struct heap_node *meld_siblings(struct heap_node *n)
{
	struct heap_node *pairs = NULL;
	struct heap_node *root;

	while (n) {
		struct heap_node *a = n;
		struct heap_node *b = a->next;

		n = b ? b->next : NULL;
		if (b)
			a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	if (!pairs)
		return NULL;

	root = pairs;
	pairs = pairs->next;
	while (pairs) {
		struct heap_node *a = pairs;

		pairs = pairs->next;
		root = meld(root, a);
	}
	root->next = NULL;
	root->prev = NULL;
	return root;
}

void heap_insert(struct heap *h, struct heap_node *n)
{
	n->child = NULL;
	n->next = NULL;
	n->prev = NULL;
	h->root = h->root ? meld(h->root, n) : n;
}

/* @n must be in @h. */
void heap_erase(struct heap *h, struct heap_node *n)
{
	struct heap_node *below = meld_siblings(n->child);

	if (h->root == n) {
		h->root = below;
	} else {
		if (n->prev->child == n)
			n->prev->child = n->next;
		else
			n->prev->next = n->next;
		if (n->next)
			n->next->prev = n->prev;
		if (below)
			h->root = meld(h->root, below);
	}
	n->child = NULL;
	n->next = NULL;
	n->prev = NULL;
}
