/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which power of two each matrix of a model is multiplied before it is cut into halves
 * (gemm_matrices.comp), so that its largest value is near the end of their range.
 */
#ifndef INFER_VULKAN_EXPONENTS_H
#define INFER_VULKAN_EXPONENTS_H

#include "model.h"

struct vk_exponents;

/* Reads all scales, and each weight of F16. Return: 0 and *exponents, for free(); -ENOMEM. */
int vk_exponents_of(const struct infer_model *model, struct vk_exponents **exponents);

/* Return: whether that tensor is one that has an exponent. */
bool vk_exponent(const struct vk_exponents *exponents, const struct infer_tensor *tensor, int32_t *exponent);

#endif
