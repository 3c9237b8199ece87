// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "devices.h"
#include "matrices.h"

const char *const vk_matrices_extensions[VK_MATRICES_EXTENSIONS] = {
	VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME,
	VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME,
	VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME,
	VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME,
};

void *vk_matrices_chain(struct vk_matrices_features *features, void *next)
{
	*features = (struct vk_matrices_features) {
		.matrices = {
			.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR,
			.pNext = &features->model,
		},
		.model = {
			.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES,
			.pNext = &features->halves,
		},
		.halves = {
			.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES,
			.pNext = &features->subgroups,
		},
		.subgroups = {
			.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT,
			.pNext = next,
		},
	};
	return &features->matrices;
}

static bool has_features(const struct vk_instance *instance, VkPhysicalDevice handle)
{
	struct vk_matrices_features features;
	VkPhysicalDeviceFeatures2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 };

	for (int i = 0; i < VK_MATRICES_EXTENSIONS; i++)
		if (!vk_device_offers(instance, handle, vk_matrices_extensions[i]))
			return false;
	all.pNext = vk_matrices_chain(&features, NULL);
	instance->GetPhysicalDeviceFeatures2(handle, &all);
	return features.matrices.cooperativeMatrix && features.model.vulkanMemoryModel &&
	       features.halves.shaderFloat16 && features.subgroups.computeFullSubgroups;
}

static bool suits(const VkCooperativeMatrixPropertiesKHR *size, const VkPhysicalDeviceLimits *limits)
{
	return size->AType == VK_COMPONENT_TYPE_FLOAT16_KHR && size->BType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
	       size->CType == VK_COMPONENT_TYPE_FLOAT32_KHR && size->ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
	       size->scope == VK_SCOPE_SUBGROUP_KHR && !size->saturatingAccumulation &&
	       size->MSize && VK_MATRICES_QUARTER % size->MSize == 0 && size->NSize &&
	       VK_MATRICES_QUARTER % size->NSize == 0 &&
	       size->KSize >= 4 && VK_MATRICES_DEPTH % size->KSize == 0 &&
	       VK_MATRICES_SHARED(size->MSize, size->NSize) <= limits->maxComputeSharedMemorySize;
}

/* The largest: whatever is read of shared memory is used by the most products. */
static bool choose(const struct vk_instance *instance, VkPhysicalDevice handle, const VkPhysicalDeviceLimits *limits,
		   struct vk_matrices *matrices)
{
	VkCooperativeMatrixPropertiesKHR *sizes;
	uint32_t n = 0;
	bool found = false;

	if (instance->GetPhysicalDeviceCooperativeMatrixPropertiesKHR(handle, &n, NULL))
		return false;
	sizes = calloc(n + 1, sizeof(*sizes));
	if (!sizes)
		return false;
	for (uint32_t i = 0; i < n; i++)
		sizes[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
	if (instance->GetPhysicalDeviceCooperativeMatrixPropertiesKHR(handle, &n, sizes) < 0)
		n = 0;
	for (uint32_t i = 0; i < n; i++) {
		const VkCooperativeMatrixPropertiesKHR *size = &sizes[i];

		if (!suits(size, limits) ||
		    (found && size->MSize * size->NSize * size->KSize <= matrices->m * matrices->n * matrices->k))
			continue;
		matrices->m = size->MSize;
		matrices->n = size->NSize;
		matrices->k = size->KSize;
		found = true;
	}
	free(sizes);
	return found;
}

bool vk_matrices_of(const struct vk_instance *instance, VkPhysicalDevice handle, struct vk_matrices *matrices)
{
	uint32_t subgroup = vk_device_subgroup(instance, handle);
	VkPhysicalDeviceProperties properties;

	matrices->lanes = VK_MATRICES_SUBGROUPS * subgroup;
	instance->GetPhysicalDeviceProperties(handle, &properties);
	return instance->GetPhysicalDeviceCooperativeMatrixPropertiesKHR && subgroup &&
	       matrices->lanes <= properties.limits.maxComputeWorkGroupInvocations &&
	       matrices->lanes <= properties.limits.maxComputeWorkGroupSize[0] &&
	       /* Each lane holds as many quads of a tile of activations as the others. */
	       VK_MATRICES_TILE * VK_MATRICES_QUADS % matrices->lanes == 0 && has_features(instance, handle) &&
	       choose(instance, handle, &properties.limits, matrices);
}
