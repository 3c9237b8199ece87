// SPDX-License-Identifier: GPL-2.0-or-later
/* gguf_corpus FOLDER: writes the files that the fuzzer begins with, each of less than 2.5 kB. */
#include <stdio.h>
#include <stdlib.h>

#include "gguf_write.h"
#include "infer_file.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int put(const char *folder, const char *name, void *bytes, size_t length)
{
	char path[4096];
	FILE *file;
	int failed;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	failed = !file || fwrite(bytes, 1, length, file) != length;
	if (file)
		failed |= fclose(file) != 0;
	if (failed)
		perror(path);
	free(bytes);
	return failed;
}

static const struct infer_part qwen2[] = {
	{ "general.name", PART_TEXT, .text = "m" },
	{ "rope.freq_base", PART_FLOAT, .number = 1e6f },
	{ "rope.scaling.type", PART_TEXT, .text = "linear" },
	{ "rope.scaling.factor", PART_FLOAT, .number = 2 },
	{ "rope.dimension_count", PART_U32, .u32 = 2 },
	{ "tokenizer.ggml.model", PART_TEXT, .text = "gpt2" },
	{ "tokenizer.ggml.tokens", PART_TEXTS, .u32 = 3, .text = "ab" },
	{ "output.weight", PART_TENSOR, .type = INFER_F16, .rows = 5, .columns = 4 },
	{ "blk.0.attn_q.bias", PART_TENSOR, .type = INFER_F32, .columns = 4 },
	{ "blk.0.attn_k.bias", PART_TENSOR, .type = INFER_F32, .columns = 2 },
	{ "blk.0.attn_v.bias", PART_TENSOR, .type = INFER_F32, .columns = 2 },
};

static const struct infer_part wide[] = {
	{ "attention.key_length", PART_U32, .u32 = 4 },
	{ "attention.value_length", PART_U32, .u32 = 4 },
	{ "rope_freqs.weight", PART_TENSOR, .type = INFER_F32, .columns = 2 },
	{ "blk.0.attn_q.weight", PART_TENSOR, .type = INFER_F16, .rows = 8, .columns = 4 },
	{ "blk.0.attn_k.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.attn_v.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.attn_output.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 8 },
};

static int put_model(const char *folder, const char *name, const char *architecture,
		     const struct infer_part *parts, size_t n)
{
	size_t length;
	void *bytes;

	return infer_file_make(architecture, parts, n, &bytes, &length) ||
	       put(folder, name, bytes, length);
}

/* A value of each kind but wide numbers, and a tensor of each type; no model. */
static int put_kinds(const char *folder)
{
	static const uint8_t truths[] = { 0, 1 };
	static const int32_t numbers[] = { 1, -2, 3 };
	static const enum infer_type types[] = {
		INFER_F32, INFER_F16, INFER_Q4_0, INFER_Q8_0, INFER_Q4_K, INFER_Q6_K,
	};
	struct infer_gguf_writer writer;
	void *bytes, *weights;
	size_t length;

	if (infer_gguf_writer_begin(&writer))
		return 1;
	infer_gguf_write_u32(&writer, "general.alignment", 32);
	infer_gguf_write_float(&writer, "f", 1);
	infer_gguf_write_bool(&writer, "b", true);
	infer_gguf_write_text(&writer, "t", "text");
	infer_gguf_write_array(&writer, "ab", INFER_GGUF_BOOL, 2, truths);
	infer_gguf_write_array(&writer, "ai", INFER_GGUF_I32, 3, numbers);
	infer_gguf_write_array(&writer, "at", INFER_GGUF_STRING, 2, NULL);
	infer_gguf_write_element(&writer, "x", 1);
	infer_gguf_write_element(&writer, "", 0);
	for (size_t i = 0; i < LENGTH(types); i++)
		infer_gguf_write_tensor(&writer, infer_type_name(types[i]), types[i], i % 2,
					infer_block_values(types[i]));
	if (infer_gguf_writer_end(&writer, &bytes, &length, &weights))
		return 1;
	return put(folder, "kinds", bytes, length);
}

static int put_empty(const char *folder)
{
	struct infer_gguf_writer writer;
	void *bytes, *weights;
	size_t length;

	if (infer_gguf_writer_begin(&writer) ||
	    infer_gguf_writer_end(&writer, &bytes, &length, &weights))
		return 1;
	return put(folder, "empty", bytes, length);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	return put_empty(argv[1]) | put_kinds(argv[1]) | put_model(argv[1], "llama", "llama", NULL, 0) |
	       put_model(argv[1], "wide", "llama", wide, LENGTH(wide)) |
	       put_model(argv[1], "qwen2", "qwen2", qwen2, LENGTH(qwen2));
}
