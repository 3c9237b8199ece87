// SPDX-License-Identifier: GPL-2.0-or-later
/* Golden answers: kept whole, never believed if damaged, never learned if wrong. */
#include <errno.h>
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "golden.h"
#include "home.h"

static char problem[INFER_PROBLEM];

static const struct infer_golden example = {
	.key = "Vulkan Card (a 1.2) device=00ff driver=ee version=1 shaders=7 model=9",
	.hash = UINT64_C(0xfedcba9876543210), .nmse = 4.5e-13, .learned_s = 1795885331,
};

/* The only file there; its name to @path. */
static int files(char path[128])
{
	DIR *folder = opendir(home);
	struct dirent *entry;
	int n = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, 128, "%s/%.32s", home, entry->d_name);
		n++;
	}
	closedir(folder);
	return n;
}

/* Nothing else may be left there, not even hidden. */
static int teardown(void **state)
{
	char path[128];

	(void)state;
	while (files(path))
		unlink(path);
	return rmdir(home);
}

static size_t contents(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, size, file);
	fclose(file);
	return n;
}

static void replace(const char *path, const char *text, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	fclose(file);
}

static int read_key(const char *key, struct infer_golden *golden)
{
	*golden = (struct infer_golden){ 0 };
	snprintf(golden->key, sizeof(golden->key), "%s", key);
	problem[0] = '\0';
	return infer_golden_read(home, golden, problem);
}

static void golden_answer__is_read_as_it_was_written(void **state)
{
	struct infer_golden golden;
	char path[128];

	(void)state;
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	assert_int_equal(files(path), 1);
	assert_int_equal(read_key(example.key, &golden), 0);
	assert_true(golden.hash == example.hash && golden.learned_s == example.learned_s);
	assert_true(fabs(golden.nmse / example.nmse - 1) < 1e-6);
}

static void key_that_was_never_learned__is_no_error_with_a_sentence(void **state)
{
	struct infer_golden golden;

	(void)state;
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	assert_int_equal(read_key("another", &golden), -ENOENT);
	assert_string_equal(problem, "");
}

static void answer_far_from_the_plain_kernels__is_not_learned(void **state)
{
	static const double far[] = { 1.01e-9, 1, INFINITY, NAN };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		struct infer_golden golden = example;

		golden.nmse = far[i];
		assert_int_equal(infer_golden_write(home, &golden, problem), -EDOM);
		assert_non_null(strstr(problem, "too far"));
	}
	assert_int_equal(files(path), 0);
}

/* Whichever bit of the file is turned over, and wherever it ends too soon. */
static void damaged_file__is_refused_with_a_sentence(void **state)
{
	char path[128], text[512], bad[512];
	struct infer_golden golden;
	size_t n;

	(void)state;
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	assert_int_equal(files(path), 1);
	n = contents(path, text, sizeof(text));
	for (size_t bit = 0; bit < 8 * n; bit++) {
		memcpy(bad, text, n);
		bad[bit / 8] ^= 1 << bit % 8;
		replace(path, bad, n);
		assert_int_equal(read_key(example.key, &golden), -EBADMSG);
		assert_non_null(strstr(problem, "damaged"));
	}
	for (size_t length = 0; length < n; length++) {
		replace(path, text, length);
		assert_int_equal(read_key(example.key, &golden), -EBADMSG);
	}
	memset(bad, 'x', sizeof(bad));
	memcpy(bad, text, n);
	replace(path, bad, sizeof(bad));
	assert_int_equal(read_key(example.key, &golden), -EBADMSG);
	replace(path, text, n);
	assert_int_equal(read_key(example.key, &golden), 0);
}

static void file_of_another_key__is_not_believed(void **state)
{
	char path[128], other[128], text[512];
	struct infer_golden golden = example;
	size_t n;

	(void)state;
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	files(path);
	n = contents(path, text, sizeof(text));
	unlink(path);
	strcpy(golden.key, "another");
	assert_int_equal(infer_golden_write(home, &golden, problem), 0);
	files(other);
	replace(other, text, n);
	assert_int_equal(read_key("another", &golden), -EBADMSG);
	assert_non_null(strstr(problem, "another key"));
}

static void damaged_file__is_replaced_by_what_is_learned(void **state)
{
	struct infer_golden golden;
	char path[128];

	(void)state;
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	files(path);
	replace(path, "headgate", 8);
	assert_int_equal(infer_golden_write(home, &example, problem), 0);
	assert_int_equal(files(path), 1);
	assert_int_equal(read_key(example.key, &golden), 0);
}

static void folder_that_cannot_be_made__is_told_by_name(void **state)
{
	(void)state;
	assert_int_equal(infer_golden_write("/proc/no/such", &example, problem), -ENOENT);
	assert_non_null(strstr(problem, "/proc/no/such"));
}

static void key_of_two_lines__is_refused(void **state)
{
	struct infer_golden golden = example;
	char path[128];

	(void)state;
	strcpy(golden.key, "a\nhash 1");
	assert_int_equal(infer_golden_write(home, &golden, problem), -EINVAL);
	golden.key[0] = '\0';
	assert_int_equal(infer_golden_write(home, &golden, problem), -EINVAL);
	assert_int_equal(files(path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_home, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(golden_answer__is_read_as_it_was_written),
		TEST(key_that_was_never_learned__is_no_error_with_a_sentence),
		TEST(answer_far_from_the_plain_kernels__is_not_learned),
		TEST(damaged_file__is_refused_with_a_sentence),
		TEST(file_of_another_key__is_not_believed),
		TEST(damaged_file__is_replaced_by_what_is_learned),
		TEST(folder_that_cannot_be_made__is_told_by_name),
		TEST(key_of_two_lines__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
