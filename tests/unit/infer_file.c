// SPDX-License-Identifier: GPL-2.0-or-later
#include "infer_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gguf_parts.h"
#include "gguf_write.h"
#include "quant.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The key's name goes behind the architecture's and a dot, but for those of general. */
static const struct infer_part keys[] = {
	{ "context_length", PART_U32, .u32 = 64 },
	{ "embedding_length", PART_U32, .u32 = 4 },
	{ "block_count", PART_U32, .u32 = 1 },
	{ "feed_forward_length", PART_U32, .u32 = 6 },
	{ "attention.head_count", PART_U32, .u32 = 2 },
	{ "attention.head_count_kv", PART_U32, .u32 = 1 },
	{ "attention.layer_norm_rms_epsilon", PART_FLOAT, .number = 1e-5f },
};

static const struct infer_part tensors[] = {
	{ "token_embd.weight", PART_TENSOR, .type = INFER_F16, .rows = 5, .columns = 4 },
	{ "output_norm.weight", PART_TENSOR, .type = INFER_F32, .columns = 4 },
	{ "blk.0.attn_norm.weight", PART_TENSOR, .type = INFER_F32, .columns = 4 },
	{ "blk.0.attn_q.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.attn_k.weight", PART_TENSOR, .type = INFER_F16, .rows = 2, .columns = 4 },
	{ "blk.0.attn_v.weight", PART_TENSOR, .type = INFER_F16, .rows = 2, .columns = 4 },
	{ "blk.0.attn_output.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.ffn_norm.weight", PART_TENSOR, .type = INFER_F32, .columns = 4 },
	{ "blk.0.ffn_gate.weight", PART_TENSOR, .type = INFER_F16, .rows = 6, .columns = 4 },
	{ "blk.0.ffn_up.weight", PART_TENSOR, .type = INFER_F16, .rows = 6, .columns = 4 },
	{ "blk.0.ffn_down.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 6 },
};

struct file {
	struct infer_gguf_writer writer;
	const char *architecture;
	const struct infer_part *parts;
	size_t n;
};

static const struct infer_part *find(const struct infer_part *parts, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return NULL;
}

static void write_part(struct file *file, const struct infer_part *part)
{
	char key[96];

	if (strchr(part->name, '.') && !strncmp(part->name, "general.", 8))
		snprintf(key, sizeof(key), "%s", part->name);
	else if (!strncmp(part->name, "tokenizer.", 10))
		snprintf(key, sizeof(key), "%s", part->name);
	else
		snprintf(key, sizeof(key), "%s.%s", file->architecture, part->name);
	switch (part->kind) {
	case PART_LEFT_OUT:
		break;
	case PART_U32:
		infer_gguf_write_u32(&file->writer, key, part->u32);
		break;
	case PART_FLOAT:
		infer_gguf_write_float(&file->writer, key, part->number);
		break;
	case PART_TEXT:
		infer_gguf_write_text(&file->writer, key, part->text);
		break;
	case PART_TEXTS:
		infer_gguf_write_array(&file->writer, key, INFER_GGUF_STRING, part->u32, NULL);
		for (uint32_t i = 0; i < part->u32; i++)
			infer_gguf_write_element(&file->writer, part->text, strlen(part->text));
		break;
	case PART_TENSOR:
		infer_gguf_write_tensor(&file->writer, part->name, part->type, part->rows,
					part->columns);
		break;
	}
}

/* Those of @list, or what is in their place; then, at the end, those that are in no list. */
static void write_list(struct file *file, const struct infer_part *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct infer_part *other = find(file->parts, file->n, list[i].name);

		write_part(file, other ? other : &list[i]);
	}
}

static void write_others(struct file *file)
{
	for (size_t i = 0; i < file->n; i++)
		if (!find(keys, LENGTH(keys), file->parts[i].name) &&
		    !find(tensors, LENGTH(tensors), file->parts[i].name) &&
		    strcmp(file->parts[i].name, "general.architecture") != 0)
			write_part(file, &file->parts[i]);
}

/* 16-bit patterns of F16 numbers near to 1; two of them are a usual F32. */
static void fill(uint16_t *weights, size_t n)
{
	for (size_t i = 0; i < n; i++)
		weights[i] = (uint16_t)(0x3c00 + i % 256);
}

int infer_file_make(const char *architecture, const struct infer_part *parts, size_t n,
		    void **bytes, size_t *length)
{
	struct file file = { .architecture = architecture, .parts = parts, .n = n };
	const struct infer_part *named = find(parts, n, "general.architecture");
	void *weights;
	int error = infer_gguf_writer_begin(&file.writer);

	if (error)
		return error;
	if (named)
		write_part(&file, named);
	else
		infer_gguf_write_text(&file.writer, "general.architecture", architecture);
	write_list(&file, keys, LENGTH(keys));
	write_list(&file, tensors, LENGTH(tensors));
	write_others(&file);
	error = infer_gguf_writer_end(&file.writer, bytes, length, &weights);
	if (!error)
		fill(weights,
		     (*length - (size_t)((char *)weights - (char *)*bytes)) / sizeof(uint16_t));
	return error;
}

static unsigned int walk_key(const struct infer_gguf *gguf, const char *name)
{
	struct infer_gguf_array array;
	struct infer_text text = { };
	const void *cursor = NULL;
	uint32_t number = 0;
	bool truth = false;
	float real = 0;
	unsigned int sum;

	infer_gguf_u32(gguf, name, &number);
	infer_gguf_float(gguf, name, &real);
	infer_gguf_bool(gguf, name, &truth);
	infer_gguf_text(gguf, name, &text);
	sum = number + truth + (real > 0) +
	      (text.length ? (uint8_t)text.bytes[text.length - 1] : 0);
	if (infer_gguf_array(gguf, name, &array))
		return sum;
	while (infer_gguf_next_text(&array, &cursor, &text))
		sum += text.length ? (uint8_t)text.bytes[0] + (uint8_t)text.bytes[text.length - 1]
				   : 1;
	if (array.data != array.end)
		sum += ((const uint8_t *)array.data)[0] + ((const uint8_t *)array.end)[-1];
	return sum;
}

static unsigned int walk_tensor(const struct infer_gguf *gguf, const char *name)
{
	struct infer_tensor tensor;
	size_t bytes;

	if (infer_gguf_tensor(gguf, name, &tensor))
		return 0;
	bytes = infer_row_bytes(tensor.type, tensor.columns) * tensor.rows;
	return ((const uint8_t *)tensor.data)[0] + ((const uint8_t *)tensor.data)[bytes - 1];
}

unsigned int infer_file_walk(const struct infer_gguf *gguf)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < gguf->n_keys + gguf->n_tensors; i++) {
		const struct infer_text *text = i < gguf->n_keys ? &gguf->keys[i].name :
						&gguf->tensors[i - gguf->n_keys].name;
		char *name = strndup(text->bytes, text->length);

		if (name)
			sum += i < gguf->n_keys ? walk_key(gguf, name) : walk_tensor(gguf, name);
		free(name);
	}
	return sum;
}
