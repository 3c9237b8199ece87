// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "vulkan/vulkan.h"

/* What follows "KIND:"; NULL for "KIND" alone; @name itself if it is of another kind. */
static const char *named(const char *name, const char *kind)
{
	size_t n = strlen(kind);

	if (strncmp(name, kind, n) || (name[n] && name[n] != ':'))
		return name;
	return name[n] ? name + n + 1 : NULL;
}

int infer_device_check(const char *name, char problem[INFER_PROBLEM])
{
	const char *native = named(name, "native"), *vulkan = named(name, "vulkan");
	const char *rest = native == name ? vulkan : native;

	if (rest != name && (!rest || *rest))
		return 0;
	snprintf(problem, INFER_PROBLEM,
		 "'%.64s' is no device; expected native, native:VARIANT, vulkan, vulkan:NUMBER or vulkan:NAME", name);
	return -EINVAL;
}

int infer_device_open(const char *name, const struct infer_model *model, const struct infer_limits *limits,
		      struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	const char *native = named(name, "native");
	int error;

	if (native == name)
		return infer_vulkan_open(model, limits, named(name, "vulkan"), leg, problem);
	error = infer_native_open(model, limits, native, leg);
	if (error == -ENOTSUP)
		snprintf(problem, INFER_PROBLEM, "this processor has no instructions of %.64s", name);
	else if (error)
		snprintf(problem, INFER_PROBLEM, "%.64s: %s", name, strerror(-error));
	return error;
}

int infer_devices(char names[INFER_DEVICES][INFER_DEVICE_NAME])
{
	struct infer_vulkan_device *vulkan = NULL;
	int found = infer_vulkan_devices(&vulkan), n = 0;

	for (int i = 0; i < found && n < INFER_DEVICES - 1; i++)
		if (vulkan[i].usable)
			snprintf(names[n++], INFER_DEVICE_NAME, "vulkan:%d", i);
	free(vulkan);
	snprintf(names[n++], INFER_DEVICE_NAME, "native");
	return n;
}
