// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gpu.h"

/* 50 ms: so often a wait returns, so that a signal's handler is not kept waiting by a driver. */
#define SLICE 50000000ull

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int begin_part(struct gpu *gpu)
{
	VkCommandBufferBeginInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	VkResult result;

	if (gpu->error)
		return gpu->error;
	result = gpu->vk.ResetCommandPool(gpu->device, gpu->command_pool, 0);
	if (!result)
		result = gpu->vk.BeginCommandBuffer(gpu->commands, &info);
	if (result)
		return gpu->error = vk_errno(result);
	if (gpu->queries) {
		gpu->vk.CmdResetQueryPool(gpu->commands, gpu->queries, 0, 2);
		gpu->vk.CmdWriteTimestamp(gpu->commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, gpu->queries, 0);
	}
	return 0;
}

int gpu_begin(struct gpu *gpu)
{
	gpu->before = (struct infer_vulkan_times) { 0, 0 };
	return begin_part(gpu);
}

static void forget_tracked(struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->n_tracked; i++) {
		gpu->tracked[i]->read = false;
		gpu->tracked[i]->written = false;
	}
	gpu->n_tracked = 0;
}

static void barrier(struct gpu *gpu)
{
	const VkPipelineStageFlags stages =
		VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
	VkMemoryBarrier memory = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
				 VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
	};

	gpu->vk.CmdPipelineBarrier(gpu->commands, stages, stages, 0, 1, &memory, 0, NULL, 0, NULL);
	forget_tracked(gpu);
}

static bool must_wait(const struct vk_buffer *buffer, bool writes)
{
	return buffer->written || (writes && buffer->read);
}

static void track(struct gpu *gpu, struct vk_buffer *buffer, bool writes)
{
	if (!buffer->read && !buffer->written)
		gpu->tracked[gpu->n_tracked++] = buffer;
	buffer->written |= writes;
	buffer->read |= !writes;
}

void gpu_dispatch(struct gpu *gpu, const struct vk_dispatch *dispatch)
{
	VkPipeline pipeline = gpu_pipeline(gpu, dispatch->kernel, dispatch->type);
	VkDescriptorSet sets[VK_SETS];
	bool wait = false;

	if (gpu->error)
		return;
	for (uint32_t i = 0; i < dispatch->n_buffers; i++) {
		sets[i] = dispatch->buffers[i]->set;
		wait |= must_wait(dispatch->buffers[i], dispatch->writes >> i & 1);
	}
	if (wait)
		barrier(gpu);
	for (uint32_t i = 0; i < dispatch->n_buffers; i++)
		track(gpu, dispatch->buffers[i], dispatch->writes >> i & 1);
	gpu->vk.CmdBindPipeline(gpu->commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
	gpu->vk.CmdBindDescriptorSets(gpu->commands, VK_PIPELINE_BIND_POINT_COMPUTE, gpu->layout, 0,
				      dispatch->n_buffers, sets, 0, NULL);
	gpu->vk.CmdPushConstants(gpu->commands, gpu->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
				 dispatch->push_bytes, dispatch->push);
	gpu->vk.CmdDispatch(gpu->commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
}

void gpu_copy(struct gpu *gpu, struct vk_buffer *to, struct vk_buffer *from, const VkBufferCopy *regions,
	      uint32_t n)
{
	if (gpu->error || !n)
		return;
	if (must_wait(to, true) || must_wait(from, false))
		barrier(gpu);
	track(gpu, to, true);
	track(gpu, from, false);
	gpu->vk.CmdCopyBuffer(gpu->commands, from->handle, to->handle, n, regions);
}

void gpu_fill(struct gpu *gpu, struct vk_buffer *buffer, uint32_t word)
{
	if (gpu->error)
		return;
	if (must_wait(buffer, true))
		barrier(gpu);
	track(gpu, buffer, true);
	gpu->vk.CmdFillBuffer(gpu->commands, buffer->handle, 0, buffer->bytes & ~3ull, word);
}

static void finish(struct gpu *gpu)
{
	VkMemoryBarrier memory = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};

	/* What is left of the batch is ordered before the next one's kernels by the wait for its fence. */
	barrier(gpu);
	gpu->vk.CmdPipelineBarrier(gpu->commands,
				   VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
				   VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &memory, 0, NULL, 0, NULL);
	if (gpu->queries)
		gpu->vk.CmdWriteTimestamp(gpu->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, gpu->queries, 1);
}

static VkResult await(struct gpu *gpu, uint64_t until)
{
	VkResult result;

	do {
		uint64_t time = now(), left = time < until ? until - time : 0;

		result = gpu->vk.WaitForFences(gpu->device, 1, &gpu->fence, VK_TRUE, left < SLICE ? left : SLICE);
	} while (result == VK_TIMEOUT && now() < until);
	return result;
}

static void read_times(struct gpu *gpu, uint64_t since)
{
	uint64_t stamps[2] = { 0, 0 }, mask = gpu->timestamp_bits < 64 ? (1ull << gpu->timestamp_bits) - 1 : UINT64_MAX;

	gpu->times.host = now() - since;
	gpu->times.gpu = 0;
	if (gpu->queries &&
	    !gpu->vk.GetQueryPoolResults(gpu->device, gpu->queries, 0, 2, sizeof(stamps), stamps, sizeof(stamps[0]),
					 VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT))
		gpu->times.gpu = (uint64_t)((double)((stamps[1] - stamps[0]) & mask) *
					    (double)gpu->limits.timestampPeriod);
}

/* What was wrong with this batch need not be with the next one, unless it is the device. */
static int not_recorded(struct gpu *gpu)
{
	int error = gpu->error;

	if (error == -EINVAL || error == -ENOMEM)
		gpu->error = 0;
	return error;
}

static int end_part(struct gpu *gpu)
{
	VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &gpu->commands,
	};
	uint64_t start;
	VkResult result;

	if (gpu->error) {
		forget_tracked(gpu);
		return not_recorded(gpu);
	}
	finish(gpu);
	result = gpu->vk.EndCommandBuffer(gpu->commands);
	start = now();
	if (!result)
		result = gpu->vk.QueueSubmit(gpu->queue, 1, &submit, gpu->fence);
	if (result) {
		gpu->error = vk_errno(result);
		return not_recorded(gpu);
	}
	/* What headgate's gate has kept it for, within the submission, is no fault of the device's. */
	result = await(gpu, now() + gpu->deadline);
	gpu->unanswered = result != VK_SUCCESS;
	if (!result) {
		read_times(gpu, start);
		result = gpu->vk.ResetFences(gpu->device, 1, &gpu->fence);
	}
	return gpu->error = vk_errno(result);
}

int gpu_end(struct gpu *gpu)
{
	int error = end_part(gpu);

	if (!error) {
		gpu->times.gpu += gpu->before.gpu;
		gpu->times.host += gpu->before.host;
	}
	return error;
}

void gpu_split(struct gpu *gpu)
{
	int error;

	if (gpu->error)
		return;
	error = gpu_end(gpu);
	gpu->before = gpu->times;
	if (!error)
		error = begin_part(gpu);
	gpu->error = error;
}
