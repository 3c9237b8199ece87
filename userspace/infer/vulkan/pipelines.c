// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include "features.h"
#include "gpu.h"
#include "tensor.h"

#include "shaders.h"

#define LINE 640 /* the longest names of a device, kernels and features */

/*
 * Variants of kernels, as pipelines.
 *
 * A driver may offer a feature and yet fail to make a kernel that uses it. Then the next plainer variant is tried,
 * and when one is made the features go that the failed ones had and it has not: from this device, for all legs of
 * this process, with a line on stderr. Matrices have a kernel of their own, in whose place gemm is.
 *
 * What the driver says decides whether the variant is to blame:
 *
 *	out of memory, of any kind	no: a plainer one needs memory too, and it may be there the next time. The
 *					batch or the opening fails, no feature goes.
 *	VK_ERROR_DEVICE_LOST,		no: the device fails; whatever is tried next would fail as well, and would
 *	no answer in time		take all features with it.
 *	all else, and a pipeline	yes. For want of a better word drivers call a failed compilation anything:
 *	that is none			VK_ERROR_UNKNOWN, _INITIALIZATION_FAILED, _FEATURE_NOT_PRESENT, ...
 *
 * If even the plainest fails, no feature was shown to be to blame: the device fails, and none goes.
 */
static const struct variant {
	const char *name;
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
	{ #name, VK_##kernel, type, features, shader_##name, sizeof(shader_##name) },
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
	if (result)
		*pipeline = VK_NULL_HANDLE;
	return result || *pipeline ? result : VK_ERROR_UNKNOWN;
}

/* The first from @i on that the features allow. */
static int next(const struct gpu *gpu, enum vk_kernel kernel, int type, int i)
{
	while (i < VK_VARIANTS && (variants[i].kernel != kernel || variants[i].type != type ||
				   (variants[i].features & ~gpu->features) || left_out(&variants[i])))
		i++;
	return i;
}

static bool is_to_blame(VkResult result)
{
	return result != VK_ERROR_DEVICE_LOST && vk_errno(result) != -ENOMEM && vk_errno(result) != -ETIMEDOUT;
}

/* Of features that a variant had: matrices alone, as halves show by other kernels; but there are none without halves. */
static uint32_t blamed(uint32_t features)
{
	if (features & MATRICES)
		return MATRICES;
	return features & HALVES ? features | MATRICES : features;
}

static void say(const char *line)
{
	char shown[LINE];

	snprintf(shown, sizeof(shown), "%s", line);
	/* Devices are called what their drivers say. */
	for (char *c = shown; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
	fprintf(stderr, "headgate-infer: %s\n", shown);
}

/* No variant is left, or that one's failure is not its own. */
static void fail(struct gpu *gpu, const struct variant *variant, VkResult result)
{
	char line[INFER_PROBLEM], name[VK_RESULT_TEXT], rest[VK_FEATURES_TEXT];

	vk_result_name(result, name);
	vk_features_text(gpu->features & ~blamed(variant->features), rest);
	if (is_to_blame(result))
		snprintf(line, sizeof(line), "%.80s: its driver cannot make the kernel %s (%s), and there is no plainer one",
			 gpu->description.name, variant->name, name);
	else if (variant->features)
		snprintf(line, sizeof(line), "%.80s: %s for the kernel %s; if that stays so, HEADGATE_INFER_VULKAN=%s does without it",
			 gpu->description.name, name, variant->name, rest);
	else
		snprintf(line, sizeof(line), "%.80s: %s for the kernel %s", gpu->description.name, name, variant->name);
	gpu->error = is_to_blame(result) ? -ENODEV : vk_errno(result);
	if (gpu->problem)
		snprintf(gpu->problem, INFER_PROBLEM, "%s", line);
	else
		say(line);
}

/* @features are taken away, by what has come of @failed and of @instead. */
static void take(struct gpu *gpu, uint32_t features, const struct variant *failed, VkResult result,
		 const struct variant *instead)
{
	char line[LINE], name[VK_RESULT_TEXT], taken[VK_FEATURES_TEXT], rest[VK_FEATURES_TEXT];

	features = blamed(features) & gpu->features;
	gpu->features &= ~features;
	if (!features || !vk_features_miss(&gpu->description, features))
		return;
	vk_features_text(features, taken);
	vk_features_text(gpu->features, rest);
	snprintf(line, sizeof(line),
		 "%.200s: its driver offers %s, but cannot make the kernel %s (%s): %s is used instead, and no kernel with %s; set HEADGATE_INFER_VULKAN=%s to have that not tried",
		 gpu->description.name, taken, failed->name, vk_result_name(result, name), instead->name, taken, rest);
	say(line);
}

/* The variant to use, whose pipeline there is; VK_VARIANTS if there is none, with an error if there should be. */
static int find(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = next(gpu, kernel, type, 0), first = i, last = i;
	uint32_t features = 0;
	VkResult result = VK_SUCCESS, why = VK_SUCCESS;

	for (; i < VK_VARIANTS && !gpu->pipelines[i]; i = next(gpu, kernel, type, i + 1)) {
		result = make(gpu, &variants[i], &gpu->pipelines[i]);
		if (!result)
			break;
		last = i;
		if (!is_to_blame(result)) {
			fail(gpu, &variants[i], result);
			return VK_VARIANTS;
		}
		why = why ? why : result;
		features |= variants[i].features;
	}
	if (!why)
		return i;
	if (kernel == VK_GEMM_MATRICES)
		i = find(gpu, VK_GEMM, type);
	else if (i == VK_VARIANTS)
		fail(gpu, &variants[last], result);
	if (i < VK_VARIANTS)
		take(gpu, features & ~variants[i].features, &variants[first], why, &variants[i]);
	return i;
}

bool gpu_has(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = gpu->error ? VK_VARIANTS : find(gpu, kernel, type);

	return i < VK_VARIANTS && variants[i].kernel == kernel;
}

VkPipeline gpu_pipeline(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int i = gpu->error ? VK_VARIANTS : find(gpu, kernel, type);

	if (i < VK_VARIANTS && variants[i].kernel == kernel)
		return gpu->pipelines[i];
	if (!gpu->error)
		gpu->error = -EINVAL;
	return VK_NULL_HANDLE;
}

int gpu_prepare(struct gpu *gpu, enum vk_kernel kernel, int type)
{
	int error;

	gpu_pipeline(gpu, kernel, type);
	error = gpu->error;
	/* As of a batch: memory may be there the next time. */
	if (error == -ENOMEM || error == -EINVAL)
		gpu->error = 0;
	return error;
}

uint32_t gpu_uses(const struct gpu *gpu)
{
	uint32_t features = 0;

	for (int i = 0; i < VK_VARIANTS; i++)
		if (gpu->pipelines[i] && !(variants[i].features & ~gpu->features))
			features |= variants[i].features;
	return features;
}
