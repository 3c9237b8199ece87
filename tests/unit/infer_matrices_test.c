// SPDX-License-Identifier: GPL-2.0-or-later
/* Which cooperative matrices are taken out of those that devices offer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vulkan/devices.h"
#include "vulkan/matrices.h"
#include "vulkan/variants.h"

#define F16 VK_COMPONENT_TYPE_FLOAT16_KHR
#define F32 VK_COMPONENT_TYPE_FLOAT32_KHR
#define BYTE ((VkComponentTypeKHR)3)
#define INT ((VkComponentTypeKHR)5)

#define SIZE(m, n, k, ab, c) \
	{ VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR, NULL, m, n, k, ab, ab, c, c, \
	  VK_FALSE, VK_SCOPE_SUBGROUP_KHR }

static struct {
	VkCooperativeMatrixPropertiesKHR sizes[5];
	uint32_t n, subgroup, shared;
	bool full_subgroups;
} device;

/* devices.c asks; no kernel is linked here. */
bool vk_variants_have(uint32_t feature)
{
	(void)feature;
	return false;
}

static VkResult extensions(VkPhysicalDevice handle, const char *layer, uint32_t *n,
			   VkExtensionProperties *properties)
{
	(void)handle;
	(void)layer;
	for (uint32_t i = 0; properties && i < VK_MATRICES_EXTENSIONS; i++)
		strcpy(properties[i].extensionName, vk_matrices_extensions[i]);
	*n = VK_MATRICES_EXTENSIONS;
	return VK_SUCCESS;
}

static void features(VkPhysicalDevice handle, VkPhysicalDeviceFeatures2 *all)
{
	struct vk_matrices_features *found = all->pNext;

	(void)handle;
	found->matrices.cooperativeMatrix = VK_TRUE;
	found->model.vulkanMemoryModel = VK_TRUE;
	found->halves.shaderFloat16 = VK_TRUE;
	found->subgroups.computeFullSubgroups = device.full_subgroups;
}

static void limits(VkPhysicalDevice handle, VkPhysicalDeviceProperties *properties)
{
	(void)handle;
	memset(properties, 0, sizeof(*properties));
	properties->limits.maxComputeWorkGroupInvocations = 1024;
	properties->limits.maxComputeWorkGroupSize[0] = 1024;
	properties->limits.maxComputeSharedMemorySize = device.shared;
}

static void subgroups(VkPhysicalDevice handle, VkPhysicalDeviceProperties2 *all)
{
	VkPhysicalDeviceSubgroupProperties *found = all->pNext;

	(void)handle;
	found->subgroupSize = device.subgroup;
}

static VkResult sizes(VkPhysicalDevice handle, uint32_t *n, VkCooperativeMatrixPropertiesKHR *found)
{
	(void)handle;
	if (found)
		memcpy(found, device.sizes, device.n * sizeof(*found));
	*n = device.n;
	return VK_SUCCESS;
}

static bool choose(struct vk_matrices *matrices)
{
	const struct vk_instance instance = {
		.EnumerateDeviceExtensionProperties = extensions,
		.GetPhysicalDeviceFeatures2 = features,
		.GetPhysicalDeviceProperties = limits,
		.GetPhysicalDeviceProperties2 = subgroups,
		.GetPhysicalDeviceCooperativeMatrixPropertiesKHR = sizes,
	};

	return vk_matrices_of(&instance, NULL, matrices);
}

static void expect(uint32_t lanes, uint32_t m, uint32_t n, uint32_t k)
{
	struct vk_matrices matrices;

	assert_true(choose(&matrices));
	assert_int_equal(matrices.lanes, lanes);
	assert_int_equal(matrices.m, m);
	assert_int_equal(matrices.n, n);
	assert_int_equal(matrices.k, k);
}

static void offer(uint32_t subgroup, const VkCooperativeMatrixPropertiesKHR *list, uint32_t n)
{
	device.subgroup = subgroup;
	device.shared = 32768;
	device.full_subgroups = true;
	memcpy(device.sizes, list, n * sizeof(*list));
	device.n = n;
}

static void nvidia__the_largest_with_float_sums(void **state)
{
	static const VkCooperativeMatrixPropertiesKHR list[] = {
		SIZE(16, 16, 16, F16, F16), SIZE(16, 8, 16, F16, F32), SIZE(16, 16, 16, F16, F32),
		SIZE(16, 16, 32, BYTE, INT),
	};

	(void)state;
	offer(32, list, 4);
	expect(128, 16, 16, 16);
}

static void amd__lanes_of_four_subgroups_of_64(void **state)
{
	static const VkCooperativeMatrixPropertiesKHR list[] = {
		SIZE(16, 16, 16, F16, F16), SIZE(16, 16, 16, F16, F32), SIZE(16, 16, 16, BYTE, INT),
	};

	(void)state;
	offer(64, list, 3);
	expect(256, 16, 16, 16);
}

static void intel__matrices_that_are_not_square(void **state)
{
	static const VkCooperativeMatrixPropertiesKHR list[] = {
		SIZE(8, 16, 16, F16, F32), SIZE(8, 16, 32, BYTE, INT),
	};

	(void)state;
	offer(32, list, 2);
	expect(128, 8, 16, 16);
}

static void what_the_kernel_cannot_take__is_left(void **state)
{
	static const VkCooperativeMatrixPropertiesKHR list[] = {
		SIZE(64, 16, 16, F16, F32), SIZE(16, 16, 64, F16, F32), SIZE(8, 8, 2, F16, F32),
		SIZE(16, 16, 16, F16, F16), SIZE(16, 16, 32, BYTE, INT),
	};
	struct vk_matrices matrices;

	(void)state;
	offer(32, list, 5);
	assert_false(choose(&matrices));
}

static void too_little_beside_them__is_none(void **state)
{
	static const VkCooperativeMatrixPropertiesKHR list[] = { SIZE(16, 16, 16, F16, F32) };
	struct vk_matrices matrices;

	(void)state;
	offer(32, list, 1);
	device.full_subgroups = false;
	assert_false(choose(&matrices));
	offer(32, list, 1);
	device.shared = 16384;
	assert_false(choose(&matrices));
	offer(256, list, 1);
	assert_false(choose(&matrices));
	offer(32, list, 1);
	assert_true(choose(&matrices));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nvidia__the_largest_with_float_sums),
		cmocka_unit_test(amd__lanes_of_four_subgroups_of_64),
		cmocka_unit_test(intel__matrices_that_are_not_square),
		cmocka_unit_test(what_the_kernel_cannot_take__is_left),
		cmocka_unit_test(too_little_beside_them__is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
