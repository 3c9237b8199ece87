// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "gpu.h"

#define DEADLINE 10000000000ull /* ns: longer than half a layer takes, shorter than a user waits */

static int choose_features(struct gpu *gpu, const char *names, char problem[INFER_PROBLEM])
{
	const char *where = names ? "features" : "HEADGATE_INFER_VULKAN";
	char lacking[VK_FEATURES_TEXT], offered[VK_FEATURES_TEXT];
	uint32_t set = gpu->description.features;

	if (!names)
		names = getenv("HEADGATE_INFER_VULKAN");
	if (names && *names && vk_features_parse(names, &set)) {
		snprintf(problem, INFER_PROBLEM,
			 "%s=%.100s is no set of features; expected plain, or some of subgroups,halves,dots,matrices with commas between",
			 where, names);
		return -EINVAL;
	}
	if (set & ~gpu->description.features) {
		vk_features_text(set & ~gpu->description.features, lacking);
		vk_features_text(gpu->description.features, offered);
		snprintf(problem, INFER_PROBLEM, "%.80s lacks %s, which %s names; it offers %s", gpu->description.name,
			 lacking, where, offered);
		return -ENODATA;
	}
	/* Names are a limit: what is missing all the same is done without, as where none are given. */
	gpu->features = set & ~vk_features_missing(&gpu->description);
	return 0;
}

static int choose_device(struct gpu *gpu, const char *wanted, char problem[INFER_PROBLEM])
{
	struct infer_vulkan_device *devices;
	VkPhysicalDevice *handles;
	int chosen, n = vk_devices(&gpu->instance, &handles, &devices);

	if (n < 0) {
		snprintf(problem, INFER_PROBLEM, "the Vulkan drivers fail to list their devices");
		return n;
	}
	chosen = vk_devices_choose(devices, n, wanted);
	if (chosen >= 0) {
		gpu->physical = handles[chosen];
		gpu->description = devices[chosen];
	} else {
		vk_devices_why(devices, n, wanted, problem);
	}
	free(handles);
	free(devices);
	return chosen < 0 ? chosen : 0;
}

static void read_limits(struct gpu *gpu, uint64_t max_range)
{
	VkPhysicalDeviceMaintenance3Properties allocation = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES };
	VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
					    .pNext = &allocation };

	gpu->instance.GetPhysicalDeviceProperties2(gpu->physical, &all);
	gpu->instance.GetPhysicalDeviceMemoryProperties(gpu->physical, &gpu->memory);
	gpu->limits = all.properties.limits;
	gpu->max_allocation = allocation.maxMemoryAllocationSize;
	gpu->max_range = gpu->limits.maxStorageBufferRange;
	if (gpu->max_allocation && gpu->max_allocation < gpu->max_range)
		gpu->max_range = gpu->max_allocation;
	if (max_range && max_range < gpu->max_range)
		gpu->max_range = max_range;
}

static void why_no_device(const struct gpu *gpu, VkResult result, char problem[INFER_PROBLEM])
{
	char name[VK_RESULT_TEXT], offered[VK_FEATURES_TEXT];

	vk_result_name(result, name);
	vk_features_text(gpu->features, offered);
	if (vk_errno(result) == -ENODATA)
		snprintf(problem, INFER_PROBLEM,
			 "%.80s: its driver offers %s, but does not open with these (%s); HEADGATE_INFER_VULKAN=plain does without",
			 gpu->description.name, offered, name);
	else
		snprintf(problem, INFER_PROBLEM, "%.150s: %s while it was opened", gpu->description.name, name);
}

static int create_device(struct gpu *gpu, char problem[INFER_PROBLEM])
{
	float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = gpu->family,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkPhysicalDeviceShaderIntegerDotProductFeaturesKHR dots = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES_KHR,
		.shaderIntegerDotProduct = VK_TRUE,
	};
	VkPhysicalDevice16BitStorageFeatures halves = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES,
		.pNext = gpu->features & INFER_VULKAN_DOTS ? &dots : NULL,
		.storageBuffer16BitAccess = (gpu->features & INFER_VULKAN_HALVES) != 0,
	};
	const char *extensions[1 + VK_MATRICES_EXTENSIONS];
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &halves,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.ppEnabledExtensionNames = extensions,
	};
	struct vk_matrices_features matrices;
	VkResult result;
	int error;

	if (gpu->features & INFER_VULKAN_DOTS)
		extensions[info.enabledExtensionCount++] = VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME;
	if (gpu->features & INFER_VULKAN_MATRICES) {
		info.pNext = vk_matrices_chain(&matrices, &halves);
		matrices.matrices.cooperativeMatrix = VK_TRUE;
		matrices.model.vulkanMemoryModel = VK_TRUE;
		matrices.halves.shaderFloat16 = VK_TRUE;
		matrices.subgroups.computeFullSubgroups = VK_TRUE;
		for (int i = 0; i < VK_MATRICES_EXTENSIONS; i++)
			extensions[info.enabledExtensionCount++] = vk_matrices_extensions[i];
	}
	result = gpu->instance.CreateDevice(gpu->physical, &info, NULL, &gpu->device);
	if (result) {
		why_no_device(gpu, result, problem);
		return vk_errno(result);
	}
	error = vk_functions_load(&gpu->instance, gpu->device, &gpu->vk);
	if (error)
		snprintf(problem, INFER_PROBLEM, "%.150s: its driver lacks functions of Vulkan 1.1", gpu->description.name);
	else
		gpu->vk.GetDeviceQueue(gpu->device, gpu->family, 0, &gpu->queue);
	return error;
}

static VkResult create_layout(struct gpu *gpu, uint32_t max_buffers)
{
	VkDescriptorSetLayoutBinding binding = {
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.descriptorCount = 1,
		.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
	};
	VkDescriptorSetLayoutCreateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = 1,
		.pBindings = &binding,
	};
	VkPushConstantRange push = { .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = VK_PUSH_BYTES };
	VkDescriptorSetLayout sets[VK_SETS];
	VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = VK_SETS,
		.pSetLayouts = sets,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges = &push,
	};
	VkDescriptorPoolSize size = { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, max_buffers };
	VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT,
		.maxSets = max_buffers,
		.poolSizeCount = 1,
		.pPoolSizes = &size,
	};
	VkResult result = gpu->vk.CreateDescriptorSetLayout(gpu->device, &set, NULL, &gpu->set_layout);

	for (int i = 0; i < VK_SETS; i++)
		sets[i] = gpu->set_layout;
	if (!result)
		result = gpu->vk.CreatePipelineLayout(gpu->device, &layout, NULL, &gpu->layout);
	return result ? result : gpu->vk.CreateDescriptorPool(gpu->device, &pool, NULL, &gpu->descriptor_pool);
}

static VkResult create_commands(struct gpu *gpu)
{
	VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.queueFamilyIndex = gpu->family,
	};
	VkCommandBufferAllocateInfo commands = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	VkQueryPoolCreateInfo queries = {
		.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
		.queryType = VK_QUERY_TYPE_TIMESTAMP,
		.queryCount = 2,
	};
	VkPipelineCacheCreateInfo cache = { .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO };
	VkResult result = gpu->vk.CreateCommandPool(gpu->device, &pool, NULL, &gpu->command_pool);

	commands.commandPool = gpu->command_pool;
	if (!result)
		result = gpu->vk.AllocateCommandBuffers(gpu->device, &commands, &gpu->commands);
	if (!result)
		result = gpu->vk.CreateFence(gpu->device, &fence, NULL, &gpu->fence);
	if (!result)
		result = gpu->vk.CreatePipelineCache(gpu->device, &cache, NULL, &gpu->cache);
	if (!result && gpu->timestamp_bits)
		result = gpu->vk.CreateQueryPool(gpu->device, &queries, NULL, &gpu->queries);
	return result;
}

static int create(struct gpu *gpu, uint32_t max_buffers, char problem[INFER_PROBLEM])
{
	int error = vk_device_queue(&gpu->instance, gpu->physical, &gpu->timestamp_bits);
	char name[VK_RESULT_TEXT];
	VkResult result;

	if (error < 0)
		return error;
	gpu->family = (uint32_t)error;
	gpu->max_buffers = max_buffers;
	gpu->tracked = calloc(max_buffers, sizeof(struct vk_buffer *));
	if (!gpu->tracked)
		return -ENOMEM;
	error = create_device(gpu, problem);
	if (error)
		return error;
	result = create_layout(gpu, max_buffers);
	if (!result)
		result = create_commands(gpu);
	if (result)
		snprintf(problem, INFER_PROBLEM, "%.150s: %s while it was set up", gpu->description.name,
			 vk_result_name(result, name));
	return vk_errno(result);
}

int gpu_open(struct gpu *gpu, const char *device, const struct infer_vulkan_options *options,
	     uint32_t max_buffers, char problem[INFER_PROBLEM])
{
	int error = vk_instance_open(&gpu->instance);

	if (error) {
		snprintf(problem, INFER_PROBLEM, "no Vulkan 1.1 here (libvulkan.so.1)");
		return error;
	}
	error = choose_device(gpu, device, problem);
	if (!error)
		error = choose_features(gpu, options->features, problem);
	if (!error) {
		read_limits(gpu, options->max_range);
		if (gpu->features & INFER_VULKAN_MATRICES)
			vk_matrices_of(&gpu->instance, gpu->physical, &gpu->matrices);
		gpu->deadline = options->deadline ? options->deadline : DEADLINE;
		error = create(gpu, max_buffers, problem);
	}
	if (error)
		gpu_close(gpu);
	return error;
}

static void destroy(struct gpu *gpu)
{
	const struct vk_functions *vk = &gpu->vk;

	vk->DeviceWaitIdle(gpu->device);
	gpu_buffer_free(gpu, &gpu->staging);
	for (int i = 0; i < VK_VARIANTS; i++)
		vk->DestroyPipeline(gpu->device, gpu->pipelines[i], NULL);
	vk->DestroyPipelineCache(gpu->device, gpu->cache, NULL);
	vk->DestroyQueryPool(gpu->device, gpu->queries, NULL);
	vk->DestroyFence(gpu->device, gpu->fence, NULL);
	vk->DestroyCommandPool(gpu->device, gpu->command_pool, NULL);
	vk->DestroyDescriptorPool(gpu->device, gpu->descriptor_pool, NULL);
	vk->DestroyPipelineLayout(gpu->device, gpu->layout, NULL);
	vk->DestroyDescriptorSetLayout(gpu->device, gpu->set_layout, NULL);
	vk->DestroyDevice(gpu->device, NULL);
}

void gpu_close(struct gpu *gpu)
{
	/* Functions are loaded all or none; a device without is left to the process's end. */
	if (gpu->device && gpu->vk.WaitForFences)
		destroy(gpu);
	vk_instance_close(&gpu->instance);
	free(gpu->tracked);
	memset(gpu, 0, sizeof(*gpu));
}
