// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libllama, as its users have it: its own choice of kernels, of flash attention and of how weights
 * lie. Keys and values are F16 as ours are. Built in the tree that llama.sh makes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llama.h>

#include "side.h"

struct side {
	struct llama_model *model;
	struct llama_context *context;
	struct llama_batch batch;
	uint32_t vocabulary;
	float *logits;
};

/* What goes wrong is told by it alone; the rest is pages. */
static void log_errors(enum ggml_log_level level, const char *text, void *context)
{
	(void)context;
	if (level == GGML_LOG_LEVEL_ERROR)
		fputs(text, stderr);
}

static void open_context(struct side *side, uint32_t threads)
{
	struct llama_context_params with = llama_context_default_params();

	with.n_ctx = SIDE_CONTEXT;
	with.n_batch = SIDE_CONTEXT;
	with.n_ubatch = SIDE_CONTEXT;
	with.n_seq_max = 1;
	with.n_threads = (int32_t)threads;
	with.n_threads_batch = (int32_t)threads;
	with.type_k = GGML_TYPE_F16;
	with.type_v = GGML_TYPE_F16;
	side->context = llama_init_from_model(side->model, with);
	if (!side->context)
		side_die("libllama makes no context");
}

struct side *side_open(const char *path, uint32_t threads)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side)
		side_die("no memory");
	llama_log_set(log_errors, NULL);
	ggml_backend_load_all();
	llama_backend_init();
	side->model = llama_model_load_from_file(path, llama_model_default_params());
	if (!side->model)
		side_die("libllama does not load %s", path);
	open_context(side, threads);
	side->batch = llama_batch_init(SIDE_CONTEXT, 0, 1);
	side->vocabulary = (uint32_t)llama_vocab_n_tokens(llama_model_get_vocab(side->model));
	side->logits = calloc(SIDE_CONTEXT, side->vocabulary * sizeof(float));
	if (!side->logits)
		side_die("no memory");
	return side;
}

uint32_t side_vocabulary(const struct side *side)
{
	return side->vocabulary;
}

/* Of the builds of ggml's kernels one has been loaded: by its file. */
const char *side_kernels(const struct side *side)
{
	static const char prefix[] = "/libggml-cpu-";
	static char line[4096];
	FILE *maps = fopen("/proc/self/maps", "re");

	(void)side;
	while (maps && fgets(line, sizeof(line), maps)) {
		char *name = strstr(line, prefix), *end = name ? strstr(name, ".so") : NULL;

		if (end) {
			*end = '\0';
			fclose(maps);
			return name + strlen(prefix);
		}
	}
	side_die("libllama has loaded no kernels for the processors");
}

uint32_t *side_tokenise(const struct side *side, const char *text, uint32_t length,
			uint32_t *count)
{
	/* No token is of less than a byte, but for those at either end. */
	int32_t most = (int32_t)length + 8, n;
	llama_token *tokens = calloc((size_t)most, sizeof(*tokens));

	if (!tokens)
		side_die("no memory");
	n = llama_tokenize(llama_model_get_vocab(side->model), text, (int32_t)length, tokens, most,
			   true, false);
	if (n < 0)
		side_die("libllama finds %d tokens in %u bytes", -n, length);
	*count = (uint32_t)n;
	return (uint32_t *)tokens;
}

void side_spoil(struct side *side, const char *mistake)
{
	(void)side;
	side_die("libllama makes no mistakes to order, such as '%s'", mistake);
}

const float *side_ask(struct side *side, const uint32_t *tokens, uint32_t position, uint32_t n)
{
	struct llama_batch *batch = &side->batch;
	int error;

	batch->n_tokens = (int32_t)n;
	for (uint32_t i = 0; i < n; i++) {
		batch->token[i] = (llama_token)tokens[i];
		batch->pos[i] = (llama_pos)(position + i);
		batch->n_seq_id[i] = 1;
		batch->seq_id[i][0] = 0;
		batch->logits[i] = true;
	}
	error = llama_decode(side->context, *batch);
	if (error)
		side_die("libllama fails at position %u: %d", position, error);
	for (uint32_t i = 0; i < n; i++)
		memcpy(side->logits + (size_t)i * side->vocabulary,
		       llama_get_logits_ith(side->context, (int32_t)i),
		       side->vocabulary * sizeof(float));
	return side->logits;
}

void side_close(struct side *side)
{
	llama_batch_free(side->batch);
	llama_free(side->context);
	llama_model_free(side->model);
	llama_backend_free();
	free(side->logits);
	free(side);
}
