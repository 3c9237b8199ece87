// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first half of the input makes a vocabulary, the second is text for it:
 *
 *	byte 0: bit 0 the kind, bits 1 and 2 how text is split, bit 3 whether a space comes first,
 *	bit 4 no tokens for bytes
 *	then tokens: a byte of length and type (tokenizer_corpus.c), one of the score, the text;
 *	for BPE each token is also what a merge makes, which the score parts the text for
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "fuzz.h"
#include "infer_lookups.h"
#include "stream_text.h"
#include "tokenizer_vocabulary.h"
#include "unicode.h"

#define MOST 2048

static uint64_t lookups;
static struct infer_text tokens[MOST], merges[MOST];
static uint8_t types[MOST];
static float scores[MOST];
static char bytes[256][8], merge_texts[MOST][64];

uint32_t __wrap_infer_index_find(const struct infer_index *index, uint64_t hash)
{
	lookups++;
	return __real_infer_index_find(index, hash);
}

static void check(int holds)
{
	if (!holds)
		abort();
}

/* As GPT-2 spells it: what is printable is itself, all else counted from 256 on. */
static void spell_bytes(enum infer_vocabulary_kind kind)
{
	unsigned int others = 256;

	for (unsigned int byte = 0; byte < 256; byte++) {
		int itself = (byte > ' ' && byte < 127) || (byte > 160 && byte != 173);
		unsigned int character = itself ? byte : others++;

		if (kind == INFER_SPM)
			snprintf(bytes[byte], 8, "<0x%02X>", byte);
		else if (character < 128)
			snprintf(bytes[byte], 8, "%c", (int)character);
		else
			snprintf(bytes[byte], 8, "%c%c", (int)(0xc0 | character >> 6), (int)(0x80 | (character & 63)));
	}
}

static void add(struct infer_vocabulary *vocabulary, const char *text, size_t length, uint8_t type,
		float score)
{
	tokens[vocabulary->size] = (struct infer_text){ text, length };
	types[vocabulary->size] = type;
	scores[vocabulary->size++] = score;
}

static void add_merge(struct infer_vocabulary *vocabulary, const char *text, size_t length,
		      size_t left)
{
	char *merge = merge_texts[vocabulary->n_merges];

	if (!length)
		return;
	left = left % length;
	memcpy(merge, text, left);
	merge[left] = ' ';
	memcpy(merge + left + 1, text + left, length - left);
	merges[vocabulary->n_merges++] = (struct infer_text){ merge, length + 1 };
}

static void read_vocabulary(struct infer_vocabulary *vocabulary, const uint8_t *data, size_t length)
{
	uint8_t flags = length ? data[0] : 0;
	size_t at = 1;

	*vocabulary = (struct infer_vocabulary){
		.kind = flags & 1 ? INFER_BPE : INFER_SPM,
		.split = (enum infer_split)(flags >> 1 & 3),
		.tokens = tokens,
		.merges = merges,
		.scores = scores,
		.types = types,
		.begin = 1,
		.end = 2,
		.turn_end = INFER_NO_TOKEN,
		.add_begin = true,
		.add_space = flags & 8,
	};
	spell_bytes(vocabulary->kind);
	add(vocabulary, "<unk>", 5, INFER_TOKEN_UNKNOWN, 0);
	add(vocabulary, "<s>", 3, INFER_TOKEN_CONTROL, 0);
	add(vocabulary, "</s>", 4, INFER_TOKEN_CONTROL, 0);
	for (unsigned int byte = 0; byte < 256 && !(flags & 16); byte++)
		add(vocabulary, bytes[byte], strlen(bytes[byte]),
		    vocabulary->kind == INFER_SPM ? INFER_TOKEN_BYTE : INFER_TOKEN_NORMAL, 0);
	add(vocabulary, "<|im_start|>", 12, INFER_TOKEN_CONTROL, 0);
	add(vocabulary, "<|im_end|>", 10, INFER_TOKEN_NORMAL, 0);
	while (at + 2 <= length && vocabulary->size < MOST) {
		size_t n = data[at] & 31, left = length - at - 2;
		int8_t score = (int8_t)data[at + 1];
		/* Half are normal, the others user-defined, control, unused and byte tokens. */
		uint8_t type = ((const uint8_t[]){ 1, 1, 1, 1, 4, 3, 5, 6 })[data[at] >> 5];
		const char *text = (const char *)data + at + 2;

		if (n > left)
			n = left;
		add(vocabulary, text, n, type, score);
		add_merge(vocabulary, text, n, data[at + 1]);
		at += 2 + n;
	}
}

static struct infer_tokenizer *make(const struct infer_vocabulary *vocabulary)
{
	struct infer_tokenizer *tokenizer = NULL;
	char problem[INFER_PROBLEM] = "";
	int error = infer_tokenizer_make(vocabulary, &tokenizer, problem);

	check(!error || problem[0]);
	return error ? NULL : tokenizer;
}

/* The text again, of which @whole says that the vocabulary can spell each byte. */
static void check_text(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		       bool whole)
{
	size_t count, spelled = 0;
	uint32_t *list;
	char *back;

	lookups = 0;
	check(!infer_tokenise(tokenizer, text, length, true, false, &list, &count));
	check(lookups <= 4 * length + 8);
	check(count && list[0] == infer_tokenizer_begin(tokenizer));
	back = malloc(count * INFER_TOKEN_TEXT);
	for (size_t i = 1; i < count; i++) {
		size_t more;

		check(list[i] < infer_tokenizer_size(tokenizer));
		more = infer_token_text(tokenizer, list[i], back + spelled);
		check(more > 0); /* nobody spells control tokens */
		spelled += more;
	}
	check(!whole || (spelled >= length && spelled <= length + 1));
	check(!whole || spelled == length || back[0] == ' ');
	check(!whole || !length || !memcmp(back + spelled - length, text, length));
	free(list);
	free(back);
}

/* Where control tokens may be spelled, as many bytes come out but for theirs. */
static void check_controls(const struct infer_tokenizer *tokenizer, const char *text, size_t length)
{
	char spelled[INFER_TOKEN_TEXT];
	size_t count, sum = 0;
	uint32_t *list;

	lookups = 0;
	check(!infer_tokenise(tokenizer, text, length, false, true, &list, &count));
	check(lookups <= 4 * length + 8);
	for (size_t i = 0; i < count; i++) {
		check(list[i] < infer_tokenizer_size(tokenizer));
		sum += infer_token_text(tokenizer, list[i], spelled);
	}
	/* What is unknown is one to three, and a space is before some. */
	check(sum <= 3 * (length + 1) + count);
	free(list);
}

static size_t controls_of(const struct infer_tokenizer *tokenizer, enum infer_chat chat,
			  const char *text, size_t length)
{
	const struct infer_message messages[] = {
		{ INFER_SYSTEM, { text, length } },
		{ INFER_USER, { text, length } },
		{ INFER_ASSISTANT, { text, length } },
	};
	size_t count, controls = 0;
	char spelled[INFER_TOKEN_TEXT];
	uint32_t *list;

	check(!infer_chat_tokenise(tokenizer, chat, messages, 3, &list, &count));
	for (size_t i = 0; i < count; i++)
		controls += !infer_token_text(tokenizer, list[i], spelled);
	free(list);
	return controls;
}

static void check_whole(struct infer_text text)
{
	uint32_t character;

	for (size_t at = 0; at < text.length; ) {
		int bytes = infer_utf8_next(text.bytes + at, text.length - at, &character);

		check(bytes > 0);
		at += (size_t)bytes;
	}
}

static void check_stream(const char *text, size_t length)
{
	struct infer_stream_text stream;
	struct infer_text out, stops[] = { { text + length / 2, length / 8 + 1 }, { "\n\n", 2 } };
	size_t sum = 0;
	int stopped = 0;

	if (length < 8 || infer_stream_text_begin(&stream, stops, 2))
		return;
	for (size_t at = 0, step; at < length; at += step) {
		step = 1 + (uint8_t)text[at] % 5;
		if (step > length - at)
			step = length - at;
		stopped = infer_stream_text_add(&stream, text + at, step, &out);
		check(stopped >= 0);
		sum += out.length;
	}
	stopped = infer_stream_text_end(&stream, &out);
	sum += out.length;
	check(sum <= 3 * length);
	infer_stream_text_free(&stream);
	/* Without stop strings, which may be no characters themselves. */
	check(!infer_stream_text_begin(&stream, NULL, 0));
	check(!infer_stream_text_add(&stream, text, length, &out));
	check_whole(out);
	check(!infer_stream_text_end(&stream, &out));
	check_whole(out);
	infer_stream_text_free(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	size_t half = length / 2, text_length = length - half;
	struct infer_vocabulary vocabulary;
	struct infer_tokenizer *tokenizer;
	/* Not a byte longer. */
	char *text = malloc(text_length);

	if (text_length)
		memcpy(text, data + half, text_length);
	read_vocabulary(&vocabulary, data, half);
	tokenizer = make(&vocabulary);
	if (tokenizer) {
		enum infer_chat chat = (enum infer_chat)(length % INFER_CHATS);

		check_text(tokenizer, text, text_length, !half || !(data[0] & 16));
		check_controls(tokenizer, text, text_length);
		check(controls_of(tokenizer, chat, text, text_length) == controls_of(tokenizer, chat, "", 0));
		infer_tokenizer_free(tokenizer);
	}
	check_stream(text, text_length);
	free(text);
	return 0;
}
