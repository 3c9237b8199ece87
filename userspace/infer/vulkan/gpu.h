/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that computes: one queue, buffers, pipelines, and one command buffer.
 *
 * Each buffer is a descriptor set of its own and each kernel takes up to four of them, as set 0 to 3, so
 * that all kernels share one layout, a dispatch is four handles and a few numbers, and the limits of
 * the smallest device (four sets, four storage buffers) suffice.
 */
#ifndef INFER_VULKAN_GPU_H
#define INFER_VULKAN_GPU_H

#include "devices.h"
#include "matrices.h"
#include "variants.h"

#define VK_SETS 4
#define VK_PUSH_BYTES 128

/**
 * struct vk_buffer - memory of the device
 * @mapped: NULL if the host cannot reach it
 * @read, @written: by a dispatch since the last barrier
 */
struct vk_buffer {
	VkBuffer handle;
	VkDeviceMemory memory;
	VkDescriptorSet set;
	uint64_t bytes;
	void *mapped;
	bool read, written;
};

/**
 * struct gpu - a device and what all kernels share
 * @features: those that kernels may use; fewer once one is found not to work (pipelines.c)
 * @matrices: where these are among them
 * @max_range: of one buffer that a kernel sees
 * @error: the first that recording gave, until gpu_end(); or the device: that one stays
 * @problem: while the leg is opened: where the sentence goes that tells of a kernel that cannot be made; else NULL
 * @unanswered: the device had work when its deadline passed
 * @staging: what passes between host and device; kept while the device may still use it
 * @tracked: buffers that a dispatch has used since the last barrier
 * @deadline: nanoseconds
 */
struct gpu {
	struct vk_instance instance;
	struct vk_functions vk;
	struct infer_vulkan_device description;
	VkPhysicalDevice physical;
	VkPhysicalDeviceMemoryProperties memory;
	VkPhysicalDeviceLimits limits;
	VkDevice device;
	VkQueue queue;
	VkCommandPool command_pool;
	VkCommandBuffer commands;
	VkFence fence;
	VkQueryPool queries;
	VkDescriptorSetLayout set_layout;
	VkDescriptorPool descriptor_pool;
	VkPipelineLayout layout;
	VkPipelineCache cache;
	VkPipeline pipelines[VK_VARIANTS];
	struct vk_buffer staging;
	struct vk_buffer **tracked;
	uint32_t n_tracked, n_buffers, max_buffers;
	uint32_t features;
	struct vk_matrices matrices;
	uint32_t family, timestamp_bits;
	uint64_t max_range, max_allocation;
	uint64_t deadline;
	struct infer_vulkan_times times, before; /* of all parts of a batch; of those before the last */
	char *problem;
	bool unanswered;
	int error;
};

/* gpu.c */
int gpu_open(struct gpu *gpu, const char *device, const struct infer_vulkan_options *options,
	     uint32_t max_buffers, char problem[INFER_PROBLEM]);
void gpu_close(struct gpu *gpu);

/* memory.c */
enum vk_place { VK_ON_DEVICE, VK_TO_DEVICE, VK_FROM_DEVICE };

/* Return: 0; -ENOMEM, also if it is longer than the device takes. */
int gpu_buffer_make(struct gpu *gpu, struct vk_buffer *buffer, uint64_t bytes, enum vk_place place);
void gpu_buffer_free(struct gpu *gpu, struct vk_buffer *buffer);
/* Copies through staging memory, and waits. */
int gpu_buffer_write(struct gpu *gpu, struct vk_buffer *buffer, uint64_t offset, const void *from, uint64_t bytes);
int gpu_buffer_read(struct gpu *gpu, struct vk_buffer *buffer, void *to, uint64_t bytes);

/* pipelines.c */

/**
 * gpu_pipeline() - the best variant of a kernel that the device can do, made at its first use
 *
 * Return: it; VK_NULL_HANDLE, and gpu->error, if there is none.
 */
VkPipeline gpu_pipeline(struct gpu *gpu, enum vk_kernel kernel, int type);

/**
 * gpu_prepare() - makes it before it is used, outside of gpu_begin() to gpu_end()
 *
 * Return: 0; -ENOMEM; -ENODEV if the device is lost or not even the plainest variant can be made.
 */
int gpu_prepare(struct gpu *gpu, enum vk_kernel kernel, int type);

/* gpu_has(): whether the device can do any variant of it, which is made; keeps an error in gpu->error. */
bool gpu_has(struct gpu *gpu, enum vk_kernel kernel, int type);

/* gpu_uses(): the features of all variants that were made and are in use. */
uint32_t gpu_uses(const struct gpu *gpu);

/* submit.c */
int gpu_begin(struct gpu *gpu);

/**
 * struct vk_dispatch - one run of a kernel
 * @type: of the weight, VK_ANY if the kernel has none
 * @writes: bit i if buffers[i] is written
 */
struct vk_dispatch {
	enum vk_kernel kernel;
	int type;
	struct vk_buffer *buffers[VK_SETS];
	uint32_t n_buffers, writes;
	const void *push;
	uint32_t push_bytes;
	uint32_t groups[3];
};

/* Records it behind what it depends on; keeps an error in gpu->error. */
void gpu_dispatch(struct gpu *gpu, const struct vk_dispatch *dispatch);
void gpu_copy(struct gpu *gpu, struct vk_buffer *to, struct vk_buffer *from, const VkBufferCopy *regions,
	      uint32_t n);
/* All of a buffer becomes that word, but for what is left over of a number of 4 bytes. */
void gpu_fill(struct gpu *gpu, struct vk_buffer *buffer, uint32_t word);
/* Submits and waits. */
int gpu_end(struct gpu *gpu);
/*
 * Does what is recorded so far first, so that neither a job of the device nor what its deadline is for grows with
 * the batch. Keeps an error in gpu->error.
 */
void gpu_split(struct gpu *gpu);

#endif
