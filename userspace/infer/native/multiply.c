// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdatomic.h>

#include "native.h"

/*
 * Weights taken at a turn, in bytes: an eighth of a thread's share, so that threads end together, but not so little that
 * taking it costs, nor more than is of use. A thread takes its next turn when it begins one, and prefetches beyond its end
 * what will be wanted then: else each turn would wait for memory, and memory for the end of each.
 */
#define TURNS_PER_THREAD 8u
#define LEAST_TURN (64u << 10)
#define MOST_TURN (1u << 20)
/* A multiple of each tile's rows. */
#define TURN_ROWS 4u

struct preparation {
	struct native_leg *leg;
	enum infer_buffer src;
	enum infer_type type;
	uint32_t columns;
	bool wanted;
};

struct share {
	const struct native_kernels *kernels;
	struct native_product product;
	uint32_t rows, at_once, turns;
	_Alignas(64) _Atomic uint32_t next;
};

static const float *source(const struct preparation *work, uint32_t i)
{
	return native_row(work->leg, work->src, work->wanted ? work->leg->batch.wanted[i] : i);
}

static void prepare_row(void *context, uint32_t i, uint32_t thread)
{
	const struct preparation *work = context;
	struct native_leg *leg = work->leg;

	(void)thread;
	leg->kernels->prepare(work->type, source(work, i), work->columns, leg->prepared.rows + i * leg->prepared.stride);
}

/* prepare(): rows of activations in the form that products with weights of this type take, to leg->x. */
static void prepare(struct native_leg *leg, const struct preparation *work, uint32_t n)
{
	struct native_prepared *prepared = &leg->prepared;
	size_t floats = leg->kernels->prepared(work->type, work->columns);

	if (!floats) {
		for (uint32_t i = 0; i < n; i++)
			leg->x[i] = source(work, i);
		return;
	}
	if (!prepared->valid || prepared->src != work->src || prepared->type != work->type ||
	    prepared->wanted != work->wanted) {
		prepared->stride = (floats + 15) & ~(size_t)15;
		prepared->src = work->src;
		prepared->type = work->type;
		prepared->wanted = work->wanted;
		native_pool_run(leg->pool, n, prepare_row, (void *)work);
		prepared->valid = true;
	}
	for (uint32_t i = 0; i < n; i++)
		leg->x[i] = prepared->rows + i * prepared->stride;
}

/* rows_at_once(): of a turn, a multiple of TURN_ROWS */
static uint32_t rows_at_once(const struct native_leg *leg, const struct infer_tensor *weight, size_t row_bytes)
{
	size_t bytes = weight->rows * row_bytes / (TURNS_PER_THREAD * native_pool_threads(leg->pool));

	bytes = bytes < LEAST_TURN ? LEAST_TURN : bytes > MOST_TURN ? MOST_TURN : bytes;
	return (uint32_t)(bytes / (row_bytes + 1) / TURN_ROWS + 1) * TURN_ROWS;
}

static uint32_t take_turn(struct share *share)
{
	return atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed);
}

/* One thread's turns, or those of two that have not come. */
static void multiply_rows(void *context, uint32_t number, uint32_t thread)
{
	struct share *share = context;
	struct native_product product = share->product;

	(void)number;
	(void)thread;
	for (uint32_t turn = take_turn(share), next; turn < share->turns; turn = next) {
		uint32_t first = turn * share->at_once;
		uint32_t end = share->rows - first < share->at_once ? share->rows : first + share->at_once;

		next = take_turn(share);
		product.next = next < share->turns ?
			product.weight + (size_t)next * share->at_once * product.row_bytes : NULL;
		share->kernels->product(&product, first, end);
	}
}

void native_multiply(struct infer_leg *infer_leg, enum infer_buffer dst, const struct infer_tensor *weight,
		     enum infer_buffer src, const struct infer_tensor *bias, bool add)
{
	struct native_leg *leg = native_leg_of(infer_leg);
	struct preparation work = { leg, src, weight->type, weight->columns, dst == INFER_LOGITS };
	uint32_t n = work.wanted ? leg->batch.n_wanted : leg->batch.n_rows;
	uint32_t threads = native_pool_threads(leg->pool);
	size_t row_bytes = infer_row_bytes(weight->type, weight->columns);
	struct share share = {
		.kernels = leg->kernels,
		.product = {
			.type = weight->type, .weight = weight->data, .row_bytes = row_bytes,
			.columns = weight->columns, .n = n, .x = leg->x, .y = leg->y,
			.bias = bias ? bias->data : NULL, .add = add,
		},
		.rows = weight->rows,
		.at_once = rows_at_once(leg, weight, row_bytes),
	};

	prepare(leg, &work, n);
	for (uint32_t i = 0; i < n; i++)
		leg->y[i] = native_row(leg, dst, i);
	share.turns = (share.rows + share.at_once - 1) / share.at_once;
	native_pool_run(leg->pool, share.turns < threads ? share.turns : threads, multiply_rows, &share);
	native_written(leg, dst);
}

static void widen(const struct native_kernels *kernels, const struct infer_tensor *weight, size_t *floats)
{
	size_t needed = weight->data ? kernels->prepared(weight->type, weight->columns) : 0;

	if (needed > *floats)
		*floats = needed;
}

size_t native_multiply_floats(const struct native_kernels *kernels, const struct infer_model *model)
{
	size_t floats = 0;

	for (uint32_t i = 0; i < model->n_layers; i++) {
		const struct infer_layer *layer = &model->layers[i];
		const struct infer_tensor *all[] = { &layer->q, &layer->k, &layer->v, &layer->o,
						     &layer->gate, &layer->up, &layer->down };

		for (size_t j = 0; j < sizeof(all) / sizeof(*all); j++)
			widen(kernels, all[j], &floats);
	}
	widen(kernels, &model->output, &floats);
	return (floats + 15) & ~(size_t)15;
}
