/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Vulkan layer for tests: between the loader and the driver, it spoils what the driver answers.
 *
 *   application ─► libvulkan ─► chain.c ─┬─► submit.c ─┬─► driver
 *                                        │   fault.c ──┴─► the answer of a broken device
 *                                        └─► place.c: where the device is
 *
 * The loader finds it by VK_ADD_LAYER_PATH, the folder with its manifest, and puts it into each
 * instance of a process by VK_INSTANCE_LAYERS=VK_LAYER_HEADGATE_fault; what is tested is not
 * changed for it.
 */
#ifndef TEST_LAYER_H
#define TEST_LAYER_H

#include <stdbool.h>
#include <stdint.h>
#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#define LAYER_NAME "VK_LAYER_HEADGATE_fault"

/**
 * struct layer_instance - what is below us in it
 * @key: of it and its physical devices: the loader's table, with which each of these handles begins
 */
struct layer_instance {
	struct layer_instance *next;
	void *key;
	VkInstance handle;
	PFN_vkGetInstanceProcAddr get;
	PFN_vkDestroyInstance destroy;
	PFN_vkEnumeratePhysicalDevices enumerate;
	PFN_vkEnumerateDeviceExtensionProperties extensions;
	PFN_vkGetPhysicalDeviceProperties2 properties;
};

/**
 * struct layer_device - what is below us in it, and what has become of it
 * @key: of it and its queues
 * @submit_2: NULL if the driver has none
 * @index: of its physical device, as vkEnumeratePhysicalDevices() counts
 * @lost: for good, as the specification has it
 * @lost_at_wait: it will be, when anyone waits for it
 * @hangs: work was swallowed
 * @slow: a fence that signals @factor times as late as it would; of the last submission alone
 * @since: ns; when that was submitted
 * @due: ns; when it will signal; 0: the driver has not said yet
 */
struct layer_device {
	struct layer_device *next;
	void *key;
	VkDevice handle;
	PFN_vkGetDeviceProcAddr get;
	PFN_vkDestroyDevice destroy;
	PFN_vkDeviceWaitIdle device_wait_idle;
	PFN_vkQueueWaitIdle queue_wait_idle;
	PFN_vkQueueSubmit submit;
	PFN_vkQueueSubmit2 submit_2;
	PFN_vkWaitForFences wait;
	uint32_t index;
	bool lost, lost_at_wait, hangs;
	VkFence slow;
	uint32_t factor;
	uint64_t since, due;
};

/* chain.c: of an instance or a physical device; of a device or a queue. */
struct layer_instance *layer_instance_of(const void *handle);
struct layer_device *layer_device_of(const void *handle);

/* chain.c: of a physical device; more than there are if it is none of them. */
uint32_t layer_device_index(const struct layer_instance *instance, VkPhysicalDevice physical);

/* place.c: our function of that name, or NULL. */
PFN_vkVoidFunction layer_place_function(const char *name);

/* submit.c: the same; what the driver of @device has not is not ours to offer. */
PFN_vkVoidFunction layer_submit_function(const struct layer_device *device, const char *name);

#endif
