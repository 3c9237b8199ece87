/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each kernel should give, in doubles and as plainly as it can be said. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "leg.h"

/* A matrix's row in doubles, as infer_dequantise() gives it; @values is [columns]. */
void reference_row(const struct infer_tensor *weight, uint32_t row, double *values);

void reference_rms_norm(const struct infer_model *model, const struct infer_tensor *weight,
			const double *src, double *dst);
/* dst[weight->rows] = weight x src (+ bias) (+ dst) */
void reference_multiply(const struct infer_tensor *weight, const double *src,
			const struct infer_tensor *bias, bool add, double *dst);
void reference_rope(const struct infer_model *model, uint32_t heads, uint32_t position,
		    double *values);
void reference_swiglu(double *gate, const double *up, uint32_t n);
/*
 * One row's attention: @keys and @values are those of positions 0 to @position,
 * [kv_heads * head_dim] each, already rounded to F16.
 */
void reference_attend(const struct infer_model *model, const double *q, const double *keys,
		      const double *values, uint32_t position, double *heads);

/* reference_half(): rounded as the cache rounds */
double reference_half(double value);

/* A whole sequence from position 0 on: the logits of its last token, [vocabulary]. */
void reference_model(const struct infer_model *model, const uint32_t *tokens, uint32_t n,
		     double *logits);

/* The square of the difference over the square of what is right; infinite if any is no number. */
double reference_nmse(const float *got, const double *right, size_t n);

#endif
