// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bypass.h"
#include "virtio.h"

#define KFD_NODE	"/dev/kfd"
#define KFD_TOPOLOGY	"/sys/class/kfd/kfd/topology"
#define USER_QUEUE	"/sys/module/amdgpu/parameters/user_queue"

static bool exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return !access(full, F_OK);
}

/* The parameter of amdgpu; 0 where there is none, -1 where it cannot be read. */
static int user_queue(const char *root)
{
	char full[PATH_MAX];
	FILE *file;
	int number = -1;

	if (!exists(root, USER_QUEUE))
		return 0;
	snprintf(full, sizeof(full), "%s" USER_QUEUE, root);
	file = fopen(full, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

/* The driver makes both whether or not anybody uses ROCm; in a container one may be hidden. */
static bool has_kfd(const char *root)
{
	return exists(root, KFD_NODE) || exists(root, KFD_TOPOLOGY);
}

/* -1 leaves it to the driver, and what that does is not told: only 0 rules them out. */
static bool has_user_queues(const char *root)
{
	return user_queue(root) != 0;
}

static bool has_user_queues_alone(const char *root)
{
	return user_queue(root) == 2;
}

static bool has_rings(const struct headgate_drm_device *device)
{
	return !strcmp(device->driver, HEADGATE_VIRTIO_DRIVER) &&
	       device->capsets != HEADGATE_CAPSETS_UNKNOWN &&
	       headgate_virtio_has_rings(device->capsets);
}

static bool may_have_rings(const struct headgate_drm_device *device)
{
	return !strcmp(device->driver, HEADGATE_VIRTIO_DRIVER) &&
	       device->capsets == HEADGATE_CAPSETS_UNKNOWN;
}

static const struct headgate_bypass bypasses[] = {
	{
		.driver = "amdgpu", .at_most = HEADGATE_PACED, .is_open = has_kfd,
		.sign = KFD_NODE " or " KFD_TOPOLOGY " is there",
		.reason = "ROCm submits through " KFD_NODE ", past the gate; all else passes it",
	}, {
		.driver = "amdgpu", .at_most = HEADGATE_PACED, .is_open = has_user_queues,
		.sign = USER_QUEUE " is not 0 (since 6.16)",
		.reason = "programs may have user queues, past the gate, which amdgpu.user_queue=0 rules out",
	}, {
		.driver = "amdgpu", .at_most = HEADGATE_OBSERVED, .is_open = has_user_queues_alone,
		.sign = USER_QUEUE " is 2",
		.reason = "programs have user queues alone, past the gate: amdgpu.user_queue is 2",
	}, {
		.driver = HEADGATE_VIRTIO_DRIVER, .at_most = HEADGATE_PACED, .is_open_on = has_rings,
		.sign = "the driver's CONTEXT_INIT and RESOURCE_BLOB are not 0, and SUPPORTED_CAPSET_IDs has more than "
			"virgl, drm and cross-domain",
		.reason = "the host offers Venus or the like, whose programs submit through a ring in memory, past the gate; all else passes it",
	}, {
		.driver = HEADGATE_VIRTIO_DRIVER, .at_most = HEADGATE_PACED,
		.is_open_on = may_have_rings,
		.sign = "the driver does not tell these",
		.reason = "whether the host offers Venus, whose programs submit past the gate, cannot be told",
	},
};

static const size_t n_bypasses = sizeof(bypasses) / sizeof(bypasses[0]);

const struct headgate_bypass *headgate_bypass_next(const struct headgate_bypass *bypass)
{
	size_t i = bypass ? (size_t)(bypass - bypasses) + 1 : 0;

	return i < n_bypasses ? &bypasses[i] : NULL;
}

uint32_t headgate_bypasses_open(const char *root)
{
	uint32_t open = 0;

	for (size_t i = 0; i < n_bypasses; i++)
		if (bypasses[i].is_open && bypasses[i].is_open(root))
			open |= UINT32_C(1) << i;
	return open;
}

uint32_t headgate_bypasses_open_on(const struct headgate_drm_device *device)
{
	uint32_t open = 0;

	for (size_t i = 0; i < n_bypasses; i++)
		if (bypasses[i].is_open_on && bypasses[i].is_open_on(device))
			open |= UINT32_C(1) << i;
	return open;
}

const struct headgate_bypass *headgate_bypass_worst(const char *driver, uint32_t open)
{
	const struct headgate_bypass *worst = NULL;

	for (size_t i = 0; i < n_bypasses; i++)
		if (open & (UINT32_C(1) << i) && !strcmp(bypasses[i].driver, driver) &&
		    (!worst || bypasses[i].at_most > worst->at_most))
			worst = &bypasses[i];
	return worst;
}

enum headgate_enforceability headgate_bypass_promise(const char *driver, uint32_t open,
						     const char **reason)
{
	const struct headgate_driver *known = headgate_driver_find(driver);
	const struct headgate_bypass *worst = headgate_bypass_worst(driver, open);

	*reason = known ? known->reason : "the driver is not in headgate's table";
	if (!known)
		return HEADGATE_BLIND;
	if (!worst || worst->at_most <= known->enforceability)
		return known->enforceability;
	*reason = worst->reason;
	return worst->at_most;
}
