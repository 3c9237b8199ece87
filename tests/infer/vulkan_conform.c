// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each variant of the Vulkan leg's kernels, on the device named in HEADGATE_TEST_VULKAN or the
 * first there is; VK_ICD_FILENAMES says which drivers are asked.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "half.h"
#include "random_model.h"
#include "vulkan/vulkan.h"
#include "vulkan_world.h"

/* Matrices of the checks are longer than this, and some rows of them a sixteenth of it. */
#define TINY_RANGE (16u << 10)
/* Two pages: long sequences are shared by many workgroups. */
#define SHORT_SPAN 64u

static const struct {
	const char *name;
	struct infer_vulkan_options options;
	bool products; /* differ from the others', and no other kernels do */
} ways[] = {
	{ "vulkan_plain", { .features = "plain" }, false },
	{ "vulkan_subgroups", { .features = "subgroups" }, true },
	{ "vulkan_halves", { .features = "halves" }, true },
	{ "vulkan_all", { .features = "subgroups,halves" }, false },
	{ "vulkan_split", { .features = "plain", .max_range = TINY_RANGE, .attend_span = SHORT_SPAN },
	  false },
};

static bool can_run(const char *features)
{
	struct infer_model *model;
	struct infer_leg *leg;
	int error = vulkan_open_small(features, &model, &leg);

	if (!error)
		vulkan_close_small(model, leg);
	return error != -ENODATA;
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
	static const struct {
		uint32_t rows, columns;
	} sizes[] = { { 1, 4 }, { 7, 260 }, { 333, 4096 } };
	struct infer_model *model;
	struct infer_leg *leg;
	char name[128];

	if (!can_run(features)) {
		snprintf(name, sizeof(name), "vulkan_%s__integers", features);
		vulkan_skip(name, "the device lacks it");
		return;
	}
	if (vulkan_open_small(features, &model, &leg)) {
		vulkan_verdict("vulkan__integers__opens", false);
		return;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "vulkan_%s__integers__%u_by_%u_are_exact", features, sizes[i].rows,
			 sizes[i].columns);
		vulkan_verdict(name, integers_are_right(leg, sizes[i].rows, sizes[i].columns));
	}
	vulkan_close_small(model, leg);
}

/* They check what they read, copied and multiplied themselves. */
static void check_peaks(void)
{
	struct infer_vulkan_peaks *peaks = NULL;
	struct infer_model *model;
	struct infer_leg *leg;
	int error = vulkan_open_small("plain", &model, &leg);

	if (error) {
		vulkan_verdict("vulkan__peaks__opens", false);
		return;
	}
	/* No multiple of what a kernel's invocations read at a time. */
	error = infer_vulkan_peaks_open(leg, (9u << 20) + 16 * 77, &peaks);
	vulkan_verdict("vulkan__peaks__are_of_right_answers", !error);
	if (!error)
		vulkan_verdict("vulkan__peaks__are_measured",
			       infer_vulkan_peaks_read(peaks) > 0 &&
				       infer_vulkan_peaks_copy(peaks) > 0 &&
				       infer_vulkan_peaks_fma(peaks) > 0);
	infer_vulkan_peaks_close(peaks);
	vulkan_close_small(model, leg);
}

static bool same(float a, float b)
{
	return isnan(b) ? isnan(a) : !memcmp(&a, &b, sizeof(a));
}

/* A table of 2048 tokens whose weights are all the bits that 16 can be. */
static void check_halves(const char *features)
{
	static const struct shape shape = { INFER_F16, 2048, 32, 1, 1, 1, 32, 32, false };
	struct infer_limits limits = { 2048, 64, 64, 1, 0 };
	struct infer_vulkan_options options = { .features = features };
	struct infer_model *model = random_model(&shape);
	struct infer_row *rows = calloc(2048, sizeof(*rows));
	float *values = calloc(65536, sizeof(*values));
	uint32_t pages[64] = { 0 };
	const uint32_t *tables[] = { pages };
	struct infer_batch batch = { rows, tables, NULL, 2048, 1, 0 };
	uint16_t *weights = (uint16_t *)model->embedding.data;
	struct infer_leg *leg;
	uint32_t wrong = 65536;
	char name[128];

	for (uint32_t i = 0; i < 65536; i++)
		weights[i] = (uint16_t)i;
	for (uint32_t i = 0; i < 2048; i++)
		rows[i] = (struct infer_row){ i, 0, i };
	if (!vulkan_open(model, &limits, &options, &leg)) {
		int error = leg->ops->begin(leg, &batch);

		if (!error) {
			leg->ops->embed(leg, &model->embedding);
			error = leg->ops->end(leg, NULL);
		}
		if (!error && !leg->ops->read(leg, INFER_X, values, 65536)) {
			wrong = 0;
			for (uint32_t i = 0; i < 65536; i++)
				wrong += !same(values[i], infer_half_to_float((uint16_t)i));
		}
		infer_leg_close(leg);
	}
	snprintf(name, sizeof(name), "vulkan_%s__each_half__is_read_exactly", features);
	vulkan_verdict(name, wrong == 0);
	random_model_free(model);
	free(rows);
	free(values);
}

/* With one position attention gives its value back to both heads, as the cache has it. */
static int through_cache(struct infer_leg *leg, const float in[32], float out[64])
{
	struct infer_row row = { 0, 0, 0 };
	uint32_t pages[] = { 3, 0 };
	const uint32_t *tables[] = { pages };
	struct infer_batch batch = { &row, tables, NULL, 1, 1, 0 };
	const float zeros[64] = { 0 };
	int error = leg->ops->write(leg, INFER_V, in, 32);

	if (!error)
		error = leg->ops->write(leg, INFER_K, zeros, 32);
	if (!error)
		error = leg->ops->write(leg, INFER_Q, zeros, 64);
	if (!error)
		error = leg->ops->begin(leg, &batch);
	if (error)
		return error;
	leg->ops->store(leg, 0);
	leg->ops->attend(leg, 0);
	error = leg->ops->end(leg, NULL);
	return error ? error : leg->ops->read(leg, INFER_HEADS, out, 64);
}

static void check_rounding(void)
{
	/* Middles between two halves, which go down or up, and what is beside them; ends. */
	static const float usual[16] = {
		1 + 1 / 2048.0f, 1 + 3 / 2048.0f, 1 + 33 / 65536.0f, 1 + 31 / 65536.0f,
		-1 - 1 / 2048.0f, -1 - 3 / 2048.0f, 2 - 1 / 2048.0f, 0,
		65504, 65519.99f, 65520, -65520,
		1e9f, 2049, 2051, -2051,
	};
	/* The least ones, in units of the least. */
	static const float least[16] = {
		1024, 1023.5f, 1023.75f, 1, 0.5f, 0.50000006f, 1.5f, 2.5f,
		3.5f, -0.5f, 0.25f, 0.49999997f, 0.015625f, -1.5f, -0.00001f, 341.25f,
	};
	float in[32];
	struct infer_model *model;
	struct infer_leg *leg;
	float out[64];
	bool right;

	if (vulkan_open_small("plain", &model, &leg)) {
		vulkan_verdict("vulkan__rounding__opens", false);
		return;
	}
	for (int i = 0; i < 16; i++) {
		in[i] = usual[i];
		in[16 + i] = least[i] / (1 << 24);
	}
	right = !through_cache(leg, in, out);
	for (int i = 0; i < 64 && right; i++) {
		float want = infer_half_to_float(infer_half_from_float(in[i % 32]));

		right = out[i] == want; /* the sign of zero is lost in sums */
		if (!right)
			printf("# %a became %a, not %a\n", (double)in[i % 32], (double)out[i], (double)want);
	}
	vulkan_verdict("vulkan__values_in_the_cache__are_rounded_to_nearest_even", right);
	vulkan_close_small(model, leg);
}

static void check_recovery(void)
{
	struct infer_row row = { 1, 0, 0 };
	uint32_t pages[] = { 0, 1 };
	const uint32_t *tables[] = { pages };
	struct infer_batch batch = { &row, tables, NULL, 1, 1, 0 };
	struct infer_model *model;
	struct infer_leg *leg;
	struct infer_tensor beyond;
	int first, second = -EINVAL;

	if (vulkan_open_small("plain", &model, &leg)) {
		vulkan_verdict("vulkan__recovery__opens", false);
		return;
	}
	beyond = model->embedding;
	beyond.offset = model->weights_bytes - 32;
	first = leg->ops->begin(leg, &batch);
	if (!first) {
		leg->ops->embed(leg, &beyond);
		first = leg->ops->end(leg, NULL);
		second = leg->ops->begin(leg, &batch);
	}
	if (!second) {
		leg->ops->embed(leg, &model->embedding);
		second = leg->ops->end(leg, NULL);
	}
	vulkan_verdict("vulkan__a_weight_beyond_the_end__fails_its_batch_alone", first == -EINVAL && !second);
	batch.n_rows = 0;
	vulkan_verdict("vulkan__a_batch_of_no_rows__is_refused", leg->ops->begin(leg, &batch) == -EINVAL);
	vulkan_close_small(model, leg);
}

static void check_times(void)
{
	struct infer_model *model;
	struct infer_leg *leg;
	float values[64];
	struct infer_vulkan_times times;
	bool right;

	if (vulkan_open_small("plain", &model, &leg)) {
		vulkan_verdict("vulkan__times__opens", false);
		return;
	}
	right = !leg->ops->read(leg, INFER_X, values, 64);
	times = infer_vulkan_times(leg);
	vulkan_verdict("vulkan__the_device_s_time__is_within_the_host_s", right && times.host && times.gpu <= times.host);
	vulkan_close_small(model, leg);
}

/* vulkan_conform [NAME]: of the ways, that one alone. */
int main(int argc, char **argv)
{
	unsigned int failed = 0;

	if (!vulkan_is_there())
		return vulkan_sum_up(0);
	check_integers("plain");
	check_integers("dots");
	check_peaks();
	check_halves("plain");
	check_rounding();
	check_recovery();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (argc > 1 && strcmp(argv[1], ways[i].name))
			continue;
		if (can_run(ways[i].options.features))
			failed += (ways[i].products ? conform_products : conform_leg)
				  (ways[i].name, vulkan_open, (void *)&ways[i].options, 1e-9);
		else
			vulkan_skip(ways[i].name, "the device lacks it");
	}
	check_times();
	return vulkan_sum_up(failed);
}
