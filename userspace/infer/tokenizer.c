// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_parts.h"
#include "unicode.h"

/* What ends an answer, as the chat formats spell it; models often name one of them alone. */
static const char * const ends[] = {
	"<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>",
	"<end_of_turn>", "<eos>", "</s>",
};

int infer_tokens_add(struct infer_tokens *list, uint32_t token)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room + list->room / 2 : 32;
		uint32_t *grown = reallocarray(list->tokens, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->tokens = grown;
		list->room = room;
	}
	list->tokens[list->count++] = token;
	return 0;
}

static int check_ids(const struct infer_vocabulary *vocabulary, char problem[INFER_PROBLEM])
{
	const struct {
		const char *name;
		uint32_t token;
	} ids[] = {
		{ "begins a text", vocabulary->begin },
		{ "ends a text", vocabulary->end },
		{ "ends a turn", vocabulary->turn_end },
		{ "stands for what is unknown", vocabulary->unknown },
	};

	if (!vocabulary->size || vocabulary->size > INFER_MOST_TOKENS) {
		snprintf(problem, INFER_PROBLEM, "the tokenizer has %u tokens: it may have 1 to %u",
			 vocabulary->size, INFER_MOST_TOKENS);
		return vocabulary->size ? -ENOTSUP : -EBADMSG;
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i].token == INFER_NO_TOKEN || ids[i].token < vocabulary->size)
			continue;
		snprintf(problem, INFER_PROBLEM, "the token that %s is %u, and there are %u",
			 ids[i].name, ids[i].token, vocabulary->size);
		return -EBADMSG;
	}
	return 0;
}

int infer_tokenizer_make(const struct infer_vocabulary *vocabulary,
			 struct infer_tokenizer **tokenizer, char problem[INFER_PROBLEM])
{
	struct infer_tokenizer *made;
	int error = check_ids(vocabulary, problem);

	if (error)
		return error;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->kind = vocabulary->kind;
	made->split = vocabulary->split;
	made->size = vocabulary->size;
	made->begin = vocabulary->begin;
	made->end = vocabulary->end;
	made->turn_end = vocabulary->turn_end;
	made->unknown = vocabulary->unknown;
	made->add_begin = vocabulary->add_begin && vocabulary->begin != INFER_NO_TOKEN;
	made->add_space = vocabulary->add_space && vocabulary->kind == INFER_SPM;
	error = infer_tokenizer_read(made, vocabulary, problem);
	if (!error)
		error = infer_marks_make(made);
	if (!error)
		error = made->kind == INFER_SPM ? infer_spm_read(made, vocabulary) :
						  infer_bpe_read(made, vocabulary, problem);
	if (error) {
		infer_tokenizer_free(made);
		return error;
	}
	*tokenizer = made;
	return 0;
}

void infer_tokenizer_free(struct infer_tokenizer *tokenizer)
{
	if (!tokenizer)
		return;
	infer_index_free(&tokenizer->by_text);
	infer_index_free(&tokenizer->by_pair);
	free(tokenizer->bytes);
	free(tokenizer->starts);
	free(tokenizer->types);
	free(tokenizer->order);
	free(tokenizer->merged);
	free(tokenizer->marks);
	free(tokenizer);
}

uint32_t infer_tokenizer_size(const struct infer_tokenizer *tokenizer)
{
	return tokenizer->size;
}

uint32_t infer_tokenizer_begin(const struct infer_tokenizer *tokenizer)
{
	return tokenizer->begin;
}

uint32_t infer_tokenizer_end(const struct infer_tokenizer *tokenizer)
{
	return tokenizer->end;
}

bool infer_tokenizer_ends(const struct infer_tokenizer *tokenizer, uint32_t token)
{
	struct infer_text text;

	if (token >= tokenizer->size)
		return false;
	if (token == tokenizer->end || token == tokenizer->turn_end)
		return true;
	text = infer_token_bytes(tokenizer, token);
	if (tokenizer->types[token] != INFER_TOKEN_CONTROL)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strlen(ends[i]) == text.length && !memcmp(ends[i], text.bytes, text.length))
			return true;
	return false;
}

uint32_t infer_tokenizer_control(const struct infer_tokenizer *tokenizer, const char *spelling)
{
	size_t at = 0, length = strlen(spelling);
	uint32_t token = infer_mark_next(tokenizer, spelling, length, true, &at);

	if (token == INFER_NO_TOKEN || at || infer_token_bytes(tokenizer, token).length != length)
		return INFER_NO_TOKEN;
	return tokenizer->types[token] == INFER_TOKEN_CONTROL ? token : INFER_NO_TOKEN;
}

/* Text without marks. @first: what precedes it is the beginning, or a control token. */
static int add_plain(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		     bool first, struct infer_tokens *tokens)
{
	char *spaced;
	int error;

	if (!length)
		return 0;
	if (tokenizer->kind == INFER_BPE)
		return infer_bpe_add(tokenizer, text, length, tokens);
	if (!first || !tokenizer->add_space)
		return infer_spm_add(tokenizer, text, length, tokens);
	spaced = malloc(length + 1);
	if (!spaced)
		return -ENOMEM;
	spaced[0] = ' ';
	memcpy(spaced + 1, text, length);
	error = infer_spm_add(tokenizer, spaced, length + 1, tokens);
	free(spaced);
	return error;
}

static int add_all(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		   bool control, struct infer_tokens *tokens)
{
	bool first = true;
	size_t from = 0;
	int error = 0;

	while (from < length && !error) {
		size_t at = from;
		uint32_t mark = infer_mark_next(tokenizer, text, length, control, &at);

		error = add_plain(tokenizer, text + from, at - from, first, tokens);
		if (mark == INFER_NO_TOKEN || error)
			break;
		error = infer_tokens_add(tokens, mark);
		from = at + infer_token_bytes(tokenizer, mark).length;
		first = tokenizer->types[mark] == INFER_TOKEN_CONTROL;
	}
	return error;
}

int infer_tokenise(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		   bool begin, bool control, uint32_t **tokens, size_t *count)
{
	struct infer_tokens list = { 0 };
	int error = 0;

	if (length > INT32_MAX)
		return -E2BIG;
	if (begin && tokenizer->add_begin)
		error = infer_tokens_add(&list, tokenizer->begin);
	if (!error)
		error = add_all(tokenizer, text, length, control, &list);
	if (error) {
		free(list.tokens);
		return error;
	}
	*tokens = list.tokens;
	*count = list.count;
	return 0;
}

size_t infer_token_text(const struct infer_tokenizer *tokenizer, uint32_t token,
			char text[INFER_TOKEN_TEXT])
{
	struct infer_text bytes;

	if (token >= tokenizer->size || tokenizer->types[token] == INFER_TOKEN_CONTROL)
		return 0;
	bytes = infer_token_bytes(tokenizer, token);
	if (tokenizer->types[token] == INFER_TOKEN_UNKNOWN)
		bytes = (struct infer_text){ INFER_REPLACEMENT_TEXT,
					     strlen(INFER_REPLACEMENT_TEXT) };
	if (bytes.length > INFER_TOKEN_TEXT)
		bytes.length = INFER_TOKEN_TEXT;
	if (bytes.length)
		memcpy(text, bytes.bytes, bytes.length);
	return bytes.length;
}
