// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_vocabulary.h"

#define KEY "tokenizer.ggml."

/* A vocabulary that is being read; the lists are its own, the texts lie in the file. */
struct source {
	const struct infer_gguf *gguf;
	char *problem;
	struct infer_vocabulary vocabulary;
	struct infer_text *tokens, *merges;
	float *scores;
	uint8_t *types;
};

static int bad(struct source *source, const char *key, const void *byte, const char *what)
{
	if (byte)
		snprintf(source->problem, INFER_PROBLEM, "offset %llu: %s %s",
			 (unsigned long long)infer_gguf_offset(source->gguf, byte), key, what);
	else
		snprintf(source->problem, INFER_PROBLEM, "%s %s", key, what);
	return -EBADMSG;
}

static int read_texts(struct source *source, const char *key, uint64_t most,
		      struct infer_text **texts, uint32_t *count)
{
	struct infer_gguf_array array;
	const void *cursor = NULL;
	uint64_t i = 0;

	if (infer_gguf_array(source->gguf, key, &array))
		return bad(source, key, NULL, "is missing");
	if (array.type != INFER_GGUF_STRING)
		return bad(source, key, array.data, "is no array of strings");
	if (array.count > most)
		return bad(source, key, array.data, "has more elements than are taken");
	*texts = calloc(array.count + 1, sizeof(**texts));
	if (!*texts)
		return -ENOMEM;
	while (i < array.count && infer_gguf_next_text(&array, &cursor, *texts + i))
		i++;
	*count = (uint32_t)i;
	return 0;
}

/* 0 too if there is no such array; *array is one of numbers of 32 bits, one for each token. */
static int find_numbers(struct source *source, const char *key, bool floats,
			struct infer_gguf_array *array)
{
	bool right;

	array->data = NULL;
	if (infer_gguf_array(source->gguf, key, array) == -ENOENT)
		return 0;
	if (!array->data)
		return bad(source, key, NULL, "is no array");
	right = floats ? array->type == INFER_GGUF_F32 :
			 array->type == INFER_GGUF_I32 || array->type == INFER_GGUF_U32;
	if (!right)
		return bad(source, key, array->data, "is of another type than numbers of 32 bits");
	if (array->count != source->vocabulary.size)
		return bad(source, key, array->data, "has not one element for each token");
	return 0;
}

static int read_scores(struct source *source)
{
	struct infer_gguf_array array;
	int error = find_numbers(source, KEY "scores", true, &array);

	if (error || !array.data)
		return error;
	source->scores = malloc((array.count + 1) * sizeof(*source->scores));
	if (!source->scores)
		return -ENOMEM;
	memcpy(source->scores, array.data, array.count * sizeof(*source->scores));
	return 0;
}

static int read_types(struct source *source)
{
	struct infer_gguf_array array;
	int error = find_numbers(source, KEY "token_type", false, &array);

	if (error || !array.data)
		return error;
	source->types = malloc(array.count + 1);
	if (!source->types)
		return -ENOMEM;
	for (uint64_t i = 0; i < array.count; i++) {
		uint32_t type;

		memcpy(&type, (const char *)array.data + i * sizeof(type), sizeof(type));
		if (type > INFER_TOKEN_BYTE)
			return bad(source, KEY "token_type", array.data, "has a type that is none");
		source->types[i] = (uint8_t)type;
	}
	return 0;
}

/* SentencePiece's own numbers where the file has none; those of BPE have no such custom. */
static void read_ids(struct source *source)
{
	struct infer_vocabulary *vocabulary = &source->vocabulary;
	const struct {
		const char *key;
		uint32_t *id, spm;
	} ids[] = {
		{ KEY "bos_token_id", &vocabulary->begin, 1 },
		{ KEY "eos_token_id", &vocabulary->end, 2 },
		{ KEY "eot_token_id", &vocabulary->turn_end, INFER_NO_TOKEN },
		{ KEY "unknown_token_id", &vocabulary->unknown, 0 },
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (!infer_gguf_u32(source->gguf, ids[i].key, ids[i].id))
			continue;
		*ids[i].id = INFER_NO_TOKEN;
		if (vocabulary->kind == INFER_SPM && ids[i].spm < vocabulary->size)
			*ids[i].id = ids[i].spm;
	}
}

static int read_kind(struct source *source)
{
	struct infer_vocabulary *vocabulary = &source->vocabulary;
	struct infer_text name;

	if (infer_gguf_text(source->gguf, KEY "model", &name))
		return bad(source, KEY "model", NULL, "is missing");
	if (name.length == 5 && !memcmp(name.bytes, "llama", 5)) {
		vocabulary->kind = INFER_SPM;
	} else if (name.length == 4 && !memcmp(name.bytes, "gpt2", 4)) {
		vocabulary->kind = INFER_BPE;
	} else {
		bad(source, KEY "model", name.bytes, "is neither 'llama' nor 'gpt2'");
		return -ENOTSUP;
	}
	if (vocabulary->kind == INFER_BPE && !infer_gguf_text(source->gguf, KEY "pre", &name) &&
	    infer_split_named(name.bytes, name.length, &vocabulary->split)) {
		bad(source, KEY "pre", name.bytes, "names no known way to split text");
		return -ENOTSUP;
	}
	return 0;
}

static int read_all(struct source *source)
{
	struct infer_vocabulary *vocabulary = &source->vocabulary;
	int error = read_kind(source);

	if (!error)
		error = read_texts(source, KEY "tokens", INFER_MOST_TOKENS, &source->tokens,
				   &vocabulary->size);
	if (!error && vocabulary->kind == INFER_BPE)
		error = read_texts(source, KEY "merges", INFER_MOST_MERGES, &source->merges,
				   &vocabulary->n_merges);
	if (!error)
		error = read_scores(source);
	if (!error)
		error = read_types(source);
	if (error)
		return error;
	read_ids(source);
	if (infer_gguf_bool(source->gguf, KEY "add_bos_token", &vocabulary->add_begin))
		vocabulary->add_begin = vocabulary->kind == INFER_SPM ||
					vocabulary->split == INFER_SPLIT_LLAMA3;
	if (infer_gguf_bool(source->gguf, KEY "add_space_prefix", &vocabulary->add_space))
		vocabulary->add_space = true;
	vocabulary->tokens = source->tokens;
	vocabulary->merges = source->merges;
	vocabulary->scores = source->scores;
	vocabulary->types = source->types;
	return 0;
}

int infer_tokenizer_from(const struct infer_gguf *gguf, struct infer_tokenizer **tokenizer,
			 char problem[INFER_PROBLEM])
{
	struct source source = { .gguf = gguf, .problem = problem };
	int error = read_all(&source);

	if (!error)
		error = infer_tokenizer_make(&source.vocabulary, tokenizer, problem);
	free(source.tokens);
	free(source.merges);
	free(source.scores);
	free(source.types);
	return error;
}
