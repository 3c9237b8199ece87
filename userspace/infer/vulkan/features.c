// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "features.h"

/* With more, those that come last are found anew by each leg. */
#define DEVICES 32

static const struct {
	const char *name;
	uint32_t feature;
} names[] = {
	{ "subgroups", INFER_VULKAN_SUBGROUPS },
	{ "halves", INFER_VULKAN_HALVES },
	{ "dots", INFER_VULKAN_DOTS },
	{ "matrices", INFER_VULKAN_MATRICES },
	{ "plain", 0 },
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* Which features are missing, by the device and the driver that offers them; under the lock. */
static struct missing {
	uint8_t device_uuid[16], driver_uuid[16];
	uint32_t features;
} missing[DEVICES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int parse_one(const char *name, size_t length, uint32_t *features)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (strlen(names[i].name) == length && !strncmp(name, names[i].name, length)) {
			*features |= names[i].feature;
			return 0;
		}
	}
	return -EINVAL;
}

int vk_features_parse(const char *list, uint32_t *features)
{
	int error = 0;

	*features = 0;
	while (!error && *list) {
		size_t length = strcspn(list, ",");

		error = parse_one(list, length, features);
		list += length + (list[length] == ',');
	}
	return error;
}

const char *vk_features_text(uint32_t features, char text[VK_FEATURES_TEXT])
{
	size_t length = 0;

	snprintf(text, VK_FEATURES_TEXT, "plain");
	for (size_t i = 0; i < NAMES; i++)
		if (features & names[i].feature)
			length += (size_t)snprintf(text + length, VK_FEATURES_TEXT - length, "%s%s", length ? "," : "",
						   names[i].name);
	return text;
}

/* The entry of @device, or the first that is free; NULL if there is neither. */
static struct missing *entry_of(const struct infer_vulkan_device *device)
{
	struct missing *entry = missing;

	while (entry < missing + DEVICES && entry->features &&
	       (memcmp(entry->device_uuid, device->device_uuid, sizeof(entry->device_uuid)) ||
		memcmp(entry->driver_uuid, device->driver_uuid, sizeof(entry->driver_uuid))))
		entry++;
	return entry < missing + DEVICES ? entry : NULL;
}

uint32_t vk_features_missing(const struct infer_vulkan_device *device)
{
	const struct missing *entry;
	uint32_t features;

	pthread_mutex_lock(&lock);
	entry = entry_of(device);
	features = entry ? entry->features : 0;
	pthread_mutex_unlock(&lock);
	return features;
}

bool vk_features_miss(const struct infer_vulkan_device *device, uint32_t features)
{
	struct missing *entry;
	bool is_new = true;

	pthread_mutex_lock(&lock);
	entry = entry_of(device);
	if (entry) {
		is_new = features & ~entry->features;
		memcpy(entry->device_uuid, device->device_uuid, sizeof(entry->device_uuid));
		memcpy(entry->driver_uuid, device->driver_uuid, sizeof(entry->driver_uuid));
		entry->features |= features;
	}
	pthread_mutex_unlock(&lock);
	return is_new;
}
