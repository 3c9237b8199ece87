// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "half.h"
#include "quant.h"
#include "reference.h"

static void *room(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		abort();
	return memory;
}

static double *doubles(size_t n)
{
	return room(n, sizeof(double));
}

void reference_row(const struct infer_tensor *weight, uint32_t row, double *values)
{
	float *floats = room(weight->columns, sizeof(*floats));

	infer_dequantise(weight->type,
			 (const uint8_t *)weight->data +
				 row * infer_row_bytes(weight->type, weight->columns),
			 floats, weight->columns);
	for (uint32_t i = 0; i < weight->columns; i++)
		values[i] = floats[i];
	free(floats);
}

void reference_rms_norm(const struct infer_model *model, const struct infer_tensor *weight,
			const double *src, double *dst)
{
	double *w = doubles(weight->columns), sum = 0, factor;

	reference_row(weight, 0, w);
	for (uint32_t i = 0; i < weight->columns; i++)
		sum += src[i] * src[i];
	factor = 1 / sqrt(sum / weight->columns + (double)model->epsilon);
	for (uint32_t i = 0; i < weight->columns; i++)
		dst[i] = src[i] * factor * w[i];
	free(w);
}

void reference_multiply(const struct infer_tensor *weight, const double *src,
			const struct infer_tensor *bias, bool add, double *dst)
{
	double *w = doubles(weight->columns), *b = doubles(weight->rows);

	if (bias)
		reference_row(bias, 0, b);
	for (uint32_t i = 0; i < weight->rows; i++) {
		double sum = b[i] + (add ? dst[i] : 0);

		reference_row(weight, i, w);
		for (uint32_t j = 0; j < weight->columns; j++)
			sum += w[j] * src[j];
		dst[i] = sum;
	}
	free(w);
	free(b);
}

void reference_rope(const struct infer_model *model, uint32_t heads, uint32_t position,
		    double *values)
{
	uint32_t pairs = model->rope_dims / 2;

	for (uint32_t h = 0; h < heads; h++) {
		double *head = values + (size_t)h * model->head_dim;

		for (uint32_t i = 0; i < pairs; i++) {
			uint32_t a = model->rope_halves ? i : 2 * i,
				 b = model->rope_halves ? i + pairs : 2 * i + 1;
			double angle = (double)position * (double)model->rope_frequency[i];
			double x = head[a], y = head[b];

			head[a] = x * cos(angle) - y * sin(angle);
			head[b] = x * sin(angle) + y * cos(angle);
		}
	}
}

void reference_swiglu(double *gate, const double *up, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i];
}

double reference_half(double value)
{
	return (double)infer_half_to_float(infer_half_from_float((float)value));
}

static void attend_head(const struct infer_model *model, const double *q, const double *keys,
			const double *values, uint32_t n, double *out)
{
	uint32_t dim = model->head_dim;
	size_t width = (size_t)model->kv_heads * dim;
	double *score = doubles(n), most = -INFINITY, sum = 0;

	for (uint32_t p = 0; p < n; p++) {
		for (uint32_t i = 0; i < dim; i++)
			score[p] += q[i] * keys[p * width + i];
		score[p] /= sqrt(dim);
		most = fmax(most, score[p]);
	}
	memset(out, 0, dim * sizeof(*out));
	for (uint32_t p = 0; p < n; p++) {
		double weight = exp(score[p] - most);

		sum += weight;
		for (uint32_t i = 0; i < dim; i++)
			out[i] += weight * values[p * width + i];
	}
	for (uint32_t i = 0; i < dim; i++)
		out[i] /= sum;
	free(score);
}

void reference_attend(const struct infer_model *model, const double *q, const double *keys,
		      const double *values, uint32_t position, double *heads)
{
	uint32_t group = model->heads / model->kv_heads, dim = model->head_dim;

	for (uint32_t h = 0; h < model->heads; h++)
		attend_head(model, q + (size_t)h * dim, keys + (size_t)(h / group) * dim,
			    values + (size_t)(h / group) * dim, position + 1,
			    heads + (size_t)h * dim);
}

struct work {
	double *x, *norm, *q, *heads, *gate, *up;
	double *keys, *values; /* [layers][n][kv_heads * head_dim] */
};

static const struct infer_tensor *given(const struct infer_tensor *bias)
{
	return bias->data ? bias : NULL;
}

static void one_layer(const struct infer_model *model, const struct infer_layer *layer,
		      uint32_t position, struct work *w, double *keys, double *values)
{
	size_t width = (size_t)model->kv_heads * model->head_dim;
	double *k = keys + position * width, *v = values + position * width;

	reference_rms_norm(model, &layer->attention_norm, w->x, w->norm);
	reference_multiply(&layer->q, w->norm, given(&layer->q_bias), false, w->q);
	reference_multiply(&layer->k, w->norm, given(&layer->k_bias), false, k);
	reference_multiply(&layer->v, w->norm, given(&layer->v_bias), false, v);
	reference_rope(model, model->heads, position, w->q);
	reference_rope(model, model->kv_heads, position, k);
	for (size_t i = 0; i < width; i++) {
		k[i] = reference_half(k[i]);
		v[i] = reference_half(v[i]);
	}
	reference_attend(model, w->q, keys, values, position, w->heads);
	reference_multiply(&layer->o, w->heads, NULL, true, w->x);
	reference_rms_norm(model, &layer->ffn_norm, w->x, w->norm);
	reference_multiply(&layer->gate, w->norm, NULL, false, w->gate);
	reference_multiply(&layer->up, w->norm, NULL, false, w->up);
	reference_swiglu(w->gate, w->up, model->ffn);
	reference_multiply(&layer->down, w->gate, NULL, true, w->x);
}

void reference_model(const struct infer_model *model, const uint32_t *tokens, uint32_t n,
		     double *logits)
{
	size_t width = (size_t)n * model->kv_heads * model->head_dim,
	       q = (size_t)model->heads * model->head_dim;
	struct work w = {
		doubles(model->dim),
		doubles(model->dim),
		doubles(q),
		doubles(q),
		doubles(model->ffn),
		doubles(model->ffn),
		doubles(model->n_layers * width),
		doubles(model->n_layers * width),
	};

	for (uint32_t p = 0; p < n; p++) {
		reference_row(&model->embedding, tokens[p], w.x);
		for (uint32_t i = 0; i < model->n_layers; i++)
			one_layer(model, &model->layers[i], p, &w, w.keys + i * width,
				  w.values + i * width);
	}
	reference_rms_norm(model, &model->output_norm, w.x, w.norm);
	reference_multiply(&model->output, w.norm, NULL, false, logits);
	free(w.x);
	free(w.norm);
	free(w.q);
	free(w.heads);
	free(w.gate);
	free(w.up);
	free(w.keys);
	free(w.values);
}

double reference_nmse(const float *got, const double *right, size_t n)
{
	double error = 0, square = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(got[i]))
			return INFINITY;
		error += (got[i] - right[i]) * (got[i] - right[i]);
		square += right[i] * right[i];
	}
	return square > 0 ? error / square : error;
}
