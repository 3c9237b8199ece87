/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_FIFO_H
#define _HEADGATE_FIFO_H

#include "queue_port.h"

/*
 * A queue whose nodes may leave from anywhere. It is to list_head what hlist is:
 * inline, where distributions have list_add_tail() and list_del() call out for
 * their checks, 60 instructions for the two. Every job goes through three of these.
 */
struct fifo_node {
	struct fifo_node *next;
	struct fifo_node **link; /* what points here; NULL: in no queue */
};

struct fifo {
	struct fifo_node *first;
	struct fifo_node **end; /* where the next one goes */
};

static inline void fifo_init(struct fifo *fifo)
{
	fifo->first = NULL;
	fifo->end = &fifo->first;
}

/* @node is in no queue. Before it was in one, its link is NULL, or whoever asks knows. */
static inline void fifo_add(struct fifo *fifo, struct fifo_node *node)
{
	node->next = NULL;
	node->link = fifo->end;
	*fifo->end = node;
	fifo->end = &node->next;
}

/* @node is in @fifo. */
static inline void fifo_del(struct fifo *fifo, struct fifo_node *node)
{
	struct fifo_node *next = node->next, **link = node->link;

	*link = next;
	if (next)
		next->link = link;
	else
		fifo->end = link;
	node->link = NULL;
}

/* @node, in @fifo, was copied to @copy: that takes its place. */
static inline void fifo_moved(struct fifo *fifo, struct fifo_node *node, struct fifo_node *copy)
{
	*copy->link = copy;
	if (copy->next)
		copy->next->link = &copy->next;
	else
		fifo->end = &copy->next;
	node->link = NULL;
}

static inline bool fifo_holds(const struct fifo_node *node)
{
	return node->link;
}

/* The eldest, or NULL. */
#define fifo_first(fifo, type, member)						\
	({									\
		struct fifo_node *_node = (fifo)->first;			\
										\
		_node ? container_of(_node, type, member) : NULL;		\
	})

#endif
