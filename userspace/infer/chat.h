/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to the tokens of a prompt.
 *
 * GGUF files carry a template in Jinja, which is a language to run; it is not run here. The
 * families of formats that models are trained for are few: which one it is is seen by the marks the
 * template holds.
 *
 * Nobody spells control tokens: those of the format are put between the messages by number, and
 * what messages hold is tokenised as plain text. Where marks are no tokens of the vocabulary but
 * plain text to the model too (all of PLAIN; [INST] of Llama 2; <|user|> of Zephyr), a message can
 * imitate them, and the model cannot tell them apart.
 */
#ifndef INFER_CHAT_H
#define INFER_CHAT_H

#include "tokenizer.h"

/*
 * "role: content" lines, for models without a format; then by family. What other templates do
 * (dates, tools, a system's message where there is none, thoughts) is not done.
 */
enum infer_chat {
	INFER_CHAT_PLAIN, INFER_CHAT_CHATML, INFER_CHAT_LLAMA2, INFER_CHAT_MISTRAL,
	INFER_CHAT_LLAMA3, INFER_CHAT_ZEPHYR, INFER_CHAT_PHI3, INFER_CHAT_GEMMA,
	INFER_CHAT_DEEPSEEK, INFER_CHATS,
};

enum infer_role {
	INFER_SYSTEM, INFER_USER, INFER_ASSISTANT, INFER_TOOL, INFER_ROLES,
};

struct infer_message {
	enum infer_role role;
	struct infer_text content;
};

/* A role by its name in requests ("developer" is the system too); -EINVAL. */
int infer_role_named(const char *name, enum infer_role *role);

const char *infer_chat_name(enum infer_chat chat);

/**
 * infer_chat_recognise() - the format of a template
 * @template: tokenizer.chat_template, or empty
 *
 * A format is one only if the vocabulary has its control tokens. Without a template that is known:
 * ChatML if its tokens are there, else plain.
 */
enum infer_chat infer_chat_recognise(const struct infer_tokenizer *tokenizer,
				     struct infer_text template);

/**
 * infer_chat_tokenise() - the prompt after which the assistant's answer comes
 * @messages: at least one; a system's message goes where the format has a place for it, in those
 *	that have none before the next message of the user
 *
 * Return: 0, *tokens (for free()) and *count; -EINVAL if there are no messages or a role is none;
 * -E2BIG beyond INT32_MAX bytes; -ENOMEM.
 */
int infer_chat_tokenise(const struct infer_tokenizer *tokenizer, enum infer_chat chat,
			const struct infer_message *messages, size_t n_messages, uint32_t **tokens,
			size_t *count);

#endif
