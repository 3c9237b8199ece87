// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "tokenizer_merge.h"

/*
 * Two neighbours that could be merged when this was queued. @length is of both together: it is
 * another once either has been merged with others.
 */
struct infer_pair {
	uint64_t key; /* order, and where the left one is among the symbols */
	uint32_t length, token;
};

static int grow(void **array, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room + *room / 2 : 64;
	void *grown;

	if (more < *room)
		return -ENOMEM;
	grown = reallocarray(*array, more, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = more;
	return 0;
}

int infer_merging_symbol(struct infer_merging *merging, uint32_t start, uint32_t length,
			 uint32_t token)
{
	uint32_t i = merging->count;

	if (i == merging->room &&
	    grow((void **)&merging->symbols, &merging->room, sizeof(*merging->symbols)))
		return -ENOMEM;
	merging->symbols[i] = (struct infer_symbol){
		.start = start,
		.length = length,
		.token = token,
		.previous = i ? i - 1 : INFER_NO_SYMBOL,
		.next = INFER_NO_SYMBOL,
	};
	if (i)
		merging->symbols[i - 1].next = i;
	merging->count++;
	return 0;
}

static void rise(struct infer_pair *queue, uint32_t i)
{
	struct infer_pair pair = queue[i];

	for (; i && pair.key < queue[(i - 1) / 2].key; i = (i - 1) / 2)
		queue[i] = queue[(i - 1) / 2];
	queue[i] = pair;
}

static struct infer_pair take(struct infer_merging *merging)
{
	struct infer_pair *queue = merging->queue, best = queue[0], last = queue[--merging->queued];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < merging->queued) {
		if (child + 1 < merging->queued && queue[child + 1].key < queue[child].key)
			child++;
		if (last.key <= queue[child].key)
			break;
		queue[i] = queue[child];
		i = child;
	}
	queue[i] = last;
	return best;
}

static int offer(struct infer_merging *merging, uint32_t left)
{
	const struct infer_symbol *l, *r;
	uint32_t order, token;

	if (left == INFER_NO_SYMBOL || merging->symbols[left].next == INFER_NO_SYMBOL)
		return 0;
	l = &merging->symbols[left];
	r = &merging->symbols[l->next];
	token = merging->pair(merging, l, r, &order);
	if (token == INFER_NO_TOKEN)
		return 0;
	if (merging->queued == merging->queue_room &&
	    grow((void **)&merging->queue, &merging->queue_room, sizeof(*merging->queue)))
		return -ENOMEM;
	merging->queue[merging->queued] = (struct infer_pair){
		.key = (uint64_t)order << 32 | left,
		.length = l->length + r->length,
		.token = token,
	};
	rise(merging->queue, merging->queued++);
	return 0;
}

int infer_merging_run(struct infer_merging *merging)
{
	int error = 0;

	for (uint32_t i = 0; i + 1 < merging->count && !error; i++)
		error = offer(merging, i);
	while (merging->queued && !error) {
		struct infer_pair pair = take(merging);
		struct infer_symbol *left = &merging->symbols[(uint32_t)pair.key], *right;

		if (!left->length || left->next == INFER_NO_SYMBOL)
			continue;
		right = &merging->symbols[left->next];
		if (left->length + right->length != pair.length)
			continue;
		left->length = pair.length;
		left->token = pair.token;
		left->next = right->next;
		right->length = 0;
		if (left->next != INFER_NO_SYMBOL)
			merging->symbols[left->next].previous = (uint32_t)pair.key;
		error = offer(merging, left->previous);
		if (!error)
			error = offer(merging, (uint32_t)pair.key);
	}
	return error;
}

void infer_merging_clear(struct infer_merging *merging)
{
	merging->count = 0;
	merging->queued = 0;
}

void infer_merging_free(struct infer_merging *merging)
{
	free(merging->symbols);
	free(merging->queue);
	merging->symbols = NULL;
	merging->queue = NULL;
}
