/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The native leg, for its own files. */
#ifndef NATIVE_NATIVE_H
#define NATIVE_NATIVE_H

#include "kernels.h"
#include "pool.h"

/* Pages that are attended to at once: this many positions' sums, then they are added to the rest. */
#define CHUNK_PAGES 16u

/**
 * struct native_prepared - the last activations that were prepared, which often serve several products
 * @rows: room for limits.rows of the widest
 * @valid: of a leg's buffer @src, for weights of @type; all rows of the batch, or (@wanted) those wanted
 */
struct native_prepared {
	float *rows;
	size_t stride;
	bool valid, wanted;
	enum infer_buffer src;
	enum infer_type type;
};

/**
 * struct native_leg - a leg of threads
 * @buffers: [infer_leg_rows()][width], each row where the last one ends, as infer_leg_ops.read() has it
 * @norm: [dim], for a norm that is not stored as F32
 * @turns: [limits.rows][rope_dims], cosine and sine of each pair's angle at the row's position
 * @keys: [layer][page][kv_head][head_dim][INFER_PAGE]
 * @values: [layer][page][kv_head][INFER_PAGE][padded]
 * @halves: [limits.rows][kv_heads * head_dim], keys of the batch on their way to the cache
 * @x, @y: [limits.rows], pointers for a product
 * @heads: [threads], and @chunks: one for each chunk of a row that is split: see attend.c
 */
struct native_leg {
	struct infer_leg leg;
	const struct native_kernels *kernels;
	struct native_pool *pool;
	struct infer_batch batch;
	uint32_t padded;
	float *buffers[INFER_BUFFERS];
	float *norm, *turns;
	uint16_t *keys, *values, *halves;
	struct native_prepared prepared;
	const float **x;
	float **y;
	float *heads, *chunks;
	size_t heads_floats;
	uint32_t max_chunks, split_tasks;
};

static inline struct native_leg *native_leg_of(struct infer_leg *leg)
{
	return (struct native_leg *)leg;
}

static inline float *native_row(const struct native_leg *leg, enum infer_buffer buffer, uint32_t row)
{
	return leg->buffers[buffer] + row * infer_leg_width(leg->leg.model, buffer);
}

/* native_written(): what was prepared of @buffer is no longer right. */
static inline void native_written(struct native_leg *leg, enum infer_buffer buffer)
{
	if (leg->prepared.src == buffer)
		leg->prepared.valid = false;
}

/* Zeroed, aligned to 64 bytes, for free(); NULL if there is no memory. */
void *native_allocate(size_t count, size_t size);

/* Floats that native_prepared.rows must have for each row of a batch. */
size_t native_multiply_floats(const struct native_kernels *kernels, const struct infer_model *model);
void native_multiply(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *weight,
		     enum infer_buffer src, const struct infer_tensor *bias, bool add);

int native_attend_open(struct native_leg *leg);
void native_store(struct infer_leg *leg, uint32_t layer);
void native_attend(struct infer_leg *leg, uint32_t layer);

#endif
