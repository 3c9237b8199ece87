// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys and values: their cache, and attention to it.
 *
 * A task is a row's query heads that share a key-value head. It goes through the positions by chunks of CHUNK_PAGES
 * pages, in each by an online softmax from page to page, and adds up the chunks in order. Where tasks are too few
 * for the threads, each chunk is a turn of its own and the sums are added up afterwards: the same operations.
 */
#include <math.h>
#include <string.h>

#include "native.h"

/* Fewer tasks than this for each thread are split. */
#define TASKS_PER_THREAD 4u

struct attention {
	struct native_leg *leg;
	uint32_t layer, group, chunks;
};

/* Floats of a head's sums: maximum and sum of each, then outputs. */
static size_t sums_floats(const struct native_leg *leg, uint32_t group)
{
	return ((size_t)group * (2 + leg->padded) + 15) & ~(size_t)15;
}

int native_attend_open(struct native_leg *leg)
{
	const struct infer_model *model = leg->leg.model;
	const struct infer_limits *limits = &leg->leg.limits;
	uint32_t threads = native_pool_threads(leg->pool), group = model->heads / model->kv_heads;
	size_t cached = (size_t)model->n_layers * limits->pages * model->kv_heads * INFER_PAGE;
	size_t query = ((size_t)group * model->head_dim + 15) & ~(size_t)15;

	leg->padded = (model->head_dim + 15) & ~15u;
	leg->max_chunks = (limits->sequence_pages + CHUNK_PAGES - 1) / CHUNK_PAGES;
	leg->split_tasks = threads > 1 ? TASKS_PER_THREAD * threads : 0;
	leg->heads_floats = query + 2 * sums_floats(leg, group);
	leg->keys = native_allocate(cached, model->head_dim * sizeof(uint16_t));
	leg->values = native_allocate(cached, leg->padded * sizeof(uint16_t));
	leg->halves = native_allocate(limits->rows, infer_leg_width(model, INFER_K) * sizeof(uint16_t));
	leg->heads = native_allocate(threads, leg->heads_floats * sizeof(float));
	leg->chunks = native_allocate((size_t)leg->split_tasks * leg->max_chunks,
				      sums_floats(leg, group) * sizeof(float));
	return leg->keys && leg->values && leg->halves && leg->heads && leg->chunks ? 0 : -1;
}

static size_t page_at(const struct attention *work, uint32_t row, uint32_t page, uint32_t kv_head)
{
	const struct native_leg *leg = work->leg;
	uint32_t number = leg->batch.tables[leg->batch.rows[row].sequence][page];

	return ((size_t)work->layer * leg->leg.limits.pages + number) * leg->leg.model->kv_heads + kv_head;
}

static uint16_t *keys_at(const struct attention *work, size_t page)
{
	return work->leg->keys + page * work->leg->leg.model->head_dim * INFER_PAGE;
}

static uint16_t *values_at(const struct attention *work, size_t page)
{
	return work->leg->values + page * work->leg->padded * INFER_PAGE;
}

static void store_head(void *context, uint32_t kv_head, uint32_t thread)
{
	const struct attention *work = context;
	struct native_leg *leg = work->leg;
	const struct infer_model *model = leg->leg.model;
	uint16_t *halves = leg->halves + (size_t)kv_head * leg->leg.limits.rows * model->head_dim;

	(void)thread;
	for (uint32_t i = 0; i < leg->batch.n_rows; i++) {
		uint32_t position = leg->batch.rows[i].position, slot = position % INFER_PAGE;
		size_t page = page_at(work, i, position / INFER_PAGE, kv_head);
		uint16_t *keys = keys_at(work, page);

		leg->kernels->to_halves(halves, native_row(leg, INFER_K, i) + kv_head * model->head_dim, model->head_dim);
		for (uint32_t d = 0; d < model->head_dim; d++)
			keys[INFER_PAGE * d + slot] = halves[d];
		leg->kernels->to_halves(values_at(work, page) + (size_t)slot * leg->padded,
					native_row(leg, INFER_V, i) + kv_head * model->head_dim, model->head_dim);
	}
}

void native_store(struct infer_leg *infer_leg, uint32_t layer)
{
	struct attention work = { .leg = native_leg_of(infer_leg), .layer = layer };

	native_pool_run(work.leg->pool, infer_leg->model->kv_heads, store_head, &work);
}

static struct native_heads sums_in(const struct attention *work, float *floats, const float *q)
{
	return (struct native_heads) {
		.head_dim = work->leg->leg.model->head_dim, .padded = work->leg->padded, .group = work->group,
		.q = q, .max = floats, .sum = floats + work->group, .out = floats + 2 * (size_t)work->group,
	};
}

static void clear(const struct native_heads *heads)
{
	for (uint32_t h = 0; h < heads->group; h++) {
		heads->max[h] = -INFINITY;
		heads->sum[h] = 0;
	}
	memset(heads->out, 0, (size_t)heads->group * heads->padded * sizeof(*heads->out));
}

static uint32_t chunks_of(const struct attention *work, uint32_t row)
{
	return work->leg->batch.rows[row].position / (INFER_PAGE * CHUNK_PAGES) + 1;
}

static const float *scaled_query(const struct attention *work, uint32_t task, float *to)
{
	const struct infer_model *model = work->leg->leg.model;
	uint32_t row = task / model->kv_heads, kv_head = task % model->kv_heads, n = work->group * model->head_dim;
	const float *q = native_row(work->leg, INFER_Q, row) + (size_t)kv_head * n;
	float scale = 1 / sqrtf((float)model->head_dim);

	for (uint32_t i = 0; i < n; i++)
		to[i] = q[i] * scale;
	return to;
}

static void attend_chunk(const struct attention *work, uint32_t task, uint32_t chunk, const struct native_heads *heads)
{
	const struct infer_model *model = work->leg->leg.model;
	uint32_t row = task / model->kv_heads, length = work->leg->batch.rows[row].position + 1;

	clear(heads);
	for (uint32_t page = chunk * CHUNK_PAGES; page < (chunk + 1) * CHUNK_PAGES; page++) {
		uint32_t first = page * INFER_PAGE;
		size_t at;

		if (first >= length)
			break;
		at = page_at(work, row, page, task % model->kv_heads);
		work->leg->kernels->attend(heads, keys_at(work, at), values_at(work, at),
					   length - first < INFER_PAGE ? length - first : INFER_PAGE);
	}
}

static void put_heads(const struct attention *work, uint32_t task, const struct native_heads *heads)
{
	const struct infer_model *model = work->leg->leg.model;
	float *out = native_row(work->leg, INFER_HEADS, task / model->kv_heads) +
		     (size_t)(task % model->kv_heads) * work->group * model->head_dim;

	for (uint32_t h = 0; h < work->group; h++)
		for (uint32_t d = 0; d < model->head_dim; d++)
			out[h * model->head_dim + d] = heads->out[h * heads->padded + d] / heads->sum[h];
}

static float *thread_floats(const struct attention *work, uint32_t thread)
{
	return work->leg->heads + thread * work->leg->heads_floats;
}

static void attend_task(void *context, uint32_t task, uint32_t thread)
{
	const struct attention *work = context;
	size_t floats = sums_floats(work->leg, work->group);
	float *own = thread_floats(work, thread);
	const float *q = scaled_query(work, task, own + 2 * floats);
	struct native_heads all = sums_in(work, own, q), more = sums_in(work, own + floats, q);
	uint32_t chunks = chunks_of(work, task / work->leg->leg.model->kv_heads);

	attend_chunk(work, task, 0, &all);
	for (uint32_t chunk = 1; chunk < chunks; chunk++) {
		attend_chunk(work, task, chunk, &more);
		work->leg->kernels->merge(&all, &more);
	}
	put_heads(work, task, &all);
}

static float *chunk_floats(const struct attention *work, uint32_t task, uint32_t chunk)
{
	return work->leg->chunks + ((size_t)task * work->leg->max_chunks + chunk) * sums_floats(work->leg, work->group);
}

static void attend_split(void *context, uint32_t turn, uint32_t thread)
{
	const struct attention *work = context;
	uint32_t task = turn / work->chunks, chunk = turn % work->chunks;
	struct native_heads heads;

	if (chunk >= chunks_of(work, task / work->leg->leg.model->kv_heads))
		return;
	heads = sums_in(work, chunk_floats(work, task, chunk),
			scaled_query(work, task, thread_floats(work, thread) + 2 * sums_floats(work->leg, work->group)));
	attend_chunk(work, task, chunk, &heads);
}

static void merge_split(void *context, uint32_t task, uint32_t thread)
{
	const struct attention *work = context;
	struct native_heads all = sums_in(work, chunk_floats(work, task, 0), NULL);
	uint32_t chunks = chunks_of(work, task / work->leg->leg.model->kv_heads);

	(void)thread;
	for (uint32_t chunk = 1; chunk < chunks; chunk++) {
		struct native_heads more = sums_in(work, chunk_floats(work, task, chunk), NULL);

		work->leg->kernels->merge(&all, &more);
	}
	put_heads(work, task, &all);
}

void native_attend(struct infer_leg *infer_leg, uint32_t layer)
{
	struct native_leg *leg = native_leg_of(infer_leg);
	const struct infer_model *model = infer_leg->model;
	uint32_t tasks = leg->batch.n_rows * model->kv_heads;
	struct attention work = { .leg = leg, .layer = layer, .group = model->heads / model->kv_heads, .chunks = 1 };

	for (uint32_t i = 0; i < leg->batch.n_rows; i++)
		work.chunks = chunks_of(&work, i) > work.chunks ? chunks_of(&work, i) : work.chunks;
	if (tasks < leg->split_tasks && work.chunks > 1) {
		native_pool_run(leg->pool, tasks * work.chunks, attend_split, &work);
		native_pool_run(leg->pool, tasks, merge_split, &work);
	} else {
		native_pool_run(leg->pool, tasks, attend_task, &work);
	}
	native_written(leg, INFER_HEADS);
}
