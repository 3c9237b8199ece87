/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Models made of a seed: the same bytes on each machine, so that their answers can be known beforehand.
 * For tests, benchmarks and the canary; no model is ever downloaded.
 */
#ifndef INFER_SEEDED_H
#define INFER_SEEDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensor.h"

/**
 * struct infer_seeded - what to make
 * @type: of all matrices; vectors are F32. Columns that are no whole blocks of it take F16.
 * @vocabulary: at least 300: the control tokens, 256 bytes and pieces of several
 */
struct infer_seeded {
	uint64_t seed;
	enum infer_type type;
	uint32_t vocabulary, dim, layers, heads, kv_heads, ffn, context;
	bool qwen2; /* architecture with biases, BPE and paired halves; or "llama" with SPM */
};

/*
 * Sizes by name: "tiny" (1 MB as Q8_0, for the canary and tests), "small" (60 MB, for speed), "large" (220 MB: more than
 * processors' caches hold as any type); Q8_0, "llama", of seed 1.
 */
int infer_seeded_named(const char *name, struct infer_seeded *seeded);

/**
 * infer_seeded_make() - the bytes of a GGUF file
 *
 * Weights are scaled so that activations keep their size from layer to layer and logits differ from each other.
 *
 * Return: 0, *bytes (for free()) and *length; -EINVAL if the sizes do not go together; -ENOMEM.
 */
int infer_seeded_make(const struct infer_seeded *seeded, void **bytes, size_t *length);

#endif
