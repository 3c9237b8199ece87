// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_parts.h"

/* Control tokens to their models, though some files call them user-defined or normal. */
static const char * const chat_marks[] = {
	"<s>", "</s>", "<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>",
	"[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
};

bool infer_is_mark(const char *bytes, size_t length)
{
	static const char bar[] = "\xef\xbd\x9c"; /* U+FF5C, which some have for | */

	if (length > 4 && !memcmp(bytes, "<|", 2) && !memcmp(bytes + length - 2, "|>", 2))
		return true;
	if (length > 8 && bytes[0] == '<' && bytes[length - 1] == '>' &&
	    !memcmp(bytes + 1, bar, 3) && !memcmp(bytes + length - 4, bar, 3))
		return true;
	for (size_t i = 0; i < sizeof(chat_marks) / sizeof(chat_marks[0]); i++)
		if (strlen(chat_marks[i]) == length && !memcmp(chat_marks[i], bytes, length))
			return true;
	return false;
}

static int by_text(const void *a, const void *b, void *data)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	struct infer_text x = infer_token_bytes(data, i), y = infer_token_bytes(data, j);
	int order = memcmp(x.bytes, y.bytes, x.length < y.length ? x.length : y.length);

	if (order)
		return order;
	if (x.length != y.length)
		return x.length < y.length ? -1 : 1;
	return i < j ? -1 : 1;
}

/* Of those with the same text the first stays. */
static uint32_t without_doubles(const struct infer_tokenizer *tokenizer, uint32_t *marks,
				uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct infer_text text = infer_token_bytes(tokenizer, marks[i]), last = { 0 };

		if (kept)
			last = infer_token_bytes(tokenizer, marks[kept - 1]);
		if (last.length != text.length || memcmp(last.bytes, text.bytes, text.length))
			marks[kept++] = marks[i];
	}
	return kept;
}

int infer_marks_make(struct infer_tokenizer *tokenizer)
{
	uint32_t count = 0;

	tokenizer->marks = malloc(tokenizer->size * sizeof(*tokenizer->marks));
	if (!tokenizer->marks)
		return -ENOMEM;
	for (uint32_t i = 0; i < tokenizer->size; i++) {
		struct infer_text text = infer_token_bytes(tokenizer, i);
		uint8_t type = tokenizer->types[i];

		if ((type != INFER_TOKEN_CONTROL && type != INFER_TOKEN_USER) ||
		    !text.length || text.length > INFER_TOKEN_TEXT)
			continue;
		tokenizer->marks[count++] = i;
		tokenizer->mark_begins[(uint8_t)text.bytes[0]] = true;
	}
	qsort_r(tokenizer->marks, count, sizeof(*tokenizer->marks), by_text, tokenizer);
	tokenizer->n_marks = without_doubles(tokenizer, tokenizer->marks, count);
	return 0;
}

static struct infer_text mark_text(const struct infer_tokenizer *tokenizer, uint32_t mark)
{
	return infer_token_bytes(tokenizer, tokenizer->marks[mark]);
}

/* The first in marks[low..high) whose byte at @depth, which all have, is at least @byte. */
static uint32_t first_with(const struct infer_tokenizer *tokenizer, uint32_t low, uint32_t high,
			   size_t depth, unsigned int byte)
{
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((uint8_t)mark_text(tokenizer, middle).bytes[depth] < byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The longest that the text begins with. The marks that share its first bytes lie side by side, the
 * shortest first.
 */
static uint32_t mark_at(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
			bool control)
{
	uint32_t low = 0, high = tokenizer->n_marks, found = INFER_NO_TOKEN;

	for (size_t depth = 0; depth < length && low < high; depth++) {
		uint8_t byte = (uint8_t)text[depth];

		low = first_with(tokenizer, low, high, depth, byte);
		high = first_with(tokenizer, low, high, depth, byte + 1u);
		if (low == high || mark_text(tokenizer, low).length > depth + 1)
			continue;
		if (control || tokenizer->types[tokenizer->marks[low]] != INFER_TOKEN_CONTROL)
			found = tokenizer->marks[low];
		low++;
	}
	return found;
}

uint32_t infer_mark_next(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
			 bool control, size_t *at)
{
	for (; *at < length; ++*at) {
		uint32_t token;

		if (!tokenizer->mark_begins[(uint8_t)text[*at]])
			continue;
		token = mark_at(tokenizer, text + *at, length - *at, control);
		if (token != INFER_NO_TOKEN)
			return token;
	}
	return INFER_NO_TOKEN;
}
