/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the Llama family: its sizes, and where its weights lie.
 *
 * Layers are x += o(attention(rope(q), rope(k), v)), x += down(silu(gate) * up), each behind an RMSNorm.
 */
#ifndef INFER_MODEL_H
#define INFER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gguf.h"
#include "tensor.h"

/* Biases and what else a tensor is optional for: data is NULL where the model has none. */
struct infer_layer {
	struct infer_tensor attention_norm, q, k, v, q_bias, k_bias, v_bias, o;
	struct infer_tensor ffn_norm, gate, up, down;
};

/**
 * struct infer_model - sizes in values, but where said otherwise
 *
 * Columns of each matrix are whole blocks of its type, heads a multiple of kv_heads, and no size is 0.
 *
 * @context: tokens it was trained for
 * @rope_dims: how many values of each head are turned, an even number
 * @rope_halves: value i is paired with i + rope_dims / 2 (Qwen), or 2i with 2i + 1 (Llama)
 * @rope_frequency: radians a position, of each of rope_dims / 2 pairs; scaled as the model says
 * @output: rows of logits; the embedding itself where a model has no other
 * @weights: all tensors lie in here, @weights_bytes long; read-only, owned by what the model came from
 */
struct infer_model {
	char name[64];
	uint32_t vocabulary, dim, n_layers, heads, kv_heads, head_dim, ffn, context;
	uint32_t rope_dims;
	bool rope_halves;
	float *rope_frequency;
	float epsilon;
	struct infer_tensor embedding, output_norm, output;
	struct infer_layer *layers;
	const void *weights;
	size_t weights_bytes;
};

/**
 * infer_model_from() - a model out of a GGUF file, which must outlive it
 *
 * Architectures "llama" and "qwen2". Each shape is checked against the model's sizes, so that no kernel needs to.
 *
 * Return: 0 and *model, which infer_model_free() frees; -EBADMSG if something is missing or does not fit, -ENOTSUP
 * if it is of no known architecture or type, each with a sentence in @problem; -ENOMEM.
 */
int infer_model_from(const struct infer_gguf *gguf, struct infer_model **model, char problem[INFER_PROBLEM]);
void infer_model_free(struct infer_model *model);

#endif
