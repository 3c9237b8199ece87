/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes on their way into or out of a file descriptor that does not block. */
#ifndef INFER_BYTES_H
#define INFER_BYTES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct infer_bytes - a queue of bytes; zeroed is empty
 * @at: of @data, the first that is yet to be taken
 * @end: of @data, the first that is free
 */
struct infer_bytes {
	char *data;
	size_t at, end, room;
};

static inline size_t infer_bytes_left(const struct infer_bytes *bytes)
{
	return bytes->end - bytes->at;
}

/**
 * infer_bytes_reserve() - room for @more at data + end
 *
 * Return: 0; -ENOMEM, with nothing changed.
 */
int infer_bytes_reserve(struct infer_bytes *bytes, size_t more);

/* infer_bytes_put(): 0; -ENOMEM, with nothing changed. */
int infer_bytes_put(struct infer_bytes *bytes, const void *data, size_t length);

/* infer_bytes_take(): forgets the first so many. */
void infer_bytes_take(struct infer_bytes *bytes, size_t length);

void infer_bytes_free(struct infer_bytes *bytes);

/**
 * infer_bytes_read() - what has come, up to 64 KiB
 *
 * Return: how many; 0 at the end; -EAGAIN if there is nothing yet; -ENOMEM; an errno of read().
 */
ptrdiff_t infer_bytes_read(struct infer_bytes *bytes, int fd);

/**
 * infer_bytes_send() - as much as a socket takes
 *
 * Return: 0, also if some is left; -EPIPE if nobody reads; an errno of send().
 */
int infer_bytes_send(struct infer_bytes *bytes, int fd);

#endif
