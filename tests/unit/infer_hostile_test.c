// SPDX-License-Identifier: GPL-2.0-or-later
/* GGUF files that lie, in memory of their own size, so that a byte read behind it is seen. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "infer_file.h"
#include "model.h"

/**
 * struct raw - a file, byte by byte
 */
struct raw {
	uint8_t bytes[1024];
	size_t length;
};

static void put(struct raw *raw, const void *bytes, size_t length)
{
	assert_true(raw->length + length <= sizeof(raw->bytes));
	memcpy(raw->bytes + raw->length, bytes, length);
	raw->length += length;
}

static void put_u8(struct raw *raw, uint8_t value)
{
	put(raw, &value, sizeof(value));
}

static void put_u32(struct raw *raw, uint32_t value)
{
	put(raw, &value, sizeof(value));
}

static void put_u64(struct raw *raw, uint64_t value)
{
	put(raw, &value, sizeof(value));
}

static void put_text(struct raw *raw, const char *text)
{
	put_u64(raw, strlen(text));
	put(raw, text, strlen(text));
}

static struct raw header(uint32_t version, uint64_t tensors, uint64_t keys)
{
	struct raw raw = { };

	put(&raw, "GGUF", 4);
	put_u32(&raw, version);
	put_u64(&raw, tensors);
	put_u64(&raw, keys);
	return raw;
}

static void put_key(struct raw *raw, const char *name, uint32_t type)
{
	put_text(raw, name);
	put_u32(raw, type);
}

static struct raw one_key(const char *name, uint32_t type)
{
	struct raw raw = header(3, 0, 1);

	put_key(&raw, name, type);
	return raw;
}

static void put_tensor(struct raw *raw, const char *name, uint32_t dimensions,
		       const uint64_t *sizes, uint32_t type, uint64_t offset)
{
	put_text(raw, name);
	put_u32(raw, dimensions);
	for (uint32_t i = 0; i < dimensions; i++)
		put_u64(raw, sizes[i]);
	put_u32(raw, type);
	put_u64(raw, offset);
}

/* A tensor and, from a multiple of 32 on, so many bytes of weights. */
static struct raw one_tensor(uint32_t dimensions, const uint64_t *sizes, uint32_t type,
			     uint64_t offset, size_t weights)
{
	struct raw raw = header(3, 1, 0);

	put_tensor(&raw, "t", dimensions, sizes, type, offset);
	raw.length = (raw.length + 31) / 32 * 32 + weights;
	return raw;
}

static int parse(const void *bytes, size_t length, char *problem)
{
	/* Not malloc(1) for an empty file, which would have a byte. */
	uint8_t *copy = malloc(length);
	struct infer_gguf *gguf = NULL;
	struct infer_model *model = NULL;
	int error;

	if (length)
		memcpy(copy, bytes, length);
	strcpy(problem, "nothing was said");
	error = infer_gguf_parse(copy, length, &gguf, problem);
	if (!error) {
		infer_file_walk(gguf);
		if (!infer_model_from(gguf, &model, problem))
			infer_model_free(model);
		infer_gguf_close(gguf);
	}
	free(copy);
	return error;
}

static void refused(struct raw raw, const char *sentence)
{
	char problem[INFER_PROBLEM];

	assert_int_equal(parse(raw.bytes, raw.length, problem), -EBADMSG);
	assert_string_equal(problem, sentence);
}

static void taken(struct raw raw)
{
	char problem[INFER_PROBLEM];

	if (parse(raw.bytes, raw.length, problem))
		fail_msg("%s", problem);
}

static void file_without_anything__is_taken(void **state)
{
	(void)state;
	taken(header(2, 0, 0));
	taken(header(3, 0, 0));
}

static void version_unknown__is_refused(void **state)
{
	(void)state;
	refused(header(1, 0, 0), "offset 4: its version is 1, but only 2 and 3 are known");
	refused(header(4, 0, 0), "offset 4: its version is 4, but only 2 and 3 are known");
	refused(header(0x03000000, 0, 0), "offset 4: the file is for big-endian machines");
}

static void number_beyond_the_file__asks_for_no_memory(void **state)
{
	(void)state;
	refused(header(3, 0, UINT64_MAX),
		"offset 24: key: its name takes 8 bytes, but the file has only 0 more");
	refused(header(3, UINT64_MAX, 0),
		"offset 24: tensor: its name takes 8 bytes, but the file has only 0 more");
}

static void name_of_no_use__is_refused(void **state)
{
	struct raw raw = header(3, 0, 1);

	(void)state;
	put_u64(&raw, UINT64_MAX);
	refused(raw, "offset 32: key: its name takes 18446744073709551615 bytes, but the file has only 0 more");
	refused(one_key("", INFER_GGUF_U8), "offset 24: key: its name has 0 bytes, not 1 to 65535");
}

static void name_with_control_characters__is_shown_without(void **state)
{
	(void)state;
	refused(one_key("a\033[31m\xc3z\n", 99),
		"offset 41: key 'a?[31m?z?': its value is of type 99, not 0 to 12");
}

static void value_beyond_the_file__is_refused(void **state)
{
	struct raw raw = one_key("k", INFER_GGUF_STRING);

	(void)state;
	refused(one_key("k", INFER_GGUF_F64),
		"offset 37: key 'k': its value takes 8 bytes, but the file has only 0 more");
	put_u64(&raw, 1);
	refused(raw, "offset 45: key 'k': its text takes 1 bytes, but the file has only 0 more");
}

static void truth_value_of_two__is_refused(void **state)
{
	struct raw raw = one_key("k", INFER_GGUF_BOOL), array = one_key("k", INFER_GGUF_ARRAY);

	(void)state;
	put_u8(&raw, 2);
	refused(raw, "offset 37: key 'k': a truth value is 2, not 0 or 1");
	put_u32(&array, INFER_GGUF_BOOL);
	put_u64(&array, 3);
	put(&array, "\1\0\3", 3);
	refused(array, "offset 51: key 'k': a truth value is 3, not 0 or 1");
}

static struct raw one_array(uint32_t element, uint64_t count)
{
	struct raw raw = one_key("k", INFER_GGUF_ARRAY);

	put_u32(&raw, element);
	put_u64(&raw, count);
	return raw;
}

static void array_beyond_the_file__is_refused(void **state)
{
	(void)state;
	refused(one_array(INFER_GGUF_U8, 1),
		"offset 49: key 'k': the array takes 1 bytes, but the file has only 0 more");
	/* 2^61 times 8 is 0 in 64 bits. */
	refused(one_array(INFER_GGUF_U64, UINT64_C(1) << 61),
		"offset 49: key 'k': the array takes 18446744073709551615 bytes, but the file has only 0 more");
	refused(one_array(INFER_GGUF_STRING, UINT64_MAX),
		"offset 49: key 'k': a text among its elements takes 8 bytes, but the file has only 0 more");
}

static void array_of_arrays__is_refused(void **state)
{
	(void)state;
	refused(one_array(INFER_GGUF_ARRAY, 1), "offset 37: key 'k': it is an array of arrays, which is not supported");
	refused(one_array(13, 1), "offset 37: key 'k': its elements are of type 13, not 0 to 12");
}

static void name_twice__is_refused(void **state)
{
	static const uint64_t size[] = { 1 };
	struct raw keys = header(3, 0, 3), tensors = header(3, 2, 0);

	(void)state;
	for (int i = 0; i < 3; i++) {
		put_key(&keys, i == 1 ? "other" : "same", INFER_GGUF_BOOL);
		put_u8(&keys, 1);
	}
	refused(keys, "offset 32: key 'same': the file has it twice");
	for (int i = 0; i < 2; i++)
		put_tensor(&tensors, "same", 1, size, INFER_F32, 0);
	tensors.length += 64;
	refused(tensors, "offset 32: tensor 'same': the file has it twice");
}

static void number_of_dimensions__is_1_to_4(void **state)
{
	static const uint64_t sizes[] = { 1, 1, 1, 1, 1 };

	(void)state;
	refused(one_tensor(0, sizes, INFER_F32, 0, 32), "offset 33: tensor 't': it has 0 dimensions, not 1 to 4");
	refused(one_tensor(5, sizes, INFER_F32, 0, 32), "offset 33: tensor 't': it has 5 dimensions, not 1 to 4");
	taken(one_tensor(4, sizes, INFER_F32, 0, 4));
}

static void size_of_a_tensor__is_checked(void **state)
{
	static const uint64_t none[] = { 1, 0 }, part[] = { 33 },
			      huge[] = { UINT64_C(1) << 62, 16 }, wide[] = { UINT64_C(1) << 62 };

	(void)state;
	refused(one_tensor(2, none, INFER_F32, 0, 32), "offset 45: tensor 't': it has a size of 0");
	refused(one_tensor(1, part, INFER_Q4_0, 0, 32),
		"offset 45: tensor 't': its rows have 33 values, which are no whole blocks of 32 of type Q4_0");
	refused(one_tensor(2, huge, INFER_F32, 0, 32),
		"offset 53: tensor 't': it has more bytes than a file can have");
	refused(one_tensor(1, wide, INFER_F32, 0, 32),
		"offset 45: tensor 't': it has more bytes than a file can have");
}

static void weights_beyond_the_file__are_refused(void **state)
{
	static const uint64_t nine[] = { 9 }, one[] = { 1 }, far = UINT64_MAX - 31;

	(void)state;
	taken(one_tensor(1, nine, INFER_F32, 0, 36));
	refused(one_tensor(1, nine, INFER_F32, 0, 35), "offset 32: tensor 't': its 36 bytes at 0 of the weights end"
						       " behind the file, which has 35 of them");
	taken(one_tensor(1, one, INFER_F32, 32, 36));
	refused(one_tensor(1, one, INFER_F32, 32, 35), "offset 32: tensor 't': its 4 bytes at 32 of the weights end"
						       " behind the file, which has 35 of them");
	/* 2^64 - 32 and 36 are 4 in 64 bits. */
	refused(one_tensor(1, nine, INFER_F32, far, 64),
		"offset 32: tensor 't': its 36 bytes at 18446744073709551584 of the weights end behind"
		" the file, which has 64 of them");
	refused(one_tensor(1, one, INFER_F32, 8, 64),
		"offset 32: tensor 't': its offset 8 is no multiple of 32");
}

static struct raw aligned_to(uint32_t alignment, uint64_t offset)
{
	static const uint64_t size[] = { 2 };
	struct raw raw = header(3, 1, 1);

	put_key(&raw, "general.alignment", INFER_GGUF_U32);
	put_u32(&raw, alignment);
	put_tensor(&raw, "t", 1, size, INFER_F32, offset);
	return raw;
}

static void alignment__is_a_power_of_two(void **state)
{
	static const uint32_t bad[] = { 0, 1, 4, 24, 33, 1 << 21, UINT32_MAX };
	struct raw raw;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(aligned_to(bad[i], 0),
			"offset 90: general.alignment is no power of two from 8 to 1048576");
	/* 90 bytes of header */
	raw = aligned_to(8, 8);
	raw.length = 96 + 16;
	taken(raw);
	raw.length--;
	refused(raw, "offset 65: tensor 't': its 8 bytes at 8 of the weights end behind the file, which has 15 of them");
	raw = aligned_to(64, 64);
	raw.length = 128 + 72;
	taken(raw);
	raw = aligned_to(64, 32);
	raw.length = 1024;
	refused(raw, "offset 65: tensor 't': its offset 32 is no multiple of 64");
	raw = aligned_to(1 << 20, 0);
	raw.length = 1024;
	refused(raw, "offset 90: weights would begin at 1048576, but the file ends at 1024");
}

static void tensor_that_is_none_of_ours__is_left_alone(void **state)
{
	static const uint64_t one[] = { 256 }, three[] = { 1, 1, 1 },
			      wide[] = { UINT64_C(1) << 32, 2 };
	struct infer_tensor tensor;
	char problem[INFER_PROBLEM];
	struct infer_gguf *gguf;
	struct raw raws[] = {
		one_tensor(1, one, 10, 0, 84),
		one_tensor(3, three, INFER_F32, 0, 4),
		one_tensor(2, wide, 99, 0, 0),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
		assert_int_equal(infer_gguf_parse(raws[i].bytes, raws[i].length, &gguf, problem),
				 0);
		assert_int_equal(infer_gguf_tensor(gguf, "t", &tensor), -ENOTSUP);
		infer_gguf_close(gguf);
	}
}

/* The end of the last tensor's weights: what follows is padding. */
static size_t last_byte(const void *bytes, size_t length)
{
	struct infer_gguf *gguf;
	struct infer_tensor tensor;
	char problem[INFER_PROBLEM];
	size_t end;

	assert_int_equal(infer_gguf_parse(bytes, length, &gguf, problem), 0);
	assert_int_equal(infer_gguf_tensor(gguf, "blk.0.ffn_down.weight", &tensor), 0);
	end = infer_gguf_offset(gguf, tensor.data) +
	      infer_row_bytes(tensor.type, tensor.columns) * tensor.rows;
	infer_gguf_close(gguf);
	return end;
}

static void file_cut_at_each_byte__is_refused(void **state)
{
	char problem[INFER_PROBLEM];
	size_t length, end;
	void *bytes;

	(void)state;
	assert_int_equal(infer_file_make("llama", NULL, 0, &bytes, &length), 0);
	end = last_byte(bytes, length);
	assert_true(end > 1000);
	for (size_t cut = 0; cut < end; cut++) {
		assert_int_equal(parse(bytes, cut, problem), -EBADMSG);
		assert_memory_equal(problem, "offset ", 7);
		assert_true(strtoul(problem + 7, NULL, 10) <= cut);
	}
	for (size_t cut = end; cut <= length; cut++)
		assert_int_equal(parse(bytes, cut, problem), 0);
	free(bytes);
}

/* Each byte that is not a weight, to each other value: whatever comes of it ends in an answer. */
static void file_with_any_byte_changed__gets_an_answer(void **state)
{
	static const struct infer_part more[] = {
		{ "tokenizer.ggml.tokens", PART_TEXTS, .u32 = 3, .text = "token" },
		{ "rope_freqs.weight", PART_TENSOR, .type = INFER_F32, .columns = 1 },
	};
	unsigned int refusals = 0;
	char problem[INFER_PROBLEM];
	size_t length, end;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(infer_file_make("qwen2", more, 2, (void **)&bytes, &length), 0);
	end = last_byte(bytes, length) - 12 * 32;
	for (size_t i = 0; i < end; i++) {
		uint8_t was = bytes[i];

		for (unsigned int value = 0; value < 256; value += i % 8 ? 5 : 1) {
			int error;

			bytes[i] = (uint8_t)value;
			error = parse(bytes, length, problem);
			assert_true(!error || error == -EBADMSG);
			if (error)
				assert_memory_equal(problem, "offset ", 7);
			refusals += error != 0;
		}
		bytes[i] = was;
	}
	assert_true(refusals > end);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_without_anything__is_taken),
		cmocka_unit_test(version_unknown__is_refused),
		cmocka_unit_test(number_beyond_the_file__asks_for_no_memory),
		cmocka_unit_test(name_of_no_use__is_refused),
		cmocka_unit_test(name_with_control_characters__is_shown_without),
		cmocka_unit_test(value_beyond_the_file__is_refused),
		cmocka_unit_test(truth_value_of_two__is_refused),
		cmocka_unit_test(array_beyond_the_file__is_refused),
		cmocka_unit_test(array_of_arrays__is_refused),
		cmocka_unit_test(name_twice__is_refused),
		cmocka_unit_test(number_of_dimensions__is_1_to_4),
		cmocka_unit_test(size_of_a_tensor__is_checked),
		cmocka_unit_test(weights_beyond_the_file__are_refused),
		cmocka_unit_test(alignment__is_a_power_of_two),
		cmocka_unit_test(tensor_that_is_none_of_ours__is_left_alone),
		cmocka_unit_test(file_cut_at_each_byte__is_refused),
		cmocka_unit_test(file_with_any_byte_changed__gets_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
