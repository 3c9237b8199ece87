// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "matrices.h"
#include "variants.h"

/* Partial sums of a workgroup of 64 are kept for 16 subgroups (gemv.comp). */
#define LEAST_SUBGROUP 4

bool vk_device_offers(const struct vk_instance *instance, VkPhysicalDevice handle, const char *extension)
{
	VkExtensionProperties *extensions;
	uint32_t n = 0;
	bool found = false;

	if (instance->EnumerateDeviceExtensionProperties(handle, NULL, &n, NULL))
		return false;
	extensions = calloc(n + 1, sizeof(*extensions));
	if (!extensions)
		return false;
	if (instance->EnumerateDeviceExtensionProperties(handle, NULL, &n, extensions) >= 0)
		for (uint32_t i = 0; i < n; i++)
			found = found || !strcmp(extensions[i].extensionName, extension);
	free(extensions);
	return found;
}

int vk_device_queue(const struct vk_instance *instance, VkPhysicalDevice handle, uint32_t *timestamp_bits)
{
	VkQueueFamilyProperties families[32];
	uint32_t n = 32;

	instance->GetPhysicalDeviceQueueFamilyProperties(handle, &n, families);
	for (uint32_t i = 0; i < n; i++) {
		if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) {
			if (timestamp_bits)
				*timestamp_bits = families[i].timestampValidBits;
			return (int)i;
		}
	}
	return -ENODATA;
}

/* append(): puts @next into the chain of @head if the device has @extension, or if that is NULL. */
static void append(const struct vk_instance *instance, VkPhysicalDevice handle, const char *extension,
		   void *head, void *next)
{
	VkBaseOutStructure *base = head, *added = next;

	if (extension && !vk_device_offers(instance, handle, extension))
		return;
	added->pNext = base->pNext;
	base->pNext = added;
}

static void describe_ids(struct infer_vulkan_device *device, const VkPhysicalDeviceProperties *core,
			 const VkPhysicalDeviceIDProperties *ids, const VkPhysicalDeviceDriverProperties *driver)
{
	snprintf(device->name, sizeof(device->name), "%s", core->deviceName);
	snprintf(device->driver, sizeof(device->driver), "%.120s%s%.120s", driver->driverName,
		 driver->driverInfo[0] ? " " : "", driver->driverInfo);
	memcpy(device->device_uuid, ids->deviceUUID, sizeof(device->device_uuid));
	memcpy(device->driver_uuid, ids->driverUUID, sizeof(device->driver_uuid));
	device->vendor_id = core->vendorID;
	device->device_id = core->deviceID;
	device->api = core->apiVersion;
	device->version = core->driverVersion;
	device->cpu = core->deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
	device->integrated = core->deviceType == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
}

static void describe_place(const struct vk_instance *instance, VkPhysicalDevice handle,
			   struct infer_vulkan_device *device)
{
	VkPhysicalDevicePCIBusInfoPropertiesEXT pci = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT };
	VkPhysicalDeviceDrmPropertiesEXT drm = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRM_PROPERTIES_EXT };
	VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 };
	bool has_pci = vk_device_offers(instance, handle, VK_EXT_PCI_BUS_INFO_EXTENSION_NAME);

	device->render_major = -1;
	device->render_minor = -1;
	append(instance, handle, VK_EXT_PCI_BUS_INFO_EXTENSION_NAME, &all, &pci);
	append(instance, handle, VK_EXT_PHYSICAL_DEVICE_DRM_EXTENSION_NAME, &all, &drm);
	instance->GetPhysicalDeviceProperties2(handle, &all);
	if (has_pci)
		snprintf(device->pci, sizeof(device->pci), "%04x:%02x:%02x.%x", pci.pciDomain & 0xffff,
			 pci.pciBus & 0xff, pci.pciDevice & 0x1f, pci.pciFunction & 7);
	if (drm.hasRender) {
		device->render_major = drm.renderMajor;
		device->render_minor = drm.renderMinor;
	}
}

uint32_t vk_device_subgroup(const struct vk_instance *instance, VkPhysicalDevice handle)
{
	VkPhysicalDeviceSubgroupProperties subgroups = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES };
	VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 };

	append(instance, handle, NULL, &all, &subgroups);
	instance->GetPhysicalDeviceProperties2(handle, &all);
	return subgroups.subgroupSize;
}

static uint32_t features(const struct vk_instance *instance, VkPhysicalDevice handle,
			 const VkPhysicalDeviceSubgroupProperties *subgroups)
{
	const VkSubgroupFeatureFlags sums =
		VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT;
	VkPhysicalDevice16BitStorageFeatures halves = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES };
	VkPhysicalDeviceShaderIntegerDotProductFeaturesKHR dots = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES_KHR };
	VkPhysicalDeviceFeatures2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 };
	struct vk_matrices matrices;
	uint32_t set = 0;

	append(instance, handle, NULL, &all, &halves);
	append(instance, handle, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME, &all, &dots);
	instance->GetPhysicalDeviceFeatures2(handle, &all);
	if (subgroups->supportedStages & VK_SHADER_STAGE_COMPUTE_BIT &&
	    (subgroups->supportedOperations & sums) == sums && subgroups->subgroupSize >= LEAST_SUBGROUP)
		set |= INFER_VULKAN_SUBGROUPS;
	if (halves.storageBuffer16BitAccess)
		set |= INFER_VULKAN_HALVES;
	if (dots.shaderIntegerDotProduct)
		set |= INFER_VULKAN_DOTS;
	if (set & INFER_VULKAN_HALVES && vk_variants_have(INFER_VULKAN_MATRICES) &&
	    vk_matrices_of(instance, handle, &matrices))
		set |= INFER_VULKAN_MATRICES;
	return set;
}

static uint64_t own_memory(const struct vk_instance *instance, VkPhysicalDevice handle)
{
	VkPhysicalDeviceMemoryProperties memory;
	uint64_t bytes = 0;

	instance->GetPhysicalDeviceMemoryProperties(handle, &memory);
	for (uint32_t i = 0; i < memory.memoryHeapCount; i++)
		if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
			bytes += memory.memoryHeaps[i].size;
	return bytes;
}

static void describe(const struct vk_instance *instance, VkPhysicalDevice handle,
		     struct infer_vulkan_device *device)
{
	VkPhysicalDeviceSubgroupProperties subgroups = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES };
	VkPhysicalDeviceIDProperties ids = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES };
	VkPhysicalDeviceDriverProperties driver = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES };
	VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 };

	/* The structures of 1.1 are not to be shown to a device of 1.0. */
	instance->GetPhysicalDeviceProperties(handle, &all.properties);
	if (all.properties.apiVersion >= VK_API_VERSION_1_1) {
		append(instance, handle, NULL, &all, &subgroups);
		append(instance, handle, NULL, &all, &ids);
		append(instance, handle, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME, &all, &driver);
		instance->GetPhysicalDeviceProperties2(handle, &all);
		device->features = features(instance, handle, &subgroups);
		device->usable = vk_device_queue(instance, handle, NULL) >= 0;
	}
	describe_ids(device, &all.properties, &ids, &driver);
	device->memory = own_memory(instance, handle);
	if (device->usable)
		describe_place(instance, handle, device);
}

int vk_devices(const struct vk_instance *instance, VkPhysicalDevice **handles,
	       struct infer_vulkan_device **devices)
{
	uint32_t n = 0;
	VkResult result = instance->EnumeratePhysicalDevices(instance->handle, &n, NULL);
	int error = vk_errno(result);

	*handles = NULL;
	*devices = NULL;
	if (error)
		return error;
	*handles = calloc(n + 1, sizeof(**handles));
	*devices = calloc(n + 1, sizeof(**devices));
	if (*handles && *devices) {
		result = instance->EnumeratePhysicalDevices(instance->handle, &n, *handles);
		/* One more has come since: the n that there is room for are right. */
		error = result == VK_INCOMPLETE ? 0 : vk_errno(result);
	} else {
		error = -ENOMEM;
	}
	if (error) {
		free(*handles);
		free(*devices);
		*handles = NULL;
		*devices = NULL;
		return error;
	}
	for (uint32_t i = 0; i < n; i++)
		describe(instance, (*handles)[i], &(*devices)[i]);
	return (int)n;
}

int infer_vulkan_devices(struct infer_vulkan_device **devices)
{
	struct vk_instance instance;
	VkPhysicalDevice *handles;
	int n = vk_instance_open(&instance);

	*devices = NULL;
	if (n)
		return n == -ENODEV ? 0 : n;
	n = vk_devices(&instance, &handles, devices);
	if (n >= 0)
		free(handles);
	vk_instance_close(&instance);
	return n;
}

static int first(const struct infer_vulkan_device *devices, int n, bool integrated)
{
	for (int i = 0; i < n; i++)
		if (devices[i].usable && !devices[i].cpu && devices[i].integrated == integrated)
			return i;
	return -ENODEV;
}

static bool is_number(const char *wanted)
{
	return strspn(wanted, "0123456789") == strlen(wanted);
}

int vk_devices_choose(const struct infer_vulkan_device *devices, int n, const char *wanted)
{
	int chosen;

	if (!wanted || !*wanted) {
		/* A processor that plays a GPU is slower than the kernels for processors. */
		chosen = first(devices, n, false);
		return chosen < 0 ? first(devices, n, true) : chosen;
	}
	if (is_number(wanted)) {
		unsigned long index = strtoul(wanted, NULL, 10);

		return index < (unsigned long)n && devices[index].usable ? (int)index : -ENODEV;
	}
	for (int i = 0; i < n; i++)
		if (devices[i].usable && (strcasestr(devices[i].name, wanted) || !strcasecmp(devices[i].pci, wanted)))
			return i;
	return -ENODEV;
}

static void why_none(const struct infer_vulkan_device *devices, int n, char problem[INFER_PROBLEM])
{
	int processor = 0;

	while (processor < n && !(devices[processor].usable && devices[processor].cpu))
		processor++;
	if (processor == n)
		snprintf(problem, INFER_PROBLEM, "no Vulkan device can be used: none has Vulkan 1.1 and a queue that computes");
	else if (n == 1)
		snprintf(problem, INFER_PROBLEM, "the only Vulkan device is a processor; name it as vulkan:0 to use it");
	else
		snprintf(problem, INFER_PROBLEM, "the only Vulkan devices that can be used are processors; name one as vulkan:%d to use it",
			 processor);
}

void vk_devices_why(const struct infer_vulkan_device *devices, int n, const char *wanted, char problem[INFER_PROBLEM])
{
	if (!n)
		snprintf(problem, INFER_PROBLEM, "there is no Vulkan device here");
	else if (!wanted || !*wanted)
		why_none(devices, n, problem);
	else if (!is_number(wanted))
		snprintf(problem, INFER_PROBLEM,
			 "no Vulkan device that can be used has \"%.64s\" in its name: see headgate-infer devices", wanted);
	else if (strtoul(wanted, NULL, 10) < (unsigned long)n)
		snprintf(problem, INFER_PROBLEM, "Vulkan device %.64s cannot be used: it has no Vulkan 1.1 or no queue that computes",
			 wanted);
	else if (n == 1)
		snprintf(problem, INFER_PROBLEM, "there is no Vulkan device %.64s, only 0: see headgate-infer devices", wanted);
	else
		snprintf(problem, INFER_PROBLEM, "there is no Vulkan device %.64s, only 0 to %d: see headgate-infer devices", wanted,
			 n - 1);
}
