// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "exponents.h"
#include "half.h"

#define HALF_MOST 15 /* halves reach to 2^16 less a step; one place is left for rounding */
#define INFINITE 0x7c00u

struct vk_exponents {
	uint32_t n;
	struct entry {
		uint64_t offset;
		int32_t exponent;
	} entries[];
};

/* The largest finite of @n halves, each @stride bytes behind the one before. */
static float largest(const void *first, size_t n, size_t stride)
{
	const char *at = first;
	uint16_t most = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t size = *(const uint16_t *)(at + i * stride) & 0x7fff;

		most = size > most && size < INFINITE ? size : most;
	}
	return infer_half_to_float(most);
}

/* No value of the tensor is larger, apart from its sign. */
static float bound(const struct infer_tensor *tensor)
{
	size_t values = (size_t)tensor->rows * tensor->columns;
	const char *data = tensor->data;

	switch (tensor->type) {
	case INFER_F16:
		return largest(data, values, sizeof(uint16_t));
	case INFER_Q4_0:
		return 8 * largest(data + offsetof(struct infer_q4_0, d), values / 32, sizeof(struct infer_q4_0));
	case INFER_Q8_0:
		return 128 * largest(data + offsetof(struct infer_q8_0, d), values / 32, sizeof(struct infer_q8_0));
	case INFER_Q4_K:
		return 63 * 15 * largest(data + offsetof(struct infer_q4_k, d), values / 256, sizeof(struct infer_q4_k)) +
		       63 * largest(data + offsetof(struct infer_q4_k, dmin), values / 256, sizeof(struct infer_q4_k));
	case INFER_Q6_K:
		return 128 * 32 *
		       largest(data + offsetof(struct infer_q6_k, d), values / 256, sizeof(struct infer_q6_k));
	default:
		return 0;
	}
}

static int32_t exponent_of(const struct infer_tensor *tensor)
{
	float most = bound(tensor);
	int exponent;

	if (most == 0)
		return 0;
	frexpf(most, &exponent); /* most < 2^exponent, which is from -23 to 28: bound() of halves */
	return HALF_MOST - exponent;
}

static void add(struct vk_exponents *exponents, const struct infer_tensor *tensor)
{
	if (tensor->data && tensor->type != INFER_F32)
		exponents->entries[exponents->n++] = (struct entry) { tensor->offset, exponent_of(tensor) };
}

static int by_offset(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

int vk_exponents_of(const struct infer_model *model, struct vk_exponents **exponents)
{
	size_t most = 1 + 7 * (size_t)model->n_layers;
	struct vk_exponents *all = calloc(1, sizeof(*all) + most * sizeof(all->entries[0]));

	if (!all)
		return -ENOMEM;
	add(all, &model->output);
	for (uint32_t i = 0; i < model->n_layers; i++) {
		const struct infer_layer *layer = &model->layers[i];

		add(all, &layer->q);
		add(all, &layer->k);
		add(all, &layer->v);
		add(all, &layer->o);
		add(all, &layer->gate);
		add(all, &layer->up);
		add(all, &layer->down);
	}
	qsort(all->entries, all->n, sizeof(all->entries[0]), by_offset);
	*exponents = all;
	return 0;
}

bool vk_exponent(const struct vk_exponents *exponents, const struct infer_tensor *tensor, int32_t *exponent)
{
	struct entry key = { tensor->offset, 0 };
	const struct entry *found = exponents ? bsearch(&key, exponents->entries, exponents->n, sizeof(key), by_offset) : NULL;

	if (!found)
		return false;
	*exponent = found->exponent;
	return true;
}
