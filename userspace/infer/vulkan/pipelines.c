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
#define MATRICES INFER_VULKAN_MATRICES
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

/* A shader that no compiler was there for is empty (shaders.mk). */
static bool left_out(const struct variant *variant)
{
	return !variant->bytes;
}

bool vk_variants_have(uint32_t feature)
{
	for (int i = 0; i < VK_VARIANTS; i++)
		if (variants[i].features & feature && !left_out(&variants[i]))
			return true;
	return false;
}

static VkResult make(struct gpu *gpu, const struct variant *variant, VkPipeline *pipeline)
{
	/* Sizes that gemm_matrices.comp takes as constants 0 to 3. */
	static const VkSpecializationMapEntry entries[] = {
		{ 0, offsetof(struct vk_matrices, lanes), sizeof(uint32_t) },
		{ 1, offsetof(struct vk_matrices, m), sizeof(uint32_t) },
		{ 2, offsetof(struct vk_matrices, n), sizeof(uint32_t) },
		{ 3, offsetof(struct vk_matrices, k), sizeof(uint32_t) },
	};
	bool matrices = variant->features & MATRICES;
	VkSpecializationInfo sizes = { 4, entries, sizeof(gpu->matrices), &gpu->matrices };
	VkShaderModuleCreateInfo code = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = variant->bytes,
		.pCode = variant->code,
	};
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			/* No lane may be missing (VUID-RuntimeSpirv-OpTypeCooperativeMatrixKHR-10770). */
			.flags = matrices ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT_EXT : 0,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
			.pSpecializationInfo = matrices ? &sizes : NULL,
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

static int best(const struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = 0;

	while (i < VK_VARIANTS && (variants[i].kernel != kernel || variants[i].type != type ||
				   (variants[i].features & ~gpu->features) || left_out(&variants[i])))
		i++;
	return i;
}

bool gpu_has(const struct gpu *gpu, enum vk_kernel kernel, int type)
{
	return best(gpu, kernel, type) < VK_VARIANTS;
}

VkPipeline gpu_pipeline(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = best(gpu, kernel, type);

	if (i == VK_VARIANTS) {
		gpu->error = -EINVAL;
		return VK_NULL_HANDLE;
	}
	if (!gpu->pipelines[i] && !gpu->error)
		gpu->error = vk_errno(make(gpu, &variants[i], &gpu->pipelines[i]));
	return gpu->pipelines[i];
}
