// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "tokenizer_split.h"
#include "unicode.h"

/* A text, how it is split, and nothing behind its end. */
struct source {
	enum infer_split split;
	const char *text;
	size_t length;
};

struct look {
	size_t bytes; /* 0 at the end */
	enum infer_class class;
	uint32_t character;
};

static const struct {
	const char *name;
	enum infer_split split;
} names[] = {
	{ "default", INFER_SPLIT_GPT2 },
	{ "gpt-2", INFER_SPLIT_GPT2 },
	{ "gpt2", INFER_SPLIT_GPT2 },
	{ "mpt", INFER_SPLIT_GPT2 },
	{ "olmo", INFER_SPLIT_GPT2 },
	{ "smollm", INFER_SPLIT_DIGITS },
	{ "starcoder", INFER_SPLIT_DIGITS },
	{ "command-r", INFER_SPLIT_DIGITS },
	{ "codeshell", INFER_SPLIT_DIGITS },
	{ "refact", INFER_SPLIT_DIGITS },
	{ "llama-bpe", INFER_SPLIT_LLAMA3 },
	{ "llama-v3", INFER_SPLIT_LLAMA3 },
	{ "llama3", INFER_SPLIT_LLAMA3 },
	{ "smaug-bpe", INFER_SPLIT_LLAMA3 },
	{ "qwen2", INFER_SPLIT_QWEN2 },
	{ "deepseek-r1-qwen", INFER_SPLIT_QWEN2 },
	{ "stablelm2", INFER_SPLIT_QWEN2 },
};

int infer_split_named(const char *name, size_t length, enum infer_split *split)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != length || memcmp(names[i].name, name, length))
			continue;
		*split = names[i].split;
		return 0;
	}
	return -ENOTSUP;
}

static struct look look(const struct source *source, size_t at)
{
	struct look found = { 0 };
	int bytes;

	if (at == source->length)
		return found;
	bytes = infer_utf8_next(source->text + at, source->length - at, &found.character);
	if (bytes > 0) {
		found.bytes = (size_t)bytes;
		found.class = infer_class_of(found.character);
	} else {
		found.bytes = 1;
		found.class = INFER_OTHER;
		found.character = INFER_REPLACEMENT;
	}
	return found;
}

static size_t skip(const struct source *source, size_t at, enum infer_class class, size_t most)
{
	struct look next;

	while (most-- && (next = look(source, at)).bytes && next.class == class)
		at += next.bytes;
	return at;
}

static bool is_newline(uint32_t character)
{
	return character == '\r' || character == '\n';
}

/* Where '...s ends, or where it began if it is no contraction. */
static size_t skip_contraction(const struct source *source, size_t at, bool any_case)
{
	static const char * const endings[] = { "s", "t", "re", "ve", "m", "ll", "d" };
	const char *text = source->text + at + 1;
	size_t left = source->length - at;

	if (source->text[at] != '\'')
		return at;
	left--;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t length = strlen(endings[i]);

		if (left < length)
			continue;
		if (any_case ? !strncasecmp(text, endings[i], length) :
			       !memcmp(text, endings[i], length))
			return at + 1 + length;
	}
	/* The long s is an s but for its case. */
	if (any_case && left >= 2 && !memcmp(text, "\xc5\xbf", 2))
		return at + 3;
	return at;
}

/* \s+(?!\S)|\s+: white space, but for its last character if something follows. */
static size_t skip_space(const struct source *source, size_t at)
{
	size_t begin = at, last = at;
	struct look next;

	while ((next = look(source, at)).bytes && next.class == INFER_SPACE) {
		last = at;
		at += next.bytes;
	}
	/* Where digits are cut out first, one that follows is the end of the text. */
	if (!next.bytes || last == begin ||
	    (source->split == INFER_SPLIT_DIGITS && next.class == INFER_NUMBER))
		return at;
	return last;
}

static size_t end_gpt2(const struct source *source, size_t at)
{
	size_t word = at + (source->text[at] == ' ');
	size_t end = skip_contraction(source, at, false);
	struct look next = look(source, word);

	if (end > at)
		return end;
	if (!next.bytes || next.class == INFER_SPACE)
		return skip_space(source, at);
	if (source->split == INFER_SPLIT_DIGITS && next.class == INFER_NUMBER)
		return word > at ? word : at + next.bytes;
	return skip(source, word, next.class, SIZE_MAX);
}

/* \s*[\r\n]+: to the last newline of white space; or where it began, if it has none. */
static size_t skip_lines(const struct source *source, size_t at)
{
	size_t end = at;
	struct look next;

	while ((next = look(source, at)).bytes && next.class == INFER_SPACE) {
		at += next.bytes;
		if (is_newline(next.character))
			end = at;
	}
	return end;
}

static size_t end_llama3(const struct source *source, size_t at)
{
	size_t end = skip_contraction(source, at, true);
	struct look first = look(source, at), second = look(source, at + first.bytes);

	if (end > at)
		return end;
	if (first.class == INFER_LETTER)
		return skip(source, at, INFER_LETTER, SIZE_MAX);
	if (first.class == INFER_NUMBER)
		return skip(source, at, INFER_NUMBER, source->split == INFER_SPLIT_QWEN2 ? 1 : 3);
	if (!is_newline(first.character) && second.bytes && second.class == INFER_LETTER)
		return skip(source, at + first.bytes, INFER_LETTER, SIZE_MAX);
	end = skip(source, at + (source->text[at] == ' '), INFER_OTHER, SIZE_MAX);
	if (end > at + (source->text[at] == ' ')) {
		while (end < source->length && is_newline((unsigned char)source->text[end]))
			end++;
		return end;
	}
	end = skip_lines(source, at);
	return end > at ? end : skip_space(source, at);
}

size_t infer_split_end(enum infer_split split, const char *text, size_t at, size_t length)
{
	const struct source source = { .split = split, .text = text, .length = length };

	return split == INFER_SPLIT_LLAMA3 || split == INFER_SPLIT_QWEN2 ? end_llama3(&source, at) :
									    end_gpt2(&source, at);
}
