// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "vleg.h"

#define ALIGNMENT 256u /* keeps each tensor's alignment in each buffer */
#define ROOM 32u       /* that gpu_buffer_make() adds */
#define MOST_ROWS (65535u * 4) /* what the least device takes as groups, of four rows each (gemv.comp) */

static uint64_t range(const struct gpu *gpu)
{
	return gpu->max_range < ROOM ? 0 : (gpu->max_range - ROOM) / ALIGNMENT * ALIGNMENT;
}

static void longer(const struct infer_tensor *tensor, uint64_t *most)
{
	uint64_t bytes = tensor->data ? infer_row_bytes(tensor->type, tensor->columns) : 0;

	if (tensor->rows > 1 && bytes > *most)
		*most = bytes;
}

static uint64_t longest_row(const struct infer_model *model)
{
	/* Vectors are read as a whole, or as a column: at least each as long as the residual stream. */
	uint64_t most = (uint64_t)model->dim * sizeof(float);

	longer(&model->embedding, &most);
	longer(&model->output, &most);
	for (uint32_t i = 0; i < model->n_layers; i++) {
		const struct infer_layer *layer = &model->layers[i];

		longer(&layer->q, &most);
		longer(&layer->k, &most);
		longer(&layer->v, &most);
		longer(&layer->o, &most);
		longer(&layer->gate, &most);
		longer(&layer->up, &most);
		longer(&layer->down, &most);
	}
	return most;
}

/* stride_for(): 0 if a row does not fit into a buffer. */
static uint64_t stride_for(const struct gpu *gpu, const struct infer_model *model)
{
	uint64_t overlap = (longest_row(model) + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	return model->weights_bytes <= range(gpu) ? range(gpu) : overlap < range(gpu) ? range(gpu) - overlap : 0;
}

uint32_t weights_count(const struct gpu *gpu, const struct infer_model *model)
{
	uint64_t stride = stride_for(gpu, model);

	return stride ? (uint32_t)((model->weights_bytes + stride - 1) / stride) : 0;
}

int weights_upload(struct gpu *gpu, struct weights *weights, const struct infer_model *model)
{
	int error = 0;

	weights->stride = stride_for(gpu, model);
	weights->bytes = model->weights_bytes;
	weights->n = weights_count(gpu, model);
	if (!weights->n)
		return -ENODATA;
	weights->buffers = calloc(weights->n, sizeof(*weights->buffers));
	if (!weights->buffers)
		return -ENOMEM;
	for (uint32_t i = 0; i < weights->n && !error; i++) {
		uint64_t start = i * weights->stride, bytes = weights->bytes - start;

		if (bytes > range(gpu))
			bytes = range(gpu);
		error = gpu_buffer_make(gpu, &weights->buffers[i], bytes, VK_ON_DEVICE);
		if (!error)
			error = gpu_buffer_write(gpu, &weights->buffers[i], 0, (const char *)model->weights + start,
						 bytes);
	}
	return error;
}

void weights_free(struct gpu *gpu, struct weights *weights)
{
	for (uint32_t i = 0; weights->buffers && i < weights->n; i++)
		gpu_buffer_free(gpu, &weights->buffers[i]);
	free(weights->buffers);
	weights->buffers = NULL;
}

struct piece weights_piece(const struct weights *weights, uint64_t offset, uint64_t row_bytes, uint32_t row,
			   uint32_t rows)
{
	uint64_t start = offset + row * row_bytes, i = start / weights->stride, base, whole;
	struct piece piece = { .row = row };

	if (start >= weights->bytes)
		return piece;
	base = start - i * weights->stride;
	whole = (weights->buffers[i].bytes - base) / row_bytes;
	if (whole > MOST_ROWS)
		whole = MOST_ROWS;
	piece.buffer = &weights->buffers[i];
	piece.base = (uint32_t)base;
	piece.rows = whole < rows - row ? (uint32_t)whole : rows - row;
	return piece;
}
