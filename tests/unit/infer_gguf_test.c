// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gguf_write.h"
#include "home.h"
#include "infer_file.h"

/**
 * struct opened - a file in memory and what is read of it
 */
struct opened {
	void *bytes;
	size_t length;
	struct infer_gguf *gguf;
};

static void read_back(struct infer_gguf_writer *writer, struct opened *opened)
{
	char problem[INFER_PROBLEM] = "";
	void *weights;

	assert_int_equal(infer_gguf_writer_end(writer, &opened->bytes, &opened->length, &weights),
			 0);
	if (infer_gguf_parse(opened->bytes, opened->length, &opened->gguf, problem))
		fail_msg("%s", problem);
}

static void close_again(struct opened *opened)
{
	infer_gguf_close(opened->gguf);
	free(opened->bytes);
}

/* Scalars of all types, written as one array of a byte pattern each would be: by their bits. */
static void write_scalar(struct infer_gguf_writer *writer, const char *name,
			 enum infer_gguf_type type, uint64_t bits, size_t size)
{
	uint32_t kind = type;
	uint64_t length = strlen(name);

	fwrite(&length, sizeof(length), 1, writer->keys);
	fwrite(name, 1, length, writer->keys);
	fwrite(&kind, sizeof(kind), 1, writer->keys);
	fwrite(&bits, size, 1, writer->keys);
	writer->n_keys++;
}

static const struct {
	const char *name;
	enum infer_gguf_type type;
	size_t size;
	uint64_t bits;
	int result;
	uint32_t value;
} integers[] = {
	{ "u8", INFER_GGUF_U8, 1, 0xff, 0, 255 },
	{ "i8", INFER_GGUF_I8, 1, 0x7f, 0, 127 },
	{ "i8 of -1", INFER_GGUF_I8, 1, 0xff, -EINVAL, 0 },
	{ "u16", INFER_GGUF_U16, 2, 0xffff, 0, 65535 },
	{ "i16 of -2", INFER_GGUF_I16, 2, 0xfffe, -EINVAL, 0 },
	{ "u32", INFER_GGUF_U32, 4, 0xffffffff, 0, UINT32_MAX },
	{ "i32", INFER_GGUF_I32, 4, 0x7fffffff, 0, INT32_MAX },
	{ "i32 of -1", INFER_GGUF_I32, 4, 0xffffffff, -EINVAL, 0 },
	{ "u64", INFER_GGUF_U64, 8, 0xffffffff, 0, UINT32_MAX },
	{ "u64 too great", INFER_GGUF_U64, 8, 0x100000000, -EINVAL, 0 },
	{ "u64 beyond an i64", INFER_GGUF_U64, 8, UINT64_MAX, -EINVAL, 0 },
	{ "i64", INFER_GGUF_I64, 8, 7, 0, 7 },
	{ "i64 of -1", INFER_GGUF_I64, 8, UINT64_MAX, -EINVAL, 0 },
	{ "f32", INFER_GGUF_F32, 4, 0x3f800000, -EINVAL, 0 },
	{ "truth", INFER_GGUF_BOOL, 1, 1, -EINVAL, 0 },
};

#define INTEGERS (sizeof(integers) / sizeof(integers[0]))

static void integer_of_each_width__is_taken_if_it_fits(void **state)
{
	struct infer_gguf_writer writer;
	struct opened opened;
	uint32_t value;

	(void)state;
	infer_gguf_writer_begin(&writer);
	for (size_t i = 0; i < INTEGERS; i++)
		write_scalar(&writer, integers[i].name, integers[i].type, integers[i].bits,
			     integers[i].size);
	read_back(&writer, &opened);
	for (size_t i = 0; i < INTEGERS; i++) {
		int result = infer_gguf_u32(opened.gguf, integers[i].name, &value);

		if (result != integers[i].result || (!result && value != integers[i].value))
			fail_msg("%s: %d", integers[i].name, result);
	}
	assert_int_equal(infer_gguf_u32(opened.gguf, "none", &value), -ENOENT);
	close_again(&opened);
}

static void float__is_taken_from_both_widths(void **state)
{
	struct infer_gguf_writer writer;
	struct opened opened;
	double half = 0.5, great = 1e300;
	uint64_t half_bits, great_bits;
	float value;

	(void)state;
	memcpy(&half_bits, &half, sizeof(half));
	memcpy(&great_bits, &great, sizeof(great));
	infer_gguf_writer_begin(&writer);
	infer_gguf_write_float(&writer, "float", -2.5f);
	write_scalar(&writer, "double", INFER_GGUF_F64, half_bits, 8);
	write_scalar(&writer, "too great", INFER_GGUF_F64, great_bits, 8);
	infer_gguf_write_u32(&writer, "number", 1);
	read_back(&writer, &opened);
	assert_int_equal(infer_gguf_float(opened.gguf, "float", &value), 0);
	assert_true(value == -2.5f);
	assert_int_equal(infer_gguf_float(opened.gguf, "double", &value), 0);
	assert_true(value == 0.5f);
	assert_int_equal(infer_gguf_float(opened.gguf, "too great", &value), -EINVAL);
	assert_int_equal(infer_gguf_float(opened.gguf, "number", &value), -EINVAL);
	assert_int_equal(infer_gguf_float(opened.gguf, "none", &value), -ENOENT);
	close_again(&opened);
}

static void value_of_another_kind__is_refused(void **state)
{
	struct infer_gguf_writer writer;
	struct infer_gguf_array array;
	struct infer_text text;
	struct opened opened;
	uint32_t number;
	bool truth;

	(void)state;
	infer_gguf_writer_begin(&writer);
	infer_gguf_write_bool(&writer, "truth", true);
	infer_gguf_write_text(&writer, "text", "some words");
	read_back(&writer, &opened);
	assert_int_equal(infer_gguf_bool(opened.gguf, "truth", &truth), 0);
	assert_true(truth);
	assert_int_equal(infer_gguf_text(opened.gguf, "text", &text), 0);
	assert_int_equal(text.length, 10);
	assert_memory_equal(text.bytes, "some words", 10);
	assert_int_equal(infer_gguf_bool(opened.gguf, "text", &truth), -EINVAL);
	assert_int_equal(infer_gguf_u32(opened.gguf, "text", &number), -EINVAL);
	assert_int_equal(infer_gguf_text(opened.gguf, "truth", &text), -EINVAL);
	assert_int_equal(infer_gguf_array(opened.gguf, "text", &array), -EINVAL);
	/* 24 bytes of header, 18 of the first key, 8 of the length */
	assert_int_equal(infer_gguf_key_offset(opened.gguf, "text"), 50);
	assert_int_equal(infer_gguf_key_offset(opened.gguf, "tex"), 0);
	assert_int_equal(infer_gguf_bool(opened.gguf, "tex", &truth), -ENOENT);
	assert_int_equal(infer_gguf_text(opened.gguf, "texts", &text), -ENOENT);
	assert_int_equal(infer_gguf_array(opened.gguf, "", &array), -ENOENT);
	close_again(&opened);
}

static void array__gives_its_elements(void **state)
{
	static const float scores[] = { 1, -2, 3 };
	struct infer_gguf_writer writer;
	struct infer_gguf_array array;
	const void *cursor = NULL;
	struct infer_text text;
	struct opened opened;

	(void)state;
	infer_gguf_writer_begin(&writer);
	infer_gguf_write_array(&writer, "scores", INFER_GGUF_F32, 3, scores);
	infer_gguf_write_array(&writer, "words", INFER_GGUF_STRING, 3, NULL);
	infer_gguf_write_element(&writer, "one", 3);
	infer_gguf_write_element(&writer, "", 0);
	infer_gguf_write_element(&writer, "a\0b", 3);
	infer_gguf_write_array(&writer, "nothing", INFER_GGUF_STRING, 0, NULL);
	read_back(&writer, &opened);
	assert_int_equal(infer_gguf_array(opened.gguf, "scores", &array), 0);
	assert_int_equal(array.type, INFER_GGUF_F32);
	assert_int_equal(array.count, 3);
	assert_memory_equal(array.data, scores, sizeof(scores));
	assert_false(infer_gguf_next_text(&array, &cursor, &text));
	assert_int_equal(infer_gguf_array(opened.gguf, "words", &array), 0);
	assert_true(infer_gguf_next_text(&array, &cursor, &text));
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.bytes, "one", 3);
	assert_true(infer_gguf_next_text(&array, &cursor, &text));
	assert_int_equal(text.length, 0);
	assert_true(infer_gguf_next_text(&array, &cursor, &text));
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.bytes, "a\0b", 3);
	assert_false(infer_gguf_next_text(&array, &cursor, &text));
	assert_int_equal(infer_gguf_array(opened.gguf, "nothing", &array), 0);
	cursor = NULL;
	assert_false(infer_gguf_next_text(&array, &cursor, &text));
	close_again(&opened);
}

static void tensor__lies_where_the_file_says(void **state)
{
	struct infer_gguf_writer writer;
	struct infer_tensor tensor;
	struct opened opened;
	size_t bytes;

	(void)state;
	infer_gguf_writer_begin(&writer);
	infer_gguf_write_tensor(&writer, "vector", INFER_F32, 0, 3);
	infer_gguf_write_tensor(&writer, "matrix", INFER_Q4_0, 2, 64);
	read_back(&writer, &opened);
	assert_int_equal(infer_gguf_tensor(opened.gguf, "vector", &tensor), 0);
	assert_int_equal(tensor.rows, 1);
	assert_int_equal(tensor.columns, 3);
	assert_int_equal(tensor.offset, 0);
	assert_ptr_equal(tensor.data, infer_gguf_weights(opened.gguf, &bytes));
	assert_int_equal(bytes, 32 + 96);
	assert_int_equal(infer_gguf_tensor(opened.gguf, "matrix", &tensor), 0);
	assert_int_equal(tensor.type, INFER_Q4_0);
	assert_int_equal(tensor.rows, 2);
	assert_int_equal(tensor.columns, 64);
	assert_int_equal(tensor.offset, 32);
	assert_ptr_equal(tensor.data, (const char *)opened.bytes + opened.length - 96);
	assert_int_equal(infer_gguf_offset(opened.gguf, tensor.data), opened.length - 96);
	assert_int_equal(infer_gguf_tensor(opened.gguf, "none", &tensor), -ENOENT);
	close_again(&opened);
}

/* Whatever order they are written in; a look at all of them for each would take minutes here. */
static void key_among_many__is_found(void **state)
{
	enum { KEYS = 50000 };
	struct infer_gguf_writer writer;
	struct opened opened;
	uint32_t value;
	char name[16];

	(void)state;
	infer_gguf_writer_begin(&writer);
	for (uint32_t i = 0; i < KEYS; i++) {
		snprintf(name, sizeof(name), "%x", i * 2654435761u);
		infer_gguf_write_u32(&writer, name, i);
	}
	read_back(&writer, &opened);
	for (uint32_t i = 0; i < KEYS; i++) {
		snprintf(name, sizeof(name), "%x", i * 2654435761u);
		assert_int_equal(infer_gguf_u32(opened.gguf, name, &value), 0);
		assert_int_equal(value, i);
	}
	close_again(&opened);
}

static void put(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void file__is_read_as_the_same_bytes_in_memory(void **state)
{
	char problem[INFER_PROBLEM] = "";
	struct infer_gguf *gguf;
	struct opened opened;

	(void)state;
	assert_int_equal(infer_file_make("llama", NULL, 0, &opened.bytes, &opened.length), 0);
	assert_int_equal(infer_gguf_parse(opened.bytes, opened.length, &opened.gguf, problem), 0);
	put("model", opened.bytes, opened.length);
	if (infer_gguf_open("model", &gguf, problem))
		fail_msg("%s", problem);
	assert_int_equal(infer_file_walk(gguf), infer_file_walk(opened.gguf));
	infer_gguf_close(gguf);
	close_again(&opened);
}

static void path_of_no_model__is_told_apart(void **state)
{
	char problem[INFER_PROBLEM];
	struct infer_gguf *gguf;

	(void)state;
	assert_int_equal(infer_gguf_open("none", &gguf, problem), -ENOENT);
	assert_string_equal(problem, "the file cannot be opened: No such file or directory");
	assert_int_equal(infer_gguf_open(home, &gguf, problem), -EINVAL);
	assert_string_equal(problem, "this is no file of bytes");
	write_file("empty", "");
	assert_int_equal(infer_gguf_open("empty", &gguf, problem), -EBADMSG);
	assert_string_equal(problem, "offset 0: the file is empty");
	/* Nobody writes to it. */
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(infer_gguf_open("pipe", &gguf, problem), -EINVAL);
	write_file("text", "GGML text");
	assert_int_equal(infer_gguf_open("text", &gguf, problem), -EBADMSG);
	assert_string_equal(problem, "offset 0: this is no GGUF file, which would begin with 'GGUF'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integer_of_each_width__is_taken_if_it_fits),
		cmocka_unit_test(float__is_taken_from_both_widths),
		cmocka_unit_test(value_of_another_kind__is_refused),
		cmocka_unit_test(array__gives_its_elements),
		cmocka_unit_test(tensor__lies_where_the_file_says),
		cmocka_unit_test(key_among_many__is_found),
		cmocka_unit_test(file__is_read_as_the_same_bytes_in_memory),
		cmocka_unit_test(path_of_no_model__is_told_apart),
	};

	return cmocka_run_group_tests(tests, enter_home, leave_home);
}
