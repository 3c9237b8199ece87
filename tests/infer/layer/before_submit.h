/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a file that is linked into the layer can have something happen with each submission. */
#ifndef TEST_LAYER_BEFORE_SUBMIT_H
#define TEST_LAYER_BEFORE_SUBMIT_H

#include "layer.h"

/**
 * before_submit() - a vkQueueSubmit() is about to be passed to the device
 * @count: of VkSubmitInfo in it
 *
 * In the thread that submits. It is not called for a device that was lost before, but for one that
 * hangs: that has the work. There is one in submit.c that does nothing, in whose place another of
 * this name is linked.
 */
void before_submit(const struct layer_device *device, VkQueue queue, uint32_t count);

/* after_submit() - the device has taken it; in the same way. */
void after_submit(const struct layer_device *device, VkQueue queue);

#endif
