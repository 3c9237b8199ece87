// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"
#include "quant.h"
#include "seeded_parts.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const enum infer_type types[] = {
	INFER_F32, INFER_F16, INFER_Q4_0, INFER_Q8_0, INFER_Q4_K, INFER_Q6_K,
};

/**
 * struct made - a seeded model and what is read of it
 */
struct made {
	void *bytes;
	size_t length;
	struct infer_gguf *gguf;
	struct infer_model *model;
};

static void make(const struct infer_seeded *seeded, struct made *made)
{
	char problem[INFER_PROBLEM] = "";

	assert_int_equal(infer_seeded_make(seeded, &made->bytes, &made->length), 0);
	if (infer_gguf_parse(made->bytes, made->length, &made->gguf, problem) ||
	    infer_model_from(made->gguf, &made->model, problem))
		fail_msg("%s", problem);
}

static void drop(struct made *made)
{
	infer_model_free(made->model);
	infer_gguf_close(made->gguf);
	free(made->bytes);
}

static struct infer_seeded tiny(enum infer_type type, bool qwen2)
{
	struct infer_seeded seeded;

	assert_int_equal(infer_seeded_named("tiny", &seeded), 0);
	seeded.type = type;
	seeded.qwen2 = qwen2;
	return seeded;
}

static void tiny_model_of_each_type__is_a_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(types); i++) {
		struct infer_seeded seeded = tiny(types[i / 2], i % 2);
		struct made made;

		make(&seeded, &made);
		assert_int_equal(made.model->vocabulary, seeded.vocabulary);
		assert_int_equal(made.model->n_layers, seeded.layers);
		assert_int_equal(made.model->embedding.type, types[i / 2]);
		assert_int_equal(made.model->layers[1].down.type, types[i / 2]);
		assert_int_equal(made.model->rope_halves, i % 2);
		assert_int_equal(made.model->output.data == made.model->embedding.data, i % 2);
		assert_int_equal(!!made.model->layers[0].q_bias.data, i % 2);
		drop(&made);
	}
}

static void small_model__is_of_the_size_that_its_comment_says(void **state)
{
	struct infer_seeded seeded;
	size_t length;
	void *bytes;

	(void)state;
	assert_int_equal(infer_seeded_named("small", &seeded), 0);
	assert_int_equal(infer_seeded_make(&seeded, &bytes, &length), 0);
	assert_in_range(length, 55000000, 65000000);
	free(bytes);
	assert_int_equal(infer_seeded_named("great", &seeded), -EINVAL);
}

/* Not made: that takes seconds. What decoding reads of it is all but the embedding. */
static void large_model__is_more_than_caches_hold(void **state)
{
	struct infer_seeded s;
	uint64_t layer, rows;

	(void)state;
	assert_int_equal(infer_seeded_named("large", &s), 0);
	/* Rows of dim values: q and o, k and v, the feed forward's three. */
	layer = 2ull * s.dim + 2ull * s.dim / s.heads * s.kv_heads + 3ull * s.ffn;
	rows = s.layers * layer + s.vocabulary;
	assert_in_range(infer_row_bytes(INFER_Q4_0, s.dim) * rows, 100 << 20, 120 << 20);
	rows += s.vocabulary;
	assert_in_range(infer_row_bytes(INFER_Q8_0, s.dim) * rows, 210 << 20, 230 << 20);
}

/* The first numbers from 1234567, as the generator's public test vectors have them. */
static void numbers__are_those_of_splitmix64(void **state)
{
	static const uint64_t expected[] = {
		6457827717110365317u,
		3203168211198807973u,
		9817491932198370423u,
		4593380528125082431u,
	};
	uint64_t random = 1234567;

	(void)state;
	for (size_t i = 0; i < LENGTH(expected); i++)
		assert_true(seeded_next(&random) == expected[i]);
}

static uint64_t hash(const struct infer_seeded *seeded)
{
	uint64_t value = 0xcbf29ce484222325;
	size_t length;
	uint8_t *bytes;

	assert_int_equal(infer_seeded_make(seeded, (void **)&bytes, &length), 0);
	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * 0x100000001b3;
	free(bytes);
	return value;
}

/*
 * FNV-1a of the files. Whoever changes what is made on purpose changes these, and every answer that
 * is known of such a model; a machine that gives others computes otherwise.
 */
static const struct {
	enum infer_type type;
	bool qwen2;
	uint64_t hash;
} known[] = {
	{ INFER_F32, false, 0x9fc4dc6636569996 },
	{ INFER_F16, false, 0x63ff19a3b71092b4 },
	{ INFER_Q4_0, false, 0x81c62eac99dd05a0 },
	{ INFER_Q8_0, false, 0x6ba50413ee4a5d7f },
	{ INFER_Q4_K, false, 0x19876da56d22e4c0 },
	{ INFER_Q6_K, false, 0x46c0588bec017233 },
	{ INFER_F32, true, 0x075b76bb808d3c63 },
	{ INFER_F16, true, 0xba770ac3f9671fa4 },
	{ INFER_Q4_0, true, 0x59957918c8ccd4c6 },
	{ INFER_Q8_0, true, 0xe49b3640fbf71690 },
	{ INFER_Q4_K, true, 0xc1db710d46f3ed4b },
	{ INFER_Q6_K, true, 0x56eba2c2ca8b1804 },
};

static void bytes__are_the_same_on_each_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(known); i++) {
		struct infer_seeded seeded = tiny(known[i].type, known[i].qwen2);
		uint64_t is = hash(&seeded);

		if (is != known[i].hash)
			fail_msg("%s: 0x%016llx", infer_type_name(known[i].type), (unsigned long long)is);
	}
}

static void seed__changes_the_weights(void **state)
{
	struct infer_seeded seeded = tiny(INFER_F16, false), other = seeded;
	struct made made, others;
	size_t same = 0, n = 0;

	(void)state;
	other.seed = 2;
	make(&seeded, &made);
	make(&other, &others);
	for (size_t i = 0; i < made.model->weights_bytes / 2 && i < others.model->weights_bytes / 2;
	     i++, n++)
		same += ((const uint16_t *)made.model->weights)[i] ==
			((const uint16_t *)others.model->weights)[i];
	assert_true(n > 1000000);
	assert_true(same < n / 100);
	drop(&made);
	drop(&others);
}

static void deviation(const struct infer_tensor *tensor, double *mean, double *spread)
{
	const float *values = tensor->data;
	size_t n = (size_t)tensor->rows * tensor->columns;
	double sum = 0, squares = 0;

	assert_int_equal(tensor->type, INFER_F32);
	for (size_t i = 0; i < n; i++) {
		sum += (double)values[i];
		squares += (double)values[i] * (double)values[i];
	}
	*mean = sum / (double)n;
	*spread = sqrt(squares / (double)n - *mean * *mean);
}

/* Of 65,536 values the deviation's own is 0.3 %; it is allowed ten times that. */
static void weights__have_the_deviation_that_keeps_activations(void **state)
{
	struct infer_seeded seeded = tiny(INFER_F32, false);
	double mean, spread;
	struct made made;

	(void)state;
	make(&seeded, &made);
	deviation(&made.model->embedding, &mean, &spread);
	assert_true(fabs(mean) < 0.03 && fabs(spread - 1) < 0.03);
	deviation(&made.model->layers[0].gate, &mean, &spread);
	assert_true(fabs(16 * mean) < 0.03 && fabs(16 * spread - 1) < 0.03);
	deviation(&made.model->layers[1].o, &mean, &spread);
	assert_true(fabs(16 * mean) < 0.03 && fabs(16 * spread - 0.5) < 0.03);
	deviation(&made.model->output, &mean, &spread);
	assert_true(fabs(16 * mean) < 0.09 && fabs(16 * spread - 3) < 0.09);
	deviation(&made.model->layers[0].ffn_norm, &mean, &spread);
	assert_true(fabs(mean - 1) < 0.05 && fabs(spread - 0.125) < 0.03);
	drop(&made);
}

static void columns_that_are_no_whole_blocks__take_f16(void **state)
{
	struct infer_seeded seeded = tiny(INFER_Q4_0, false);
	struct made made;

	(void)state;
	seeded.ffn = 48;
	make(&seeded, &made);
	assert_int_equal(made.model->layers[0].down.type, INFER_F16);
	assert_int_equal(made.model->layers[0].up.type, INFER_Q4_0);
	drop(&made);
}

static void sizes_that_do_not_go_together__are_refused(void **state)
{
	struct infer_seeded bad[15];
	size_t length;
	void *bytes;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		bad[i] = tiny(INFER_Q8_0, false);
	bad[0].vocabulary = 299;
	bad[1].vocabulary = (1 << 20) + 1;
	bad[2].dim = 0;
	bad[3].dim = 258;
	bad[4].dim = 1 << 17;
	bad[5].layers = 0;
	bad[6].layers = 1025;
	bad[7].heads = 0;
	bad[8].heads = 256;
	bad[9].kv_heads = 0;
	bad[10].kv_heads = 3;
	bad[11].kv_heads = 8;
	bad[12].ffn = 0;
	bad[13].context = 0;
	bad[14].type = 3;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (infer_seeded_make(&bad[i], &bytes, &length) != -EINVAL)
			fail_msg("sizes %zu are taken", i);
}

/**
 * struct words - tokens by text
 */
struct words {
	struct infer_text *word;
	size_t n;
};

static int by_text(const void *left, const void *right)
{
	const struct infer_text *a = left, *b = right;
	int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);

	return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* All tokens in order of their text; no two are the same. */
static struct words read_words(const struct infer_gguf *gguf, uint32_t vocabulary)
{
	struct words words = { calloc(vocabulary, sizeof(*words.word)), 0 };
	struct infer_gguf_array tokens;
	const void *cursor = NULL;

	assert_non_null(words.word);
	assert_int_equal(infer_gguf_array(gguf, "tokenizer.ggml.tokens", &tokens), 0);
	assert_int_equal(tokens.count, vocabulary);
	while (infer_gguf_next_text(&tokens, &cursor, &words.word[words.n]) &&
	       words.n + 1 < vocabulary)
		words.n++;
	words.n++;
	qsort(words.word, words.n, sizeof(*words.word), by_text);
	for (size_t i = 1; i < words.n; i++)
		assert_true(by_text(&words.word[i - 1], &words.word[i]) < 0);
	return words;
}

static bool has_word(const struct words *words, const char *bytes, size_t length)
{
	struct infer_text text = { bytes, length };

	return bsearch(&text, words->word, words->n, sizeof(text), by_text);
}

static const uint32_t vocabularies[] = { 300, 301, 512, 30000 };

static void llama_vocabulary__has_each_byte_and_all_parts_of_its_pieces(void **state)
{
	struct infer_seeded seeded = tiny(INFER_Q8_0, false);
	char byte[8];

	(void)state;
	for (size_t v = 0; v < LENGTH(vocabularies); v++) {
		struct words words;
		struct made made;

		seeded.vocabulary = vocabularies[v];
		make(&seeded, &made);
		words = read_words(made.gguf, seeded.vocabulary);
		for (unsigned int i = 0; i < 256; i++) {
			snprintf(byte, sizeof(byte), "<0x%02X>", i);
			assert_true(has_word(&words, byte, 6));
		}
		for (size_t i = 0; i < words.n; i++) {
			const struct infer_text *word = &words.word[i];

			if (word->bytes[0] == '<' || word->length == 1 ||
			    (word->bytes[0] == '\xe2' && word->length == 3))
				continue;
			assert_true(has_word(&words, word->bytes, word->length - 1));
			assert_true(has_word(&words, word->bytes + word->length - 1, 1));
		}
		free(words.word);
		drop(&made);
	}
}

static void qwen2_vocabulary__has_each_byte_and_all_merges(void **state)
{
	struct infer_seeded seeded = tiny(INFER_Q8_0, true);

	(void)state;
	for (size_t v = 0; v < LENGTH(vocabularies); v++) {
		size_t characters = 0, merges = 0;
		struct infer_gguf_array array;
		struct infer_text merge;
		const void *cursor = NULL;
		struct words words;
		struct made made;

		seeded.vocabulary = vocabularies[v];
		make(&seeded, &made);
		words = read_words(made.gguf, seeded.vocabulary);
		for (size_t i = 0; i < words.n; i++)
			characters += words.word[i].length == 1 ||
				      (words.word[i].length == 2 && words.word[i].bytes[0] & 0x80);
		assert_int_equal(characters, 256);
		assert_true(has_word(&words, "<|im_end|>", 10));
		assert_int_equal(infer_gguf_array(made.gguf, "tokenizer.ggml.merges", &array), 0);
		for (; infer_gguf_next_text(&array, &cursor, &merge); merges++) {
			const char *space = memchr(merge.bytes, ' ', merge.length);
			size_t left = (size_t)(space - merge.bytes),
			       right = merge.length - left - 1;
			char merged[64];

			assert_non_null(space);
			assert_true(has_word(&words, merge.bytes, left));
			assert_true(has_word(&words, space + 1, right));
			memcpy(mempcpy(merged, merge.bytes, left), space + 1, right);
			assert_true(has_word(&words, merged, left + right));
		}
		assert_int_equal(merges, seeded.vocabulary - 256 - 3);
		free(words.word);
		drop(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiny_model_of_each_type__is_a_model),
		cmocka_unit_test(small_model__is_of_the_size_that_its_comment_says),
		cmocka_unit_test(large_model__is_more_than_caches_hold),
		cmocka_unit_test(numbers__are_those_of_splitmix64),
		cmocka_unit_test(bytes__are_the_same_on_each_machine),
		cmocka_unit_test(seed__changes_the_weights),
		cmocka_unit_test(weights__have_the_deviation_that_keeps_activations),
		cmocka_unit_test(columns_that_are_no_whole_blocks__take_f16),
		cmocka_unit_test(sizes_that_do_not_go_together__are_refused),
		cmocka_unit_test(llama_vocabulary__has_each_byte_and_all_parts_of_its_pieces),
		cmocka_unit_test(qwen2_vocabulary__has_each_byte_and_all_merges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
