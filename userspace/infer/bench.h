/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a leg multiplies, beside what its device gives at most in the same second. */
#ifndef INFER_BENCH_H
#define INFER_BENCH_H

#include "leg.h"
#include "peaks.h"

/* Rounds of a measurement, in each of which everything is measured once. */
#define INFER_BENCH_ROUNDS 9

/**
 * struct infer_bench - a matrix to multiply with
 * @model: without layers; its output is the matrix, [vocabulary][dim]
 * @rows: of activations at once
 */
struct infer_bench {
	struct infer_model model;
	uint32_t rows;
};

/**
 * struct infer_bench_times - what rounds gave, side by side what the same round gave
 * @product: of the matrix, seconds
 * @read, @copy: bytes a second of the device's memory; of one row alone, which memory bounds
 * @fma: operations a second; of many rows alone, which arithmetic bounds
 */
struct infer_bench_times {
	double product[INFER_BENCH_ROUNDS], read[INFER_BENCH_ROUNDS], copy[INFER_BENCH_ROUNDS], fma[INFER_BENCH_ROUNDS];
};

/**
 * infer_bench_open() - random weights
 * @bytes: of the matrix, about
 *
 * Return: 0, and infer_bench_close() frees what @bench holds; -ENOMEM.
 */
int infer_bench_open(struct infer_bench *bench, enum infer_type type, uint32_t columns, size_t bytes, uint32_t rows);
void infer_bench_close(struct infer_bench *bench);

/* What a leg must be opened with to run it. */
struct infer_limits infer_bench_limits(const struct infer_bench *bench, uint32_t threads);

/**
 * infer_bench_run() - rounds on a leg that was opened for bench->model
 * @peaks: of the same leg
 *
 * Return: 0, or the leg's error.
 */
int infer_bench_run(const struct infer_bench *bench, struct infer_leg *leg, struct infer_peaks *peaks,
		    struct infer_bench_times *times);

/* F32 operations of a product, two for a multiplication with an addition. */
double infer_bench_operations(const struct infer_bench *bench);
size_t infer_bench_bytes(const struct infer_bench *bench);

#endif
