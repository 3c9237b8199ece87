/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs in this folder share: the time, errors that count, and numbers. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Exits: a troublemaker that cannot even start must not pass for a harmless one. */
#define die(...) do { \
	fprintf(stderr, "%s: ", program_invocation_short_name); \
	fprintf(stderr, __VA_ARGS__); \
	fputc('\n', stderr); \
	_exit(2); \
} while (0)

static inline uint64_t parse_number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || v > max)
		die("bad number: %s", text);
	return v;
}

#endif
