// SPDX-License-Identifier: GPL-2.0-or-later
/* Each operation as dispatches; the structs of numbers are the shaders' push constants. */
#include <errno.h>
#include <math.h>

#include "vleg.h"

#define GROUP_HEADS 4u

/* Workgroups that keep a device busy. */
#define BUSY 1024u

static uint32_t groups(uint64_t items, uint32_t size)
{
	return (uint32_t)((items + size - 1) / size);
}

static uint32_t width(const struct vleg *leg, enum infer_buffer buffer)
{
	return (uint32_t)infer_leg_width(leg->base.model, buffer);
}

static void embed(struct infer_leg *base, const struct infer_tensor *weight)
{
	struct vleg *leg = vleg_of(base);
	uint32_t row_bytes = (uint32_t)infer_row_bytes(weight->type, weight->columns), row = 0;

	while (row < weight->rows) {
		struct piece piece = weights_piece(&leg->weights, weight->offset, row_bytes, row, weight->rows);
		struct { uint32_t base, row_bytes, rows, first_row, columns; } push = {
			piece.base, row_bytes, piece.rows, row, weight->columns };
		struct vk_dispatch dispatch = {
			.kernel = VK_EMBED,
			.type = (int)weight->type,
			.buffers = { piece.buffer, &leg->activations[INFER_X], &leg->batch },
			.n_buffers = 3, .writes = 2,
			.push = &push, .push_bytes = sizeof(push),
			.groups = { groups(weight->columns, 64 * 8), leg->n_rows, 1 },
		};

		if (!piece.rows) {
			leg->gpu.error = -EINVAL;
			return;
		}
		gpu_dispatch(&leg->gpu, &dispatch);
		row += piece.rows;
	}
}

static void rms_norm(struct infer_leg *base, enum infer_buffer dst, enum infer_buffer src,
		     const struct infer_tensor *weight)
{
	struct vleg *leg = vleg_of(base);
	struct piece piece = weights_piece(&leg->weights, weight->offset, weight->columns * sizeof(float), 0, 1);
	struct { uint32_t base, columns; float epsilon; } push = {
		piece.base / sizeof(float), weight->columns, base->model->epsilon };
	struct vk_dispatch dispatch = {
		.kernel = VK_NORM,
		.type = VK_ANY,
		.buffers = { piece.buffer, &leg->activations[src], &leg->activations[dst] },
		.n_buffers = 3, .writes = 4,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { leg->n_rows, 1, 1 },
	};

	if (!piece.rows || weight->type != INFER_F32)
		leg->gpu.error = -EINVAL;
	else
		gpu_dispatch(&leg->gpu, &dispatch);
}

/* multiply.glsl */
struct multiply {
	uint32_t base, row_bytes, rows, first_row, columns, width, n, add, has_bias, bias_base;
	int32_t exponent;
};

static enum vk_kernel choose_multiply(struct vleg *leg, const struct infer_tensor *weight, uint32_t n,
				      int32_t *exponent)
{
	enum vk_kernel kernel = vleg_product(&leg->gpu, (int)weight->type, n);

	return kernel != VK_GEMM_MATRICES || vk_exponent(leg->exponents, weight, exponent) ? kernel : VK_GEMM;
}

static void dispatch_multiply(struct vleg *leg, struct vk_dispatch *dispatch, const struct multiply *push)
{
	/* Rows of weights and of activations that a workgroup takes. */
	static const struct {
		uint32_t rows, acts;
	} tiles[] = {
		[VK_GEMV] = { 4, 1 },
		[VK_GEMV_FEW] = { 4, 4 },
		[VK_GEMM] = { 64, 32 },
		[VK_GEMM_MATRICES] = { VK_MATRICES_TILE, VK_MATRICES_TILE },
	};

	dispatch->push = push;
	dispatch->push_bytes = sizeof(*push);
	dispatch->n_buffers = 4;
	dispatch->writes = 4;
	dispatch->groups[0] = groups(push->rows, tiles[dispatch->kernel].rows);
	dispatch->groups[1] = groups(push->n, tiles[dispatch->kernel].acts);
	dispatch->groups[2] = 1;
	gpu_dispatch(&leg->gpu, dispatch);
}

static void multiply_pieces(struct vleg *leg, struct vk_buffer *dst, const struct infer_tensor *weight,
			    struct vk_buffer *src, const struct infer_tensor *bias, bool add)
{
	uint32_t row_bytes = (uint32_t)infer_row_bytes(weight->type, weight->columns), row = 0;

	while (row < weight->rows) {
		struct piece piece = weights_piece(&leg->weights, weight->offset, row_bytes, row, weight->rows);
		struct piece biases = piece;
		struct vk_dispatch dispatch = { .type = (int)weight->type };
		struct multiply push = {
			.base = piece.base, .row_bytes = row_bytes, .rows = piece.rows, .first_row = row,
			.columns = weight->columns, .width = weight->rows,
			.n = dst == &leg->activations[INFER_LOGITS] ? leg->n_wanted : leg->n_rows,
			.add = add, .has_bias = bias != NULL,
		};

		if (bias) {
			biases = weights_piece(&leg->weights, bias->offset, sizeof(float), row, weight->rows);
			if (biases.rows < push.rows)
				push.rows = biases.rows;
			push.bias_base = biases.base / sizeof(float);
		}
		if (!push.rows || weight->offset % sizeof(uint32_t)) {
			leg->gpu.error = -EINVAL;
			return;
		}
		dispatch.kernel = choose_multiply(leg, weight, push.n, &push.exponent);
		dispatch.buffers[0] = piece.buffer;
		dispatch.buffers[1] = src;
		dispatch.buffers[2] = dst;
		dispatch.buffers[3] = biases.buffer;
		dispatch_multiply(leg, &dispatch, &push);
		row += push.rows;
	}
}

static void multiply(struct infer_leg *base, enum infer_buffer dst, const struct infer_tensor *weight,
		     enum infer_buffer src, const struct infer_tensor *bias, bool add)
{
	struct vleg *leg = vleg_of(base);
	struct vk_buffer *from = &leg->activations[src];

	if (dst == INFER_LOGITS) {
		if (!leg->n_wanted)
			return;
		if (leg->n_wanted < leg->n_rows) {
			gpu_copy(&leg->gpu, &leg->picked, from, leg->picks, leg->n_wanted);
			from = &leg->picked;
		}
	}
	multiply_pieces(leg, &leg->activations[dst], weight, from, bias, add);
}

static void rope(struct infer_leg *base, enum infer_buffer buffer)
{
	struct vleg *leg = vleg_of(base);
	const struct infer_model *model = base->model;
	struct { uint32_t angles, heads, head_dim, pairs, halves; } push = {
		leg->layout.angles, width(leg, buffer) / model->head_dim, model->head_dim, model->rope_dims / 2,
		model->rope_halves };
	struct vk_dispatch dispatch = {
		.kernel = VK_ROPE,
		.type = VK_ANY,
		.buffers = { &leg->activations[buffer], &leg->batch },
		.n_buffers = 2, .writes = 1,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { groups((uint64_t)push.heads * push.pairs, 64), leg->n_rows, 1 },
	};

	if (push.pairs)
		gpu_dispatch(&leg->gpu, &dispatch);
}

/* In words, of values in a cache that begins with keys. */
static uint32_t values_base(const struct vleg *leg)
{
	return leg->base.limits.pages * INFER_PAGE * leg->slot_words;
}

static void store_one(struct vleg *leg, enum infer_buffer src, struct vk_buffer *cache, uint32_t to)
{
	struct { uint32_t base, columns, slot_words; } push = { to, width(leg, src), leg->slot_words };
	struct vk_dispatch dispatch = {
		.kernel = VK_STORE,
		.type = VK_ANY,
		.buffers = { &leg->activations[src], cache, &leg->batch },
		.n_buffers = 3, .writes = 2,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { groups(leg->slot_words, 64), leg->n_rows, 1 },
	};

	gpu_dispatch(&leg->gpu, &dispatch);
}

static void store(struct infer_leg *base, uint32_t layer)
{
	struct vleg *leg = vleg_of(base);

	store_one(leg, INFER_K, &leg->caches[layer], 0);
	store_one(leg, INFER_V, &leg->caches[layer], values_base(leg));
}

/* spans(): how many workgroups share what @workgroups would do, and how many positions each has. */
static uint32_t spans(const struct vleg *leg, uint32_t workgroups, uint32_t *span)
{
	uint32_t most = MOST_PARTS / (leg->n_rows * leg->base.model->heads), n;

	if (leg->attend_span) {
		n = groups(leg->longest, leg->attend_span);
	} else {
		n = groups(leg->longest, LEAST_SPAN);
		if (most > BUSY / workgroups)
			most = BUSY / workgroups;
	}
	if (n > most)
		n = most;
	if (n < 1)
		n = 1;
	*span = groups(groups(leg->longest, n), INFER_PAGE) * INFER_PAGE;
	return n;
}

/* Decoding is one job; of a prompt each half of a layer is one. */
static void split(struct vleg *leg)
{
	if (leg->n_rows > GEMV_MOST)
		gpu_split(&leg->gpu);
}

static void merge(struct vleg *leg, uint32_t n)
{
	struct { uint32_t heads, head_dim, spans; } push = {
		leg->base.model->heads, leg->base.model->head_dim, n };
	struct vk_dispatch dispatch = {
		.kernel = VK_ATTEND_MERGE,
		.type = VK_ANY,
		.buffers = { &leg->parts, &leg->activations[INFER_HEADS] },
		.n_buffers = 2, .writes = 2,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { push.heads, leg->n_rows, 1 },
	};

	gpu_dispatch(&leg->gpu, &dispatch);
}

static void attend(struct infer_leg *base, uint32_t layer)
{
	struct vleg *leg = vleg_of(base);
	const struct infer_model *model = base->model;
	uint32_t group = model->heads / model->kv_heads, at_once = group > 1 ? GROUP_HEADS : 1;
	uint32_t blocks = model->kv_heads * groups(group, at_once), span;
	uint32_t n = spans(leg, blocks * leg->n_rows, &span);
	struct {
		uint32_t heads, group, head_dim, slot_words, values, tables, sequence_pages, span, spans;
		float scale;
	} push = { model->heads, group, model->head_dim, leg->slot_words,
		   values_base(leg), leg->layout.tables, base->limits.sequence_pages, span, n,
		   1.0f / sqrtf((float)model->head_dim) };
	struct vk_dispatch dispatch = {
		.kernel = group > 1 ? VK_ATTEND_GROUP : VK_ATTEND,
		.type = VK_ANY,
		.buffers = { &leg->activations[INFER_Q], &leg->caches[layer],
			     n > 1 ? &leg->parts : &leg->activations[INFER_HEADS], &leg->batch },
		.n_buffers = 4, .writes = 4,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { blocks, leg->n_rows, n },
	};

	gpu_dispatch(&leg->gpu, &dispatch);
	if (n > 1)
		merge(leg, n);
	split(leg);
}

static void swiglu(struct infer_leg *base)
{
	struct vleg *leg = vleg_of(base);
	struct { uint32_t columns; } push = { width(leg, INFER_GATE) };
	struct vk_dispatch dispatch = {
		.kernel = VK_SWIGLU,
		.type = VK_ANY,
		.buffers = { &leg->activations[INFER_GATE], &leg->activations[INFER_UP] },
		.n_buffers = 2, .writes = 1,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { groups(push.columns, 64), leg->n_rows, 1 },
	};

	gpu_dispatch(&leg->gpu, &dispatch);
	split(leg);
}

const struct infer_leg_ops vulkan_ops = {
	.begin = vleg_begin,
	.end = vleg_end,
	.embed = embed,
	.rms_norm = rms_norm,
	.multiply = multiply,
	.rope = rope,
	.store = store,
	.attend = attend,
	.swiglu = swiglu,
	.read = vleg_read,
	.write = vleg_write,
	.close = vleg_close,
};
