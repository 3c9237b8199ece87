/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model in the making: values and tensors out of a file, each found and checked or refused. */
#ifndef INFER_MODEL_PARTS_H
#define INFER_MODEL_PARTS_H

#include "model.h"

/**
 * struct model_source - where a model is read from
 * @architecture: what its keys begin with
 * @problem: [INFER_PROBLEM]
 */
struct model_source {
	const struct infer_gguf *gguf;
	char architecture[16];
	char *problem;
};

/**
 * model_bad() - puts down the sentence
 *
 * Return: @error.
 */
__attribute__((format(printf, 3, 4)))
int model_bad(const struct model_source *source, int error, const char *format, ...);

/* As model_bad(), of the key that is called @name behind the architecture's. */
int model_bad_key(const struct model_source *source, int error, const char *name,
		  const char *expected);

/**
 * model_u32() - a whole number from @least to @most
 * @name: without the architecture's
 * @value: holds what it is if the file does not say; 0 if it must
 */
int model_u32(const struct model_source *source, const char *name, uint32_t least, uint32_t most,
	      uint32_t *value);

/**
 * model_float() - a number from @least to @most
 * @value: the same; less than @least if the file must say
 */
int model_float(const struct model_source *source, const char *name, float least, float most,
		float *value);

/**
 * model_matrix() - a tensor of so many rows of so many values
 */
int model_matrix(const struct model_source *source, const char *name, uint32_t rows,
		 uint32_t columns, struct infer_tensor *tensor);

/**
 * model_vector() - so many F32 values
 */
int model_vector(const struct model_source *source, const char *name, uint32_t columns,
		 struct infer_tensor *tensor);

bool model_has_tensor(const struct model_source *source, const char *name);

/**
 * model_rope() - what positions are turned by
 *
 * Return: 0, -EBADMSG, -ENOTSUP (with a sentence), -ENOMEM.
 */
int model_rope(const struct model_source *source, struct infer_model *model);

#endif
