// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loaded.h"

/* Logits and texts are of the same tokens. */
static int check_vocabulary(const struct infer_loaded *loaded, char problem[INFER_PROBLEM])
{
	uint32_t size = infer_tokenizer_size(loaded->tokenizer);

	/* Models have rows for more tokens than there are, to fill a tile; not for fewer. */
	if (size <= loaded->model->vocabulary)
		return 0;
	snprintf(problem, INFER_PROBLEM, "the model has %u rows of logits for %u tokens", loaded->model->vocabulary, size);
	return -EBADMSG;
}

int infer_loaded_open(struct infer_loaded *loaded, const char *path, char problem[INFER_PROBLEM])
{
	struct infer_text template = { "", 0 };
	int error;

	memset(loaded, 0, sizeof(*loaded));
	snprintf(problem, INFER_PROBLEM, "no memory");
	error = infer_gguf_open(path, &loaded->gguf, problem);
	if (!error)
		error = infer_model_from(loaded->gguf, &loaded->model, problem);
	if (!error)
		error = infer_tokenizer_from(loaded->gguf, &loaded->tokenizer, problem);
	if (!error)
		error = check_vocabulary(loaded, problem);
	if (error) {
		infer_loaded_close(loaded);
		return error;
	}
	infer_gguf_text(loaded->gguf, "tokenizer.chat_template", &template);
	loaded->chat = infer_chat_recognise(loaded->tokenizer, template);
	return 0;
}

void infer_loaded_close(struct infer_loaded *loaded)
{
	if (loaded->tokenizer)
		infer_tokenizer_free(loaded->tokenizer);
	if (loaded->model)
		infer_model_free(loaded->model);
	if (loaded->gguf)
		infer_gguf_close(loaded->gguf);
	memset(loaded, 0, sizeof(*loaded));
}

int infer_loaded_chat(const struct infer_loaded *loaded, const char *message, uint32_t **tokens, size_t *count)
{
	struct infer_message user = { INFER_USER, { message, strlen(message) } };

	return infer_chat_tokenise(loaded->tokenizer, loaded->chat, &user, 1, tokens, count);
}
