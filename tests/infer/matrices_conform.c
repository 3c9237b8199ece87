// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Products by cooperative matrices, which are of halves: that they are used where a device has
 * them, and right whatever the sizes of values; and all else beside them. The device is found as in
 * vulkan_world.c.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "driver.h"
#include "random_model.h"
#include "reference.h"
#include "vulkan/vleg.h"
#include "vulkan/vulkan.h"
#include "vulkan_world.h"

#define ROWS 67u
#define LIMIT 1e-9

static unsigned int passed, failed;

/* A product of @model's gate with @src, [ROWS][dim]; @got is [ROWS][ffn], @right a row of it. */
struct test {
	struct infer_model *model;
	struct infer_leg *leg;
	float *src, *got;
	double *right;
};

static const struct shape shapes[] = {
	{ INFER_F16, 33, 160, 1, 1, 1, 32, 224, false },
	{ INFER_Q8_0, 33, 288, 1, 1, 1, 64, 416, false },
	{ INFER_Q4_0, 33, 288, 1, 1, 1, 64, 352, false },
	{ INFER_Q4_K, 33, 512, 1, 1, 1, 64, 256, false },
	{ INFER_Q6_K, 33, 512, 1, 1, 1, 64, 256, false },
};

/* Where a block's scale is, and the bytes to the next one; Q4_K's minimum is behind its scale. */
static const struct {
	enum infer_type type;
	size_t offset, stride, n;
} scales[] = {
	{ INFER_F16, 0, sizeof(uint16_t), 1 },
	{ INFER_Q8_0, offsetof(struct infer_q8_0, d), sizeof(struct infer_q8_0), 1 },
	{ INFER_Q4_0, offsetof(struct infer_q4_0, d), sizeof(struct infer_q4_0), 1 },
	{ INFER_Q4_K, offsetof(struct infer_q4_k, d), sizeof(struct infer_q4_k), 2 },
	{ INFER_Q6_K, offsetof(struct infer_q6_k, d), sizeof(struct infer_q6_k), 1 },
};

static void verdict(const struct test *test, const char *what, bool right, double nmse)
{
	printf("%s matrices__%s__%s # NMSE %.1e\n", right ? "ok" : "not ok", what,
	       infer_type_name(test->model->embedding.type), nmse);
	if (right)
		passed++;
	else
		failed++;
}

static int open_matrices(const struct infer_model *model, const struct infer_limits *limits,
			 void *context, struct infer_leg **leg)
{
	/* A minute: where GPUs are processors, kernels are compiled as they first run. */
	struct infer_vulkan_options options = { .features = "halves,matrices", .deadline = 60000000000 };
	char problem[INFER_PROBLEM];

	(void)context;
	return infer_vulkan_open_with(model, limits, vulkan_device(), &options, leg, problem);
}

static int open_leg(struct test *test)
{
	struct infer_limits limits = { ROWS, 4, 4, 1, 0 };

	return open_matrices(test->model, &limits, NULL, &test->leg);
}

static int run(struct test *test)
{
	struct infer_row rows[ROWS] = { { 0, 0, 0 } };
	uint32_t pages[] = { 0, 1, 2, 3 };
	const uint32_t *tables[] = { pages };
	struct infer_batch batch = { rows, tables, NULL, ROWS, 1, 0 };
	const struct infer_tensor *weight = &test->model->layers[0].gate;
	int error = test->leg->ops->write(test->leg, INFER_NORM, test->src, ROWS * weight->columns);

	for (uint32_t i = 0; i < ROWS; i++)
		rows[i].position = i;
	if (!error)
		error = test->leg->ops->begin(test->leg, &batch);
	if (error)
		return error;
	test->leg->ops->multiply(test->leg, INFER_GATE, weight, INFER_NORM, NULL, false);
	error = test->leg->ops->end(test->leg, NULL);
	if (error)
		return error;
	return test->leg->ops->read(test->leg, INFER_GATE, test->got, ROWS * weight->rows);
}

/* The worst of rows' NMSE, but for row @but. */
static double worst(struct test *test, uint32_t but)
{
	const struct infer_tensor *weight = &test->model->layers[0].gate;
	double *src = calloc(weight->columns, sizeof(*src)), most = 0;

	for (uint32_t row = 0; row < ROWS; row++) {
		double nmse;

		for (uint32_t i = 0; i < weight->columns; i++)
			src[i] = test->src[row * weight->columns + i];
		reference_multiply(weight, src, NULL, false, test->right);
		nmse = reference_nmse(test->got + row * weight->rows, test->right, weight->rows);
		if (row != but && !(nmse <= most))
			most = nmse;
	}
	free(src);
	return most;
}

static void check_product(struct test *test, const char *what)
{
	int error = run(test);
	double nmse = error ? INFINITY : worst(test, ROWS);

	verdict(test, what, nmse <= LIMIT, nmse);
}

static void fill(struct test *test)
{
	random_floats(test->src, ROWS * test->model->layers[0].gate.columns, 2);
}

/* From 2^-30 to 2^30 along each row, or back: what fits a half changes on the way. */
static void slope(struct test *test, int direction)
{
	uint32_t columns = test->model->layers[0].gate.columns;

	fill(test);
	for (uint32_t i = 0; i < ROWS * columns; i++) {
		int exponent = (int)(i % columns * 60 / columns) - 30;

		test->src[i] = ldexpf(test->src[i], direction * exponent);
	}
}

static void check_sources(struct test *test)
{
	uint32_t columns = test->model->layers[0].gate.columns;
	double nmse;
	int error;
	bool zero = true;

	slope(test, 1);
	check_product(test, "values_that_grow_along_a_row");
	slope(test, -1);
	check_product(test, "values_that_shrink_along_a_row");
	fill(test);
	for (uint32_t i = 0; i < ROWS * columns; i++)
		test->src[i] = ldexpf(test->src[i], -(int)(i / columns % 20));
	check_product(test, "rows_of_different_sizes");
	fill(test);
	for (uint32_t i = 0; i < ROWS * columns; i++)
		test->src[i] = ldexpf(test->src[i], -90);
	check_product(test, "the_smallest_values");
	for (uint32_t i = 0; i < ROWS * columns; i++)
		test->src[i] = ldexpf(test->src[i], 205);
	check_product(test, "the_largest_values");

	fill(test);
	test->src[5 * columns + 3] = INFINITY;
	test->src[5 * columns + 40] = NAN;
	error = run(test);
	nmse = error ? INFINITY : worst(test, 5);
	verdict(test, "a_row_that_is_not_finite__spoils_no_other", nmse <= LIMIT, nmse);

	memset(test->src, 0, ROWS * columns * sizeof(float));
	error = run(test);
	for (uint32_t i = 0; i < ROWS * test->model->layers[0].gate.rows; i++)
		zero = zero && test->got[i] == 0;
	verdict(test, "nothing__gives_nothing", !error && zero, 0);
}

/* Each scale becomes that half, each second one its negative; of F16 each weight. */
static void rescale(struct test *test, uint16_t half)
{
	const struct infer_tensor *weight = &test->model->layers[0].gate;
	size_t i = 0, at, bytes = infer_row_bytes(weight->type, weight->columns) * weight->rows;

	while (scales[i].type != weight->type)
		i++;
	for (at = scales[i].offset; at < bytes; at += scales[i].stride) {
		uint16_t *scale = (uint16_t *)((char *)weight->data + at);

		for (size_t j = 0; j < scales[i].n; j++)
			scale[j] = half | (random_below(2) ? 0x8000 : 0);
	}
}

static void check_weights(struct test *test, const char *what, uint16_t half)
{
	rescale(test, half);
	if (open_leg(test)) {
		verdict(test, what, false, INFINITY);
		return;
	}
	fill(test);
	check_product(test, what);
	infer_leg_close(test->leg);
}

static void check_use(struct test *test)
{
	static const int variants[] = {
		[INFER_F16] = VK_VARIANT_gemm_f16_matrices,
		[INFER_Q8_0] = VK_VARIANT_gemm_q8_0_matrices,
		[INFER_Q4_0] = VK_VARIANT_gemm_q4_0_matrices,
		[INFER_Q4_K] = VK_VARIANT_gemm_q4_k_matrices,
		[INFER_Q6_K] = VK_VARIANT_gemm_q6_k_matrices,
	};
	const struct gpu *gpu = &vleg_of(test->leg)->gpu;

	verdict(test, "are_used", gpu->pipelines[variants[test->model->embedding.type]], 0);
	verdict(test, "want_full_subgroups", !driver.partial, 0);
}

static void check(const struct shape *shape)
{
	struct test test = { .model = random_model(shape) };
	const struct infer_tensor *weight = &test.model->layers[0].gate;

	test.src = calloc(ROWS * weight->columns, sizeof(float));
	test.got = calloc(ROWS * weight->rows, sizeof(float));
	test.right = calloc(weight->rows, sizeof(double));
	if (!test.src || !test.got || !test.right)
		abort();
	if (open_leg(&test)) {
		verdict(&test, "opens", false, INFINITY);
	} else {
		check_sources(&test);
		check_use(&test);
		infer_leg_close(test.leg);
		check_weights(&test, "the_largest_weights", 0x7bff);
		check_weights(&test, "the_smallest_weights", 0x0001);
		check_weights(&test, "no_weights", 0x0000);
	}
	free(test.src);
	free(test.got);
	free(test.right);
	random_model_free(test.model);
}

static int offered(void)
{
	struct test test = { .model = random_model(&shapes[0]) };
	int error = open_leg(&test);

	if (!error)
		infer_leg_close(test.leg);
	random_model_free(test.model);
	return error;
}

int main(void)
{
	int error;

	random_seed(1);
	error = offered();
	if (error == -ENODATA || error == -ENODEV) {
		printf("skip matrices: %s\n0 passed, 0 failed, 1 skipped\n",
		       error == -ENODEV ? "no device" : "the device lacks them, or the build left them out");
		return 0;
	}
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		check(&shapes[i]);
	failed += conform_leg("vulkan_matrices", open_matrices, NULL, LIMIT);
	printf("%u passed, %u failed, 0 skipped\n", passed + conform_passed(), failed);
	return failed ? 1 : 0;
}
