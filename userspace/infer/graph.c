// SPDX-License-Identifier: GPL-2.0-or-later
#include "graph.h"

static void project(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *weight,
		    const struct infer_tensor *bias)
{
	leg->ops->multiply(leg, dst, weight, INFER_NORM, bias->data ? bias : NULL, false);
}

static void attention(struct infer_leg *leg, uint32_t index)
{
	const struct infer_layer *layer = &leg->model->layers[index];

	leg->ops->rms_norm(leg, INFER_NORM, INFER_X, &layer->attention_norm);
	project(leg, INFER_Q, &layer->q, &layer->q_bias);
	project(leg, INFER_K, &layer->k, &layer->k_bias);
	project(leg, INFER_V, &layer->v, &layer->v_bias);
	leg->ops->rope(leg, INFER_Q);
	leg->ops->rope(leg, INFER_K);
	leg->ops->store(leg, index);
	leg->ops->attend(leg, index);
	leg->ops->multiply(leg, INFER_X, &layer->o, INFER_HEADS, NULL, true);
}

static void feed_forward(struct infer_leg *leg, const struct infer_layer *layer)
{
	leg->ops->rms_norm(leg, INFER_NORM, INFER_X, &layer->ffn_norm);
	leg->ops->multiply(leg, INFER_GATE, &layer->gate, INFER_NORM, NULL, false);
	leg->ops->multiply(leg, INFER_UP, &layer->up, INFER_NORM, NULL, false);
	leg->ops->swiglu(leg);
	leg->ops->multiply(leg, INFER_X, &layer->down, INFER_GATE, NULL, true);
}

int infer_graph_run(struct infer_leg *leg, const struct infer_batch *batch, float *logits)
{
	const struct infer_model *model = leg->model;
	int error = leg->ops->begin(leg, batch);

	if (error)
		return error;
	leg->ops->embed(leg, &model->embedding);
	for (uint32_t i = 0; i < model->n_layers; i++) {
		attention(leg, i);
		feed_forward(leg, &model->layers[i]);
		if (leg->progress)
			leg->progress(leg->progress_context);
	}
	if (batch->n_wanted) {
		leg->ops->rms_norm(leg, INFER_NORM, INFER_X, &model->output_norm);
		leg->ops->multiply(leg, INFER_LOGITS, &model->output, INFER_NORM, NULL, false);
	}
	return leg->ops->end(leg, logits);
}
