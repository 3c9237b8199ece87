// SPDX-License-Identifier: GPL-2.0-or-later
#include "infer_idle_leg.h"

void idle_embed(struct infer_leg *leg, const struct infer_tensor *weight)
{
	(void)leg;
	(void)weight;
}

void idle_rms_norm(struct infer_leg *leg, enum infer_buffer dst, enum infer_buffer src,
		   const struct infer_tensor *weight)
{
	(void)leg;
	(void)dst;
	(void)src;
	(void)weight;
}

void idle_multiply(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *weight,
		   enum infer_buffer src, const struct infer_tensor *bias, bool add)
{
	(void)leg;
	(void)dst;
	(void)weight;
	(void)src;
	(void)bias;
	(void)add;
}

void idle_rope(struct infer_leg *leg, enum infer_buffer buffer)
{
	(void)leg;
	(void)buffer;
}

void idle_layer(struct infer_leg *leg, uint32_t layer)
{
	(void)leg;
	(void)layer;
}

void idle_swiglu(struct infer_leg *leg)
{
	(void)leg;
}
