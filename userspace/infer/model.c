// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_limits.h"
#include "model_parts.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static bool is(struct infer_text text, const char *word)
{
	return text.length == strlen(word) && !memcmp(text.bytes, word, text.length);
}

/* printable(): a text of the file, for terminals and logs, cut. */
static void printable(struct infer_text text, char *room, size_t size)
{
	size_t length = text.length < size - 1 ? text.length : size - 1;

	for (size_t i = 0; i < length; i++)
		room[i] = text.bytes[i] < ' ' || text.bytes[i] > '~' ? '?' : text.bytes[i];
	room[length] = '\0';
}

static int read_architecture(struct model_source *source, struct infer_model *model)
{
	struct infer_text text;

	if (infer_gguf_text(source->gguf, "general.architecture", &text))
		return model_bad(source, -EBADMSG,
				 "key 'general.architecture' is missing, or no text");
	printable(text, source->architecture, sizeof(source->architecture));
	if (!is(text, "llama") && !is(text, "qwen2"))
		return model_bad(source, -ENOTSUP,
				 "offset %" PRIu64
				 ": key 'general.architecture': it is '%s', but only 'llama' and"
				 " 'qwen2' are supported",
				 infer_gguf_offset(source->gguf, text.bytes), source->architecture);
	model->rope_halves = is(text, "qwen2");
	if (!infer_gguf_text(source->gguf, "general.name", &text))
		printable(text, model->name, sizeof(model->name));
	else
		snprintf(model->name, sizeof(model->name), "%s", source->architecture);
	return 0;
}

static int read_heads(const struct model_source *source, struct infer_model *model)
{
	uint32_t value_length;
	int error = model_u32(source, "attention.head_count", 1, INFER_MAX_HEADS, &model->heads);

	model->kv_heads = model->heads;
	if (!error)
		error = model_u32(source, "attention.head_count_kv", 1, INFER_MAX_HEADS,
				  &model->kv_heads);
	if (error)
		return error;
	if (model->heads % model->kv_heads)
		return model_bad_key(source, -EBADMSG, "attention.head_count_kv",
				     "a divisor of attention.head_count");
	model->head_dim = model->dim % model->heads ? 0 : model->dim / model->heads;
	error = model_u32(source, "attention.key_length", 2, INFER_MAX_HEAD_DIM, &model->head_dim);
	value_length = model->head_dim;
	if (!error)
		error = model_u32(source, "attention.value_length", model->head_dim,
				  model->head_dim, &value_length);
	if (error)
		return error;
	/* Only of a file that gives no length */
	if (model->head_dim < 2 || model->head_dim > INFER_MAX_HEAD_DIM || model->head_dim % 2)
		return model_bad_key(source, -EBADMSG, "attention.key_length",
				     "an even number from 2 to 256");
	return 0;
}

static int read_sizes(const struct model_source *source, struct infer_model *model)
{
	uint32_t experts = UINT32_MAX; /* if the file does not say */
	int error = model_u32(source, "embedding_length", 2, INFER_MAX_DIM, &model->dim);

	if (!error)
		error = model_u32(source, "block_count", 1, INFER_MAX_LAYERS, &model->n_layers);
	if (!error)
		error = model_u32(source, "feed_forward_length", 1, INFER_MAX_FFN, &model->ffn);
	if (!error)
		error = model_u32(source, "context_length", 1, INFER_MAX_CONTEXT, &model->context);
	model->epsilon = -1;
	if (!error)
		error = model_float(source, "attention.layer_norm_rms_epsilon", 0, 1,
				    &model->epsilon);
	if (!error)
		error = model_u32(source, "expert_count", 0, UINT32_MAX, &experts);
	if (!error && experts && experts != UINT32_MAX)
		error = model_bad_key(source, -ENOTSUP, "expert_count",
				      "0, for mixtures of experts are not supported");
	return error ? error : read_heads(source, model);
}

/* The number of rows is what the file says: that is the vocabulary. */
static int read_vocabulary(const struct model_source *source, struct infer_model *model)
{
	static const char name[] = "token_embd.weight";
	struct infer_gguf_array tokens;
	uint32_t rows = 1;
	int error;

	if (!infer_gguf_tensor(source->gguf, name, &model->embedding))
		rows = model->embedding.rows;
	error = model_matrix(source, name, rows, model->dim, &model->embedding);
	if (error)
		return error;
	if (rows > INFER_MAX_VOCABULARY)
		return model_bad(source, -EBADMSG,
				 "offset %" PRIu64 ": tensor '%s': it has %" PRIu32
				 " rows, not 1 to %u",
				 infer_gguf_offset(source->gguf, model->embedding.data), name, rows,
				 INFER_MAX_VOCABULARY);
	model->vocabulary = rows;
	if (!infer_gguf_array(source->gguf, "tokenizer.ggml.tokens", &tokens) &&
	    tokens.count > rows)
		return model_bad(source, -EBADMSG,
				 "offset %" PRIu64
				 ": key 'tokenizer.ggml.tokens': there are %" PRIu64
				 " tokens, but only %" PRIu32 " rows of embeddings",
				 infer_gguf_offset(source->gguf, tokens.data), tokens.count, rows);
	return 0;
}

/* What models have that compute more than we do: to leave it out would give wrong answers. */
static int refuse_others(const struct model_source *source, uint32_t layer)
{
	static const char *const others[] = {
		"attn_norm.bias", "ffn_norm.bias", "attn_output.bias",
		"ffn_gate.bias", "ffn_up.bias", "ffn_down.bias",
		"attn_q_norm.weight", "attn_k_norm.weight",
		"post_attention_norm.weight", "post_ffw_norm.weight", "ffn_gate_inp.weight",
	};
	char name[48];

	for (size_t i = 0; i < LENGTH(others); i++) {
		snprintf(name, sizeof(name), "blk.%" PRIu32 ".%s", layer, others[i]);
		if (model_has_tensor(source, name))
			return model_bad(source, -ENOTSUP,
					 "tensor '%s': models that have it are not supported",
					 name);
	}
	return 0;
}

static int read_layer(const struct model_source *source, const struct infer_model *model,
		      uint32_t index, struct infer_layer *layer)
{
	uint32_t q = model->heads * model->head_dim, kv = model->kv_heads * model->head_dim;
	/* Vectors have no rows, and may be left out if they are biases. */
	const struct {
		const char *name;
		struct infer_tensor *tensor;
		uint32_t rows, columns;
	} parts[] = {
		{ "attn_norm.weight", &layer->attention_norm, 0, model->dim },
		{ "attn_q.weight", &layer->q, q, model->dim },
		{ "attn_k.weight", &layer->k, kv, model->dim },
		{ "attn_v.weight", &layer->v, kv, model->dim },
		{ "attn_q.bias", &layer->q_bias, 0, q },
		{ "attn_k.bias", &layer->k_bias, 0, kv },
		{ "attn_v.bias", &layer->v_bias, 0, kv },
		{ "attn_output.weight", &layer->o, model->dim, q },
		{ "ffn_norm.weight", &layer->ffn_norm, 0, model->dim },
		{ "ffn_gate.weight", &layer->gate, model->ffn, model->dim },
		{ "ffn_up.weight", &layer->up, model->ffn, model->dim },
		{ "ffn_down.weight", &layer->down, model->dim, model->ffn },
	};
	char name[48];
	int error = 0;

	for (size_t i = 0; !error && i < LENGTH(parts); i++) {
		snprintf(name, sizeof(name), "blk.%" PRIu32 ".%s", index, parts[i].name);
		if (parts[i].rows)
			error = model_matrix(source, name, parts[i].rows, parts[i].columns,
					     parts[i].tensor);
		else if (!strstr(name, ".bias") || model_has_tensor(source, name))
			error = model_vector(source, name, parts[i].columns, parts[i].tensor);
	}
	return error ? error : refuse_others(source, index);
}

static int read_tensors(const struct model_source *source, struct infer_model *model)
{
	int error = read_vocabulary(source, model);

	if (!error)
		error = model_vector(source, "output_norm.weight", model->dim, &model->output_norm);
	model->output = model->embedding;
	if (!error && model_has_tensor(source, "output.weight"))
		error = model_matrix(source, "output.weight", model->vocabulary, model->dim,
				     &model->output);
	if (!error && model_has_tensor(source, "output.bias"))
		error = model_bad(source, -ENOTSUP,
				  "tensor 'output.bias': models that have it are not supported");
	if (error)
		return error;
	model->layers = calloc(model->n_layers, sizeof(*model->layers));
	if (!model->layers)
		return -ENOMEM;
	for (uint32_t i = 0; !error && i < model->n_layers; i++)
		error = read_layer(source, model, i, &model->layers[i]);
	return error;
}

int infer_model_from(const struct infer_gguf *gguf, struct infer_model **model,
		     char problem[INFER_PROBLEM])
{
	struct model_source source = { .gguf = gguf, .problem = problem };
	struct infer_model *new = calloc(1, sizeof(*new));
	int error;

	if (!new)
		return -ENOMEM;
	new->weights = infer_gguf_weights(gguf, &new->weights_bytes);
	error = read_architecture(&source, new);
	if (!error)
		error = read_sizes(&source, new);
	if (!error)
		error = model_rope(&source, new);
	if (!error)
		error = read_tensors(&source, new);
	if (error) {
		infer_model_free(new);
		return error;
	}
	*model = new;
	return 0;
}

void infer_model_free(struct infer_model *model)
{
	if (!model)
		return;
	free(model->rope_frequency);
	free(model->layers);
	free(model);
}
