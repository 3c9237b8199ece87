// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "quant.h"

/* Rows made of random numbers; the others repeat them, which a product does not notice. */
#define RANDOM_ROWS 64u
/* Products before any is measured. */
#define WARM_UP 2

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static float next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (float)(int32_t)(*state >> 32) * 0x1p-31f;
}

static int make_weights(uint8_t *weights, enum infer_type type, uint32_t rows, uint32_t columns)
{
	size_t row_bytes = infer_row_bytes(type, columns);
	float *values = malloc(columns * sizeof(*values));
	uint64_t state = 1;

	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows; i++) {
		if (i >= RANDOM_ROWS) {
			memcpy(weights + i * row_bytes, weights + (i - RANDOM_ROWS) * row_bytes, row_bytes);
			continue;
		}
		for (uint32_t j = 0; j < columns; j++)
			values[j] = next_random(&state);
		infer_quantise(type, values, weights + i * row_bytes, columns);
	}
	free(values);
	return 0;
}

int infer_bench_open(struct infer_bench *bench, enum infer_type type, uint32_t columns, size_t bytes, uint32_t rows)
{
	size_t row_bytes = infer_row_bytes(type, columns);
	uint32_t matrix_rows = (uint32_t)(bytes / row_bytes) & ~(RANDOM_ROWS - 1);
	uint8_t *weights;

	if (!matrix_rows)
		matrix_rows = RANDOM_ROWS;
	weights = aligned_alloc(4096, (matrix_rows * row_bytes + 4095) & ~(size_t)4095);
	if (!weights)
		return -ENOMEM;
	if (make_weights(weights, type, matrix_rows, columns)) {
		free(weights);
		return -ENOMEM;
	}
	*bench = (struct infer_bench) {
		.model = {
			.name = "bench", .vocabulary = matrix_rows, .dim = columns, .heads = 1, .kv_heads = 1,
			.head_dim = 32, .ffn = 32, .context = INFER_PAGE, .weights = weights,
			.weights_bytes = matrix_rows * row_bytes,
			.output = { .data = weights, .type = type, .rows = matrix_rows, .columns = columns },
		},
		.rows = rows,
	};
	bench->model.embedding = bench->model.output;
	return 0;
}

void infer_bench_close(struct infer_bench *bench)
{
	free((void *)bench->model.weights);
}

struct infer_limits infer_bench_limits(const struct infer_bench *bench, uint32_t threads)
{
	uint32_t pages = (bench->rows + INFER_PAGE - 1) / INFER_PAGE;

	return (struct infer_limits) {
		.rows = bench->rows, .pages = pages, .sequence_pages = pages, .sequences = bench->rows, .threads = threads,
	};
}

double infer_bench_operations(const struct infer_bench *bench)
{
	return 2.0 * bench->model.vocabulary * bench->model.dim * bench->rows;
}

size_t infer_bench_bytes(const struct infer_bench *bench)
{
	return bench->model.weights_bytes;
}

/* What the rounds share. */
struct run {
	const struct infer_bench *bench;
	struct infer_leg *leg;
	struct infer_peaks *peaks;
	struct infer_batch batch;
};

static int product(const struct run *run, double *seconds)
{
	double start = now();
	int error = run->leg->ops->begin(run->leg, &run->batch);

	if (!error) {
		run->leg->ops->multiply(run->leg, INFER_LOGITS, &run->bench->model.output, INFER_NORM, NULL, false);
		error = run->leg->ops->end(run->leg, NULL);
	}
	*seconds = infer_peaks_took(run->peaks, now() - start);
	return error;
}

static int rounds(const struct run *run, struct infer_bench_times *times)
{
	bool one = run->bench->rows == 1;
	double ignored;
	int error = 0;

	for (int i = 0; i < WARM_UP && !error; i++)
		error = product(run, &ignored);
	for (int i = 0; i < INFER_BENCH_ROUNDS && !error; i++) {
		times->read[i] = one ? infer_peaks_read(run->peaks) : 0;
		times->fma[i] = one ? 0 : infer_peaks_fma(run->peaks);
		error = product(run, &times->product[i]);
		times->copy[i] = one ? infer_peaks_copy(run->peaks) : 0;
	}
	return error;
}

int infer_bench_run(const struct infer_bench *bench, struct infer_leg *leg, struct infer_peaks *peaks,
		    struct infer_bench_times *times)
{
	uint32_t n = bench->rows;
	struct infer_row *rows = calloc(n, sizeof(*rows));
	uint32_t *wanted = calloc(n, sizeof(*wanted)), *table = calloc(n, sizeof(*table));
	float *activations = calloc((size_t)n * bench->model.dim, sizeof(*activations));
	const uint32_t *tables[1] = { table };
	struct run run = { bench, leg, peaks, { rows, tables, wanted, n, 1, n } };
	uint64_t state = 2;
	int error = -ENOMEM;

	if (rows && wanted && table && activations) {
		for (uint32_t i = 0; i < n; i++) {
			rows[i].position = wanted[i] = i;
			table[i] = i;
		}
		for (size_t i = 0; i < (size_t)n * bench->model.dim; i++)
			activations[i] = next_random(&state);
		error = leg->ops->write(leg, INFER_NORM, activations, (size_t)n * bench->model.dim);
		if (!error)
			error = rounds(&run, times);
	}
	free(rows);
	free(wanted);
	free(table);
	free(activations);
	return error;
}
