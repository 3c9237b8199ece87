// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "infer_file.h"
#include "model.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct loaded - a model and what it lies in
 */
struct loaded {
	void *bytes;
	size_t length;
	struct infer_gguf *gguf;
	struct infer_model *model;
	char problem[INFER_PROBLEM];
};

static int load(const char *architecture, const struct infer_part *parts, size_t n,
		struct loaded *loaded)
{
	*loaded = (struct loaded){ };
	assert_int_equal(infer_file_make(architecture, parts, n, &loaded->bytes, &loaded->length),
			 0);
	if (infer_gguf_parse(loaded->bytes, loaded->length, &loaded->gguf, loaded->problem))
		fail_msg("%s", loaded->problem);
	return infer_model_from(loaded->gguf, &loaded->model, loaded->problem);
}

static void unload(struct loaded *loaded)
{
	infer_model_free(loaded->model);
	infer_gguf_close(loaded->gguf);
	free(loaded->bytes);
}

/* Its offset is that of a name, which tests of the reader look at. */
static void refused(const char *architecture, const struct infer_part *parts, size_t n, int error,
		    const char *sentence)
{
	struct loaded loaded;
	const char *said;

	assert_int_equal(load(architecture, parts, n, &loaded), error);
	said = strncmp(loaded.problem, "offset ", 7) ? loaded.problem : strchr(loaded.problem, ':') + 2;
	assert_string_equal(said, sentence);
	unload(&loaded);
}

static void taken(const char *architecture, const struct infer_part *parts, size_t n,
		  struct loaded *loaded)
{
	if (load(architecture, parts, n, loaded))
		fail_msg("%s", loaded->problem);
}

static void check_tensor(const struct loaded *loaded, const struct infer_tensor *tensor,
			 uint32_t rows, uint32_t columns)
{
	assert_int_equal(tensor->rows, rows);
	assert_int_equal(tensor->columns, columns);
	assert_ptr_equal(tensor->data, (const char *)loaded->model->weights + tensor->offset);
}

static void model__has_the_sizes_and_tensors_of_its_file(void **state)
{
	static const struct infer_part parts[] = {
		{ "general.name", PART_TEXT, .text = "some\033 model" },
		{ "output.weight", PART_TENSOR, .type = INFER_F32, .rows = 5, .columns = 4 },
		{ "blk.0.attn_k.bias", PART_TENSOR, .type = INFER_F32, .columns = 2 },
	};
	const struct infer_model *model;
	const struct infer_layer *layer;
	struct loaded loaded;

	(void)state;
	taken("llama", parts, LENGTH(parts), &loaded);
	model = loaded.model;
	layer = model->layers;
	assert_string_equal(model->name, "some? model");
	assert_int_equal(model->vocabulary, 5);
	assert_int_equal(model->dim, 4);
	assert_int_equal(model->n_layers, 1);
	assert_int_equal(model->heads, 2);
	assert_int_equal(model->kv_heads, 1);
	assert_int_equal(model->head_dim, 2);
	assert_int_equal(model->ffn, 6);
	assert_int_equal(model->context, 64);
	assert_int_equal(model->rope_dims, 2);
	assert_false(model->rope_halves);
	assert_true(model->epsilon == 1e-5f);
	check_tensor(&loaded, &model->embedding, 5, 4);
	check_tensor(&loaded, &model->output, 5, 4);
	check_tensor(&loaded, &model->output_norm, 1, 4);
	check_tensor(&loaded, &layer->attention_norm, 1, 4);
	check_tensor(&loaded, &layer->q, 4, 4);
	check_tensor(&loaded, &layer->k, 2, 4);
	check_tensor(&loaded, &layer->v, 2, 4);
	check_tensor(&loaded, &layer->k_bias, 1, 2);
	check_tensor(&loaded, &layer->o, 4, 4);
	check_tensor(&loaded, &layer->ffn_norm, 1, 4);
	check_tensor(&loaded, &layer->gate, 6, 4);
	check_tensor(&loaded, &layer->up, 6, 4);
	check_tensor(&loaded, &layer->down, 4, 6);
	assert_int_equal(model->output.type, INFER_F32);
	assert_null(layer->q_bias.data);
	assert_null(layer->v_bias.data);
	unload(&loaded);
}

static void output_left_out__is_the_embedding(void **state)
{
	struct loaded loaded;

	(void)state;
	taken("qwen2", NULL, 0, &loaded);
	assert_ptr_equal(loaded.model->output.data, loaded.model->embedding.data);
	assert_true(loaded.model->rope_halves);
	assert_string_equal(loaded.model->name, "qwen2");
	unload(&loaded);
}

static void number_of_kv_heads_left_out__is_that_of_heads(void **state)
{
	static const struct infer_part parts[] = {
		{ "attention.head_count_kv", .kind = PART_LEFT_OUT },
		{ "blk.0.attn_k.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
		{ "blk.0.attn_v.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	};
	struct loaded loaded;

	(void)state;
	taken("llama", parts, LENGTH(parts), &loaded);
	assert_int_equal(loaded.model->kv_heads, 2);
	unload(&loaded);
}

/* Heads of four values, twice dim / heads. */
static const struct infer_part wide[] = {
	{ "attention.key_length", PART_U32, .u32 = 4 },
	{ "attention.value_length", PART_U32, .u32 = 4 },
	{ "blk.0.attn_q.weight", PART_TENSOR, .type = INFER_F16, .rows = 8, .columns = 4 },
	{ "blk.0.attn_k.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.attn_v.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
	{ "blk.0.attn_output.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 8 },
};

static void load_wide(const struct infer_part *more, size_t n, struct loaded *loaded)
{
	struct infer_part parts[LENGTH(wide) + 3];

	assert_true(n <= 3);
	memcpy(parts, wide, sizeof(wide));
	if (n)
		memcpy(parts + LENGTH(wide), more, n * sizeof(*more));
	taken("llama", parts, LENGTH(wide) + n, loaded);
}

static void close_to(float value, double expected)
{
	assert_true(fabs((double)value - expected) <= 1e-6 * expected);
}

static void frequencies__are_powers_of_the_base(void **state)
{
	static const struct infer_part other[] = {
		{ "rope.freq_base", PART_FLOAT, .number = 1e6f },
		{ "rope.scaling.type", PART_TEXT, .text = "linear" },
		{ "rope.scaling.factor", PART_FLOAT, .number = 4 },
	}, none[] = {
		{ "rope.scaling.type", PART_TEXT, .text = "none" },
		{ "rope.scaling.factor", PART_FLOAT, .number = 4 },
	}, old[] = {
		{ "rope.scale_linear", PART_FLOAT, .number = 2 },
		{ "rope.dimension_count", PART_U32, .u32 = 2 },
	};
	struct loaded loaded;

	(void)state;
	load_wide(NULL, 0, &loaded);
	assert_int_equal(loaded.model->head_dim, 4);
	assert_int_equal(loaded.model->rope_dims, 4);
	close_to(loaded.model->rope_frequency[0], 1);
	close_to(loaded.model->rope_frequency[1], 0.01);
	unload(&loaded);
	load_wide(other, LENGTH(other), &loaded);
	close_to(loaded.model->rope_frequency[0], 0.25);
	close_to(loaded.model->rope_frequency[1], 0.00025);
	unload(&loaded);
	load_wide(none, LENGTH(none), &loaded);
	close_to(loaded.model->rope_frequency[1], 0.01);
	unload(&loaded);
	load_wide(old, LENGTH(old), &loaded);
	assert_int_equal(loaded.model->rope_dims, 2);
	close_to(loaded.model->rope_frequency[0], 0.5);
	unload(&loaded);
}

static void factors_of_frequencies__divide_them(void **state)
{
	static const struct infer_part parts[] = {
		{ "rope_freqs.weight", PART_TENSOR, .type = INFER_F32, .columns = 2 },
	};
	static const float factors[] = { 2, 8 },
			   bad[][2] = { { 1, 0 }, { -1, 1 }, { NAN, 1 }, { 1, INFINITY } };
	struct infer_tensor tensor;
	struct loaded loaded;

	(void)state;
	load_wide(parts, LENGTH(parts), &loaded);
	infer_model_free(loaded.model);
	assert_int_equal(infer_gguf_tensor(loaded.gguf, "rope_freqs.weight", &tensor), 0);
	memcpy((void *)tensor.data, factors, sizeof(factors));
	assert_int_equal(infer_model_from(loaded.gguf, &loaded.model, loaded.problem), 0);
	close_to(loaded.model->rope_frequency[0], 0.5);
	close_to(loaded.model->rope_frequency[1], 0.00125);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct infer_model *model;

		memcpy((void *)tensor.data, bad[i], sizeof(bad[i]));
		assert_int_equal(infer_model_from(loaded.gguf, &model, loaded.problem), -EBADMSG);
		assert_non_null(strstr(loaded.problem, "'rope_freqs.weight': a factor is not from 0.001 to 1e+06"));
	}
	unload(&loaded);
}

static const struct {
	struct infer_part part;
	int error;
	const char *sentence;
} cases[] = {
	{ { "general.architecture", .kind = PART_LEFT_OUT }, -EBADMSG, "key 'general.architecture' is missing, or no text" },
	{ { "general.architecture", .kind = PART_U32 }, -EBADMSG, "key 'general.architecture' is missing, or no text" },
	{ { "general.architecture", PART_TEXT, .text = "phi3\n" }, -ENOTSUP,
	  "key 'general.architecture': it is 'phi3?', but only 'llama' and 'qwen2' are supported" },
	{ { "embedding_length", .kind = PART_LEFT_OUT }, -EBADMSG,
	  "key 'llama.embedding_length' is missing: a whole number from 2 to 65536 is expected" },
	{ { "embedding_length", PART_U32, .u32 = 65537 }, -EBADMSG,
	  "key 'llama.embedding_length': it is not a whole number from 2 to 65536" },
	{ { "embedding_length", PART_FLOAT, .number = 4 }, -EBADMSG,
	  "key 'llama.embedding_length': it is not a whole number from 2 to 65536" },
	{ { "block_count", PART_U32, .u32 = 0 }, -EBADMSG,
	  "key 'llama.block_count': it is not a whole number from 1 to 1024" },
	{ { "block_count", PART_U32, .u32 = 1025 }, -EBADMSG,
	  "key 'llama.block_count': it is not a whole number from 1 to 1024" },
	{ { "block_count", PART_U32, .u32 = 2 }, -EBADMSG, "tensor 'blk.1.attn_norm.weight' is missing" },
	{ { "feed_forward_length", PART_U32, .u32 = 1 + (1 << 20) }, -EBADMSG,
	  "key 'llama.feed_forward_length': it is not a whole number from 1 to 1048576" },
	{ { "context_length", PART_U32, .u32 = 1 + (1 << 24) }, -EBADMSG,
	  "key 'llama.context_length': it is not a whole number from 1 to 16777216" },
	{ { "context_length", .kind = PART_LEFT_OUT }, -EBADMSG,
	  "key 'llama.context_length' is missing: a whole number from 1 to 16777216 is expected" },
	{ { "attention.head_count", PART_U32, .u32 = 0 }, -EBADMSG,
	  "key 'llama.attention.head_count': it is not a whole number from 1 to 1024" },
	{ { "attention.head_count", PART_U32, .u32 = 3 }, -EBADMSG,
	  "key 'llama.attention.key_length' is missing: a whole number from 2 to 256 is expected" },
	{ { "attention.head_count_kv", PART_U32, .u32 = 3 }, -EBADMSG,
	  "key 'llama.attention.head_count_kv': it is not a divisor of attention.head_count" },
	{ { "attention.head_count_kv", PART_U32, .u32 = 0 }, -EBADMSG,
	  "key 'llama.attention.head_count_kv': it is not a whole number from 1 to 1024" },
	{ { "attention.key_length", PART_U32, .u32 = 257 }, -EBADMSG,
	  "key 'llama.attention.key_length': it is not a whole number from 2 to 256" },
	{ { "attention.key_length", PART_U32, .u32 = 3 }, -EBADMSG,
	  "key 'llama.attention.key_length': it is not an even number from 2 to 256" },
	{ { "attention.value_length", PART_U32, .u32 = 4 }, -EBADMSG,
	  "key 'llama.attention.value_length': it is not a whole number from 2 to 2" },
	{ { "attention.layer_norm_rms_epsilon", .kind = PART_LEFT_OUT }, -EBADMSG,
	  "key 'llama.attention.layer_norm_rms_epsilon' is missing: a number from 0 to 1 is expected" },
	{ { "attention.layer_norm_rms_epsilon", PART_FLOAT, .number = NAN }, -EBADMSG,
	  "key 'llama.attention.layer_norm_rms_epsilon': it is not a number from 0 to 1" },
	{ { "rope.dimension_count", PART_U32, .u32 = 4 }, -EBADMSG,
	  "key 'llama.rope.dimension_count': it is not a whole number from 2 to 2" },
	{ { "rope.freq_base", PART_FLOAT, .number = 0 }, -EBADMSG,
	  "key 'llama.rope.freq_base': it is not a number from 1 to 1e+12" },
	{ { "rope.scaling.type", PART_TEXT, .text = "yarn" }, -ENOTSUP,
	  "key 'llama.rope.scaling.type': it is not 'none' or 'linear', the only kinds that are supported" },
	{ { "rope.scaling.type", PART_TEXT, .text = "longrope" }, -ENOTSUP,
	  "key 'llama.rope.scaling.type': it is not 'none' or 'linear', the only kinds that are supported" },
	{ { "rope.scaling.factor", PART_FLOAT, .number = 0 }, -EBADMSG,
	  "key 'llama.rope.scaling.factor': it is not a number from 0.001 to 1e+06" },
	{ { "rope.scaling.attn_factor", PART_FLOAT, .number = 1.5f }, -ENOTSUP,
	  "key 'llama.rope.scaling.attn_factor': it is not 1, the only one that is supported" },
	{ { "rope_factors_long.weight", PART_TENSOR, .type = INFER_F32, .columns = 1 }, -ENOTSUP,
	  "tensor 'rope_factors_long.weight' or its sister: such scaling of positions is not supported" },
	{ { "rope_freqs.weight", PART_TENSOR, .type = INFER_F32, .columns = 2 }, -EBADMSG,
	  "tensor 'rope_freqs.weight': it is of 1 rows of 2 values, not of 1 of 1" },
	{ { "expert_count", PART_U32, .u32 = 8 }, -ENOTSUP,
	  "key 'llama.expert_count': it is not 0, for mixtures of experts are not supported" },
	{ { "tokenizer.ggml.tokens", PART_TEXTS, .u32 = 6, .text = "a" }, -EBADMSG,
	  "key 'tokenizer.ggml.tokens': there are 6 tokens, but only 5 rows of embeddings" },
	{ { "token_embd.weight", .kind = PART_LEFT_OUT }, -EBADMSG, "tensor 'token_embd.weight' is missing" },
	{ { "token_embd.weight", PART_TENSOR, .type = INFER_F16, .rows = 5, .columns = 5 }, -EBADMSG,
	  "tensor 'token_embd.weight': it is of 5 rows of 5 values, not of 5 of 4" },
	{ { "output.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 }, -EBADMSG,
	  "tensor 'output.weight': it is of 4 rows of 4 values, not of 5 of 4" },
	{ { "output.bias", PART_TENSOR, .type = INFER_F32, .columns = 5 }, -ENOTSUP,
	  "tensor 'output.bias': models that have it are not supported" },
	{ { "output_norm.weight", PART_TENSOR, .type = INFER_F16, .columns = 4 }, -ENOTSUP,
	  "tensor 'output_norm.weight': it is F16, but vectors must be F32" },
	{ { "output_norm.weight", PART_TENSOR, .type = INFER_F32, .columns = 3 }, -EBADMSG,
	  "tensor 'output_norm.weight': it is of 1 rows of 3 values, not of 1 of 4" },
	{ { "blk.0.attn_norm.weight", .kind = PART_LEFT_OUT }, -EBADMSG, "tensor 'blk.0.attn_norm.weight' is missing" },
	{ { "blk.0.attn_k.bias", PART_TENSOR, .type = INFER_F16, .columns = 2 }, -ENOTSUP,
	  "tensor 'blk.0.attn_k.bias': it is F16, but vectors must be F32" },
	{ { "blk.0.attn_v.bias", PART_TENSOR, .type = INFER_F32, .columns = 4 }, -EBADMSG,
	  "tensor 'blk.0.attn_v.bias': it is of 1 rows of 4 values, not of 1 of 2" },
	{ { "blk.0.attn_output.bias", PART_TENSOR, .type = INFER_F32, .columns = 4 }, -ENOTSUP,
	  "tensor 'blk.0.attn_output.bias': models that have it are not supported" },
	{ { "blk.0.attn_q_norm.weight", PART_TENSOR, .type = INFER_F32, .columns = 2 }, -ENOTSUP,
	  "tensor 'blk.0.attn_q_norm.weight': models that have it are not supported" },
};

static void part_that_does_not_fit__is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		refused("llama", &cases[i].part, 1, cases[i].error, cases[i].sentence);
}

/* Each matrix, one row more and one column more. */
static void matrix_of_another_shape__is_refused(void **state)
{
	static const struct infer_part matrices[] = {
		{ "blk.0.attn_q.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
		{ "blk.0.attn_k.weight", PART_TENSOR, .type = INFER_F16, .rows = 2, .columns = 4 },
		{ "blk.0.attn_v.weight", PART_TENSOR, .type = INFER_F16, .rows = 2, .columns = 4 },
		{ "blk.0.attn_output.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 4 },
		{ "blk.0.ffn_gate.weight", PART_TENSOR, .type = INFER_F16, .rows = 6, .columns = 4 },
		{ "blk.0.ffn_up.weight", PART_TENSOR, .type = INFER_F16, .rows = 6, .columns = 4 },
		{ "blk.0.ffn_down.weight", PART_TENSOR, .type = INFER_F16, .rows = 4, .columns = 6 },
	};

	(void)state;
	for (size_t i = 0; i < 3 * LENGTH(matrices); i++) {
		struct infer_part part = matrices[i / 3];
		struct loaded loaded;

		part.rows += i % 3 == 1;
		part.columns += i % 3 == 2;
		assert_int_equal(load("llama", &part, 1, &loaded), i % 3 ? -EBADMSG : 0);
		if (i % 3)
			assert_non_null(strstr(loaded.problem, part.name));
		unload(&loaded);
	}
}

static void matrix_of_an_unknown_type__is_not_supported(void **state)
{
	struct loaded loaded;
	struct infer_model *model;
	uint32_t type = 30, was = INFER_F16;
	static const char name[] = "blk.0.ffn_up.weight";
	char *at;

	(void)state;
	taken("llama", NULL, 0, &loaded);
	/* Behind its name, number of dimensions and two sizes */
	at = memmem(loaded.bytes, loaded.length, name, sizeof(name) - 1);
	assert_non_null(at);
	at += sizeof(name) - 1 + 4 + 2 * 8;
	assert_memory_equal(at, &was, sizeof(was));
	memcpy(at, &type, sizeof(type));
	infer_gguf_close(loaded.gguf);
	assert_int_equal(
		infer_gguf_parse(loaded.bytes, loaded.length, &loaded.gguf, loaded.problem), 0);
	assert_int_equal(infer_model_from(loaded.gguf, &model, loaded.problem), -ENOTSUP);
	assert_string_equal(loaded.problem, "tensor 'blk.0.ffn_up.weight' is not supported: it must be F32, F16, Q4_0,"
					    " Q8_0, Q4_K or Q6_K, of 1 or 2 dimensions");
	unload(&loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model__has_the_sizes_and_tensors_of_its_file),
		cmocka_unit_test(output_left_out__is_the_embedding),
		cmocka_unit_test(number_of_kv_heads_left_out__is_that_of_heads),
		cmocka_unit_test(frequencies__are_powers_of_the_base),
		cmocka_unit_test(factors_of_frequencies__divide_them),
		cmocka_unit_test(part_that_does_not_fit__is_named),
		cmocka_unit_test(matrix_of_another_shape__is_refused),
		cmocka_unit_test(matrix_of_an_unknown_type__is_not_supported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
