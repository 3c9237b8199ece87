/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg runs a model's kernels on one device: native C on the processors, or Vulkan on a GPU.
 *
 *   engine ── graph ──┬── native leg (threads, AVX2, AVX-512, NEON)
 *                     └── Vulkan leg (any vendor's GPU)
 *
 * The graph says what to compute (graph.c), for a batch of rows: each row is one token of one
 * sequence, several rows of a sequence come in order of position. Between begin() and end() a leg
 * may compute at once (native) or record (Vulkan): nothing can be read before end() has returned.
 *
 * All activations are F32, in one buffer for each name below, row by row without a gap. Products are
 * of F32 activations and weights as infer_dequantise() gives them: no leg quantises activations to
 * fewer bits than a float's sum is right to (native/planes.h), so legs differ by the order of
 * additions and their rounding alone.
 *
 * A leg is used by one thread at a time. Errors of begin() and end() are negative errno: -ENOMEM;
 * -ENODEV if the device is lost; -ETIMEDOUT if it has not answered within the deadline (the leg must
 * then be closed, and closing may hang with the driver: workers are processes for that reason).
 */
#ifndef INFER_LEG_H
#define INFER_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "place.h"

enum infer_buffer {
	INFER_X,      /* the residual stream, [dim] */
	INFER_NORM,   /* [dim] */
	INFER_Q,      /* [heads * head_dim] */
	INFER_K,      /* [kv_heads * head_dim] */
	INFER_V,      /* the same */
	INFER_HEADS,  /* what attention gives, [heads * head_dim] */
	INFER_GATE,   /* [ffn] */
	INFER_UP,     /* [ffn] */
	INFER_LOGITS, /* [vocabulary]; the wanted rows alone, in order: room for one of each sequence */
	INFER_BUFFERS
};

/* Tokens whose keys and values are stored together; a power of two. */
#define INFER_PAGE 32u

/**
 * struct infer_limits - what a leg makes room for when it is opened
 * @rows: greatest batch
 * @pages: pages of KV cache, of INFER_PAGE tokens in each layer, for all sequences together
 * @sequence_pages: pages that one sequence may have
 * @sequences: in one batch
 * @threads: of the native leg; 0 for one each processor that this process may use
 */
struct infer_limits {
	uint32_t rows;
	uint32_t pages;
	uint32_t sequence_pages;
	uint32_t sequences;
	uint32_t threads;
};

/**
 * struct infer_row - a token to compute
 * @sequence: index into infer_batch.tables
 * @position: of the token in its sequence, from 0
 */
struct infer_row {
	uint32_t token;
	uint32_t sequence;
	uint32_t position;
};

/**
 * struct infer_batch - what one begin() to end() computes
 * @rows: of a sequence in rising positions without a gap
 * @tables: of each sequence its page table: page tables[s][p / INFER_PAGE] holds position p
 * @wanted: which rows' logits are wanted, rising; no more than limits.sequences
 */
struct infer_batch {
	const struct infer_row *rows;
	const uint32_t *const *tables;
	const uint32_t *wanted;
	uint32_t n_rows, n_sequences, n_wanted;
};

#define INFER_KERNELS 40

struct infer_leg;

/**
 * struct infer_leg_ops - a leg's kernels
 *
 * Those that return nothing cannot fail, or keep the error for end(). @dst and @src name whole
 * buffers, of which the batch's rows are used, but where a comment says otherwise.
 */
struct infer_leg_ops {
	int (*begin)(struct infer_leg *leg, const struct infer_batch *batch);
	/* end(): when the device has done all; the wanted logits, [n_wanted][vocabulary], to @logits unless it is NULL. */
	int (*end)(struct infer_leg *leg, float *logits);

	/* INFER_X = the rows of @weight that the batch's tokens name */
	void (*embed)(struct infer_leg *leg, const struct infer_tensor *weight);
	/* dst = src / sqrt(mean(src^2) + epsilon) * weight */
	void (*rms_norm)(struct infer_leg *leg, enum infer_buffer dst, enum infer_buffer src,
			 const struct infer_tensor *weight);
	/*
	 * dst = weight x src (+ bias), or dst += that. To INFER_LOGITS only the wanted rows are computed.
	 * @bias: NULL, or an F32 vector of weight->rows
	 */
	void (*multiply)(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *weight,
			 enum infer_buffer src, const struct infer_tensor *bias, bool add);
	/* Turns pairs of each head of @buffer (INFER_Q or INFER_K) by position * frequency. */
	void (*rope)(struct infer_leg *leg, enum infer_buffer buffer);
	/* INFER_K and INFER_V of the batch into the cache of @layer, as F16 (round to nearest even) */
	void (*store)(struct infer_leg *leg, uint32_t layer);
	/* INFER_HEADS = softmax(q k / sqrt(head_dim)) v, over positions 0 to the row's own, of its sequence */
	void (*attend)(struct infer_leg *leg, uint32_t layer);
	/* INFER_GATE = silu(INFER_GATE) * INFER_UP */
	void (*swiglu)(struct infer_leg *leg);

	/* For tests, outside of begin() to end(): what a buffer holds, @floats from its start. */
	int (*read)(struct infer_leg *leg, enum infer_buffer buffer, float *values, size_t floats);
	int (*write)(struct infer_leg *leg, enum infer_buffer buffer, const float *values, size_t floats);

	void (*close)(struct infer_leg *leg);
};

/**
 * struct infer_leg - what legs have in common; each embeds it as its first member
 * @progress: called in the midst of a batch, at least after each layer; NULL if nobody wants to know
 * @model: outlives the leg
 * @name: such as "native avx512 2 threads" or "Vulkan llvmpipe (LLVM 19.1.7)"
 * @kernels: which of its kernels' variants it uses: "avx512"; "subgroups,halves", as vulkan/vulkan.h names features
 * @place: what headgated calls the device, such as "0000:03:00.0" (place.h); "" if it does not know it, or that is not told
 */
struct infer_leg {
	const struct infer_leg_ops *ops;
	void (*progress)(void *context);
	void *progress_context;
	const struct infer_model *model;
	struct infer_limits limits;
	char name[256], kernels[INFER_KERNELS], place[INFER_PLACE];
};

/**
 * infer_leg_width() - floats in a row of a buffer
 */
size_t infer_leg_width(const struct infer_model *model, enum infer_buffer buffer);

/**
 * infer_leg_rows() - rows that a leg makes room for in a buffer
 */
uint32_t infer_leg_rows(const struct infer_limits *limits, enum infer_buffer buffer);

/**
 * infer_native_open() - the leg that runs on this machine's processors
 * @variant: "avx512", "avx2", "neon", "plain"; NULL for the best that the processor has
 *
 * Return: 0 and *leg, which infer_leg_close() closes; -ENOMEM; -EAGAIN if it may not have so many threads; -ENOTSUP if it
 * has not @variant.
 */
int infer_native_open(const struct infer_model *model, const struct infer_limits *limits, const char *variant,
		      struct infer_leg **leg);

/**
 * infer_vulkan_open() - the leg that runs on a GPU
 * @device: index into infer_vulkan_devices(), or a part of the device's name; NULL for the first that is no processor
 * @problem: room for a sentence that says what failed, or NULL
 *
 * Uploads the model's weights, so it may take seconds. May hang with the driver.
 *
 * Return: 0 and *leg; -ENODEV if there is no such device, no Vulkan at all, or its driver cannot make even the plainest
 * kernels; -ENOMEM; -ENODATA if the device lacks what the kernels need.
 */
int infer_vulkan_open(const struct infer_model *model, const struct infer_limits *limits, const char *device,
		      struct infer_leg **leg, char problem[INFER_PROBLEM]);

void infer_leg_close(struct infer_leg *leg);

#endif
