// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "quant.h"

/* Rows are shared between threads from so many floats on: less is done before a thread has woken. */
#define SHARED_FLOATS 32768u

void *native_allocate(size_t count, size_t size)
{
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 127)
		return NULL;
	/* A model without biases, or a leg without split rows, asks for none. */
	bytes = (bytes + 127) & ~(size_t)63;
	memory = aligned_alloc(64, bytes);
	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

/* for_rows(): each row of the batch, on several threads if there is enough to do. */
static void for_rows(struct native_leg *leg, size_t width, void (*turn)(void *, uint32_t, uint32_t), void *context)
{
	uint32_t rows = leg->batch.n_rows;

	if (rows * width >= SHARED_FLOATS)
		native_pool_run(leg->pool, rows, turn, context);
	else
		for (uint32_t i = 0; i < rows; i++)
			turn(context, i, 0);
}

/* In double: far into a context an F32 angle has no exact turn left. */
static void turn_row(void *context, uint32_t row, uint32_t thread)
{
	struct native_leg *leg = context;
	const struct infer_model *model = leg->leg.model;
	float *turns = leg->turns + (size_t)row * model->rope_dims;

	(void)thread;
	for (uint32_t i = 0; i < model->rope_dims / 2; i++) {
		double sine, cosine;

		sincos((double)leg->batch.rows[row].position * (double)model->rope_frequency[i], &sine, &cosine);
		turns[2 * i] = (float)cosine;
		turns[2 * i + 1] = (float)sine;
	}
}

static int native_begin(struct infer_leg *infer_leg, const struct infer_batch *batch)
{
	struct native_leg *leg = native_leg_of(infer_leg);

	if (batch->n_rows > infer_leg->limits.rows || batch->n_wanted > infer_leg->limits.sequences)
		return -EINVAL;
	leg->batch = *batch;
	leg->prepared.valid = false;
	/* A double's sine takes as long as some sixteen floats elsewhere. */
	for_rows(leg, 16 * (size_t)infer_leg->model->rope_dims, turn_row, leg);
	return 0;
}

static int native_end(struct infer_leg *infer_leg, float *logits)
{
	struct native_leg *leg = native_leg_of(infer_leg);

	if (logits)
		memcpy(logits, leg->buffers[INFER_LOGITS],
		       leg->batch.n_wanted * (size_t)infer_leg->model->vocabulary * sizeof(*logits));
	return 0;
}

static void native_embed(struct infer_leg *infer_leg, const struct infer_tensor *weight)
{
	struct native_leg *leg = native_leg_of(infer_leg);
	size_t bytes = infer_row_bytes(weight->type, weight->columns);

	for (uint32_t i = 0; i < leg->batch.n_rows; i++)
		infer_dequantise(weight->type, (const uint8_t *)weight->data + leg->batch.rows[i].token * bytes,
				 native_row(leg, INFER_X, i), weight->columns);
	native_written(leg, INFER_X);
}

struct norm {
	struct native_leg *leg;
	enum infer_buffer dst, src;
	const float *weight;
};

static void norm_row(void *context, uint32_t row, uint32_t thread)
{
	const struct norm *norm = context;
	const struct infer_model *model = norm->leg->leg.model;

	(void)thread;
	norm->leg->kernels->rms_norm(native_row(norm->leg, norm->dst, row), native_row(norm->leg, norm->src, row),
				     norm->weight, model->dim, model->epsilon);
}

static void native_rms_norm(struct infer_leg *infer_leg, enum infer_buffer dst, enum infer_buffer src,
			    const struct infer_tensor *weight)
{
	struct norm norm = { native_leg_of(infer_leg), dst, src, weight->data };

	if (weight->type != INFER_F32) {
		infer_dequantise(weight->type, weight->data, norm.leg->norm, weight->columns);
		norm.weight = norm.leg->norm;
	}
	for_rows(norm.leg, infer_leg->model->dim, norm_row, &norm);
	native_written(norm.leg, dst);
}

struct rope {
	struct native_leg *leg;
	enum infer_buffer buffer;
};

static void rope_row(void *context, uint32_t row, uint32_t thread)
{
	const struct rope *rope = context;
	const struct infer_model *model = rope->leg->leg.model;
	const float *turns = rope->leg->turns + (size_t)row * model->rope_dims;
	uint32_t pairs = model->rope_dims / 2, apart = model->rope_halves ? pairs : 1, step = model->rope_halves ? 1 : 2;
	float *head = native_row(rope->leg, rope->buffer, row);
	float *end = head + infer_leg_width(model, rope->buffer);

	(void)thread;
	for (; head < end; head += model->head_dim)
		for (uint32_t i = 0; i < pairs; i++) {
			float *a = head + (size_t)i * step, *b = a + apart, x = *a, y = *b;

			*a = x * turns[2 * i] - y * turns[2 * i + 1];
			*b = x * turns[2 * i + 1] + y * turns[2 * i];
		}
}

static void native_rope(struct infer_leg *infer_leg, enum infer_buffer buffer)
{
	struct rope rope = { native_leg_of(infer_leg), buffer };

	for_rows(rope.leg, infer_leg_width(infer_leg->model, buffer), rope_row, &rope);
	native_written(rope.leg, buffer);
}

static void swiglu_row(void *context, uint32_t row, uint32_t thread)
{
	struct native_leg *leg = context;

	(void)thread;
	leg->kernels->swiglu(native_row(leg, INFER_GATE, row), native_row(leg, INFER_UP, row), leg->leg.model->ffn);
}

static void native_swiglu(struct infer_leg *infer_leg)
{
	struct native_leg *leg = native_leg_of(infer_leg);

	for_rows(leg, infer_leg->model->ffn, swiglu_row, leg);
	native_written(leg, INFER_GATE);
}

static size_t room_in(const struct infer_leg *leg, enum infer_buffer buffer)
{
	return infer_leg_rows(&leg->limits, buffer) * infer_leg_width(leg->model, buffer);
}

static int native_read(struct infer_leg *infer_leg, enum infer_buffer buffer, float *values, size_t floats)
{
	if (floats > room_in(infer_leg, buffer))
		return -EINVAL;
	memcpy(values, native_leg_of(infer_leg)->buffers[buffer], floats * sizeof(*values));
	return 0;
}

static int native_write(struct infer_leg *infer_leg, enum infer_buffer buffer, const float *values, size_t floats)
{
	struct native_leg *leg = native_leg_of(infer_leg);

	if (floats > room_in(infer_leg, buffer))
		return -EINVAL;
	memcpy(leg->buffers[buffer], values, floats * sizeof(*values));
	native_written(leg, buffer);
	return 0;
}

static void native_close(struct infer_leg *infer_leg)
{
	struct native_leg *leg = native_leg_of(infer_leg);

	if (leg->pool)
		native_pool_close(leg->pool);
	for (uint32_t i = 0; i < INFER_BUFFERS; i++)
		free(leg->buffers[i]);
	free(leg->norm);
	free(leg->turns);
	free(leg->keys);
	free(leg->values);
	free(leg->halves);
	free(leg->prepared.rows);
	free(leg->x);
	free(leg->y);
	free(leg->heads);
	free(leg->chunks);
	free(leg);
}

static const struct infer_leg_ops ops = {
	.begin = native_begin,
	.end = native_end,
	.embed = native_embed,
	.rms_norm = native_rms_norm,
	.multiply = native_multiply,
	.rope = native_rope,
	.store = native_store,
	.attend = native_attend,
	.swiglu = native_swiglu,
	.read = native_read,
	.write = native_write,
	.close = native_close,
};

static int make_room(struct native_leg *leg)
{
	const struct infer_model *model = leg->leg.model;
	uint32_t rows = leg->leg.limits.rows;
	bool all = true;

	for (uint32_t i = 0; i < INFER_BUFFERS; i++) {
		leg->buffers[i] = native_allocate(infer_leg_rows(&leg->leg.limits, i),
						  infer_leg_width(model, i) * sizeof(float));
		all = all && leg->buffers[i];
	}
	leg->norm = native_allocate(model->dim, sizeof(float));
	leg->turns = native_allocate(rows, model->rope_dims * sizeof(float));
	leg->prepared.rows = native_allocate(rows, native_multiply_floats(leg->kernels, model) * sizeof(float));
	leg->x = native_allocate(rows, sizeof(*leg->x));
	leg->y = native_allocate(rows, sizeof(*leg->y));
	all = all && leg->norm && leg->turns && leg->prepared.rows && leg->x && leg->y;
	return all && !native_attend_open(leg) ? 0 : -ENOMEM;
}

int infer_native_open(const struct infer_model *model, const struct infer_limits *limits, const char *variant,
		      struct infer_leg **result)
{
	const struct native_kernels *kernels = native_kernels_named(variant);
	struct native_leg *leg;
	int error;

	if (!kernels)
		return -ENOTSUP;
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return -ENOMEM;
	leg->leg = (struct infer_leg) { .ops = &ops, .model = model, .limits = *limits };
	leg->kernels = kernels;
	error = native_pool_open(limits->threads, &leg->pool);
	if (!error)
		error = make_room(leg);
	if (error) {
		native_close(&leg->leg);
		return error;
	}
	leg->leg.limits.threads = native_pool_threads(leg->pool);
	snprintf(leg->leg.name, sizeof(leg->leg.name), "native %s %u thread%s", kernels->name, leg->leg.limits.threads,
		 leg->leg.limits.threads == 1 ? "" : "s");
	snprintf(leg->leg.kernels, sizeof(leg->leg.kernels), "%s", kernels->name);
	*result = &leg->leg;
	return 0;
}
