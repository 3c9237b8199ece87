/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client asks of a model, before it is tokens. */
#ifndef INFER_ASK_H
#define INFER_ASK_H

#include "chat.h"
#include "sample.h"

#define INFER_ASK_STOPS 4
#define INFER_ASK_STOP_LENGTH 256 /* bytes */
#define INFER_ASK_MESSAGES 4096
#define INFER_ASK_TOKENS (1u << 20)

enum infer_ask_kind { INFER_ASK_TEXT, INFER_ASK_TOKENISED, INFER_ASK_CHAT };

/**
 * struct infer_ask - zeroed it can be freed
 * @most: tokens to make at most; 0 for as many as there is room for
 * @text: a prompt to be tokenised, with the model's beginning of text
 * @tokens: or one that is tokens already
 * @messages: or the chat to be answered
 * @owned: where the texts lie, unless they lie elsewhere
 */
struct infer_ask {
	enum infer_ask_kind kind;
	uint32_t most;
	struct infer_sampling sampling;
	struct infer_text text;
	uint32_t *tokens, n_tokens;
	struct infer_message *messages;
	uint32_t n_messages;
	struct infer_text stops[INFER_ASK_STOPS];
	uint32_t n_stops;
	char *owned;
};

/* infer_ask_free(): what it points to. */
void infer_ask_free(struct infer_ask *ask);

#endif
