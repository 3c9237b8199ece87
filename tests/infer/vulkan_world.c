// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "conform.h"
#include "vulkan/vulkan.h"
#include "vulkan_world.h"

static unsigned int passed, failed, skipped;

const char *vulkan_device(void)
{
	const char *name = getenv("HEADGATE_TEST_VULKAN");

	return name ? name : "0";
}

bool vulkan_is_there(void)
{
	struct infer_vulkan_device *devices;

	if (infer_vulkan_devices(&devices) <= 0) {
		vulkan_skip("vulkan", "no device");
		return false;
	}
	free(devices);
	return true;
}

int vulkan_open(const struct infer_model *model, const struct infer_limits *limits, void *context,
		struct infer_leg **leg)
{
	char problem[INFER_PROBLEM];
	int error = infer_vulkan_open_with(model, limits, vulkan_device(), context, leg, problem);

	if (error)
		printf("# %s\n", problem);
	return error;
}

const struct shape vulkan_small = { INFER_Q8_0, 64, 64, 1, 2, 1, 32, 64, false };

int vulkan_open_small(const char *features, struct infer_model **model, struct infer_leg **leg)
{
	struct infer_limits limits = { 4, 4, 2, 2, 0 };
	struct infer_vulkan_options options = { .features = features };
	int error;

	*model = random_model(&vulkan_small);
	error = vulkan_open(*model, &limits, &options, leg);
	if (error)
		random_model_free(*model);
	return error;
}

void vulkan_close_small(struct infer_model *model, struct infer_leg *leg)
{
	infer_leg_close(leg);
	random_model_free(model);
}

void vulkan_verdict(const char *name, bool right)
{
	printf("%s %s\n", right ? "ok" : "not ok", name);
	if (right)
		passed++;
	else
		failed++;
}

void vulkan_skip(const char *name, const char *why)
{
	printf("skip %s: %s\n", name, why);
	skipped++;
}

int vulkan_sum_up(unsigned int conform_failed)
{
	failed += conform_failed;
	printf("%u passed, %u failed, %u skipped\n", passed + conform_passed(), failed, skipped);
	return failed ? 1 : 0;
}
