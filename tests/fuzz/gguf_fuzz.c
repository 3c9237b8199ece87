// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "infer_file.h"
#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static volatile unsigned int sum;

static void touch(const struct infer_tensor *tensor)
{
	const uint8_t *bytes = tensor->data;

	if (!bytes)
		return;
	sum += bytes[0] + bytes[infer_row_bytes(tensor->type, tensor->columns) * tensor->rows - 1];
	/* Vectors are read as floats where they lie. */
	if (tensor->type == INFER_F32)
		sum += *(const float *)tensor->data > 0;
}

static void touch_model(const struct infer_model *model)
{
	touch(&model->embedding);
	touch(&model->output_norm);
	touch(&model->output);
	for (uint32_t i = 0; i < model->n_layers; i++) {
		const struct infer_layer *layer = &model->layers[i];
		const struct infer_tensor *tensors[] = {
			&layer->attention_norm, &layer->q, &layer->k, &layer->v,
			&layer->q_bias, &layer->k_bias, &layer->v_bias, &layer->o,
			&layer->ffn_norm, &layer->gate, &layer->up, &layer->down,
		};

		for (size_t t = 0; t < sizeof(tensors) / sizeof(tensors[0]); t++)
			touch(tensors[t]);
	}
	for (uint32_t i = 0; i < model->rope_dims / 2; i++)
		sum += model->rope_frequency[i] > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	/* Aligned as the reader wants it, and not a byte longer. */
	uint8_t *bytes = malloc(length);
	struct infer_gguf *gguf;
	struct infer_model *model;
	char problem[INFER_PROBLEM] = "";

	if (length)
		memcpy(bytes, data, length);
	if (!infer_gguf_parse(bytes, length, &gguf, problem)) {
		sum += infer_file_walk(gguf);
		if (!infer_model_from(gguf, &model, problem)) {
			touch_model(model);
			infer_model_free(model);
		} else if (!problem[0]) {
			abort(); /* refused without a word */
		}
		infer_gguf_close(gguf);
	} else if (!problem[0]) {
		abort();
	}
	free(bytes);
	return 0;
}
