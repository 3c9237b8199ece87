/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cooperative matrices (VK_KHR_cooperative_matrix): products of small matrices that a subgroup's lanes
 * compute together, by what the device has for it. gemm_matrices.comp is written for any of their sizes.
 */
#ifndef INFER_VULKAN_MATRICES_H
#define INFER_VULKAN_MATRICES_H

#include "../shaders/gemm_matrices.h"
#include "loader.h"

/**
 * struct vk_matrices - products of @m by @k with @k by @n halves, added up as floats
 * @lanes: of a workgroup of gemm_matrices.comp, which is four subgroups
 */
struct vk_matrices {
	uint32_t lanes, m, n, k;
};

/**
 * vk_matrices_of() - the size that gemm_matrices.comp takes
 *
 * Return: true, and *matrices; false if the device has no such matrices, or too little else for the kernel.
 */
bool vk_matrices_of(const struct vk_instance *instance, VkPhysicalDevice handle, struct vk_matrices *matrices);

/* What a device must enable for it: extensions, and features behind @next. */
#define VK_MATRICES_EXTENSIONS 4
extern const char *const vk_matrices_extensions[VK_MATRICES_EXTENSIONS];

struct vk_matrices_features {
	VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices;
	VkPhysicalDeviceVulkanMemoryModelFeatures model;
	VkPhysicalDeviceShaderFloat16Int8Features halves;
	VkPhysicalDeviceSubgroupSizeControlFeaturesEXT subgroups;
};

/* vk_matrices_chain(): @features as one chain, none of them set, with @next behind it; the head of it. */
void *vk_matrices_chain(struct vk_matrices_features *features, void *next);

#endif
