/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The queue's surroundings in user space. Compile with -include of this file:
 * it has the include guard of kmod/queue_port.h and so takes its place.
 */
#ifndef HEADGATE_QUEUE_PORT_H
#define HEADGATE_QUEUE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint16_t u16;
typedef uint8_t u8;
typedef int8_t s8;

#define U64_MAX		UINT64_MAX
#define S64_MAX		INT64_MAX
#define S64_MIN		INT64_MIN

#define BIT_ULL(n)	(1ULL << (n))

#define noinline	__attribute__((noinline))
#define likely(cond)	__builtin_expect(!!(cond), 1)
#define unlikely(cond)	__builtin_expect(!!(cond), 0)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define min_t(type, a, b)	({ type _a = (a), _b = (b); _a < _b ? _a : _b; })
#define max_t(type, a, b)	({ type _a = (a), _b = (b); _a > _b ? _a : _b; })
#define clamp_t(type, v, lo, hi)	min_t(type, max_t(type, v, lo), hi)

/* As strict as the kernel's: both sides must have one type. */
#define queue_same_type(a, b) \
	_Static_assert(__builtin_types_compatible_p(__typeof__((a) + 0), __typeof__((b) + 0)), \
		       "min/max of different types")
#define min(a, b) ({ queue_same_type(a, b); min_t(__typeof__((a) + 0), a, b); })
#define max(a, b) ({ queue_same_type(a, b); max_t(__typeof__((a) + 0), a, b); })

#define queue_assert(cond) do {							\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: queue_assert(%s)\n", __FILE__, __LINE__, #cond);	\
		abort();							\
	}									\
} while (0)

static inline u64 queue_div(u64 a, u64 b)
{
	return a / b;
}

/* Aborts where the kernel's division would fault. */
static inline u64 queue_mul_div(u64 a, u64 b, u64 c)
{
	unsigned __int128 q = (unsigned __int128)a * b / c;

	queue_assert(q <= U64_MAX);
	return (u64)q;
}

/* As <linux/list.h>. */
struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list_head *l)
{
	return l->next == l;
}

static inline void list_add_tail(struct list_head *n, struct list_head *l)
{
	n->prev = l->prev;
	n->next = l;
	l->prev->next = n;
	l->prev = n;
}

static inline void list_del(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
}

static inline void list_del_init(struct list_head *n)
{
	list_del(n);
	INIT_LIST_HEAD(n);
}

static inline void list_move_tail(struct list_head *n, struct list_head *l)
{
	list_del(n);
	list_add_tail(n, l);
}

#define list_first_entry(l, type, member)	container_of((l)->next, type, member)
#define list_first_entry_or_null(l, type, member) \
	(list_empty(l) ? NULL : list_first_entry(l, type, member))
#define list_for_each_entry(pos, l, member)					\
	for (pos = container_of((l)->next, __typeof__(*pos), member);		\
	     &pos->member != (l);						\
	     pos = container_of(pos->member.next, __typeof__(*pos), member))

#endif
