/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leg's inside: what leg.c sets up, weights.c splits, and ops.c and integers.c use. */
#ifndef INFER_VULKAN_VLEG_H
#define INFER_VULKAN_VLEG_H

#include "exponents.h"
#include "gpu.h"

/* Rows that are multiplied one by one or four at a time; with more, tiles of 32 rows are filled well enough. */
#define GEMV_MOST 8u
/* attend.comp keeps a query in shared memory. */
#define MOST_HEAD_DIM 256u
/* Positions that are worth a workgroup of attention of their own: what is longer may be left in parts, and merged. */
#define LEAST_SPAN 256u
/* Workgroups, of attention of one batch, that may leave parts of an answer. */
#define MOST_PARTS 2048u

/**
 * struct weights - the model's weights on the device
 *
 * Buffer i has bytes i * stride to i * stride + max_range of the weights; so neighbours overlap, by more than
 * the longest row, and each row is whole in one of them.
 */
struct weights {
	struct vk_buffer *buffers;
	uint32_t n;
	uint64_t stride, bytes;
};

/* Where words of each kind begin in the batch's buffer. */
struct layout {
	uint32_t tables, angles, words;
};

/**
 * struct vleg - a Vulkan leg
 * @exponents: of the weights; NULL if no kernel of the device wants to know
 * @activations: of struct infer_leg_ops
 * @picked: the rows whose logits are wanted
 * @caches: of each layer: all keys, then all values
 * @slot_words: of one token's keys
 * @parts: of attention (attend.comp)
 * @batch: what the host tells the kernels of a batch
 * @longest: positions of the batch's longest row
 */
struct vleg {
	struct infer_leg base;
	struct gpu gpu;
	struct weights weights;
	struct vk_exponents *exponents;
	struct vk_buffer activations[INFER_BUFFERS];
	struct vk_buffer picked, parts, batch, logits;
	struct vk_buffer *caches;
	struct layout layout;
	uint32_t slot_words, attend_span;
	uint32_t n_rows, n_wanted, longest;
	VkBufferCopy *picks;
};

/* A run of rows of a tensor that lies in one buffer. */
struct piece {
	struct vk_buffer *buffer;
	uint32_t base, row, rows;
};

/* weights.c */
int weights_upload(struct gpu *gpu, struct weights *weights, const struct infer_model *model);
void weights_free(struct gpu *gpu, struct weights *weights);
uint32_t weights_count(const struct gpu *gpu, const struct infer_model *model);

/**
 * weights_piece() - the longest run from row @row of @rows rows at byte @offset of the weights
 *
 * piece->rows is 0 if not even one row is whole in a buffer.
 */
struct piece weights_piece(const struct weights *weights, uint64_t offset, uint64_t row_bytes, uint32_t row,
			   uint32_t rows);

/* kernels.c */

/* vleg_product(): the kernel that multiplies weights of @type with @n rows. */
enum vk_kernel vleg_product(struct gpu *gpu, int type, uint32_t n);

/**
 * vleg_make_kernels() - all that the model's batches take
 *
 * So that what the driver cannot make is found when the leg is opened, and base.kernels says which variants are used.
 *
 * Return: 0; -ENOMEM or -ENODEV, of gpu_prepare().
 */
int vleg_make_kernels(struct vleg *leg);

/* vleg_tell_kernels(): base.kernels of what is used now. */
void vleg_tell_kernels(struct vleg *leg);

/* ops.c */
extern const struct infer_leg_ops vulkan_ops;

/* leg.c */
int vleg_begin(struct infer_leg *leg, const struct infer_batch *batch);
int vleg_end(struct infer_leg *leg, float *logits);
int vleg_read(struct infer_leg *leg, enum infer_buffer buffer, float *values, size_t floats);
int vleg_write(struct infer_leg *leg, enum infer_buffer buffer, const float *values, size_t floats);
void vleg_close(struct infer_leg *leg);

static inline struct vleg *vleg_of(struct infer_leg *leg)
{
	return (struct vleg *)leg;
}

#endif
