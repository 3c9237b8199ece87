// SPDX-License-Identifier: GPL-2.0-or-later
/* The native leg: what its kernels compute, and that no bit depends on how work was shared. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "graph.h"
#include "native/kernels.h"
#include "quant.h"
#include "random_model.h"

#define TOKENS 600u

static const enum infer_type types[] = {
	INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K, INFER_Q6_K,
};

static const char *const variants[] = { "plain", "avx2", "avx512", "neon" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A model, and a leg whose sequence has its pages in reverse. */
struct run {
	struct infer_model *model;
	struct infer_leg *leg;
	uint32_t table[TOKENS / INFER_PAGE + 1];
};

static struct infer_model *model_of(enum infer_type type)
{
	const struct shape shape = { type, 67, 256, 2, 4, 2, 64, 512, true };

	random_seed(type + 1);
	return random_model(&shape);
}

/* false if this processor has not the variant. */
static bool open_leg(struct run *run, struct infer_model *model, const char *variant,
		     uint32_t threads, uint32_t rows)
{
	uint32_t pages = COUNT(run->table);
	struct infer_limits limits = { rows, pages, pages, 1, threads };
	int error;

	run->model = model;
	error = infer_native_open(model, &limits, variant, &run->leg);
	if (error == -ENOTSUP)
		return false;
	assert_int_equal(error, 0);
	for (uint32_t i = 0; i < pages; i++)
		run->table[i] = pages - 1 - i;
	return true;
}

/* Tokens of one sequence, @at_once a batch: the logits of the last. */
static void go(struct run *run, uint32_t tokens, uint32_t at_once, float *logits)
{
	const uint32_t *tables[] = { run->table };
	struct infer_row rows[TOKENS];

	for (uint32_t p = 0; p < tokens; p += at_once) {
		uint32_t n = tokens - p < at_once ? tokens - p : at_once, last = n - 1;
		struct infer_batch batch = { rows, tables, &last, n, 1, p + n == tokens };

		for (uint32_t i = 0; i < n; i++)
			rows[i] = (struct infer_row){ (p + i) * 13 % run->model->vocabulary, 0,
						      p + i };
		assert_int_equal(infer_graph_run(run->leg, &batch, logits), 0);
	}
}

static void assert_same(const char *variant, struct infer_model *model, uint32_t tokens,
			const uint32_t threads[2], const uint32_t at_once[2])
{
	float logits[2][67] = { { 0 } };

	for (int i = 0; i < 2; i++) {
		struct run run;

		if (!open_leg(&run, model, variant, threads[i], at_once[i]))
			return;
		go(&run, tokens, at_once[i], logits[i]);
		infer_leg_close(run.leg);
	}
	assert_true(isfinite(logits[0][0]) && logits[0][0] != logits[0][1]);
	assert_memory_equal(logits[0], logits[1], sizeof(logits[0]));
}

static void batch__gives_the_same_bits_as_each_row_alone(void **state)
{
	(void)state;
	for (size_t t = 0; t < COUNT(types); t++) {
		struct infer_model *model = model_of(types[t]);

		for (size_t v = 0; v < COUNT(variants); v++) {
			assert_same(variants[v], model, 23, (uint32_t[]){ 1, 1 },
				    (uint32_t[]){ 1, 23 });
			assert_same(variants[v], model, 23, (uint32_t[]){ 3, 2 },
				    (uint32_t[]){ 5, 11 });
		}
		random_model_free(model);
	}
}

static void threads__change_no_bit_of_a_long_sequence(void **state)
{
	struct infer_model *model = model_of(INFER_Q8_0);

	(void)state;
	/* Beyond a chunk of pages: one thread goes through all, several share them and add up. */
	for (size_t v = 0; v < COUNT(variants); v++)
		assert_same(variants[v], model, TOKENS, (uint32_t[]){ 1, 5 },
			    (uint32_t[]){ 40, 3 });
	random_model_free(model);
}

static void what_a_page_held_before__has_no_part(void **state)
{
	struct infer_model *model = model_of(INFER_F32);
	const uint32_t n = INFER_PAGE;

	(void)state;
	for (size_t v = 0; v < COUNT(variants); v++) {
		float clean[67], after[67], nans[INFER_PAGE * 128];
		struct infer_row rows[INFER_PAGE];
		struct infer_batch batch = { rows, NULL, NULL, n, 1, 0 };
		const uint32_t *tables[1];
		struct run run;

		if (!open_leg(&run, model, variants[v], 2, n))
			continue;
		go(&run, 3, 3, clean);
		tables[0] = run.table;
		batch.tables = tables;
		for (uint32_t i = 0; i < COUNT(nans); i++)
			nans[i] = NAN;
		for (uint32_t i = 0; i < n; i++)
			rows[i] = (struct infer_row){ 0, 0, i };
		assert_int_equal(run.leg->ops->write(run.leg, INFER_K, nans, COUNT(nans)), 0);
		assert_int_equal(run.leg->ops->write(run.leg, INFER_V, nans, COUNT(nans)), 0);
		assert_int_equal(run.leg->ops->begin(run.leg, &batch), 0);
		for (uint32_t layer = 0; layer < model->n_layers; layer++)
			run.leg->ops->store(run.leg, layer);
		assert_int_equal(run.leg->ops->end(run.leg, NULL), 0);
		go(&run, 3, 3, after);
		assert_memory_equal(clean, after, sizeof(clean));
		infer_leg_close(run.leg);
	}
	random_model_free(model);
}

/* Memory that ends where no other may be read. */
static uint8_t *before_a_wall(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (bytes + page - 1) / page * page;
	uint8_t *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(mprotect(memory + room, page, PROT_NONE), 0);
	return memory + room - bytes;
}

/* Floats that a row of activations may become. */
#define PREPARED 4096u

/* One row of activations times @rows of weights; false if this processor has not the variant. */
static bool multiply(const char *variant, struct native_product *product, const float *x, float *y,
		     uint32_t rows)
{
	const struct native_kernels *kernels = native_kernels_named(variant);
	float prepared[PREPARED] __attribute__((aligned(64)));
	const float *xs[1] = { x };
	float *ys[1] = { y };
	size_t floats;

	if (!kernels)
		return false;
	floats = kernels->prepared(product->type, product->columns);
	assert_true(floats <= COUNT(prepared));
	if (floats) {
		kernels->prepare(product->type, x, product->columns, prepared);
		xs[0] = prepared;
	}
	product->n = 1;
	product->x = xs;
	product->y = ys;
	kernels->product(product, 0, rows);
	return true;
}

static void product__reads_nothing_beyond_the_weights(void **state)
{
	/* Some kernels take four or eight blocks at once. */
	static const uint32_t blocks[] = { 1, 3, 4, 5, 8, 11 };

	(void)state;
	for (size_t i = 0; i < COUNT(types) * COUNT(blocks); i++) {
		enum infer_type type = types[i / COUNT(blocks)];
		uint32_t block = infer_block_values(type);
		uint32_t columns = blocks[i % COUNT(blocks)] * (block > 1 ? block : 5);
		size_t bytes = infer_row_bytes(type, columns);
		uint8_t *weights = before_a_wall(7 * bytes);
		float *x = (float *)before_a_wall(columns * sizeof(*x)), y[7];
		struct native_product product = { .type = type, .weight = weights,
						  .row_bytes = bytes, .columns = columns };

		memset(weights, 0, 7 * bytes);
		for (size_t v = 0; v < COUNT(variants); v++) {
			memset(y, 1, sizeof(y));
			for (int j = 0; multiply(variants[v], &product, x, y, 7) && j < 7; j++)
				assert_true(y[j] == 0);
		}
	}
}

/* A row of weights of a type, for the tests below */
#define COLUMNS 768u

static struct native_product some_weights(enum infer_type type, uint8_t *row, float *values)
{
	random_floats(values, COLUMNS, 1);
	infer_quantise(type, values, row, COLUMNS);
	infer_dequantise(type, row, values, COLUMNS);
	return (struct native_product){ .type = type, .weight = row, .columns = COLUMNS,
					.row_bytes = infer_row_bytes(type, COLUMNS) };
}

/* Each variant's product of a row and activations, within what sums may be off by. */
static void check_product(struct native_product *product, const float *values, const float *x)
{
	double right = 0, most = 0;
	float y;

	for (uint32_t j = 0; j < COLUMNS; j++) {
		right += (double)values[j] * x[j];
		most += fabs((double)values[j] * x[j]);
	}
	for (size_t v = 0; v < COUNT(variants); v++)
		if (multiply(variants[v], product, x, &y, 1))
			assert_true(fabs(y - right) <= 0x1p-16 * most);
}

/* Activations become integers in some kernels: neither great nor small ones may be lost by it. */
static void product__is_right_for_activations_of_any_size(void **state)
{
	static const struct {
		float all, one;
	} sizes[] = {
		{ 1, 1 },	   { 1e-20f, 1e-20f }, { 1e-30f, 1 },
		{ 1e30f, 1e30f }, { 1, 30000 },	{ 0, 0 },
	};
	float values[COLUMNS], x[COLUMNS];
	uint8_t row[sizeof(values)];

	(void)state;
	random_seed(1);
	for (size_t i = 0; i < COUNT(types) * COUNT(sizes); i++) {
		struct native_product product = some_weights(types[i / COUNT(sizes)], row, values);

		random_floats(x, COLUMNS, sizes[i % COUNT(sizes)].all);
		x[COLUMNS / 2] = sizes[i % COUNT(sizes)].one;
		check_product(&product, values, x);
	}
}

/* Weights and activations as great as they get: so are sums, where these are integers. */
static void product__of_nothing_but_the_greatest__is_right(void **state)
{
	float values[COLUMNS], x[COLUMNS];
	uint8_t row[sizeof(values)];

	(void)state;
	for (size_t i = 0; i < COUNT(types) * 4; i++) {
		struct native_product product = some_weights(types[i / 4], row, values);

		/* One 0 in each group of 16: so that minima are no more than that. */
		for (uint32_t j = 0; j < COLUMNS; j++) {
			values[j] = j % 16 ? (i & 1 ? 1 : -1) : 0;
			x[j] = i & 2 ? 1 : -1;
		}
		infer_quantise(types[i / 4], values, row, COLUMNS);
		infer_dequantise(types[i / 4], row, values, COLUMNS);
		check_product(&product, values, x);
	}
}

/* So that what is wrong with an activation is seen in the end. */
static void product__of_what_is_no_number__is_none(void **state)
{
	static const float wrong[] = { NAN, -NAN, INFINITY, -INFINITY };
	float values[COLUMNS], x[COLUMNS], y;
	uint8_t row[sizeof(values)];

	(void)state;
	random_seed(1);
	for (size_t i = 0; i < COUNT(types) * COUNT(wrong); i++) {
		struct native_product product = some_weights(types[i / COUNT(wrong)], row, values);

		random_floats(x, COLUMNS, 1);
		x[COLUMNS - 1 - i] = wrong[i % COUNT(wrong)];
		for (size_t v = 0; v < COUNT(variants); v++)
			if (multiply(variants[v], &product, x, &y, 1))
				assert_false(isfinite(y));
	}
}

static void swiglu__is_right_at_both_ends(void **state)
{
	static const float gates[] = {
		-1e9f, -200, -88, -87, -20, -1, -1e-6f, 0, 1e-6f, 1, 20, 87, 89, 200, 1e9f, 3, 4,
	};
	float up[COUNT(gates)], values[COUNT(gates)];

	(void)state;
	for (size_t v = 0; v < COUNT(variants); v++) {
		const struct native_kernels *kernels = native_kernels_named(variants[v]);

		if (!kernels)
			continue;
		for (size_t i = 0; i < COUNT(gates); i++)
			up[i] = 1;
		memcpy(values, gates, sizeof(values));
		kernels->swiglu(values, up, COUNT(gates));
		for (size_t i = 0; i < COUNT(gates); i++) {
			double right = gates[i] / (1 + exp(-(double)gates[i]));

			/* Four units in the last place; what is as small as this counts as zero. */
			assert_true(fabs(values[i] - right) <=
				    4 * 0x1p-24 * fabs(right) + 0x1p-90);
		}
	}
}

static void variant_that_is_none__is_not_supported(void **state)
{
	struct infer_model *model = model_of(INFER_F32);
	struct infer_limits limits = { 1, 1, 1, 1, 1 };
	struct infer_leg *leg;

	(void)state;
	assert_int_equal(infer_native_open(model, &limits, "avx1024", &leg), -ENOTSUP);
	random_model_free(model);
}

static void batch_of_more_rows_than_there_is_room__is_refused(void **state)
{
	struct infer_model *model = model_of(INFER_F32);
	struct infer_row rows[3] = { 0 };
	struct infer_batch batch = { .rows = rows, .n_rows = 3 };
	struct run run;

	(void)state;
	assert_true(open_leg(&run, model, NULL, 2, 2));
	assert_int_equal(run.leg->ops->begin(run.leg, &batch), -EINVAL);
	batch.n_rows = 2;
	assert_int_equal(run.leg->ops->begin(run.leg, &batch), 0);
	infer_leg_close(run.leg);
	random_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batch__gives_the_same_bits_as_each_row_alone),
		cmocka_unit_test(threads__change_no_bit_of_a_long_sequence),
		cmocka_unit_test(what_a_page_held_before__has_no_part),
		cmocka_unit_test(product__reads_nothing_beyond_the_weights),
		cmocka_unit_test(product__is_right_for_activations_of_any_size),
		cmocka_unit_test(product__of_nothing_but_the_greatest__is_right),
		cmocka_unit_test(product__of_what_is_no_number__is_none),
		cmocka_unit_test(swiglu__is_right_at_both_ends),
		cmocka_unit_test(variant_that_is_none__is_not_supported),
		cmocka_unit_test(batch_of_more_rows_than_there_is_room__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
