// SPDX-License-Identifier: GPL-2.0-or-later
#include "gguf_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *gguf_show(struct infer_text text, char shown[GGUF_SHOWN])
{
	static const char cut[] = "...";
	size_t room = GGUF_SHOWN - sizeof(cut), length = text.length < room ? text.length : room;

	for (size_t i = 0; i < length; i++)
		shown[i] = text.bytes[i] < ' ' || text.bytes[i] > '~' ? '?' : text.bytes[i];
	strcpy(shown + length, length < text.length ? cut : "");
	return shown;
}

int gguf_bad(const struct gguf_reader *reader, uint64_t at, const char *format, ...)
{
	char shown[GGUF_SHOWN];
	va_list list;
	int length = snprintf(reader->problem, INFER_PROBLEM, "offset %" PRIu64 ": ", at);

	if (reader->kind && !reader->name.length)
		length += snprintf(reader->problem + length, INFER_PROBLEM - (size_t)length,
				   "%s: ", reader->kind);
	else if (reader->kind)
		length += snprintf(reader->problem + length, INFER_PROBLEM - (size_t)length,
				   "%s '%s': ", reader->kind, gguf_show(reader->name, shown));
	va_start(list, format);
	vsnprintf(reader->problem + length, INFER_PROBLEM - (size_t)length, format, list);
	va_end(list);
	return -EBADMSG;
}

const void *gguf_take(struct gguf_reader *reader, uint64_t size, const char *what)
{
	uint64_t left = reader->length - reader->offset;
	const void *bytes = reader->bytes + reader->offset;

	if (size > left) {
		gguf_bad(reader, reader->offset,
			 "%s takes %" PRIu64 " bytes, but the file has only %" PRIu64 " more", what,
			 size, left);
		return NULL;
	}
	reader->offset += size;
	return bytes;
}

int gguf_take_u32(struct gguf_reader *reader, const char *what, uint32_t *value)
{
	const void *bytes = gguf_take(reader, sizeof(*value), what);

	if (!bytes)
		return -EBADMSG;
	memcpy(value, bytes, sizeof(*value));
	return 0;
}

int gguf_take_u64(struct gguf_reader *reader, const char *what, uint64_t *value)
{
	const void *bytes = gguf_take(reader, sizeof(*value), what);

	if (!bytes)
		return -EBADMSG;
	memcpy(value, bytes, sizeof(*value));
	return 0;
}

int gguf_take_text(struct gguf_reader *reader, const char *what, struct infer_text *text)
{
	uint64_t length;
	int error = gguf_take_u64(reader, what, &length);

	if (error)
		return error;
	text->bytes = gguf_take(reader, length, what);
	text->length = length;
	return text->bytes ? 0 : -EBADMSG;
}
