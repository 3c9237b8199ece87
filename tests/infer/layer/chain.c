// SPDX-License-Identifier: GPL-2.0-or-later
/* The place in the loader's chain: tables of what is below, by instance and device. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>

#include "fault.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct layer_instance *instances;
static struct layer_device *devices;

/* What each handle that is dispatched begins with. */
static void *key_of(const void *handle)
{
	return *(void *const *)handle;
}

struct layer_instance *layer_instance_of(const void *handle)
{
	struct layer_instance *instance;

	pthread_mutex_lock(&lock);
	instance = instances;
	while (instance && instance->key != key_of(handle))
		instance = instance->next;
	pthread_mutex_unlock(&lock);
	return instance;
}

struct layer_device *layer_device_of(const void *handle)
{
	struct layer_device *device;

	pthread_mutex_lock(&lock);
	device = devices;
	while (device && device->key != key_of(handle))
		device = device->next;
	pthread_mutex_unlock(&lock);
	return device;
}

/* ---- instances ---- */

static VkLayerInstanceCreateInfo *instance_link(const VkInstanceCreateInfo *info)
{
	VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)info->pNext;

	while (link && (link->sType != VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO ||
			link->function != VK_LAYER_LINK_INFO))
		link = (VkLayerInstanceCreateInfo *)link->pNext;
	return link;
}

static void load_instance(struct layer_instance *instance)
{
	PFN_vkGetInstanceProcAddr get = instance->get;
	VkInstance handle = instance->handle;

	instance->destroy = (PFN_vkDestroyInstance)get(handle, "vkDestroyInstance");
	instance->enumerate =
		(PFN_vkEnumeratePhysicalDevices)get(handle, "vkEnumeratePhysicalDevices");
	instance->extensions = (PFN_vkEnumerateDeviceExtensionProperties)
		get(handle, "vkEnumerateDeviceExtensionProperties");
	instance->properties =
		(PFN_vkGetPhysicalDeviceProperties2)get(handle, "vkGetPhysicalDeviceProperties2");
}

static VkResult create_instance(const VkInstanceCreateInfo *info,
				const VkAllocationCallbacks *allocator, VkInstance *handle)
{
	VkLayerInstanceCreateInfo *link = instance_link(info);
	struct layer_instance *instance;
	PFN_vkCreateInstance create;
	VkResult result;

	if (!link)
		return VK_ERROR_INITIALIZATION_FAILED;
	instance = calloc(1, sizeof(*instance));
	if (!instance)
		return VK_ERROR_OUT_OF_HOST_MEMORY;
	instance->get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	/* The next layer finds its own. */
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	create = (PFN_vkCreateInstance)instance->get(NULL, "vkCreateInstance");
	result = create(info, allocator, handle);
	if (result) {
		free(instance);
		return result;
	}
	instance->key = key_of(*handle);
	instance->handle = *handle;
	load_instance(instance);
	pthread_mutex_lock(&lock);
	instance->next = instances;
	instances = instance;
	pthread_mutex_unlock(&lock);
	return VK_SUCCESS;
}

static void destroy_instance(VkInstance handle, const VkAllocationCallbacks *allocator)
{
	struct layer_instance *instance = handle ? layer_instance_of(handle) : NULL;

	if (!instance)
		return;
	pthread_mutex_lock(&lock);
	for (struct layer_instance **at = &instances; *at; at = &(*at)->next) {
		if (*at == instance) {
			*at = instance->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	instance->destroy(handle, allocator);
	free(instance);
}

/* ---- devices ---- */

static VkLayerDeviceCreateInfo *device_link(const VkDeviceCreateInfo *info)
{
	VkLayerDeviceCreateInfo *link = (VkLayerDeviceCreateInfo *)info->pNext;

	while (link && (link->sType != VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO ||
			link->function != VK_LAYER_LINK_INFO))
		link = (VkLayerDeviceCreateInfo *)link->pNext;
	return link;
}

uint32_t layer_device_index(const struct layer_instance *instance, VkPhysicalDevice physical)
{
	VkPhysicalDevice all[64];
	uint32_t n = 64, i;

	if (instance->enumerate(instance->handle, &n, all) < 0)
		return UINT32_MAX;
	for (i = 0; i < n && all[i] != physical; i++)
		;
	return i;
}

static void load_device(struct layer_device *device)
{
	PFN_vkGetDeviceProcAddr get = device->get;
	VkDevice handle = device->handle;

	device->destroy = (PFN_vkDestroyDevice)get(handle, "vkDestroyDevice");
	device->device_wait_idle = (PFN_vkDeviceWaitIdle)get(handle, "vkDeviceWaitIdle");
	device->queue_wait_idle = (PFN_vkQueueWaitIdle)get(handle, "vkQueueWaitIdle");
	device->submit = (PFN_vkQueueSubmit)get(handle, "vkQueueSubmit");
	device->submit_2 = (PFN_vkQueueSubmit2)get(handle, "vkQueueSubmit2");
	/* The same by the name that it had as an extension. */
	if (!device->submit_2)
		device->submit_2 = (PFN_vkQueueSubmit2)get(handle, "vkQueueSubmit2KHR");
	device->wait = (PFN_vkWaitForFences)get(handle, "vkWaitForFences");
}

static VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
					 const VkAllocationCallbacks *allocator, VkDevice *handle)
{
	struct layer_instance *instance = layer_instance_of(physical);
	VkLayerDeviceCreateInfo *link = device_link(info);
	PFN_vkGetInstanceProcAddr get;
	struct layer_device *device;
	PFN_vkCreateDevice create;
	VkResult result;

	if (!link || !instance || layer_fault_gone(layer_device_index(instance, physical)))
		return VK_ERROR_INITIALIZATION_FAILED;
	device = calloc(1, sizeof(*device));
	if (!device)
		return VK_ERROR_OUT_OF_HOST_MEMORY;
	get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	device->get = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	create = (PFN_vkCreateDevice)get(instance->handle, "vkCreateDevice");
	result = create(physical, info, allocator, handle);
	if (result) {
		free(device);
		return result;
	}
	device->key = key_of(*handle);
	device->handle = *handle;
	device->index = layer_device_index(instance, physical);
	load_device(device);
	pthread_mutex_lock(&lock);
	device->next = devices;
	devices = device;
	pthread_mutex_unlock(&lock);
	return VK_SUCCESS;
}

static void destroy_device(VkDevice handle, const VkAllocationCallbacks *allocator)
{
	struct layer_device *device = handle ? layer_device_of(handle) : NULL;

	if (!device)
		return;
	pthread_mutex_lock(&lock);
	for (struct layer_device **at = &devices; *at; at = &(*at)->next) {
		if (*at == device) {
			*at = device->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	device->destroy(handle, allocator);
	free(device);
}

/* ---- functions by name ---- */

static PFN_vkVoidFunction get_device_function(VkDevice handle, const char *name)
{
	struct layer_device *device = layer_device_of(handle);
	PFN_vkVoidFunction ours;

	if (!strcmp(name, "vkGetDeviceProcAddr"))
		return (PFN_vkVoidFunction)get_device_function;
	if (!strcmp(name, "vkDestroyDevice"))
		return (PFN_vkVoidFunction)destroy_device;
	if (!device)
		return NULL;
	ours = layer_submit_function(device, name);
	return ours ? ours : device->get(handle, name);
}

static PFN_vkVoidFunction get_instance_function(VkInstance handle, const char *name)
{
	static const struct {
		const char *name;
		PFN_vkVoidFunction function;
	} ours[] = {
		{ "vkGetInstanceProcAddr", (PFN_vkVoidFunction)get_instance_function },
		{ "vkGetDeviceProcAddr", (PFN_vkVoidFunction)get_device_function },
		{ "vkCreateInstance", (PFN_vkVoidFunction)create_instance },
		{ "vkDestroyInstance", (PFN_vkVoidFunction)destroy_instance },
		{ "vkCreateDevice", (PFN_vkVoidFunction)create_device },
		{ "vkDestroyDevice", (PFN_vkVoidFunction)destroy_device },
	};
	struct layer_instance *instance;
	PFN_vkVoidFunction function;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(name, ours[i].name))
			return ours[i].function;
	instance = handle ? layer_instance_of(handle) : NULL;
	if (!instance)
		return NULL;
	/* One of devices finds its device by the handle that it is called with. */
	function = layer_submit_function(NULL, name);
	if (!function)
		function = layer_place_function(name);
	return function ? function : instance->get(handle, name);
}

VK_LAYER_EXPORT VkResult
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *interface)
{
	if (interface->sType != LAYER_NEGOTIATE_INTERFACE_STRUCT ||
	    interface->loaderLayerInterfaceVersion < CURRENT_LOADER_LAYER_INTERFACE_VERSION)
		return VK_ERROR_INITIALIZATION_FAILED;
	interface->loaderLayerInterfaceVersion = CURRENT_LOADER_LAYER_INTERFACE_VERSION;
	interface->pfnGetInstanceProcAddr = get_instance_function;
	interface->pfnGetDeviceProcAddr = get_device_function;
	interface->pfnGetPhysicalDeviceProcAddr = NULL;
	return VK_SUCCESS;
}
