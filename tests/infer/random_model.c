// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "quant.h"
#include "random_model.h"

/* Weights lie at multiples of this, as in GGUF files. */
#define ALIGNMENT 32u

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed;
}

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

float random_float(void)
{
	return (float)((int32_t)(next() >> 40) - (1 << 23)) * 0x1p-23f;
}

uint32_t random_below(uint32_t n)
{
	return (uint32_t)((next() >> 32) * n >> 32);
}

void random_floats(float *values, size_t n, float scale)
{
	for (size_t i = 0; i < n; i++)
		values[i] = scale * random_float();
}

static void *must(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "no memory\n");
	exit(1);
}

struct place {
	struct infer_model *model;
	uint8_t *weights; /* NULL while sizes are counted */
	size_t bytes;
};

static void put(struct place *place, struct infer_tensor *tensor, enum infer_type type,
		uint32_t rows, uint32_t columns, float scale, float middle)
{
	size_t row = infer_row_bytes(type, columns);

	*tensor = (struct infer_tensor) {
		.offset = place->bytes, .type = type, .rows = rows, .columns = columns
	};
	if (place->weights) {
		float *values = must(malloc(columns * sizeof(*values)));

		tensor->data = place->weights + place->bytes;
		for (uint32_t i = 0; i < rows; i++) {
			for (uint32_t j = 0; j < columns; j++)
				values[j] = middle + scale * random_float();
			infer_quantise(type, values, place->weights + place->bytes + i * row,
				       columns);
		}
		free(values);
	}
	place->bytes += (rows * row + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void put_matrix(struct place *place, struct infer_tensor *tensor, enum infer_type type,
		       uint32_t rows, uint32_t columns)
{
	/* So that a product is about as great as what it is of. */
	put(place, tensor, type, rows, columns, sqrtf(3.0f / (float)columns), 0);
}

static void put_layer(struct place *place, struct infer_layer *layer, const struct shape *shape)
{
	uint32_t q = shape->heads * shape->head_dim, kv = shape->kv_heads * shape->head_dim;

	put(place, &layer->attention_norm, INFER_F32, 1, shape->dim, 0.5f, 1);
	put_matrix(place, &layer->q, shape->type, q, shape->dim);
	put_matrix(place, &layer->k, shape->type, kv, shape->dim);
	put_matrix(place, &layer->v, shape->type, kv, shape->dim);
	if (shape->bias) {
		put(place, &layer->q_bias, INFER_F32, 1, q, 0.5f, 0);
		put(place, &layer->k_bias, INFER_F32, 1, kv, 0.5f, 0);
		put(place, &layer->v_bias, INFER_F32, 1, kv, 0.5f, 0);
	}
	put_matrix(place, &layer->o, shape->type, shape->dim, q);
	put(place, &layer->ffn_norm, INFER_F32, 1, shape->dim, 0.5f, 1);
	put_matrix(place, &layer->gate, shape->type, shape->ffn, shape->dim);
	put_matrix(place, &layer->up, shape->type, shape->ffn, shape->dim);
	put_matrix(place, &layer->down, shape->type, shape->dim, shape->ffn);
}

static void put_all(struct place *place, const struct shape *shape)
{
	struct infer_model *model = place->model;

	place->bytes = 0;
	put(place, &model->embedding, shape->type, shape->vocabulary, shape->dim, 1, 0);
	for (uint32_t i = 0; i < shape->layers; i++)
		put_layer(place, &model->layers[i], shape);
	put(place, &model->output_norm, INFER_F32, 1, shape->dim, 0.5f, 1);
	put_matrix(place, &model->output, shape->type, shape->vocabulary, shape->dim);
}

struct infer_model *random_model(const struct shape *shape)
{
	struct infer_model *model = must(calloc(1, sizeof(*model)));
	struct place place = { .model = model };

	*model = (struct infer_model) {
		.vocabulary = shape->vocabulary,
		.dim = shape->dim,
		.n_layers = shape->layers,
		.heads = shape->heads,
		.kv_heads = shape->kv_heads,
		.head_dim = shape->head_dim,
		.ffn = shape->ffn,
		.context = 1 << 20,
		.rope_dims = shape->head_dim / 4 * 4,
		.rope_halves = shape->bias,
		.epsilon = 1e-5f,
	};
	snprintf(model->name, sizeof(model->name), "random %s", infer_type_name(shape->type));
	model->rope_frequency = must(calloc(model->rope_dims / 2, sizeof(float)));
	for (uint32_t i = 0; i < model->rope_dims / 2; i++)
		model->rope_frequency[i] = powf(10000, -2.0f * (float)i / (float)model->rope_dims);
	model->layers = must(calloc(shape->layers, sizeof(*model->layers)));
	put_all(&place, shape);
	/* Mapped files are aligned to pages. */
	place.weights = must(aligned_alloc(4096, (place.bytes + 4095) / 4096 * 4096));
	model->weights = place.weights;
	model->weights_bytes = place.bytes;
	put_all(&place, shape);
	return model;
}

void random_model_free(struct infer_model *model)
{
	free((void *)model->weights);
	free(model->rope_frequency);
	free(model->layers);
	free(model);
}
