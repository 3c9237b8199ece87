/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model of any shape with random weights, for tests of the legs. */
#ifndef RANDOM_MODEL_H
#define RANDOM_MODEL_H

#include "model.h"

/**
 * struct shape - columns must be whole blocks of @type
 * @bias: q, k and v have biases, and rope pairs halves, as Qwen's do
 */
struct shape {
	enum infer_type type;
	uint32_t vocabulary, dim, layers, heads, kv_heads, head_dim, ffn;
	bool bias;
};

/* random_seed(): the same numbers follow. */
void random_seed(uint64_t seed);
/* random_float(): -1 to 1 */
float random_float(void);
uint32_t random_below(uint32_t n);
void random_floats(float *values, size_t n, float scale);

/* random_model(): exits when there is no memory. */
struct infer_model *random_model(const struct shape *shape);
void random_model_free(struct infer_model *model);

#endif
