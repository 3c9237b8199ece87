// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "gpu.h"

#define STAGING (16u << 20)

/* What a place must have, and what is better to have too. */
static const struct {
	VkMemoryPropertyFlags must, better;
} places[] = {
	[VK_ON_DEVICE] = { 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT },
	[VK_TO_DEVICE] = { VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
			   VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT },
	[VK_FROM_DEVICE] = { VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
			     VK_MEMORY_PROPERTY_HOST_CACHED_BIT },
};

static int memory_type(const struct gpu *gpu, uint32_t allowed, VkMemoryPropertyFlags flags)
{
	for (uint32_t i = 0; i < gpu->memory.memoryTypeCount; i++)
		if (allowed >> i & 1 && (gpu->memory.memoryTypes[i].propertyFlags & flags) == flags)
			return (int)i;
	return -1;
}

static VkResult allocate_of(struct gpu *gpu, struct vk_buffer *buffer, int type, uint64_t bytes)
{
	VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.allocationSize = bytes,
		.memoryTypeIndex = (uint32_t)type,
	};

	return type < 0 ? VK_ERROR_OUT_OF_DEVICE_MEMORY :
			  gpu->vk.AllocateMemory(gpu->device, &info, NULL, &buffer->memory);
}

static VkResult allocate(struct gpu *gpu, struct vk_buffer *buffer, enum vk_place place)
{
	VkMemoryRequirements needs;
	VkResult result;

	gpu->vk.GetBufferMemoryRequirements(gpu->device, buffer->handle, &needs);
	result = allocate_of(gpu, buffer, memory_type(gpu, needs.memoryTypeBits, places[place].must |
						      places[place].better), needs.size);
	/* The host's window into a device's memory may be small: never take the weights' overflow to the host. */
	if (result && (place != VK_ON_DEVICE || memory_type(gpu, needs.memoryTypeBits, places[place].better) < 0))
		result = allocate_of(gpu, buffer, memory_type(gpu, needs.memoryTypeBits, places[place].must),
				     needs.size);
	if (!result)
		result = gpu->vk.BindBufferMemory(gpu->device, buffer->handle, buffer->memory, 0);
	if (!result && place != VK_ON_DEVICE)
		result = gpu->vk.MapMemory(gpu->device, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->mapped);
	return result;
}

static VkResult describe(struct gpu *gpu, struct vk_buffer *buffer)
{
	VkDescriptorSetAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorPool = gpu->descriptor_pool,
		.descriptorSetCount = 1,
		.pSetLayouts = &gpu->set_layout,
	};
	VkDescriptorBufferInfo range = { buffer->handle, 0, VK_WHOLE_SIZE };
	VkWriteDescriptorSet write = {
		.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
		.descriptorCount = 1,
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.pBufferInfo = &range,
	};
	VkResult result = VK_ERROR_OUT_OF_POOL_MEMORY; /* not each driver minds its pool's size */

	if (gpu->n_buffers < gpu->max_buffers)
		result = gpu->vk.AllocateDescriptorSets(gpu->device, &info, &buffer->set);
	if (result)
		return result;
	gpu->n_buffers++;
	write.dstSet = buffer->set;
	gpu->vk.UpdateDescriptorSets(gpu->device, 1, &write, 0, NULL);
	return VK_SUCCESS;
}

int gpu_buffer_make(struct gpu *gpu, struct vk_buffer *buffer, uint64_t bytes, enum vk_place place)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = (bytes + 15) / 16 * 16 + 16,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
			 VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};
	VkResult result;

	if (gpu->unanswered)
		return gpu->error;
	memset(buffer, 0, sizeof(*buffer));
	/* A word past the end may be read (weights.glsl), hence the room above. */
	if (info.size > gpu->limits.maxStorageBufferRange ||
	    (gpu->max_allocation && info.size > gpu->max_allocation))
		return -ENOMEM;
	result = gpu->vk.CreateBuffer(gpu->device, &info, NULL, &buffer->handle);
	if (!result)
		result = allocate(gpu, buffer, place);
	if (!result)
		result = describe(gpu, buffer);
	if (result)
		gpu_buffer_free(gpu, buffer);
	buffer->bytes = bytes;
	return vk_errno(result);
}

void gpu_buffer_free(struct gpu *gpu, struct vk_buffer *buffer)
{
	if (buffer->set) {
		gpu->n_buffers--;
		gpu->vk.FreeDescriptorSets(gpu->device, gpu->descriptor_pool, 1, &buffer->set);
	}
	if (buffer->handle)
		gpu->vk.DestroyBuffer(gpu->device, buffer->handle, NULL);
	if (buffer->memory)
		gpu->vk.FreeMemory(gpu->device, buffer->memory, NULL);
	memset(buffer, 0, sizeof(*buffer));
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int gpu_buffer_write(struct gpu *gpu, struct vk_buffer *buffer, uint64_t offset, const void *from,
		     uint64_t bytes)
{
	struct vk_buffer *staging = &gpu->staging;
	int error = gpu_buffer_make(gpu, staging, less(bytes, STAGING), VK_TO_DEVICE);

	for (uint64_t done = 0; !error && done < bytes; done += STAGING) {
		VkBufferCopy region = { 0, offset + done, less(bytes - done, STAGING) };

		memcpy(staging->mapped, (const char *)from + done, region.size);
		error = gpu_begin(gpu);
		if (error)
			break;
		gpu_copy(gpu, buffer, staging, &region, 1);
		error = gpu_end(gpu);
	}
	if (!gpu->unanswered)
		gpu_buffer_free(gpu, staging);
	return error;
}

int gpu_buffer_read(struct gpu *gpu, struct vk_buffer *buffer, void *to, uint64_t bytes)
{
	VkBufferCopy region = { .size = bytes };
	struct vk_buffer *staging = &gpu->staging;
	int error = gpu_buffer_make(gpu, staging, bytes, VK_FROM_DEVICE);

	if (!error)
		error = gpu_begin(gpu);
	if (!error) {
		gpu_copy(gpu, staging, buffer, &region, 1);
		error = gpu_end(gpu);
	}
	if (!error)
		memcpy(to, staging->mapped, bytes);
	if (!gpu->unanswered)
		gpu_buffer_free(gpu, staging);
	return error;
}
