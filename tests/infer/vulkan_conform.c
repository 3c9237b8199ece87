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
#include "vulkan/devices.h"
#include "vulkan/vulkan.h"

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

static const char *device_name(void)
{
	const char *name = getenv("HEADGATE_TEST_VULKAN");

	return name ? name : "0";
}

static int open_vulkan(const struct infer_model *model, const struct infer_limits *limits,
		       void *context, struct infer_leg **leg)
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
	static const struct {
		uint32_t rows, columns;
	} sizes[] = { { 1, 4 }, { 7, 260 }, { 333, 4096 } };
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

/* They check what they read, copied and multiplied themselves. */
static void check_peaks(void)
{
	struct infer_vulkan_peaks *peaks = NULL;
	struct infer_model *model;
	struct infer_leg *leg;
	int error = open_small("plain", &model, &leg);

	if (error) {
		verdict("vulkan__peaks__opens", false);
		return;
	}
	/* No multiple of what a kernel's invocations read at a time. */
	error = infer_vulkan_peaks_open(leg, (9u << 20) + 16 * 77, &peaks);
	verdict("vulkan__peaks__are_of_right_answers", !error);
	if (!error)
		verdict("vulkan__peaks__are_measured", infer_vulkan_peaks_read(peaks) > 0 &&
							       infer_vulkan_peaks_copy(peaks) > 0 &&
							       infer_vulkan_peaks_fma(peaks) > 0);
	infer_vulkan_peaks_close(peaks);
	close_small(model, leg);
}

/* How an open that must fail does. */
static int error_of(const struct shape *shape, const char *device,
		    const struct infer_vulkan_options *options, char problem[INFER_PROBLEM])
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

/*
 * Opening waits for the weights to arrive, so that is where a deadline of nothing is missed: in
 * each try, but where this process is held up for longer than the copy takes.
 */
static void check_deadline(void)
{
	struct infer_vulkan_options hasty = { .deadline = 1 };
	int error = 0;

	for (int i = 0; i < 20 && !error; i++) {
		char problem[INFER_PROBLEM];

		error = error_of(&small, device_name(), &hasty, problem);
	}
	verdict("vulkan__a_device_that_does_not_answer__is_given_up", error == -ETIMEDOUT);
}

static void check_choice(void)
{
	static const struct infer_vulkan_device all[] = {
		{ .name = "Old GPU", .usable = false },
		{ .name = "A processor", .cpu = true, .usable = true },
		{ .name = "Small GPU", .integrated = true, .usable = true, .pci = "0000:00:02.0" },
		{ .name = "Large GPU", .usable = true, .pci = "0000:03:00.0" },
	};
	static const struct {
		const char *name, *wanted;
		int n, chosen;
		const char *why;
	} cases[] = {
		{ "by_default__a_device_with_its_own_memory_is_chosen", NULL, 4, 3, NULL },
		{ "by_default__a_small_device_is_chosen_before_a_processor", NULL, 3, 2, NULL },
		{ "by_default__a_processor_is_not_chosen", "", 2, -ENODEV, "name one as vulkan:1 to use it" },
		{ "by_default__a_device_that_cannot_be_used_is_not_chosen", NULL, 1, -ENODEV, "none has Vulkan 1.1" },
		{ "a_part_of_a_name__names_a_device", "small", 4, 2, NULL },
		{ "a_pci_address__names_a_device", "0000:03:00.0", 4, 3, NULL },
		{ "a_number__names_a_device", "1", 4, 1, NULL },
		{ "a_number__that_cannot_be_used_is_refused", "0", 4, -ENODEV, "Vulkan device 0 cannot be used" },
		{ "a_number__past_the_end_is_refused", "4", 4, -ENODEV, "no Vulkan device 4, only 0 to 3:" },
		{ "a_number__past_the_only_one_is_refused", "7", 1, -ENODEV, "no Vulkan device 7, only 0:" },
		{ "a_name__that_cannot_be_used_is_refused", "old", 4, -ENODEV, "has \"old\" in its name" },
		{ "no_device__is_told", "0", 0, -ENODEV, "no Vulkan device here" },
	};
	char name[128], why[INFER_PROBLEM];
	int chosen;
	bool told;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "vulkan__%s", cases[i].name);
		vk_devices_why(all, cases[i].n, cases[i].wanted, why);
		told = !cases[i].why || strstr(why, cases[i].why);
		chosen = vk_devices_choose(all, cases[i].n, cases[i].wanted);
		verdict(name, chosen == cases[i].chosen && told);
	}
	vk_devices_why(&all[1], 1, NULL, why);
	verdict("vulkan__the_only_processor__is_told_how_to_name", strstr(why, "name it as vulkan:0 to use it"));
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
	if (!open_vulkan(model, &limits, &options, &leg)) {
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
	verdict(name, wrong == 0);
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

	if (open_small("plain", &model, &leg)) {
		verdict("vulkan__rounding__opens", false);
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
	verdict("vulkan__values_in_the_cache__are_rounded_to_nearest_even", right);
	close_small(model, leg);
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

	if (open_small("plain", &model, &leg)) {
		verdict("vulkan__recovery__opens", false);
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
	verdict("vulkan__a_weight_beyond_the_end__fails_its_batch_alone", first == -EINVAL && !second);
	batch.n_rows = 0;
	verdict("vulkan__a_batch_of_no_rows__is_refused", leg->ops->begin(leg, &batch) == -EINVAL);
	close_small(model, leg);
}

static void check_times(void)
{
	struct infer_model *model;
	struct infer_leg *leg;
	float values[64];
	struct infer_vulkan_times times;
	bool right;

	if (open_small("plain", &model, &leg)) {
		verdict("vulkan__times__opens", false);
		return;
	}
	right = !leg->ops->read(leg, INFER_X, values, 64);
	times = infer_vulkan_times(leg);
	verdict("vulkan__the_device_s_time__is_within_the_host_s", right && times.host && times.gpu <= times.host);
	close_small(model, leg);
}

/* vulkan_conform [NAME]: of the ways, that one alone. */
int main(int argc, char **argv)
{
	struct infer_vulkan_device *devices;
	int n;

	check_choice();
	n = infer_vulkan_devices(&devices);
	if (n <= 0) {
		printf("skip vulkan: no device\n%u passed, %u failed, 1 skipped\n", passed, failed);
		return failed ? 1 : 0;
	}
	free(devices);
	check_devices();
	check_refusals();
	check_integers("plain");
	check_integers("dots");
	check_peaks();
	check_halves("plain");
	check_rounding();
	check_recovery();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (argc > 1 && strcmp(argv[1], ways[i].name))
			continue;
		if (can_run(ways[i].options.features)) {
			failed += (ways[i].products ? conform_products : conform_leg)
				  (ways[i].name, open_vulkan, (void *)&ways[i].options, 1e-9);
		} else {
			printf("skip %s: the device lacks it\n", ways[i].name);
			skipped++;
		}
	}
	check_times();
	check_deadline();
	printf("%u passed, %u failed, %u skipped\n", passed + conform_passed(), failed, skipped);
	return failed ? 1 : 0;
}
