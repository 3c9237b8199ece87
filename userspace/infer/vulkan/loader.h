/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of Vulkan that are used, found at run time. */
#ifndef INFER_VULKAN_LOADER_H
#define INFER_VULKAN_LOADER_H

#include <stdbool.h>

#include "newer.h"

#define VK_GLOBAL_FUNCTIONS(X) \
	X(CreateInstance) \
	X(EnumerateInstanceVersion)

#define VK_INSTANCE_FUNCTIONS(X) \
	X(CreateDevice) \
	X(DestroyInstance) \
	X(EnumerateDeviceExtensionProperties) \
	X(EnumeratePhysicalDevices) \
	X(GetDeviceProcAddr) \
	X(GetPhysicalDeviceFeatures2) \
	X(GetPhysicalDeviceMemoryProperties) \
	X(GetPhysicalDeviceProperties) \
	X(GetPhysicalDeviceProperties2) \
	X(GetPhysicalDeviceQueueFamilyProperties)

#define VK_DEVICE_FUNCTIONS(X) \
	X(AllocateCommandBuffers) \
	X(AllocateDescriptorSets) \
	X(AllocateMemory) \
	X(BeginCommandBuffer) \
	X(BindBufferMemory) \
	X(CmdBindDescriptorSets) \
	X(CmdBindPipeline) \
	X(CmdCopyBuffer) \
	X(CmdDispatch) \
	X(CmdFillBuffer) \
	X(CmdPipelineBarrier) \
	X(CmdPushConstants) \
	X(CmdResetQueryPool) \
	X(CmdWriteTimestamp) \
	X(CreateBuffer) \
	X(CreateCommandPool) \
	X(CreateComputePipelines) \
	X(CreateDescriptorPool) \
	X(CreateDescriptorSetLayout) \
	X(CreateFence) \
	X(CreatePipelineCache) \
	X(CreatePipelineLayout) \
	X(CreateQueryPool) \
	X(CreateShaderModule) \
	X(DestroyBuffer) \
	X(DestroyCommandPool) \
	X(DestroyDescriptorPool) \
	X(DestroyDescriptorSetLayout) \
	X(DestroyDevice) \
	X(DestroyFence) \
	X(DestroyPipeline) \
	X(DestroyPipelineCache) \
	X(DestroyPipelineLayout) \
	X(DestroyQueryPool) \
	X(DestroyShaderModule) \
	X(DeviceWaitIdle) \
	X(EndCommandBuffer) \
	X(FreeDescriptorSets) \
	X(FreeMemory) \
	X(GetBufferMemoryRequirements) \
	X(GetDeviceQueue) \
	X(GetQueryPoolResults) \
	X(MapMemory) \
	X(QueueSubmit) \
	X(ResetCommandPool) \
	X(ResetFences) \
	X(UpdateDescriptorSets) \
	X(WaitForFences)

#define VK_DECLARE(name) PFN_vk##name name;

/* An instance with Vulkan 1.1, and its functions. */
struct vk_instance {
	void *library;
	VkInstance handle;
	PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
	VK_GLOBAL_FUNCTIONS(VK_DECLARE)
	VK_INSTANCE_FUNCTIONS(VK_DECLARE)
	PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR
		GetPhysicalDeviceCooperativeMatrixPropertiesKHR; /* NULL if no driver here has it */
};

struct vk_functions {
	VK_DEVICE_FUNCTIONS(VK_DECLARE)
};

/**
 * vk_instance_open() - loads libvulkan and makes an instance
 *
 * Return: 0; -ENODEV if there is no Vulkan or none of 1.1; -ENOMEM.
 */
int vk_instance_open(struct vk_instance *instance);

/* Nothing happens if it was never opened. */
void vk_instance_close(struct vk_instance *instance);

/* Return: 0, or -ENODEV if the driver lacks one. */
int vk_functions_load(const struct vk_instance *instance, VkDevice device, struct vk_functions *vk);

/* A negative errno for what a driver says. */
int vk_errno(VkResult result);

#define VK_RESULT_TEXT 40

/* vk_result_name(): "VK_ERROR_UNKNOWN", or "VkResult -99" for one without a name here. Return: @text. */
const char *vk_result_name(VkResult result, char text[VK_RESULT_TEXT]);

#endif
