// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vleg.h"

#define OTHER_BUFFERS 24u /* activations, staging, what integers.c has, and some more */

/* What a page table's unused entries point at must not matter, so they are not even read. */
static void put_tables(struct vleg *leg, const struct infer_batch *batch)
{
	uint32_t *words = leg->batch.mapped, most = leg->base.limits.sequence_pages;

	for (uint32_t i = 0; i < batch->n_rows; i++) {
		const struct infer_row *row = &batch->rows[i];
		uint32_t *table = words + leg->layout.tables + (size_t)row->sequence * most;

		for (uint32_t page = 0; page <= row->position / INFER_PAGE; page++)
			table[page] = batch->tables[row->sequence][page];
	}
}

static void put_angles(struct vleg *leg, const struct infer_batch *batch)
{
	const struct infer_model *model = leg->base.model;
	float *angle = (float *)leg->batch.mapped + leg->layout.angles;

	for (uint32_t i = 0; i < batch->n_rows; i++) {
		for (uint32_t pair = 0; pair < model->rope_dims / 2; pair++) {
			double turn = (double)batch->rows[i].position * (double)model->rope_frequency[pair];

			*angle++ = (float)cos(turn);
			*angle++ = (float)sin(turn);
		}
	}
}

static void put_rows(struct vleg *leg, const struct infer_batch *batch)
{
	uint32_t *word = leg->batch.mapped;

	leg->longest = 0;
	for (uint32_t i = 0; i < batch->n_rows; i++) {
		const struct infer_row *row = &batch->rows[i];
		uint32_t page = batch->tables[row->sequence][row->position / INFER_PAGE];

		*word++ = row->token;
		*word++ = row->sequence;
		*word++ = row->position;
		*word++ = page * INFER_PAGE + row->position % INFER_PAGE;
		if (row->position >= leg->longest)
			leg->longest = row->position + 1;
	}
}

static void pick(struct vleg *leg, const struct infer_batch *batch)
{
	uint64_t bytes = leg->base.model->dim * sizeof(float);

	for (uint32_t i = 0; i < batch->n_wanted; i++)
		leg->picks[i] = (VkBufferCopy) { batch->wanted[i] * bytes, i * bytes, bytes };
}

int vleg_begin(struct infer_leg *base, const struct infer_batch *batch)
{
	struct vleg *leg = vleg_of(base);
	int error;

	if (!batch->n_rows || batch->n_rows > base->limits.rows || batch->n_wanted > base->limits.sequences)
		return -EINVAL;
	error = gpu_begin(&leg->gpu);
	if (error)
		return error;
	leg->n_rows = batch->n_rows;
	leg->n_wanted = batch->n_wanted;
	put_rows(leg, batch);
	put_tables(leg, batch);
	put_angles(leg, batch);
	pick(leg, batch);
	return 0;
}

int vleg_end(struct infer_leg *base, float *logits)
{
	struct vleg *leg = vleg_of(base);
	VkBufferCopy all = { .size = leg->n_wanted * (uint64_t)base->model->vocabulary * sizeof(float) };
	int error;

	if (logits && leg->n_wanted)
		gpu_copy(&leg->gpu, &leg->logits, &leg->activations[INFER_LOGITS], &all, 1);
	error = gpu_end(&leg->gpu);
	if (!error && logits && leg->n_wanted)
		memcpy(logits, leg->logits.mapped, all.size);
	return error;
}

int vleg_read(struct infer_leg *base, enum infer_buffer buffer, float *values, size_t floats)
{
	struct vleg *leg = vleg_of(base);

	if (floats * sizeof(float) > leg->activations[buffer].bytes)
		return -EINVAL;
	return gpu_buffer_read(&leg->gpu, &leg->activations[buffer], values, floats * sizeof(float));
}

int vleg_write(struct infer_leg *base, enum infer_buffer buffer, const float *values, size_t floats)
{
	struct vleg *leg = vleg_of(base);

	if (floats * sizeof(float) > leg->activations[buffer].bytes)
		return -EINVAL;
	return gpu_buffer_write(&leg->gpu, &leg->activations[buffer], 0, values, floats * sizeof(float));
}

void vleg_close(struct infer_leg *base)
{
	struct vleg *leg = vleg_of(base);
	struct gpu *gpu = &leg->gpu;

	/* May hang where the device does (leg.h). */
	gpu->vk.DeviceWaitIdle(gpu->device);
	for (int i = 0; i < INFER_BUFFERS; i++)
		gpu_buffer_free(gpu, &leg->activations[i]);
	for (uint32_t i = 0; leg->caches && i < base->model->n_layers; i++)
		gpu_buffer_free(gpu, &leg->caches[i]);
	gpu_buffer_free(gpu, &leg->picked);
	gpu_buffer_free(gpu, &leg->parts);
	gpu_buffer_free(gpu, &leg->batch);
	gpu_buffer_free(gpu, &leg->logits);
	weights_free(gpu, &leg->weights);
	gpu_close(gpu);
	free(leg->exponents);
	free(leg->caches);
	free(leg->picks);
	free(leg);
}

static void lay_out(struct vleg *leg)
{
	const struct infer_limits *limits = &leg->base.limits;

	leg->layout.tables = limits->rows * 4;
	leg->layout.angles = leg->layout.tables + limits->sequences * limits->sequence_pages;
	leg->layout.words = leg->layout.angles + limits->rows * leg->base.model->rope_dims;
	leg->slot_words = leg->base.model->kv_heads * leg->base.model->head_dim / 2;
}

static int make_buffers(struct vleg *leg)
{
	const struct infer_model *model = leg->base.model;
	uint64_t rows = leg->base.limits.rows;
	uint64_t cache = (uint64_t)leg->base.limits.pages * INFER_PAGE * leg->slot_words * 2 * sizeof(uint32_t);
	struct gpu *gpu = &leg->gpu;
	int error = 0;

	for (int i = 0; i < INFER_BUFFERS && !error; i++)
		error = gpu_buffer_make(gpu, &leg->activations[i],
					(uint64_t)infer_leg_rows(&leg->base.limits, (enum infer_buffer)i) *
						infer_leg_width(model, (enum infer_buffer)i) * sizeof(float),
					VK_ON_DEVICE);
	for (uint32_t i = 0; i < model->n_layers && !error; i++)
		error = gpu_buffer_make(gpu, &leg->caches[i], cache, VK_ON_DEVICE);
	if (!error)
		error = gpu_buffer_make(gpu, &leg->picked, rows * model->dim * sizeof(float), VK_ON_DEVICE);
	if (!error)
		error = gpu_buffer_make(gpu, &leg->parts,
					MOST_PARTS * (uint64_t)(model->head_dim + 2) * sizeof(float), VK_ON_DEVICE);
	if (!error)
		error = gpu_buffer_make(gpu, &leg->batch, leg->layout.words * sizeof(uint32_t), VK_TO_DEVICE);
	if (!error)
		error = gpu_buffer_make(gpu, &leg->logits, leg->activations[INFER_LOGITS].bytes, VK_FROM_DEVICE);
	return error;
}

static const char *reason(int error)
{
	switch (error) {
	case -ENOMEM:
		return "no room";
	case -ENODATA:
		return "buffers too short";
	case -ETIMEDOUT:
		return "no answer";
	default:
		return "lost";
	}
}

static int fill(struct vleg *leg, char problem[INFER_PROBLEM])
{
	const struct infer_model *model = leg->base.model;
	int error;

	lay_out(leg);
	leg->caches = calloc(model->n_layers + 1, sizeof(*leg->caches));
	leg->picks = calloc(leg->base.limits.rows + 1, sizeof(*leg->picks));
	if (!leg->caches || !leg->picks)
		return -ENOMEM;
	/* First, as it may take features away, by which the rest goes; and a device that cannot need not be filled. */
	leg->gpu.problem = problem;
	error = vleg_make_kernels(leg);
	leg->gpu.problem = NULL;
	if (error)
		return error;
	error = make_buffers(leg);
	if (!error && leg->gpu.features & INFER_VULKAN_MATRICES)
		error = vk_exponents_of(model, &leg->exponents);
	if (!error)
		error = weights_upload(&leg->gpu, &leg->weights, model);
	if (error)
		snprintf(problem, INFER_PROBLEM, "%.140s: %s, for %.40s (%zu MB of weights) and its cache",
			 leg->gpu.description.name, reason(error), model->name, model->weights_bytes >> 20);
	return error;
}

static int check(const struct infer_model *model, char problem[INFER_PROBLEM])
{
	if (model->head_dim <= MOST_HEAD_DIM && model->head_dim % 2 == 0 && model->head_dim)
		return 0;
	snprintf(problem, INFER_PROBLEM, "heads of %u values: the Vulkan kernels take even numbers up to %u",
		 model->head_dim, MOST_HEAD_DIM);
	return -ENODATA;
}

/* most_buffers(): before a device is open nothing is known but the least range that one may have. */
static uint32_t most_buffers(const struct infer_model *model, const struct infer_vulkan_options *options)
{
	const uint64_t least_range = options->max_range ? options->max_range : 1u << 27;

	return (uint32_t)(model->weights_bytes / (least_range / 2)) + model->n_layers + OTHER_BUFFERS;
}

int infer_vulkan_open_with(const struct infer_model *model, const struct infer_limits *limits,
			   const char *device, const struct infer_vulkan_options *options,
			   struct infer_leg **opened, char problem[INFER_PROBLEM])
{
	char unheard[INFER_PROBLEM];
	struct vleg *leg;
	int error;

	if (!problem)
		problem = unheard;
	problem[0] = '\0';
	error = check(model, problem);
	if (error)
		return error;
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return -ENOMEM;
	leg->base.ops = &vulkan_ops;
	leg->base.model = model;
	leg->base.limits = *limits;
	leg->attend_span = options->attend_span;
	error = gpu_open(&leg->gpu, device, options, most_buffers(model, options), problem);
	if (error) {
		free(leg);
		return error;
	}
	error = fill(leg, problem);
	/* What does not answer may not answer when it is closed either (leg.h): it is the process's until its end. */
	if (error == -ETIMEDOUT)
		return error;
	if (error) {
		vleg_close(&leg->base);
		return error;
	}
	snprintf(leg->base.name, sizeof(leg->base.name), "Vulkan %.200s", leg->gpu.description.name);
	infer_place("", leg->gpu.description.render_major, leg->gpu.description.render_minor, leg->gpu.description.pci,
		    leg->base.place, sizeof(leg->base.place));
	*opened = &leg->base;
	return 0;
}

int infer_vulkan_open(const struct infer_model *model, const struct infer_limits *limits, const char *device,
		      struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	struct infer_vulkan_options options = { NULL, 0, 0, 0 };

	return infer_vulkan_open_with(model, limits, device, &options, leg, problem);
}

struct infer_vulkan_times infer_vulkan_times(const struct infer_leg *leg)
{
	return ((const struct vleg *)leg)->gpu.times;
}

const struct infer_vulkan_device *infer_vulkan_description(const struct infer_leg *leg)
{
	return &((const struct vleg *)leg)->gpu.description;
}
