// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "graph.h"
#include "random_model.h"
#include "reference.h"

#define ROWS 67u
#define PAGES 48u
#define SEQUENCES 5u
#define MODEL_NMSE 1e-8

/* What checks share. @limit is the NMSE they are held to. */
struct test {
	const char *name;
	double limit;
	const struct infer_model *model;
	struct infer_leg *leg;
	struct infer_row rows[ROWS];
	uint32_t wanted[ROWS];
	uint32_t pages[SEQUENCES][PAGES];
	const uint32_t *tables[SEQUENCES];
	struct infer_batch batch;
	float *floats[INFER_BUFFERS];
	double *doubles[INFER_BUFFERS];
};

static unsigned int passed, failed;
static bool quiet;
static bool products_alone;

unsigned int conform_passed(void)
{
	return passed;
}

static void verdict(const struct test *test, const char *what, int error, double nmse, double limit)
{
	const char *type = infer_type_name(test->model->embedding.type);

	if (quiet) {
		failed += error || !(nmse <= limit);
		return;
	}
	if (!error && nmse <= limit) {
		passed++;
		printf("ok %s__%s__%s_%u_rows # NMSE %.1e\n", test->name, what, type,
		       test->batch.n_rows, nmse);
		return;
	}
	failed++;
	printf("not ok %s__%s__%s_%u_rows: ", test->name, what, type, test->batch.n_rows);
	if (error)
		printf("%s\n", strerror(-error));
	else
		printf("NMSE %.3e, want at most %.0e (model of %u values)\n", nmse, limit,
		       test->model->dim);
}

/* Rows of one sequence from @position on. */
static void batch_of(struct test *test, uint32_t sequence, uint32_t position, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		test->rows[i] = (struct infer_row) { random_below(test->model->vocabulary),
						     sequence, position + i };
	test->batch.n_rows = n;
	test->batch.n_wanted = 0;
}

static double *doubles(struct test *test, enum infer_buffer buffer, uint32_t row)
{
	return test->doubles[buffer] + row * infer_leg_width(test->model, buffer);
}

static size_t values_in(struct test *test, enum infer_buffer buffer, uint32_t rows)
{
	return rows * infer_leg_width(test->model, buffer);
}

/* The leg and the reference get the same random values. */
static int fill_to(struct test *test, enum infer_buffer buffer, float scale)
{
	uint32_t rows = buffer == INFER_LOGITS ? test->batch.n_wanted : test->batch.n_rows;
	size_t n = values_in(test, buffer, rows);

	random_floats(test->floats[buffer], n, scale);
	for (size_t i = 0; i < n; i++)
		test->doubles[buffer][i] = test->floats[buffer][i];
	return test->leg->ops->write(test->leg, buffer, test->floats[buffer], n);
}

static int fill(struct test *test, enum infer_buffer buffer)
{
	return fill_to(test, buffer, 2);
}

static double off_by(struct test *test, enum infer_buffer buffer, uint32_t rows, int *error)
{
	size_t n = values_in(test, buffer, rows);

	if (!*error)
		*error = test->leg->ops->end(test->leg, NULL);
	if (!*error)
		*error = test->leg->ops->read(test->leg, buffer, test->floats[buffer], n);
	return *error ? 0 : reference_nmse(test->floats[buffer], test->doubles[buffer], n);
}

static int begin(struct test *test)
{
	return test->leg->ops->begin(test->leg, &test->batch);
}

static void check_embed(struct test *test)
{
	int error = begin(test);
	double nmse;

	if (!error)
		test->leg->ops->embed(test->leg, &test->model->embedding);
	for (uint32_t i = 0; i < test->batch.n_rows; i++)
		reference_row(&test->model->embedding, test->rows[i].token,
			      doubles(test, INFER_X, i));
	nmse = off_by(test, INFER_X, test->batch.n_rows, &error);
	/* Nothing is added up: the very same numbers. */
	verdict(test, "embed", error, nmse, 0);
}

static void check_rms_norm(struct test *test, const char *what, float scale)
{
	const struct infer_tensor *weight = &test->model->output_norm;
	int error = fill_to(test, INFER_X, scale);
	double nmse;

	if (!error)
		error = begin(test);
	if (!error)
		test->leg->ops->rms_norm(test->leg, INFER_NORM, INFER_X, weight);
	for (uint32_t i = 0; i < test->batch.n_rows; i++)
		reference_rms_norm(test->model, weight, doubles(test, INFER_X, i),
				   doubles(test, INFER_NORM, i));
	nmse = off_by(test, INFER_NORM, test->batch.n_rows, &error);
	verdict(test, what, error, nmse, test->limit);
}

static void check_multiply(struct test *test, const char *what, enum infer_buffer dst,
			   const struct infer_tensor *weight, enum infer_buffer src,
			   const struct infer_tensor *bias, bool add)
{
	uint32_t rows = dst == INFER_LOGITS ? test->batch.n_wanted : test->batch.n_rows;
	int error = fill(test, src);
	double nmse;

	if (!error)
		error = fill(test, dst);
	if (!error)
		error = begin(test);
	if (!error)
		test->leg->ops->multiply(test->leg, dst, weight, src, bias, add);
	for (uint32_t i = 0; i < rows; i++)
		reference_multiply(weight,
				   doubles(test, src, dst == INFER_LOGITS ? test->wanted[i] : i),
				   bias, add, doubles(test, dst, i));
	nmse = off_by(test, dst, rows, &error);
	verdict(test, what, error, nmse, test->limit);
}

static void check_multiplications(struct test *test)
{
	const struct infer_layer *layer = &test->model->layers[0];

	check_multiply(test, "multiply", INFER_GATE, &layer->gate, INFER_NORM, NULL, false);
	check_multiply(test, "multiply_and_add", INFER_X, &layer->down, INFER_GATE, NULL, true);
	if (layer->q_bias.data)
		check_multiply(test, "multiply_with_bias", INFER_Q, &layer->q, INFER_NORM,
			       &layer->q_bias, false);
	test->wanted[0] = 0;
	test->wanted[1] = test->batch.n_rows - 1;
	test->batch.n_wanted = test->batch.n_rows > 1 ? 2 : 1;
	check_multiply(test, "multiply_for_wanted_rows", INFER_LOGITS, &test->model->output,
		       INFER_NORM, NULL, false);
	test->batch.n_wanted = 0;
}

static void check_rope(struct test *test, const char *what, enum infer_buffer buffer,
		       uint32_t heads)
{
	int error = fill(test, buffer);
	double nmse;

	if (!error)
		error = begin(test);
	if (!error)
		test->leg->ops->rope(test->leg, buffer);
	for (uint32_t i = 0; i < test->batch.n_rows; i++)
		reference_rope(test->model, heads, test->rows[i].position,
			       doubles(test, buffer, i));
	nmse = off_by(test, buffer, test->batch.n_rows, &error);
	verdict(test, what, error, nmse, test->limit);
}

static void check_swiglu(struct test *test)
{
	int error = fill(test, INFER_GATE);
	double nmse;

	if (!error)
		error = fill(test, INFER_UP);
	if (!error)
		error = begin(test);
	if (!error)
		test->leg->ops->swiglu(test->leg);
	for (uint32_t i = 0; i < test->batch.n_rows; i++)
		reference_swiglu(doubles(test, INFER_GATE, i), doubles(test, INFER_UP, i),
				 test->model->ffn);
	nmse = off_by(test, INFER_GATE, test->batch.n_rows, &error);
	verdict(test, "swiglu", error, nmse, test->limit);
}

/* The first rows of a batch, the last, and about each page's border: the reference is slow. */
static bool is_looked_at(const struct test *test, uint32_t row)
{
	return row < 2 || row + 1 == test->batch.n_rows ||
	       (test->rows[row].position + 1) % INFER_PAGE < 2;
}

/* One batch's keys and values into the cache, and what its rows attend to. */
static int attend_once(struct test *test, uint32_t layer, double *keys, double *values,
		       double *worst)
{
	size_t width = infer_leg_width(test->model, INFER_K);
	size_t n = infer_leg_width(test->model, INFER_HEADS);
	double *heads = test->doubles[INFER_HEADS], nmse;
	int error = fill(test, INFER_K);

	if (!error)
		error = fill(test, INFER_V);
	if (!error)
		error = fill(test, INFER_Q);
	if (!error)
		error = begin(test);
	if (error)
		return error;
	test->leg->ops->store(test->leg, layer);
	test->leg->ops->attend(test->leg, layer);
	for (uint32_t i = 0; i < test->batch.n_rows; i++) {
		uint32_t position = test->rows[i].position;

		for (size_t j = 0; j < width; j++) {
			keys[position * width + j] = reference_half(doubles(test, INFER_K, i)[j]);
			values[position * width + j] = reference_half(doubles(test, INFER_V, i)[j]);
		}
	}
	off_by(test, INFER_HEADS, test->batch.n_rows, &error);
	for (uint32_t i = 0; i < test->batch.n_rows && !error; i++) {
		if (!is_looked_at(test, i))
			continue;
		reference_attend(test->model, doubles(test, INFER_Q, i), keys, values,
				 test->rows[i].position, heads);
		nmse = reference_nmse(test->floats[INFER_HEADS] + i * n, heads, n);
		if (nmse > *worst)
			*worst = nmse;
	}
	return error;
}

/* A sequence of @total tokens, @n a batch, in the second layer's cache. */
static void check_attend(struct test *test, const char *what, uint32_t sequence, uint32_t total,
			 uint32_t n)
{
	size_t width = infer_leg_width(test->model, INFER_K);
	double *keys = calloc(total * width, sizeof(*keys)),
	       *values = calloc(total * width, sizeof(*values));
	double worst = 0;
	int error = keys && values ? 0 : -12;

	for (uint32_t p = 0; p < total && !error; p += n) {
		batch_of(test, sequence, p, total - p < n ? total - p : n);
		error = attend_once(test, test->model->n_layers - 1, keys, values, &worst);
	}
	batch_of(test, sequence, 0, n);
	verdict(test, what, error, worst, test->limit);
	free(keys);
	free(values);
}

/* One token of each of several sequences in one batch, of different lengths. */
static void check_model(struct test *test)
{
	enum { LENGTH = 41 };
	uint32_t tokens[SEQUENCES][LENGTH], n = 0;
	double *right = calloc(SEQUENCES * test->model->vocabulary, sizeof(*right));
	float *got = calloc(SEQUENCES * test->model->vocabulary, sizeof(*got));
	int error = right && got ? 0 : -12;

	for (uint32_t s = 0; s < SEQUENCES && !error; s++) {
		uint32_t length = LENGTH - 9 * s; /* 41, 32, 23, 14, 5 */

		batch_of(test, s, 0, length - 1);
		for (uint32_t i = 0; i < length - 1; i++)
			tokens[s][i] = test->rows[i].token;
		tokens[s][length - 1] = random_below(test->model->vocabulary);
		error = infer_graph_run(test->leg, &test->batch, NULL);
		reference_model(test->model, tokens[s], length,
				right + s * test->model->vocabulary);
	}
	for (uint32_t s = 0; s < SEQUENCES; s++) {
		uint32_t last = LENGTH - 9 * s - 1;

		test->rows[n] = (struct infer_row) { tokens[s][last], s, last };
		test->wanted[n] = n;
		n++;
	}
	test->batch.n_rows = n;
	test->batch.n_wanted = n;
	if (!error)
		error = infer_graph_run(test->leg, &test->batch, got);
	verdict(test, "whole_model", error,
		error ? 0 : reference_nmse(got, right, SEQUENCES * test->model->vocabulary),
		MODEL_NMSE);
	free(right);
	free(got);
}

static void prepare(struct test *test)
{
	uint32_t page = 0;

	for (uint32_t b = 0; b < INFER_BUFFERS; b++) {
		size_t n = values_in(test, b, ROWS);

		test->floats[b] = calloc(n, sizeof(float));
		test->doubles[b] = calloc(n, sizeof(double));
		if (!test->floats[b] || !test->doubles[b])
			abort();
	}
	/* Sequences take pages in turn, from the last one down: none has neighbours. */
	for (uint32_t p = 0; p < PAGES; p++) {
		for (uint32_t s = 0; s < SEQUENCES; s++)
			test->pages[s][p] = SEQUENCES * PAGES - 1 - page++;
	}
	for (uint32_t s = 0; s < SEQUENCES; s++)
		test->tables[s] = test->pages[s];
	test->batch = (struct infer_batch) {
		.rows = test->rows,
		.tables = test->tables,
		.wanted = test->wanted,
		.n_sequences = SEQUENCES,
	};
}

static void check_rows(struct test *test, uint32_t n)
{
	/* Far into a long context angles are great. */
	batch_of(test, 1, n == 1 ? PAGES * INFER_PAGE - 1 : 3, n);
	check_embed(test);
	check_rms_norm(test, "rms_norm", 2);
	/* Squares about as great as epsilon. */
	check_rms_norm(test, "rms_norm_of_small_values", 0.005f);
	check_multiplications(test);
	check_rope(test, "rope_q", INFER_Q, test->model->heads);
	check_rope(test, "rope_k", INFER_K, test->model->kv_heads);
	check_swiglu(test);
}

static void check_rest(struct test *test)
{
	check_attend(test, "attend", 2, 65, 1);
	check_attend(test, "attend_long", 3, PAGES * INFER_PAGE, ROWS);
	check_model(test);
}

static void check_shape(const char *name, const struct shape *shape, conform_open open,
			void *context, double limit)
{
	static const uint32_t counts[] = { 1, 2, 3, 5, 8, 17, ROWS };
	struct infer_limits limits = { .rows = ROWS,
				       .pages = SEQUENCES * PAGES,
				       .sequence_pages = PAGES,
				       .sequences = SEQUENCES };
	struct infer_model *model = random_model(shape);
	struct test test = { .name = name, .limit = limit, .model = model };
	int error = open(model, &limits, context, &test.leg);

	prepare(&test);
	if (error) {
		verdict(&test, "opens", error, 0, 0);
	} else {
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
			check_rows(&test, counts[i]);
		if (!products_alone)
			check_rest(&test);
		infer_leg_close(test.leg);
	}
	for (uint32_t b = 0; b < INFER_BUFFERS; b++) {
		free(test.floats[b]);
		free(test.doubles[b]);
	}
	random_model_free(model);
}

unsigned int conform_leg(const char *name, conform_open open, void *context, double kernel_nmse)
{
	/* Rows and heads that no tile divides; columns are multiples of 32 in each model. */
	static const struct shape shapes[] = {
		{ INFER_F32, 101, 96, 2, 3, 1, 32, 160, false },
		{ INFER_F16, 257, 160, 2, 5, 5, 32, 224, true },
		{ INFER_Q8_0, 301, 288, 2, 9, 3, 64, 416, false },
		{ INFER_Q4_0, 199, 288, 2, 6, 2, 80, 352, true },
		{ INFER_Q4_K, 333, 256, 2, 8, 2, 128, 768, false },
		{ INFER_Q6_K, 127, 512, 2, 4, 1, 64, 256, true },
	};
	unsigned int before = failed;

	random_seed(1);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		check_shape(name, &shapes[i], open, context, kernel_nmse);
	return failed - before;
}

unsigned int conform_quickly(conform_open open, void *context, double kernel_nmse)
{
	static const struct shape shape = { INFER_Q8_0, 67, 64, 2, 2, 1, 32, 96, true };
	unsigned int before = failed, found;

	quiet = true;
	random_seed(2);
	check_shape("", &shape, open, context, kernel_nmse);
	quiet = false;
	found = failed - before;
	failed = before;
	return found;
}

unsigned int conform_products(const char *name, conform_open open, void *context,
			      double kernel_nmse)
{
	unsigned int bad;

	products_alone = true;
	bad = conform_leg(name, open, context, kernel_nmse);
	products_alone = false;
	return bad;
}
