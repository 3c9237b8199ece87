// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "gpu.h"
#include "tensor.h"

#include "shaders.h"

static const struct variant {
	enum vk_kernel kernel;
	int type;
	uint32_t features;
	const uint32_t *code;
	size_t bytes;
} variants[VK_VARIANTS] = {
#define SUBGROUPS INFER_VULKAN_SUBGROUPS
#define HALVES INFER_VULKAN_HALVES
#define DOTS INFER_VULKAN_DOTS
#define VARIANT(name, kernel, type, features, source, defines) \
	{ VK_##kernel, type, features, shader_##name, sizeof(shader_##name) },
#include "variants.def"
#undef VARIANT
};

uint64_t infer_vulkan_shaders_hash(void)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (int i = 0; i < VK_VARIANTS; i++)
		for (size_t byte = 0; byte < variants[i].bytes; byte++)
			hash = (hash ^ ((const uint8_t *)variants[i].code)[byte]) * 0x100000001b3;
	return hash;
}

static VkResult make(struct gpu *gpu, const struct variant *variant, VkPipeline *pipeline)
{
	VkShaderModuleCreateInfo code = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = variant->bytes,
		.pCode = variant->code,
	};
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
		},
		.layout = gpu->layout,
	};
	VkResult result = gpu->vk.CreateShaderModule(gpu->device, &code, NULL, &info.stage.module);

	if (result)
		return result;
	result = gpu->vk.CreateComputePipelines(gpu->device, gpu->cache, 1, &info, NULL, pipeline);
	gpu->vk.DestroyShaderModule(gpu->device, info.stage.module, NULL);
	return result;
}

VkPipeline gpu_pipeline(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = 0;

	while (i < VK_VARIANTS && (variants[i].kernel != kernel || variants[i].type != type ||
				   (variants[i].features & ~gpu->features)))
		i++;
	if (i == VK_VARIANTS) {
		gpu->error = -EINVAL;
		return VK_NULL_HANDLE;
	}
	if (!gpu->pipelines[i] && !gpu->error)
		gpu->error = vk_errno(make(gpu, &variants[i], &gpu->pipelines[i]));
	return gpu->pipelines[i];
}
