// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"

#define READ 65536

/* An empty queue that was once this large gives its memory back. */
#define KEPT 65536

int infer_bytes_reserve(struct infer_bytes *bytes, size_t more)
{
	size_t left = infer_bytes_left(bytes), room = bytes->room ?: 512;
	char *data;

	if (bytes->room - bytes->end >= more)
		return 0;
	if (bytes->at) {
		memmove(bytes->data, bytes->data + bytes->at, left);
		bytes->at = 0;
		bytes->end = left;
	}
	if (more > SIZE_MAX / 2 - left)
		return -ENOMEM;
	while (room - left < more)
		room *= 2;
	if (room <= bytes->room)
		return 0;
	data = realloc(bytes->data, room);
	if (!data)
		return -ENOMEM;
	bytes->data = data;
	bytes->room = room;
	return 0;
}

int infer_bytes_put(struct infer_bytes *bytes, const void *data, size_t length)
{
	if (!length)
		return 0;
	if (infer_bytes_reserve(bytes, length))
		return -ENOMEM;
	memcpy(bytes->data + bytes->end, data, length);
	bytes->end += length;
	return 0;
}

void infer_bytes_take(struct infer_bytes *bytes, size_t length)
{
	bytes->at += length;
	if (bytes->at < bytes->end)
		return;
	bytes->at = bytes->end = 0;
	if (bytes->room > KEPT)
		infer_bytes_free(bytes);
}

void infer_bytes_free(struct infer_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct infer_bytes){ 0 };
}

ptrdiff_t infer_bytes_read(struct infer_bytes *bytes, int fd)
{
	ssize_t got;

	if (infer_bytes_reserve(bytes, READ))
		return -ENOMEM;
	do
		got = recv(fd, bytes->data + bytes->end, READ, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	bytes->end += (size_t)got;
	return got;
}

int infer_bytes_send(struct infer_bytes *bytes, int fd)
{
	while (infer_bytes_left(bytes)) {
		ssize_t sent = send(fd, bytes->data + bytes->at, infer_bytes_left(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			infer_bytes_take(bytes, (size_t)sent);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}
