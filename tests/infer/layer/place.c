// SPDX-License-Identifier: GPL-2.0-or-later
/* A PCI address for each device, as Mesa's on processors have none: 0000:f0:00.0 and so on. */
#include <string.h>

#include "layer.h"

#define BUS 0xf0u

static const VkExtensionProperties ours = { VK_EXT_PCI_BUS_INFO_EXTENSION_NAME, 2 };

static VkResult enumerate_extensions(VkPhysicalDevice physical, const char *layer, uint32_t *count,
				     VkExtensionProperties *extensions)
{
	struct layer_instance *instance = layer_instance_of(physical);
	uint32_t room = *count;
	VkResult result = instance->extensions(physical, layer, count, extensions);

	if (result || layer)
		return result;
	if (extensions && *count == room)
		return VK_INCOMPLETE;
	if (extensions)
		extensions[*count] = ours;
	++*count;
	return VK_SUCCESS;
}

static void get_properties(VkPhysicalDevice physical, VkPhysicalDeviceProperties2 *all)
{
	struct layer_instance *instance = layer_instance_of(physical);
	VkBaseOutStructure *next;

	instance->properties(physical, all);
	for (next = all->pNext; next; next = next->pNext) {
		VkPhysicalDevicePCIBusInfoPropertiesEXT *pci = (void *)next;

		if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT)
			continue;
		pci->pciDomain = 0;
		pci->pciBus = BUS + layer_device_index(instance, physical);
		pci->pciDevice = 0;
		pci->pciFunction = 0;
	}
}

PFN_vkVoidFunction layer_place_function(const char *name)
{
	if (!strcmp(name, "vkEnumerateDeviceExtensionProperties"))
		return (PFN_vkVoidFunction)enumerate_extensions;
	if (!strcmp(name, "vkGetPhysicalDeviceProperties2"))
		return (PFN_vkVoidFunction)get_properties;
	return NULL;
}
