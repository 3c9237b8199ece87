/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs about Vulkan devices share: the device, a small model on it, and verdicts. */
#ifndef VULKAN_WORLD_H
#define VULKAN_WORLD_H

#include "model.h"
#include "random_model.h"

struct infer_leg;
struct infer_limits;

/* vulkan_device(): the one named in HEADGATE_TEST_VULKAN, or the first there is. */
const char *vulkan_device(void);

/* vulkan_is_there(): any device; it is skipped and told when there is none. */
bool vulkan_is_there(void);

/* vulkan_open(): a leg on it; @context is a struct infer_vulkan_options; tells why not. */
int vulkan_open(const struct infer_model *model, const struct infer_limits *limits, void *context,
		struct infer_leg **leg);

extern const struct shape vulkan_small;

/* vulkan_open_small(): a model of that shape on a leg with @features. */
int vulkan_open_small(const char *features, struct infer_model **model, struct infer_leg **leg);
void vulkan_close_small(struct infer_model *model, struct infer_leg *leg);

void vulkan_verdict(const char *name, bool right);
void vulkan_skip(const char *name, const char *why);

/**
 * vulkan_sum_up() - "N passed, N failed, N skipped", of these verdicts and conform.c's
 * @conform_failed: what conform_leg() and its like have returned, which keep only what passed
 *
 * Return: what main() is to return.
 */
int vulkan_sum_up(unsigned int conform_failed);

#endif
