// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "vleg.h"

/* Enough invocations for the largest device, each with many turns in buffers that no cache holds. */
#define LANES 128u
#define GROUPS 4096u
#define INVOCATIONS (GROUPS * LANES)
/* Of peak_fma.comp: operations of a round, and how long it must take to be measured. */
#define ROUND_OPERATIONS (16 * 2.0)
#define LEAST_ROUNDS 64u
#define MOST_ROUNDS (1u << 20)
#define LEAST_NS 5000000u
/* x -> FACTOR * x + TERM goes to STAYS, from anywhere, in fewer than LEAST_ROUNDS. */
#define FACTOR 0.5f
#define TERM 1.0f
#define STAYS 2.0f
/* Odd, so that any word that is left out changes the sum. */
#define WORD 0x9e3779b1u

struct infer_vulkan_peaks {
	struct gpu *gpu;
	struct vk_buffer from, to, sums;
	uint64_t bytes;
	uint32_t rounds;
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Nanoseconds of what was recorded since gpu_begin(), of which @error tells; 0 if it failed. */
static uint64_t took(struct gpu *gpu, int error)
{
	if (!error)
		error = gpu_end(gpu);
	if (error)
		return 0;
	return gpu->times.gpu ? gpu->times.gpu : gpu->times.host;
}

static uint64_t pass(struct infer_vulkan_peaks *peaks, enum vk_kernel kernel, struct vk_buffer *from,
		     struct vk_buffer *to)
{
	struct { uint32_t quads, invocations; } push = { (uint32_t)(peaks->bytes / 16), INVOCATIONS };
	struct vk_dispatch dispatch = {
		.kernel = kernel, .type = VK_ANY,
		.buffers = { from, to }, .n_buffers = 2, .writes = 2,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { GROUPS, 1, 1 },
	};
	int error = gpu_begin(peaks->gpu);

	if (!error)
		gpu_dispatch(peaks->gpu, &dispatch);
	return took(peaks->gpu, error);
}

static uint64_t transfer(struct infer_vulkan_peaks *peaks)
{
	VkBufferCopy all = { .size = peaks->bytes };
	int error = gpu_begin(peaks->gpu);

	if (!error)
		gpu_copy(peaks->gpu, &peaks->to, &peaks->from, &all, 1);
	return took(peaks->gpu, error);
}

static uint64_t multiply(struct infer_vulkan_peaks *peaks)
{
	struct { uint32_t rounds; float factor, term; } push = { peaks->rounds, FACTOR, TERM };
	struct vk_dispatch dispatch = {
		.kernel = VK_PEAK_FMA, .type = VK_ANY,
		.buffers = { &peaks->sums }, .n_buffers = 1, .writes = 1,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { GROUPS, 1, 1 },
	};
	int error = gpu_begin(peaks->gpu);

	if (!error)
		gpu_dispatch(peaks->gpu, &dispatch);
	return took(peaks->gpu, error);
}

double infer_vulkan_peaks_read(struct infer_vulkan_peaks *peaks)
{
	uint64_t ns = pass(peaks, VK_PEAK_READ, &peaks->from, &peaks->sums);

	return ns ? (double)peaks->bytes * 1e9 / (double)ns : 0;
}

/* The better of what a kernel and what the driver makes of it. */
double infer_vulkan_peaks_copy(struct infer_vulkan_peaks *peaks)
{
	uint64_t kernel = pass(peaks, VK_PEAK_COPY, &peaks->from, &peaks->to), driver = transfer(peaks);

	return kernel && driver ? 2 * (double)peaks->bytes * 1e9 / (double)least(kernel, driver) : 0;
}

double infer_vulkan_peaks_fma(struct infer_vulkan_peaks *peaks)
{
	uint64_t ns = multiply(peaks);

	return ns ? ROUND_OPERATIONS * peaks->rounds * INVOCATIONS * 1e9 / (double)ns : 0;
}

static int make_buffers(struct infer_vulkan_peaks *peaks)
{
	struct gpu *gpu = peaks->gpu;
	int error = gpu_buffer_make(gpu, &peaks->from, peaks->bytes, VK_ON_DEVICE);

	if (!error)
		error = gpu_buffer_make(gpu, &peaks->to, peaks->bytes, VK_ON_DEVICE);
	if (!error)
		error = gpu_buffer_make(gpu, &peaks->sums, INVOCATIONS * sizeof(uint32_t), VK_ON_DEVICE);
	if (!error)
		error = gpu_begin(gpu);
	if (error)
		return error;
	gpu_fill(gpu, &peaks->from, WORD);
	gpu_fill(gpu, &peaks->to, 0);
	return gpu_end(gpu);
}

/* Whether all that @buffer should hold is there, and was read. */
static int check_words(struct infer_vulkan_peaks *peaks, struct vk_buffer *buffer, uint32_t *sums)
{
	uint32_t sum = 0;
	int error;

	if (!pass(peaks, VK_PEAK_READ, buffer, &peaks->sums))
		return peaks->gpu->error ? peaks->gpu->error : -ENOMEM;
	error = gpu_buffer_read(peaks->gpu, &peaks->sums, sums, INVOCATIONS * sizeof(*sums));
	if (error)
		return error;
	for (uint32_t i = 0; i < INVOCATIONS; i++)
		sum += sums[i];
	return sum == (uint32_t)(peaks->bytes / sizeof(WORD)) * WORD ? 0 : -EIO;
}

static int check_products(struct infer_vulkan_peaks *peaks, float *sums)
{
	int error = gpu_buffer_read(peaks->gpu, &peaks->sums, sums, INVOCATIONS * sizeof(*sums));

	for (uint32_t i = 0; i < INVOCATIONS && !error; i++)
		error = sums[i] > 16 * STAYS - 1e-3f && sums[i] < 16 * STAYS + 1e-3f ? 0 : -EIO;
	return error;
}

static int find_rounds(struct infer_vulkan_peaks *peaks)
{
	uint64_t ns;

	peaks->rounds = LEAST_ROUNDS;
	while ((ns = multiply(peaks)) && ns < LEAST_NS && peaks->rounds < MOST_ROUNDS)
		peaks->rounds *= 2;
	return ns ? 0 : peaks->gpu->error ? peaks->gpu->error : -ENOMEM;
}

static int check(struct infer_vulkan_peaks *peaks)
{
	void *sums = malloc(INVOCATIONS * sizeof(uint32_t));
	int error = sums ? check_words(peaks, &peaks->from, sums) : -ENOMEM;

	if (!error && !pass(peaks, VK_PEAK_COPY, &peaks->from, &peaks->to))
		error = peaks->gpu->error ? peaks->gpu->error : -ENOMEM;
	if (!error)
		error = check_words(peaks, &peaks->to, sums);
	if (!error)
		error = find_rounds(peaks);
	if (!error)
		error = check_products(peaks, sums);
	free(sums);
	return error;
}

int infer_vulkan_peaks_open(struct infer_leg *leg, uint64_t bytes, struct infer_vulkan_peaks **opened)
{
	struct infer_vulkan_peaks *peaks = calloc(1, sizeof(*peaks));
	int error;

	if (!peaks)
		return -ENOMEM;
	peaks->gpu = &vleg_of(leg)->gpu;
	/* Room for what gpu_buffer_make() adds. */
	peaks->bytes = least(bytes, peaks->gpu->max_range - 32) / 16 * 16;
	error = make_buffers(peaks);
	if (!error)
		error = check(peaks);
	if (!error)
		*opened = peaks;
	/* What does not answer may not answer when its buffers are freed either. */
	else if (error != -ETIMEDOUT)
		infer_vulkan_peaks_close(peaks);
	return error;
}

void infer_vulkan_peaks_close(struct infer_vulkan_peaks *peaks)
{
	if (!peaks)
		return;
	peaks->gpu->vk.DeviceWaitIdle(peaks->gpu->device);
	gpu_buffer_free(peaks->gpu, &peaks->from);
	gpu_buffer_free(peaks->gpu, &peaks->to);
	gpu_buffer_free(peaks->gpu, &peaks->sums);
	free(peaks);
}
