/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What chat formats put around messages. */
#ifndef INFER_CHAT_FORMAT_H
#define INFER_CHAT_FORMAT_H

#include <stdbool.h>

#include "chat.h"

/* In what formats say: the tokens that begin and end texts, which each model spells as it likes. */
#define INFER_SAY_BEGIN '\1'
#define INFER_SAY_END '\2'

/**
 * struct infer_chat_format - control tokens are spelled out in what is said
 * @marks: the template holds each
 * @tokens: the vocabulary has each
 * @before, @after: a message of each role
 * @answer: before the assistant's answer
 * @trim: without white space at the ends of messages
 * @system_within: the system's message is said within the user's, before what the user says
 */
struct infer_chat_format {
	const char *name;
	const char *marks[2], *tokens[3];
	const char *before[INFER_ROLES], *after[INFER_ROLES];
	const char *answer;
	bool trim, system_within;
};

const struct infer_chat_format *infer_chat_format(enum infer_chat chat);

#endif
