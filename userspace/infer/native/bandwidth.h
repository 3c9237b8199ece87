/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine's memory and processors give at most, to hold kernels against. */
#ifndef INFER_BANDWIDTH_H
#define INFER_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

struct infer_bandwidth;

/**
 * infer_bandwidth_open() - two buffers and the threads that go through them
 * @threads: as in struct infer_limits
 * @bytes: of each buffer; 0 for four times the last-level cache, 256 MB at least
 *
 * Return: 0 and *bandwidth, which infer_bandwidth_close() frees; -ENOMEM, -EINVAL or -EAGAIN.
 */
int infer_bandwidth_open(uint32_t threads, size_t bytes, struct infer_bandwidth **bandwidth);
void infer_bandwidth_close(struct infer_bandwidth *bandwidth);

/* Each goes through the buffers once. Bytes a second: read, or read and written. */
double infer_bandwidth_read(struct infer_bandwidth *bandwidth);
double infer_bandwidth_copy(struct infer_bandwidth *bandwidth);

/**
 * infer_bandwidth_fma() - F32 operations a second, of fused multiplications and additions in registers
 * @variant: as in infer_native_open(); two operations each
 *
 * Return: 0 if this processor has not @variant.
 */
double infer_bandwidth_fma(struct infer_bandwidth *bandwidth, const char *variant);

/* Bytes of a buffer. */
size_t infer_bandwidth_bytes(const struct infer_bandwidth *bandwidth);

/**
 * infer_native_bandwidth() - the best of several passes, bytes a second
 *
 * Takes about a second. Return: 0 and *read and *copy; else as infer_bandwidth_open().
 */
int infer_native_bandwidth(uint32_t threads, double *read, double *copy);

#endif
