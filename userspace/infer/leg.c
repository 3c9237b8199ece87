// SPDX-License-Identifier: GPL-2.0-or-later
#include "leg.h"

size_t infer_leg_width(const struct infer_model *model, enum infer_buffer buffer)
{
	switch (buffer) {
	case INFER_X:
	case INFER_NORM:
		return model->dim;
	case INFER_Q:
	case INFER_HEADS:
		return (size_t)model->heads * model->head_dim;
	case INFER_K:
	case INFER_V:
		return (size_t)model->kv_heads * model->head_dim;
	case INFER_GATE:
	case INFER_UP:
		return model->ffn;
	case INFER_LOGITS:
		return model->vocabulary;
	case INFER_BUFFERS:
		break;
	}
	return 0;
}

uint32_t infer_leg_rows(const struct infer_limits *limits, enum infer_buffer buffer)
{
	return buffer == INFER_LOGITS ? limits->sequences : limits->rows;
}

void infer_leg_close(struct infer_leg *leg)
{
	if (leg)
		leg->ops->close(leg);
}
