/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden answers: the hash of what a device gave while it was right, one small file for each key,
 * which is the device, its driver, the kernels and the model in one line. The file's name is the
 * key's hash, and the key is in it:
 *
 *	headgate golden 1
 *	key native avx512 1 threads model=6d0c4f5e3a1b2c3d code=0f1e2d3c4b5a6978
 *	hash 93d1c0ffee123456
 *	nmse 2.1e-14
 *	learned 1795885331
 *	check 5be3a1d2c4f60718
 *
 * @check is FNV-1a of all lines before it. A device's answer is learned only if it is near what the
 * plain C kernels give, and the same several times.
 */
#ifndef INFER_GOLDEN_H
#define INFER_GOLDEN_H

#include <stdint.h>

#include "gguf.h"

#define INFER_GOLDEN_KEY 1024
#define INFER_GOLDEN_DIR "/var/lib/headgate/golden"

/*
 * How far an answer may be from the plain kernels' to be learned, as normalised mean square error.
 * Legs that are right have less than 1e-12: they only add in another order.
 */
#define INFER_GOLDEN_NMSE 1e-9

/**
 * struct infer_golden - what is known of one key
 * @learned_s: when, in seconds since 1970
 */
struct infer_golden {
	char key[INFER_GOLDEN_KEY];
	uint64_t hash;
	double nmse;
	int64_t learned_s;
};

/**
 * infer_golden_read() - what is known of @golden->key
 * @problem: a sentence, but for -ENOENT
 *
 * Return: 0; -ENOENT; -EBADMSG if the file is damaged, or of another key; another errno of the file.
 */
int infer_golden_read(const char *dir, struct infer_golden *golden, char problem[INFER_PROBLEM]);

/**
 * infer_golden_write() - keeps it, at once or not at all; makes the last folder of @dir if need be
 *
 * Return: 0; -EDOM if @golden->nmse is no number up to INFER_GOLDEN_NMSE; -EINVAL if the key is no line;
 * an errno of the file. Each with a sentence.
 */
int infer_golden_write(const char *dir, const struct infer_golden *golden, char problem[INFER_PROBLEM]);

#endif
