// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bandwidth.h"
#include "kernels.h"
#include "pool.h"

#define LEAST_BYTES (256u << 20)
/* A thread's turn: little, so that a thread that has to wait is helped out. */
#define TURN_BYTES (1u << 20)
/* Some 2 ms of multiplications on each thread, in turns of some 100 us. */
#define FMA_ROUNDS 20000u
#define FMA_TURNS 16u
#define PASSES 5

struct infer_bandwidth {
	struct native_pool *pool;
	const struct native_kernels *kernels;
	size_t bytes;
	uint8_t *from, *to;
	uint64_t sums[NATIVE_THREADS][8]; /* a cache line each, so that nothing read is found to be of no use */
	float products[NATIVE_THREADS];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t default_bytes(void)
{
	long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);

	if (cache <= 0)
		cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
	return most(4 * (size_t)(cache > 0 ? cache : 0), LEAST_BYTES);
}

static void fill(void *context, uint32_t turn, uint32_t thread)
{
	struct infer_bandwidth *bandwidth = context;

	(void)thread;
	memset(bandwidth->from + (size_t)turn * TURN_BYTES, (int)turn + 1, TURN_BYTES);
	memset(bandwidth->to + (size_t)turn * TURN_BYTES, 0, TURN_BYTES);
}

static uint32_t turns(const struct infer_bandwidth *bandwidth)
{
	return (uint32_t)(bandwidth->bytes / TURN_BYTES);
}

int infer_bandwidth_open(uint32_t threads, size_t bytes, struct infer_bandwidth **result)
{
	struct infer_bandwidth *bandwidth = calloc(1, sizeof(*bandwidth));
	int error;

	if (!bandwidth)
		return -ENOMEM;
	bandwidth->bytes = (bytes ? bytes : default_bytes()) / TURN_BYTES * TURN_BYTES;
	bandwidth->from = aligned_alloc(TURN_BYTES, bandwidth->bytes);
	bandwidth->to = aligned_alloc(TURN_BYTES, bandwidth->bytes);
	error = bandwidth->from && bandwidth->to ? native_pool_open(threads, &bandwidth->pool) : -ENOMEM;
	if (error) {
		infer_bandwidth_close(bandwidth);
		return error;
	}
	native_pool_run(bandwidth->pool, turns(bandwidth), fill, bandwidth);
	*result = bandwidth;
	return 0;
}

void infer_bandwidth_close(struct infer_bandwidth *bandwidth)
{
	if (bandwidth->pool)
		native_pool_close(bandwidth->pool);
	free(bandwidth->from);
	free(bandwidth->to);
	free(bandwidth);
}

size_t infer_bandwidth_bytes(const struct infer_bandwidth *bandwidth)
{
	return bandwidth->bytes;
}

static void read_turn(void *context, uint32_t turn, uint32_t thread)
{
	typedef uint64_t words __attribute__((vector_size(64), aligned(16)));
	struct infer_bandwidth *bandwidth = context;
	const uint8_t *from = bandwidth->from + (size_t)turn * TURN_BYTES;
	words sum = { 0 }, other = { 0 };

	for (size_t i = 0; i < TURN_BYTES; i += 2 * sizeof(sum)) {
		words a, b;

		memcpy(&a, from + i, sizeof(a));
		memcpy(&b, from + i + sizeof(a), sizeof(b));
		sum ^= a;
		other ^= b;
	}
	sum ^= other;
	for (int i = 0; i < 8; i++)
		bandwidth->sums[thread][i] += sum[i];
}

static void copy_turn(void *context, uint32_t turn, uint32_t thread)
{
	struct infer_bandwidth *bandwidth = context;
	size_t at = (size_t)turn * TURN_BYTES;

	(void)thread;
	memcpy(bandwidth->to + at, bandwidth->from + at, TURN_BYTES);
}

static void fma_turn(void *context, uint32_t turn, uint32_t thread)
{
	struct infer_bandwidth *bandwidth = context;

	(void)turn;
	bandwidth->products[thread] += bandwidth->kernels->fma(FMA_ROUNDS);
}

static double seconds(struct infer_bandwidth *bandwidth, uint32_t n, void (*turn)(void *, uint32_t, uint32_t))
{
	double start = now();

	native_pool_run(bandwidth->pool, n, turn, bandwidth);
	return now() - start;
}

double infer_bandwidth_read(struct infer_bandwidth *bandwidth)
{
	return (double)bandwidth->bytes / seconds(bandwidth, turns(bandwidth), read_turn);
}

double infer_bandwidth_copy(struct infer_bandwidth *bandwidth)
{
	return 2 * (double)bandwidth->bytes / seconds(bandwidth, turns(bandwidth), copy_turn);
}

double infer_bandwidth_fma(struct infer_bandwidth *bandwidth, const char *variant)
{
	uint32_t n = FMA_TURNS * native_pool_threads(bandwidth->pool);

	bandwidth->kernels = native_kernels_named(variant);
	if (!bandwidth->kernels)
		return 0;
	return 2.0 * bandwidth->kernels->fmas * FMA_ROUNDS * n / seconds(bandwidth, n, fma_turn);
}

int infer_native_bandwidth(uint32_t threads, double *read, double *copy)
{
	struct infer_bandwidth *bandwidth;
	int error = infer_bandwidth_open(threads, 0, &bandwidth);

	if (error)
		return error;
	*read = *copy = 0;
	for (int i = 0; i < PASSES; i++) {
		double reads = infer_bandwidth_read(bandwidth), copies = infer_bandwidth_copy(bandwidth);

		*read = reads > *read ? reads : *read;
		*copy = copies > *copy ? copies : *copy;
	}
	infer_bandwidth_close(bandwidth);
	return 0;
}
