/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INFER_VULKAN_DEVICES_H
#define INFER_VULKAN_DEVICES_H

#include "loader.h"
#include "vulkan.h"

/**
 * vk_devices() - infer_vulkan_devices() of an instance, with the handles
 *
 * Return: their number, *handles and *devices for free(); -ENOMEM; -ENODEV.
 */
int vk_devices(const struct vk_instance *instance, VkPhysicalDevice **handles,
	       struct infer_vulkan_device **devices);

/**
 * vk_devices_choose() - the device that a user means
 * @wanted: an index, a part of a name, or a PCI address; NULL for the first that is no processor
 *
 * Return: an index, or -ENODEV.
 */
int vk_devices_choose(const struct infer_vulkan_device *devices, int n, const char *wanted);

/* Why vk_devices_choose() found none, in a sentence. */
void vk_devices_why(const struct infer_vulkan_device *devices, int n, const char *wanted, char problem[INFER_PROBLEM]);

/* Lanes of a subgroup, of a device that has Vulkan 1.1. */
uint32_t vk_device_subgroup(const struct vk_instance *instance, VkPhysicalDevice handle);

bool vk_device_offers(const struct vk_instance *instance, VkPhysicalDevice handle, const char *extension);

/* The family of queues to compute on; -ENODATA if there is none. */
int vk_device_queue(const struct vk_instance *instance, VkPhysicalDevice handle, uint32_t *timestamp_bits);

#endif
