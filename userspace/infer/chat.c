// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chat_format.h"
#include "tokenizer_parts.h"

/*
 * A prompt that is being put together; @text is what came since the last control token, which is
 * tokenised as one.
 */
struct prompt {
	const struct infer_tokenizer *tokenizer;
	const struct infer_chat_format *format;
	struct infer_tokens tokens;
	char *text;
	size_t length, room;
	int error;
};

static void add_text(struct prompt *prompt, const char *bytes, size_t length)
{
	size_t needed = prompt->length + length;

	if (prompt->error || !length)
		return;
	if (needed > INT32_MAX) {
		prompt->error = -E2BIG;
		return;
	}
	if (needed > prompt->room) {
		char *grown = realloc(prompt->text, 2 * needed);

		if (!grown) {
			prompt->error = -ENOMEM;
			return;
		}
		prompt->text = grown;
		prompt->room = 2 * needed;
	}
	memcpy(prompt->text + prompt->length, bytes, length);
	prompt->length = needed;
}

/* The text so far, in which nothing is a control token, whoever said it. */
static void flush(struct prompt *prompt)
{
	uint32_t *tokens;
	size_t count;

	if (prompt->error || !prompt->length)
		return;
	prompt->error = infer_tokenise(prompt->tokenizer, prompt->text, prompt->length, false,
				       false, &tokens, &count);
	if (prompt->error)
		return;
	for (size_t i = 0; i < count && !prompt->error; i++)
		prompt->error = infer_tokens_add(&prompt->tokens, tokens[i]);
	free(tokens);
	prompt->length = 0;
}

static void add_control(struct prompt *prompt, uint32_t token)
{
	flush(prompt);
	if (!prompt->error && token != INFER_NO_TOKEN)
		prompt->error = infer_tokens_add(&prompt->tokens, token);
}

/* Where the model wants it, and once where a format and the model both do. */
static void begin_text(struct prompt *prompt)
{
	const struct infer_tokens *tokens = &prompt->tokens;
	uint32_t begin = infer_tokenizer_begin(prompt->tokenizer);

	if (prompt->length || !tokens->count || tokens->tokens[tokens->count - 1] != begin)
		add_control(prompt, begin);
}

/* What the format says, until the next of the marks that each model spells as it likes. */
static void say_spelled(struct prompt *prompt, const char *said, size_t length)
{
	const struct infer_tokenizer *tokenizer = prompt->tokenizer;

	while (length) {
		size_t at = 0, mark_length = 0;
		uint32_t mark = infer_mark_next(tokenizer, said, length, true, &at);

		add_text(prompt, said, at);
		if (mark != INFER_NO_TOKEN) {
			mark_length = infer_token_bytes(tokenizer, mark).length;
			if (tokenizer->types[mark] == INFER_TOKEN_CONTROL)
				add_control(prompt, mark);
			else
				add_text(prompt, said + at, mark_length);
		}
		said += at + mark_length;
		length -= at + mark_length;
	}
}

static void say(struct prompt *prompt, const char *said)
{
	static const char marks[] = { INFER_SAY_BEGIN, INFER_SAY_END, '\0' };

	while (*said) {
		size_t length = strcspn(said, marks);

		say_spelled(prompt, said, length);
		said += length;
		if (*said == INFER_SAY_BEGIN)
			begin_text(prompt);
		else if (*said == INFER_SAY_END)
			add_control(prompt, infer_tokenizer_end(prompt->tokenizer));
		said += *said != '\0';
	}
}

static bool is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void add_content(struct prompt *prompt, struct infer_text content)
{
	if (prompt->format->trim) {
		while (content.length && is_blank(content.bytes[content.length - 1]))
			content.length--;
		while (content.length && is_blank(*content.bytes)) {
			content.bytes++;
			content.length--;
		}
	}
	add_text(prompt, content.bytes, content.length);
}

static void add_message(struct prompt *prompt, const struct infer_message *message)
{
	say(prompt, prompt->format->before[message->role]);
	add_content(prompt, message->content);
	say(prompt, prompt->format->after[message->role]);
}

/*
 * Messages up to the user's, the system's among them within it; without the user's, one that says
 * nothing.
 */
static void add_turn(struct prompt *prompt, const struct infer_message *messages, size_t count,
		     const struct infer_message *user)
{
	say(prompt, prompt->format->before[INFER_USER]);
	for (size_t i = 0; i < count; i++)
		if (messages[i].role == INFER_SYSTEM)
			add_message(prompt, &messages[i]);
	if (user)
		add_content(prompt, user->content);
	say(prompt, prompt->format->after[INFER_USER]);
}

static void add_messages(struct prompt *prompt, const struct infer_message *messages,
			 size_t n_messages)
{
	/* The system's messages that no user's followed, and where they begin. */
	size_t waiting = 0, from = 0;

	for (size_t i = 0; i < n_messages; i++) {
		if (prompt->format->system_within && messages[i].role == INFER_SYSTEM) {
			from = waiting++ ? from : i;
		} else if (waiting && messages[i].role == INFER_USER) {
			add_turn(prompt, messages + from, i - from, &messages[i]);
			waiting = 0;
		} else {
			add_message(prompt, &messages[i]);
		}
	}
	if (waiting)
		add_turn(prompt, messages + from, n_messages - from, NULL);
}

int infer_chat_tokenise(const struct infer_tokenizer *tokenizer, enum infer_chat chat,
			const struct infer_message *messages, size_t n_messages, uint32_t **tokens,
			size_t *count)
{
	struct prompt prompt = { .tokenizer = tokenizer, .format = infer_chat_format(chat) };

	if (!n_messages)
		return -EINVAL;
	for (size_t i = 0; i < n_messages; i++)
		if ((unsigned int)messages[i].role >= INFER_ROLES)
			return -EINVAL;
	if (tokenizer->add_begin)
		begin_text(&prompt);
	add_messages(&prompt, messages, n_messages);
	say(&prompt, prompt.format->answer);
	flush(&prompt);
	free(prompt.text);
	if (prompt.error) {
		free(prompt.tokens.tokens);
		return prompt.error;
	}
	*tokens = prompt.tokens.tokens;
	*count = prompt.tokens.count;
	return 0;
}
