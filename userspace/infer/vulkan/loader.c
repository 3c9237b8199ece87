// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

int vk_errno(VkResult result)
{
	switch (result) {
	case VK_SUCCESS:
		return 0;
	case VK_TIMEOUT:
	case VK_NOT_READY:
		return -ETIMEDOUT;
	case VK_ERROR_OUT_OF_HOST_MEMORY:
	case VK_ERROR_OUT_OF_DEVICE_MEMORY:
	case VK_ERROR_OUT_OF_POOL_MEMORY:
	case VK_ERROR_FRAGMENTED_POOL:
	case VK_ERROR_TOO_MANY_OBJECTS:
	case VK_ERROR_MEMORY_MAP_FAILED:
		return -ENOMEM;
	case VK_ERROR_FEATURE_NOT_PRESENT:
	case VK_ERROR_EXTENSION_NOT_PRESENT:
		return -ENODATA;
	default:
		return -ENODEV;
	}
}

const char *vk_result_name(VkResult result, char text[VK_RESULT_TEXT])
{
	static const struct {
		VkResult result;
		const char *name;
	} names[] = {
#define NAME(result) { result, #result }
		NAME(VK_SUCCESS),
		NAME(VK_NOT_READY),
		NAME(VK_TIMEOUT),
		NAME(VK_INCOMPLETE),
		NAME(VK_ERROR_OUT_OF_HOST_MEMORY),
		NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY),
		NAME(VK_ERROR_INITIALIZATION_FAILED),
		NAME(VK_ERROR_DEVICE_LOST),
		NAME(VK_ERROR_MEMORY_MAP_FAILED),
		NAME(VK_ERROR_LAYER_NOT_PRESENT),
		NAME(VK_ERROR_EXTENSION_NOT_PRESENT),
		NAME(VK_ERROR_FEATURE_NOT_PRESENT),
		NAME(VK_ERROR_INCOMPATIBLE_DRIVER),
		NAME(VK_ERROR_TOO_MANY_OBJECTS),
		NAME(VK_ERROR_FORMAT_NOT_SUPPORTED),
		NAME(VK_ERROR_FRAGMENTED_POOL),
		NAME(VK_ERROR_UNKNOWN),
		NAME(VK_ERROR_OUT_OF_POOL_MEMORY),
		NAME(VK_ERROR_VALIDATION_FAILED_EXT),
		NAME(VK_ERROR_INVALID_SHADER_NV),
		NAME(VK_PIPELINE_COMPILE_REQUIRED_EXT),
#undef NAME
	};

	snprintf(text, VK_RESULT_TEXT, "VkResult %d", result);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].result == result)
			snprintf(text, VK_RESULT_TEXT, "%s", names[i].name);
	return text;
}

static int load_global(struct vk_instance *instance)
{
	PFN_vkGetInstanceProcAddr get;

	instance->library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!instance->library)
		return -ENODEV;
	get = (PFN_vkGetInstanceProcAddr)dlsym(instance->library, "vkGetInstanceProcAddr");
	if (!get)
		return -ENODEV;
	instance->GetInstanceProcAddr = get;
#define LOAD(name) instance->name = (PFN_vk##name)get(NULL, "vk" #name);
	VK_GLOBAL_FUNCTIONS(LOAD)
#undef LOAD
	/* A loader of Vulkan 1.0 has no vkEnumerateInstanceVersion. */
	return instance->CreateInstance && instance->EnumerateInstanceVersion ? 0 : -ENODEV;
}

static int load_instance(struct vk_instance *instance)
{
	bool all = true;

#define LOAD(name) \
	instance->name = (PFN_vk##name)instance->GetInstanceProcAddr(instance->handle, "vk" #name); \
	all = all && instance->name;
	VK_INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
	instance->GetPhysicalDeviceCooperativeMatrixPropertiesKHR =
		(PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)instance->GetInstanceProcAddr(
			instance->handle, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
	return all ? 0 : -ENODEV;
}

static int create(struct vk_instance *instance)
{
	VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.pApplicationName = "headgate-infer",
		.apiVersion = VK_API_VERSION_1_1,
	};
	VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	uint32_t version = 0;

	if (instance->EnumerateInstanceVersion(&version) || version < VK_API_VERSION_1_1)
		return -ENODEV;
	return vk_errno(instance->CreateInstance(&info, NULL, &instance->handle));
}

int vk_instance_open(struct vk_instance *instance)
{
	int error;

	memset(instance, 0, sizeof(*instance));
	setenv("MESA_VK_ENABLE_SUBMIT_THREAD", "0", 1);
	error = load_global(instance);
	if (!error)
		error = create(instance);
	if (!error)
		error = load_instance(instance);
	if (error)
		vk_instance_close(instance);
	return error;
}

void vk_instance_close(struct vk_instance *instance)
{
	if (instance->handle && instance->DestroyInstance)
		instance->DestroyInstance(instance->handle, NULL);
	if (instance->library)
		dlclose(instance->library);
	memset(instance, 0, sizeof(*instance));
}

int vk_functions_load(const struct vk_instance *instance, VkDevice device, struct vk_functions *vk)
{
	bool all = true;

#define LOAD(name) \
	vk->name = (PFN_vk##name)instance->GetDeviceProcAddr(device, "vk" #name); \
	all = all && vk->name;
	VK_DEVICE_FUNCTIONS(LOAD)
#undef LOAD
	return all ? 0 : -ENODEV;
}
