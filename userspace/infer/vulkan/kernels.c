// SPDX-License-Identifier: GPL-2.0-or-later
/* Which kernels a leg takes, made when it is opened. */
#include "features.h"
#include "vleg.h"

enum vk_kernel vleg_product(struct gpu *gpu, int type, uint32_t n)
{
	if (n == 1)
		return VK_GEMV;
	if (n <= GEMV_MOST)
		return VK_GEMV_FEW;
	return gpu_has(gpu, VK_GEMM_MATRICES, type) ? VK_GEMM_MATRICES : VK_GEMM;
}

static int make_products(struct vleg *leg, const struct infer_tensor *weight)
{
	static const uint32_t least[] = { 1, 2, GEMV_MOST + 1 }; /* rows, of each kernel */
	int type = (int)weight->type, error = 0;

	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]) && weight->data && !error; i++)
		if (least[i] <= leg->base.limits.rows)
			error = gpu_prepare(&leg->gpu, vleg_product(&leg->gpu, type, least[i]), type);
	return error;
}

static int make_layer(struct vleg *leg, const struct infer_layer *layer)
{
	const struct infer_tensor *const weights[] = { &layer->q, &layer->k, &layer->v, &layer->o,
						       &layer->gate, &layer->up, &layer->down };
	int error = 0;

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]) && !error; i++)
		error = make_products(leg, weights[i]);
	return error;
}

/* Whether sequences may be so long that workgroups share one, and what they leave is merged. */
static bool merges(const struct vleg *leg)
{
	uint64_t longest = (uint64_t)leg->base.limits.sequence_pages * INFER_PAGE;

	return longest > (leg->attend_span ? leg->attend_span : LEAST_SPAN);
}

/* What layers have beside products. */
static int make_others(struct vleg *leg)
{
	const struct infer_model *model = leg->base.model;
	const enum vk_kernel kernels[] = { VK_NORM, VK_ROPE, VK_STORE, VK_SWIGLU,
					   model->heads > model->kv_heads ? VK_ATTEND_GROUP : VK_ATTEND };
	int error = 0;

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]) && model->n_layers && !error; i++)
		error = gpu_prepare(&leg->gpu, kernels[i], VK_ANY);
	if (!error && model->n_layers && merges(leg))
		error = gpu_prepare(&leg->gpu, VK_ATTEND_MERGE, VK_ANY);
	return error;
}

static int make_all(struct vleg *leg)
{
	const struct infer_model *model = leg->base.model;
	int error = model->embedding.data ? gpu_prepare(&leg->gpu, VK_EMBED, (int)model->embedding.type) : 0;

	for (uint32_t i = 0; i < model->n_layers && !error; i++)
		error = make_layer(leg, &model->layers[i]);
	if (!error)
		error = make_products(leg, &model->output);
	return error ? error : make_others(leg);
}

int vleg_make_kernels(struct vleg *leg)
{
	uint32_t before;
	int error;

	/* Where a feature goes, what was made with it before has to be made without. */
	do {
		before = leg->gpu.features;
		error = make_all(leg);
	} while (!error && leg->gpu.features != before);
	vleg_tell_kernels(leg);
	return error;
}

void vleg_tell_kernels(struct vleg *leg)
{
	vk_features_text(gpu_uses(&leg->gpu), leg->base.kernels);
}
