/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is taken from a model's file. */
#ifndef INFER_LOADED_H
#define INFER_LOADED_H

#include "chat.h"
#include "model.h"

struct infer_loaded {
	struct infer_gguf *gguf;
	struct infer_model *model;
	struct infer_tokenizer *tokenizer;
	enum infer_chat chat;
};

/**
 * infer_loaded_open() - a model's file
 *
 * Return: 0, and infer_loaded_close() is due; -EBADMSG if the file is bad, -ENOTSUP if it is of a kind that is not
 * supported, -ENOMEM, or another errno if it cannot be read, each with a sentence in @problem.
 */
int infer_loaded_open(struct infer_loaded *loaded, const char *path, char problem[INFER_PROBLEM]);
void infer_loaded_close(struct infer_loaded *loaded);

/* infer_loaded_chat(): tokens of one message of a user's, as infer_chat_tokenise(). */
int infer_loaded_chat(const struct infer_loaded *loaded, const char *message, uint32_t **tokens, size_t *count);

#endif
