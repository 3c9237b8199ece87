// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gguf_parts.h"
#include "gguf_write.h"

/* GGUF's, where general.alignment says nothing. */
#define ALIGNMENT 32u

#define VERSION 3u

static uint64_t aligned(uint64_t offset)
{
	return (offset + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

static void put_u32(FILE *stream, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, stream);
}

static void put_u64(FILE *stream, uint64_t value)
{
	fwrite(&value, sizeof(value), 1, stream);
}

static void put_text(FILE *stream, const char *text, size_t length)
{
	put_u64(stream, length);
	fwrite(text, 1, length, stream);
}

int infer_gguf_writer_begin(struct infer_gguf_writer *writer)
{
	*writer = (struct infer_gguf_writer){ };
	writer->keys = open_memstream(&writer->key_bytes, &writer->key_length);
	if (!writer->keys)
		return -ENOMEM;
	writer->tensors = open_memstream(&writer->tensor_bytes, &writer->tensor_length);
	if (!writer->tensors) {
		fclose(writer->keys);
		free(writer->key_bytes);
		return -ENOMEM;
	}
	return 0;
}

static void put_key(struct infer_gguf_writer *writer, const char *key, enum infer_gguf_type type)
{
	put_text(writer->keys, key, strlen(key));
	put_u32(writer->keys, type);
	writer->n_keys++;
}

void infer_gguf_write_u32(struct infer_gguf_writer *writer, const char *key, uint32_t value)
{
	put_key(writer, key, INFER_GGUF_U32);
	put_u32(writer->keys, value);
}

void infer_gguf_write_float(struct infer_gguf_writer *writer, const char *key, float value)
{
	put_key(writer, key, INFER_GGUF_F32);
	fwrite(&value, sizeof(value), 1, writer->keys);
}

void infer_gguf_write_bool(struct infer_gguf_writer *writer, const char *key, bool value)
{
	put_key(writer, key, INFER_GGUF_BOOL);
	fputc(value, writer->keys);
}

void infer_gguf_write_text(struct infer_gguf_writer *writer, const char *key, const char *value)
{
	put_key(writer, key, INFER_GGUF_STRING);
	put_text(writer->keys, value, strlen(value));
}

void infer_gguf_write_array(struct infer_gguf_writer *writer, const char *key,
			    enum infer_gguf_type type, uint64_t count, const void *values)
{
	put_key(writer, key, INFER_GGUF_ARRAY);
	put_u32(writer->keys, type);
	put_u64(writer->keys, count);
	if (values)
		fwrite(values, gguf_scalar_bytes(type), count, writer->keys);
}

void infer_gguf_write_element(struct infer_gguf_writer *writer, const char *text, size_t length)
{
	put_text(writer->keys, text, length);
}

uint64_t infer_gguf_write_tensor(struct infer_gguf_writer *writer, const char *name,
				 enum infer_type type, uint32_t rows, uint32_t columns)
{
	uint64_t offset = writer->weights;

	put_text(writer->tensors, name, strlen(name));
	put_u32(writer->tensors, rows ? 2 : 1);
	put_u64(writer->tensors, columns);
	if (rows)
		put_u64(writer->tensors, rows);
	put_u32(writer->tensors, type);
	put_u64(writer->tensors, offset);
	writer->n_tensors++;
	writer->weights =
		aligned(offset + (uint64_t)infer_row_bytes(type, columns) * (rows ? rows : 1));
	return offset;
}

/* closed(): false if the stream has lost something. */
static bool closed(FILE *stream)
{
	bool lost = ferror(stream);

	return !fclose(stream) && !lost;
}

int infer_gguf_writer_end(struct infer_gguf_writer *writer, void **bytes, size_t *length,
			  void **weights)
{
	bool keys = closed(writer->keys), tensors = closed(writer->tensors);
	uint64_t head = sizeof("GGUF") - 1 + sizeof(uint32_t) + 2 * sizeof(uint64_t), begin;
	uint32_t version = VERSION;
	uint8_t *at = NULL;

	begin = aligned(head + writer->key_length + writer->tensor_length);
	if (keys && tensors)
		at = calloc(1, begin + writer->weights);
	if (at) {
		*bytes = at;
		*length = begin + writer->weights;
		*weights = at + begin;
		at = mempcpy(at, "GGUF", 4);
		at = mempcpy(at, &version, sizeof(version));
		at = mempcpy(at, &writer->n_tensors, sizeof(writer->n_tensors));
		at = mempcpy(at, &writer->n_keys, sizeof(writer->n_keys));
		at = mempcpy(at, writer->key_bytes, writer->key_length);
		memcpy(at, writer->tensor_bytes, writer->tensor_length);
	}
	free(writer->key_bytes);
	free(writer->tensor_bytes);
	return at ? 0 : -ENOMEM;
}
