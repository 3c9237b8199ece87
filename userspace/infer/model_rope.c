// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rotary embedding: pair i of a head is turned by position * base^(-2i / dims), divided by the
 * model's linear factor and by its factor for that pair (rope_freqs.weight, as Llama 3.1 has).
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_parts.h"

static int linear_factor(const struct model_source *source, float *factor)
{
	char key[64];
	struct infer_text type = { "linear", 6 };
	float turned_scale = 1;
	int error;

	snprintf(key, sizeof(key), "%s.rope.scaling.type", source->architecture);
	error = infer_gguf_text(source->gguf, key, &type);
	*factor = 1;
	if (!error && type.length == 4 && !memcmp(type.bytes, "none", 4))
		return 0;
	if (error == -EINVAL || type.length != 6 || memcmp(type.bytes, "linear", 6))
		return model_bad_key(source, -ENOTSUP, "rope.scaling.type",
				     "'none' or 'linear', the only kinds that are supported");
	error = model_float(source, "rope.scaling.attn_factor", -1e6f, 1e6f, &turned_scale);
	if (!error && turned_scale != 1)
		error = model_bad_key(source, -ENOTSUP, "rope.scaling.attn_factor",
				      "1, the only one that is supported");
	/* How older files call it */
	if (!error)
		error = model_float(source, "rope.scale_linear", 1e-3f, 1e6f, factor);
	return error ? error : model_float(source, "rope.scaling.factor", 1e-3f, 1e6f, factor);
}

static int divide_pairs(const struct model_source *source, struct infer_model *model)
{
	static const char name[] = "rope_freqs.weight";
	struct infer_tensor factors;
	int error;

	if (!model_has_tensor(source, name))
		return 0;
	error = model_vector(source, name, model->rope_dims / 2, &factors);
	if (error)
		return error;
	for (uint32_t i = 0; i < model->rope_dims / 2; i++) {
		const float *at = factors.data, factor = at[i];

		if (!(factor >= 1e-3f && factor <= 1e6f))
			return model_bad(source, -EBADMSG,
					 "offset %" PRIu64 ": tensor '%s': a factor is not from"
					 " 0.001 to 1e+06", infer_gguf_offset(source->gguf, at + i), name);
		model->rope_frequency[i] /= factor;
	}
	return 0;
}

int model_rope(const struct model_source *source, struct infer_model *model)
{
	float base = 10000, factor = 1;
	int error;

	model->rope_dims = model->head_dim;
	error = model_u32(source, "rope.dimension_count", 2, model->head_dim, &model->rope_dims);
	if (!error && model->rope_dims % 2)
		error = model_bad_key(source, -EBADMSG, "rope.dimension_count", "an even number");
	if (!error)
		error = model_float(source, "rope.freq_base", 1, 1e12f, &base);
	if (!error)
		error = linear_factor(source, &factor);
	if (!error && (model_has_tensor(source, "rope_factors_long.weight") ||
		       model_has_tensor(source, "rope_factors_short.weight")))
		error = model_bad(source, -ENOTSUP,
				  "tensor 'rope_factors_long.weight' or its sister:"
				  " such scaling of positions is not supported");
	if (error)
		return error;
	model->rope_frequency = calloc(model->rope_dims / 2, sizeof(*model->rope_frequency));
	if (!model->rope_frequency)
		return -ENOMEM;
	for (uint32_t i = 0; i < model->rope_dims / 2; i++)
		model->rope_frequency[i] =
			(float)(pow((double)base, -2.0 * i / model->rope_dims) / (double)factor);
	return divide_pairs(source, model);
}
