/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the service's log: what loops must not fill the journal, and names must not end its lines. */
#ifndef INFER_SERVE_LOG_H
#define INFER_SERVE_LOG_H

#include <stdint.h>

#define INFER_LOG_LINES 20u
#define INFER_LOG_NS UINT64_C(600000000000)

/**
 * struct infer_log - lines of one kind, INFER_LOG_LINES in INFER_LOG_NS; the others are counted
 * @of: what they are about
 * @since: ns; when the first of them was written
 */
struct infer_log {
	const char *of;
	uint64_t since;
	uint32_t written, left_out;
};

/* infer_log_line(): always written. */
void infer_log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* infer_log(): written, or counted. */
void infer_log(struct infer_log *log, uint64_t now, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* infer_log_tick(): tells how many were left out, once their time is over. */
void infer_log_tick(struct infer_log *log, uint64_t now);

#endif
