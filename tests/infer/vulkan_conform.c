// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each variant of the Vulkan leg's kernels, on the device named in HEADGATE_TEST_VULKAN or the one that
 * is chosen by default; VK_ICD_FILENAMES says which drivers are asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "random_model.h"
#include "vulkan/vulkan.h"

/* Matrices of the checks are longer than this, and some rows of them a sixteenth of it. */
#define TINY_RANGE (16u << 10)
/* Two pages: long sequences are shared by many workgroups. */
#define SHORT_SPAN 64u

static const struct {
	const char *name;
	struct infer_vulkan_options options;
} ways[] = {
	{ "vulkan_plain", { .features = "plain" } },
	{ "vulkan_subgroups", { .features = "subgroups" } },
	{ "vulkan_halves", { .features = "halves" } },
	{ "vulkan_all", { .features = "subgroups,halves" } },
	{ "vulkan_split", { .features = "plain", .max_range = TINY_RANGE, .attend_span = SHORT_SPAN } },
};

static const char *device_name(void)
{
	return getenv("HEADGATE_TEST_VULKAN");
}

static int open_vulkan(const struct infer_model *model, const struct infer_limits *limits, void *context,
		       struct infer_leg **leg)
{
	char problem[INFER_PROBLEM];
	int error = infer_vulkan_open_with(model, limits, device_name(), context, leg, problem);

	if (error)
		printf("# %s\n", problem);
	return error;
}

static const struct shape small = { INFER_Q8_0, 64, 64, 1, 2, 1, 32, 64, false };

static int open_small(const char *features, struct infer_model **model, struct infer_leg **leg)
{
	struct infer_limits limits = { 4, 4, 2, 2, 0 };
	struct infer_vulkan_options options = { .features = features };
	int error;

	*model = random_model(&small);
	error = open_vulkan(*model, &limits, &options, leg);
	if (error)
		random_model_free(*model);
	return error;
}

static void close_small(struct infer_model *model, struct infer_leg *leg)
{
	infer_leg_close(leg);
	random_model_free(model);
}

static bool can_run(const char *features)
{
	struct infer_model *model;
	struct infer_leg *leg;
	int error = open_small(features, &model, &leg);

	if (!error)
		close_small(model, leg);
	return error != -ENODATA;
}

static unsigned int passed, failed, skipped;

static void verdict(const char *name, bool right)
{
	printf("%s %s\n", right ? "ok" : "not ok", name);
	if (right)
		passed++;
	else
		failed++;
}

static bool integers_are_right(struct infer_leg *leg, uint32_t rows, uint32_t columns)
{
	int8_t *matrix = malloc((size_t)rows * columns), *vector = malloc(columns);
	int32_t *result = malloc(rows * sizeof(*result));
	struct infer_vulkan_integers *integers = NULL;
	bool right = matrix && vector && result;

	for (size_t i = 0; right && i < (size_t)rows * columns; i++)
		matrix[i] = (int8_t)random_below(256);
	right = right && !infer_vulkan_integers_open(leg, matrix, rows, columns, &integers);
	/* Twice, so that it is known to start afresh. */
	for (int turn = 0; turn < 2 && right; turn++) {
		for (uint32_t i = 0; i < columns; i++)
			vector[i] = turn ? -128 : (int8_t)random_below(256);
		right = !infer_vulkan_integers_run(integers, vector, result);
		for (uint32_t row = 0; row < rows && right; row++) {
			uint32_t sum = 0;

			for (uint32_t i = 0; i < columns; i++)
				sum += (uint32_t)(matrix[(size_t)row * columns + i] * vector[i]);
			right = (uint32_t)result[row] == sum;
		}
	}
	infer_vulkan_integers_close(integers);
	free(matrix);
	free(vector);
	free(result);
	return right;
}

static void check_integers(const char *features)
{
	static const struct { uint32_t rows, columns; } sizes[] = { { 1, 4 }, { 7, 260 }, { 333, 4096 } };
	struct infer_model *model;
	struct infer_leg *leg;
	char name[128];

	if (!can_run(features)) {
		printf("skip vulkan_%s__integers: the device lacks it\n", features);
		skipped++;
		return;
	}
	if (open_small(features, &model, &leg)) {
		verdict("vulkan__integers__opens", false);
		return;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "vulkan_%s__integers__%u_by_%u_are_exact", features, sizes[i].rows,
			 sizes[i].columns);
		verdict(name, integers_are_right(leg, sizes[i].rows, sizes[i].columns));
	}
	close_small(model, leg);
}

/* How an open that must fail does. */
static int error_of(const struct shape *shape, const char *device, const struct infer_vulkan_options *options,
		    char problem[INFER_PROBLEM])
{
	struct infer_limits limits = { 4, 4, 2, 2, 0 };
	struct infer_model *model = random_model(shape);
	struct infer_leg *leg;
	int error = infer_vulkan_open_with(model, &limits, device, options, &leg, problem);

	if (!error)
		infer_leg_close(leg);
	random_model_free(model);
	return error;
}

static void check_refusals(void)
{
	static const struct shape wide_heads = { INFER_F32, 64, 64, 1, 1, 1, 512, 64, false };
	struct infer_vulkan_options options = { 0 }, unknown = { .features = "subgroups,wings" };
	struct infer_vulkan_options narrow = { .max_range = 512 };
	char problem[INFER_PROBLEM];

	verdict("vulkan__a_device_that_is_not_there__is_refused",
		error_of(&small, "no such device", &options, problem) == -ENODEV && strstr(problem, "no such device"));
	verdict("vulkan__an_index_past_the_end__is_refused", error_of(&small, "99", &options, problem) == -ENODEV);
	verdict("vulkan__an_unknown_feature__is_refused",
		error_of(&small, device_name(), &unknown, problem) == -EINVAL && problem[0]);
	verdict("vulkan__heads_that_are_too_wide__are_refused",
		error_of(&wide_heads, device_name(), &options, problem) == -ENODATA && strstr(problem, "512"));
	verdict("vulkan__rows_longer_than_a_buffer__are_refused",
		error_of(&small, device_name(), &narrow, problem) == -ENODATA);
}

static void check_devices(void)
{
	struct infer_vulkan_device *devices;
	int n = infer_vulkan_devices(&devices);
	bool named = n > 0;

	for (int i = 0; i < n; i++) {
		printf("# device %d: %s, %s, PCI \"%s\", features %#x%s\n", i, devices[i].name, devices[i].driver,
		       devices[i].pci, devices[i].features, devices[i].cpu ? ", a processor" : "");
		named = named && devices[i].name[0] && devices[i].driver[0] && devices[i].memory;
	}
	verdict("vulkan__devices__have_names_drivers_and_memory", named);
	free(devices);
}

static void check_deadline(void)
{
	struct infer_limits limits = { 4, 4, 2, 2, 0 };
	/* Opening waits too, so the deadline is what it fails at. */
	struct infer_vulkan_options hasty = { .deadline = 1 };
	struct infer_model *model = random_model(&small);
	struct infer_leg *leg;
	char problem[INFER_PROBLEM];
	int error = infer_vulkan_open_with(model, &limits, device_name(), &hasty, &leg, problem);

	verdict("vulkan__a_device_that_does_not_answer__is_given_up", error == -ETIMEDOUT);
	if (!error)
		infer_leg_close(leg);
	random_model_free(model);
}

int main(void)
{
	struct infer_vulkan_device *devices;
	int n = infer_vulkan_devices(&devices);

	if (n <= 0) {
		printf("skip vulkan: no device\n0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	free(devices);
	check_devices();
	check_refusals();
	check_integers("plain");
	check_integers("dots");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (can_run(ways[i].options.features)) {
			failed += conform_leg(ways[i].name, open_vulkan, (void *)&ways[i].options, 1e-9);
		} else {
			printf("skip %s: the device lacks it\n", ways[i].name);
			skipped++;
		}
	}
	check_deadline();
	printf("%u passed, %u failed, %u skipped\n", passed + conform_passed(), failed, skipped);
	return failed ? 1 : 0;
}
