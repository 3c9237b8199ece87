// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vleg.h"

#define MOST_ROWS 65535u /* a workgroup each; what the least device takes */

struct infer_vulkan_integers {
	struct gpu *gpu;
	struct vk_buffer matrix, vector, result, answer;
	uint32_t rows, columns;
};

static int fill(struct infer_vulkan_integers *integers, const int8_t *matrix)
{
	uint64_t bytes = (uint64_t)integers->rows * integers->columns, answer = integers->rows * sizeof(int32_t);
	int error = gpu_buffer_make(integers->gpu, &integers->matrix, bytes, VK_ON_DEVICE);

	if (!error)
		error = gpu_buffer_make(integers->gpu, &integers->vector, integers->columns, VK_TO_DEVICE);
	if (!error)
		error = gpu_buffer_make(integers->gpu, &integers->result, answer, VK_ON_DEVICE);
	if (!error)
		error = gpu_buffer_make(integers->gpu, &integers->answer, answer, VK_FROM_DEVICE);
	return error ? error : gpu_buffer_write(integers->gpu, &integers->matrix, 0, matrix, bytes);
}

int infer_vulkan_integers_open(struct infer_leg *leg, const int8_t *matrix, uint32_t rows, uint32_t columns,
			       struct infer_vulkan_integers **opened)
{
	struct infer_vulkan_integers *integers;
	int error;

	if (!rows || rows > MOST_ROWS || !columns || columns % 4)
		return -EINVAL;
	integers = calloc(1, sizeof(*integers));
	if (!integers)
		return -ENOMEM;
	integers->gpu = &vleg_of(leg)->gpu;
	integers->rows = rows;
	integers->columns = columns;
	error = gpu_prepare(integers->gpu, VK_INTEGERS, VK_ANY);
	vleg_tell_kernels(vleg_of(leg));
	if (!error)
		error = fill(integers, matrix);
	if (error)
		infer_vulkan_integers_close(integers);
	else
		*opened = integers;
	return error;
}

int infer_vulkan_integers_run(struct infer_vulkan_integers *integers, const int8_t *vector, int32_t *result)
{
	struct { uint32_t row_words; } push = { integers->columns / 4 };
	struct vk_dispatch dispatch = {
		.kernel = VK_INTEGERS,
		.type = VK_ANY,
		.buffers = { &integers->matrix, &integers->vector, &integers->result },
		.n_buffers = 3, .writes = 4,
		.push = &push, .push_bytes = sizeof(push),
		.groups = { integers->rows, 1, 1 },
	};
	VkBufferCopy all = { .size = integers->rows * sizeof(int32_t) };
	int error = gpu_begin(integers->gpu);

	if (error)
		return error;
	memcpy(integers->vector.mapped, vector, integers->columns);
	gpu_dispatch(integers->gpu, &dispatch);
	gpu_copy(integers->gpu, &integers->answer, &integers->result, &all, 1);
	error = gpu_end(integers->gpu);
	if (!error)
		memcpy(result, integers->answer.mapped, all.size);
	return error;
}

void infer_vulkan_integers_close(struct infer_vulkan_integers *integers)
{
	if (!integers)
		return;
	integers->gpu->vk.DeviceWaitIdle(integers->gpu->device);
	gpu_buffer_free(integers->gpu, &integers->matrix);
	gpu_buffer_free(integers->gpu, &integers->vector);
	gpu_buffer_free(integers->gpu, &integers->result);
	gpu_buffer_free(integers->gpu, &integers->answer);
	free(integers);
}
