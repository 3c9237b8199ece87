/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels that compute nothing: for legs that know the answer without. */
#ifndef TEST_INFER_IDLE_LEG_H
#define TEST_INFER_IDLE_LEG_H

#include "leg.h"

void idle_embed(struct infer_leg *leg, const struct infer_tensor *weight);
void idle_rms_norm(struct infer_leg *leg, enum infer_buffer dst, enum infer_buffer src,
		   const struct infer_tensor *weight);
void idle_multiply(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *weight,
		   enum infer_buffer src, const struct infer_tensor *bias, bool add);
void idle_rope(struct infer_leg *leg, enum infer_buffer buffer);
void idle_layer(struct infer_leg *leg, uint32_t layer);
void idle_swiglu(struct infer_leg *leg);

/* Of struct infer_leg_ops, all but begin(), store() and end(). */
#define IDLE_KERNELS .embed = idle_embed, .rms_norm = idle_rms_norm, .multiply = idle_multiply, \
	.rope = idle_rope, .attend = idle_layer, .swiglu = idle_swiglu

#endif
