// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "commands.h"
#include "gguf.h"
#include "home.h"
#include "seeded.h"

static int generate(const char *option, const char *value, const char *name, char path[64])
{
	char *arguments[6] = { (char *)"generate" };
	int n = 1;

	if (option)
		arguments[n++] = (char *)option;
	if (value)
		arguments[n++] = (char *)value;
	snprintf(path, 64, "%s/%s", home, name);
	arguments[n++] = path;
	return infer_command_generate(n, arguments);
}

static unsigned int files_in_folder(void)
{
	struct dirent *entry;
	unsigned int n = 0;
	DIR *open = opendir(home);

	assert_non_null(open);
	while ((entry = readdir(open)))
		n += entry->d_name[0] != '.';
	closedir(open);
	return n;
}

static void generate__writes_the_model_that_was_asked_for(void **state)
{
	char path[64], problem[INFER_PROBLEM];
	struct infer_seeded seeded;
	struct infer_gguf *gguf;
	size_t length, weights_bytes;
	const uint8_t *weights;
	void *bytes;

	(void)state;
	assert_int_equal(infer_seeded_named("tiny", &seeded), 0);
	seeded.type = INFER_Q4_K;
	assert_int_equal(infer_seeded_make(&seeded, &bytes, &length), 0);
	assert_int_equal(generate("--type", "q4_k", "model", path), 0);
	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(infer_gguf_open(path, &gguf, problem), 0);
	weights = infer_gguf_weights(gguf, &weights_bytes);
	assert_int_equal(infer_gguf_offset(gguf, weights) + weights_bytes, length);
	assert_memory_equal(weights - infer_gguf_offset(gguf, weights), bytes, length);
	infer_gguf_close(gguf);
	/* Over one that is there */
	assert_int_equal(generate("--seed", "2", "model", path), 0);
	assert_int_equal(files_in_folder(), 1);
	unlink(path);
	free(bytes);
}

static void generate_of_nonsense__leaves_no_file(void **state)
{
	char path[64];

	(void)state;
	assert_int_equal(generate("--size", "great", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("--type", "Q5_K", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("--seed", "-1", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("--seed", "18446744073709551616", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("--seed", "1x", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("--sead", "1", "model", path), INFER_EXIT_USAGE);
	assert_int_equal(generate("one", NULL, "model", path), INFER_EXIT_USAGE);
	assert_int_equal(infer_command_generate(1, (char *[]){ (char *)"generate", NULL }), INFER_EXIT_USAGE);
	assert_int_equal(generate(NULL, NULL, "none/model", path), INFER_EXIT_FAILED);
	assert_int_equal(generate(NULL, NULL, "", path), INFER_EXIT_FAILED);
	assert_int_equal(mkfifo(strcat(path, "pipe"), 0600), 0);
	assert_int_equal(generate(NULL, NULL, "pipe", path), INFER_EXIT_FAILED);
	unlink(path);
	assert_int_equal(files_in_folder(), 0);
}

static void generate_without_room__leaves_what_was_there(void **state)
{
	const struct rlimit small = { 4096, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat before, after;
	char path[64];

	(void)state;
	assert_int_equal(generate(NULL, NULL, "model", path), 0);
	assert_int_equal(stat(path, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(generate("--seed", "2", "model", path), INFER_EXIT_FAILED);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(files_in_folder(), 1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generate__writes_the_model_that_was_asked_for),
		cmocka_unit_test(generate_of_nonsense__leaves_no_file),
		cmocka_unit_test(generate_without_room__leaves_what_was_there),
	};

	return cmocka_run_group_tests(tests, enter_home, leave_home);
}
