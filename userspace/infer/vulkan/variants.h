/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INFER_VULKAN_VARIANTS_H
#define INFER_VULKAN_VARIANTS_H

#include <stdbool.h>
#include <stdint.h>

enum vk_kernel {
	VK_EMBED,
	VK_GEMV,     /* one row of activations */
	VK_GEMV_FEW, /* four at a time */
	VK_GEMM,
	VK_GEMM_MATRICES,
	VK_NORM,
	VK_ROPE,
	VK_STORE,
	VK_ATTEND,
	VK_ATTEND_GROUP, /* four heads of a group at a time */
	VK_ATTEND_MERGE,
	VK_SWIGLU,
	VK_INTEGERS,
	VK_PEAK_READ,
	VK_PEAK_COPY,
	VK_PEAK_FMA,
};

/* The type of a kernel that has no weights, or F32 alone. */
#define VK_ANY -1

enum {
#define VARIANT(name, kernel, type, features, source, defines) VK_VARIANT_##name,
#include "variants.def"
#undef VARIANT
	VK_VARIANTS
};

/* Whether any variant uses that feature: shaders that no compiler was there for are left out. */
bool vk_variants_have(uint32_t feature);

#endif
