// SPDX-License-Identifier: GPL-2.0-or-later
#include "driver.h"

#define OP_CAPABILITY 17u
#define HEADER 5u /* words before the first instruction */

struct driver driver;

static struct vk_functions real;
static PFN_vkCreateDevice create_real;
/* The last module: none is made before the one before it was used. */
static VkShaderModule module;
static bool refused, matrices;

static bool declares(const VkShaderModuleCreateInfo *info, uint32_t capability)
{
	const uint32_t *word = info->pCode + HEADER;
	const uint32_t *end = info->pCode + info->codeSize / sizeof(uint32_t);

	for (; word < end && *word >> 16; word += *word >> 16)
		if ((*word & 0xffff) == OP_CAPABILITY && word[1] == capability)
			return true;
	return false;
}

static VkResult create_module(VkDevice device, const VkShaderModuleCreateInfo *info,
			      const VkAllocationCallbacks *allocator, VkShaderModule *made)
{
	VkResult result = real.CreateShaderModule(device, info, allocator, made);

	if (result)
		return result;
	driver.modules++;
	module = *made;
	matrices = declares(info, DRIVER_MATRICES);
	refused = false;
	for (int i = 0; i < 2; i++)
		refused |= driver.refuses[i] && declares(info, driver.refuses[i]);
	return VK_SUCCESS;
}

static void destroy_module(VkDevice device, VkShaderModule made,
			   const VkAllocationCallbacks *allocator)
{
	driver.modules -= made != VK_NULL_HANDLE;
	real.DestroyShaderModule(device, made, allocator);
}

static VkResult create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t n,
				 const VkComputePipelineCreateInfo *info,
				 const VkAllocationCallbacks *allocator, VkPipeline *pipeline)
{
	const uint32_t full = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT_EXT;
	VkResult result;

	if (n != 1 || info->stage.module != module)
		return VK_ERROR_VALIDATION_FAILED_EXT;
	driver.partial |= matrices && !(info->stage.flags & full);
	if (refused) {
		driver.refused++;
		*pipeline = VK_NULL_HANDLE;
		return driver.says;
	}
	result = real.CreateComputePipelines(device, cache, n, info, allocator, pipeline);
	driver.pipelines += !result;
	return result;
}

static void destroy_pipeline(VkDevice device, VkPipeline pipeline,
			     const VkAllocationCallbacks *allocator)
{
	driver.pipelines -= pipeline != VK_NULL_HANDLE;
	real.DestroyPipeline(device, pipeline, allocator);
}

static VkResult create_layout(VkDevice device, const VkPipelineLayoutCreateInfo *info,
			      const VkAllocationCallbacks *allocator, VkPipelineLayout *layout)
{
	VkResult result = real.CreatePipelineLayout(device, info, allocator, layout);

	driver.layouts += !result;
	return result;
}

static void destroy_layout(VkDevice device, VkPipelineLayout layout,
			   const VkAllocationCallbacks *allocator)
{
	driver.layouts -= layout != VK_NULL_HANDLE;
	real.DestroyPipelineLayout(device, layout, allocator);
}

static VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
			      const VkAllocationCallbacks *allocator, VkDevice *device)
{
	return driver.opens ? driver.opens : create_real(physical, info, allocator, device);
}

int __wrap_vk_instance_open(struct vk_instance *instance)
{
	int error = __real_vk_instance_open(instance);

	create_real = instance->CreateDevice;
	instance->CreateDevice = create_device;
	return error;
}

int __wrap_vk_functions_load(const struct vk_instance *instance, VkDevice device,
			     struct vk_functions *vk)
{
	int error = __real_vk_functions_load(instance, device, vk);

	real = *vk;
	vk->CreateShaderModule = create_module;
	vk->DestroyShaderModule = destroy_module;
	vk->CreateComputePipelines = create_pipelines;
	vk->DestroyPipeline = destroy_pipeline;
	vk->CreatePipelineLayout = create_layout;
	vk->DestroyPipelineLayout = destroy_layout;
	return error;
}
