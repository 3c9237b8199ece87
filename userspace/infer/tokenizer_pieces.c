// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_parts.h"
#include "unicode.h"

uint32_t infer_token_named(const struct infer_tokenizer *tokenizer, const char *bytes,
			   size_t length)
{
	struct infer_text text;
	uint32_t token;

	if (!length || length > INFER_TOKEN_TEXT)
		return INFER_NO_TOKEN;
	token = infer_index_find(&tokenizer->by_text, infer_hash_text(bytes, length));
	if (token == INFER_NO_ENTRY)
		return INFER_NO_TOKEN;
	text = infer_token_bytes(tokenizer, token);
	return text.length == length && !memcmp(text.bytes, bytes, length) ? token : INFER_NO_TOKEN;
}

static size_t spaces_for_marks(const struct infer_text *text, char *bytes)
{
	static const char mark[] = "\xe2\x96\x81";
	size_t count = 0;

	for (size_t at = 0; at < text->length; at++) {
		if (text->length - at >= 3 && !memcmp(text->bytes + at, mark, 3)) {
			bytes[count++] = ' ';
			at += 2;
		} else {
			bytes[count++] = text->bytes[at];
		}
	}
	return count;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 'a' ^ 'A';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* <0x0A> */
static int byte_named(const struct infer_text *text)
{
	int high, low;

	if (text->length != 6 || memcmp(text->bytes, "<0x", 3) || text->bytes[5] != '>')
		return -1;
	high = hex_digit(text->bytes[3]);
	low = hex_digit(text->bytes[4]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static uint8_t type_of(const struct infer_vocabulary *vocabulary, uint32_t token)
{
	const struct infer_text *text = &vocabulary->tokens[token];
	uint8_t type = vocabulary->types ? vocabulary->types[token] : INFER_TOKEN_NORMAL;

	if (token == vocabulary->begin || token == vocabulary->end || token == vocabulary->turn_end)
		return INFER_TOKEN_CONTROL;
	if (type == INFER_TOKEN_CONTROL || type == INFER_TOKEN_UNUSED)
		return type;
	if (infer_is_mark(text->bytes, text->length))
		return INFER_TOKEN_CONTROL;
	return token == vocabulary->unknown ? INFER_TOKEN_UNKNOWN : type;
}

/*
 * How many bytes the token stands for, written to @bytes; negative if it is spelled as no token of
 * its type is.
 */
static int64_t read_text(const struct infer_tokenizer *tokenizer, uint8_t type,
			 const struct infer_text *text, char *bytes)
{
	int byte;

	switch (type) {
	case INFER_TOKEN_BYTE:
		byte = byte_named(text);
		if (byte < 0)
			return -EBADMSG;
		*bytes = (char)byte;
		return 1;
	case INFER_TOKEN_NORMAL:
		if (tokenizer->kind == INFER_BPE)
			return (int64_t)infer_bpe_bytes(text, bytes);
		return (int64_t)spaces_for_marks(text, bytes);
	case INFER_TOKEN_USER:
		if (tokenizer->kind == INFER_SPM)
			return (int64_t)spaces_for_marks(text, bytes);
		break;
	default:
		break;
	}
	if (text->length)
		memcpy(bytes, text->bytes, text->length);
	return (int64_t)text->length;
}

static int read_texts(struct infer_tokenizer *tokenizer, const struct infer_vocabulary *vocabulary,
		      char problem[INFER_PROBLEM])
{
	uint64_t most = 1;
	uint32_t used = 0;

	for (uint32_t i = 0; i < tokenizer->size; i++)
		most += vocabulary->tokens[i].length;
	if (most > UINT32_MAX) {
		snprintf(problem, INFER_PROBLEM, "the tokens' texts take %llu bytes",
			 (unsigned long long)most);
		return -ENOTSUP;
	}
	tokenizer->bytes = malloc(most);
	tokenizer->starts = malloc((tokenizer->size + 1) * sizeof(*tokenizer->starts));
	tokenizer->types = malloc(tokenizer->size);
	if (!tokenizer->bytes || !tokenizer->starts || !tokenizer->types)
		return -ENOMEM;
	for (uint32_t i = 0; i < tokenizer->size; i++) {
		int64_t length;

		tokenizer->types[i] = type_of(vocabulary, i);
		tokenizer->starts[i] = used;
		length = read_text(tokenizer, tokenizer->types[i], &vocabulary->tokens[i],
				   tokenizer->bytes + used);
		if (length < 0) {
			snprintf(problem, INFER_PROBLEM,
				 "token %u is of type byte, and not spelled <0xNN>", i);
			return -EBADMSG;
		}
		used += (uint32_t)length;
	}
	tokenizer->starts[tokenizer->size] = used;
	return 0;
}

static int index_texts(struct infer_tokenizer *tokenizer)
{
	struct infer_entry *entries = malloc(tokenizer->size * sizeof(*entries));
	uint32_t count = 0;

	if (!entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < tokenizer->size; i++) {
		struct infer_text text = infer_token_bytes(tokenizer, i);
		uint8_t type = tokenizer->types[i];

		/* No control tokens, nor those that infer_token_text() would cut. */
		if ((type != INFER_TOKEN_NORMAL && type != INFER_TOKEN_USER) ||
		    !text.length || text.length > INFER_TOKEN_TEXT)
			continue;
		entries[count].hash = infer_hash_text(text.bytes, text.length);
		entries[count++].value = i;
	}
	return infer_index_make(&tokenizer->by_text, entries, count);
}

/* SPM has tokens of type byte for what is no other token's; BPE's are tokens as others are. */
static int index_bytes(struct infer_tokenizer *tokenizer, char problem[INFER_PROBLEM])
{
	for (unsigned int byte = 0; byte < 256; byte++) {
		char text = (char)byte;

		tokenizer->by_byte[byte] = infer_token_named(tokenizer, &text, 1);
	}
	for (uint32_t i = tokenizer->size; i--; )
		if (tokenizer->types[i] == INFER_TOKEN_BYTE)
			tokenizer->by_byte[(uint8_t)tokenizer->bytes[tokenizer->starts[i]]] = i;
	for (unsigned int byte = 0; byte < 256; byte++) {
		if (tokenizer->by_byte[byte] != INFER_NO_TOKEN)
			continue;
		if (tokenizer->unknown == INFER_NO_TOKEN) {
			snprintf(problem, INFER_PROBLEM,
				 "no token stands for byte 0x%02x, nor for what is unknown", byte);
			return -EBADMSG;
		}
		tokenizer->by_byte[byte] = tokenizer->unknown;
	}
	return 0;
}

int infer_tokenizer_read(struct infer_tokenizer *tokenizer,
			 const struct infer_vocabulary *vocabulary, char problem[INFER_PROBLEM])
{
	int error = read_texts(tokenizer, vocabulary, problem);

	if (!error)
		error = index_texts(tokenizer);
	if (!error)
		error = index_bytes(tokenizer, problem);
	return error;
}
