// SPDX-License-Identifier: GPL-2.0-or-later
/* Submissions, and waits for them. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "before_submit.h"
#include "fault.h"

__attribute__((weak))
void before_submit(const struct layer_device *device, VkQueue queue, uint32_t count)
{
	(void)device;
	(void)queue;
	(void)count;
}

__attribute__((weak)) void after_submit(const struct layer_device *device, VkQueue queue)
{
	(void)device;
	(void)queue;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void nap(uint64_t ns)
{
	nanosleep(&(struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) }, NULL);
}

/* Of what is submitted now: notes what is to become of it. */
static void note_fault(struct layer_device *device, VkFence fence)
{
	device->slow = VK_NULL_HANDLE;
	switch (layer_fault_next(device->index, &device->factor)) {
	case LAYER_LOST:
	case LAYER_GONE:
		device->lost = true;
		break;
	case LAYER_LOST_AT_WAIT:
		device->lost_at_wait = true;
		break;
	case LAYER_HANG:
		device->hangs = true;
		break;
	case LAYER_SLOW:
		device->slow = fence;
		device->since = now();
		device->due = 0;
		break;
	case LAYER_HELD:
		nap(device->factor * 1000000ull);
		break;
	case LAYER_WELL:
		break;
	}
}

/* Whether the driver is to have it; else *result is what is answered. */
static bool passes(struct layer_device *device, VkQueue queue, uint32_t count, VkFence fence,
		   VkResult *result)
{
	*result = VK_ERROR_DEVICE_LOST;
	if (!device->lost)
		note_fault(device, fence);
	if (device->lost)
		return false;
	before_submit(device, queue, count);
	*result = VK_SUCCESS;
	/* What is swallowed leaves its fence as it was. */
	return !device->lost_at_wait && !device->hangs;
}

static VkResult passed(struct layer_device *device, VkQueue queue, VkResult result)
{
	if (!result)
		after_submit(device, queue);
	return result;
}

static VkResult queue_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
			     VkFence fence)
{
	struct layer_device *device = layer_device_of(queue);
	VkResult result;

	if (!passes(device, queue, count, fence, &result))
		return result;
	return passed(device, queue, device->submit(queue, count, infos, fence));
}

static VkResult queue_submit_2(VkQueue queue, uint32_t count, const VkSubmitInfo2 *infos,
			       VkFence fence)
{
	struct layer_device *device = layer_device_of(queue);
	VkResult result;

	if (!passes(device, queue, count, fence, &result))
		return result;
	return passed(device, queue, device->submit_2(queue, count, infos, fence));
}

/* ---- waits ---- */

static VkResult wait_slowly(struct layer_device *device, uint64_t timeout)
{
	uint64_t time = now(), left;

	if (!device->due)
		device->due = device->since + (time - device->since) * device->factor;
	if (time >= device->due)
		return VK_SUCCESS;
	left = device->due - time;
	nap(left < timeout ? left : timeout);
	return now() >= device->due ? VK_SUCCESS : VK_TIMEOUT;
}

static VkResult wait_for_fences(VkDevice handle, uint32_t count, const VkFence *fences,
				VkBool32 all, uint64_t timeout)
{
	struct layer_device *device = layer_device_of(handle);
	VkResult result;

	device->lost |= device->lost_at_wait;
	if (device->lost)
		return VK_ERROR_DEVICE_LOST;
	result = device->wait(handle, count, fences, all, timeout);
	for (uint32_t i = 0; i < count && !result && device->slow; i++)
		if (fences[i] == device->slow)
			return wait_slowly(device, timeout);
	return result;
}

/* Nobody has ever heard of work that hangs. */
static VkResult idle(struct layer_device *device)
{
	device->lost |= device->lost_at_wait;
	while (device->hangs)
		pause();
	return device->lost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

static VkResult device_wait_idle(VkDevice handle)
{
	struct layer_device *device = layer_device_of(handle);
	VkResult result = idle(device);

	/* Work from before the fault is the driver's all the same. */
	return device->device_wait_idle(handle) ?: result;
}

static VkResult queue_wait_idle(VkQueue queue)
{
	struct layer_device *device = layer_device_of(queue);
	VkResult result = idle(device);

	return device->queue_wait_idle(queue) ?: result;
}

PFN_vkVoidFunction layer_submit_function(const struct layer_device *device, const char *name)
{
	static const struct {
		const char *name;
		PFN_vkVoidFunction function;
	} ours[] = {
		{ "vkQueueSubmit", (PFN_vkVoidFunction)queue_submit },
		{ "vkQueueSubmit2", (PFN_vkVoidFunction)queue_submit_2 },
		{ "vkQueueSubmit2KHR", (PFN_vkVoidFunction)queue_submit_2 },
		{ "vkWaitForFences", (PFN_vkVoidFunction)wait_for_fences },
		{ "vkDeviceWaitIdle", (PFN_vkVoidFunction)device_wait_idle },
		{ "vkQueueWaitIdle", (PFN_vkVoidFunction)queue_wait_idle },
	};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(name, ours[i].name) && (!device || device->get(device->handle, name)))
			return ours[i].function;
	return NULL;
}
