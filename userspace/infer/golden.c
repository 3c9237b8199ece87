// SPDX-License-Identifier: GPL-2.0-or-later
#include "golden.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fnv.h"
#include "replace.h"

#define HEAD "headgate golden 1\n"
/* Beyond the key: words and numbers. */
#define FILE_MAX (INFER_GOLDEN_KEY + 256)

static int say(char problem[INFER_PROBLEM], int error, const char *path, const char *what)
{
	snprintf(problem, INFER_PROBLEM, "%.160s: %s", path, what);
	return error;
}

static void path_of(const char *dir, const char *key, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%016" PRIx64, dir, infer_fnv(INFER_FNV, key, strlen(key)));
}

/* The lines that are checked; returns their length, or -1. */
static int format(const struct infer_golden *golden, char text[FILE_MAX])
{
	int length = snprintf(text, FILE_MAX, HEAD "key %s\nhash %016" PRIx64 "\nnmse %.1e\nlearned %" PRId64 "\n",
			      golden->key, golden->hash, golden->nmse, golden->learned_s);

	return length < FILE_MAX ? length : -1;
}

static int read_text(const char *path, char text[FILE_MAX], size_t *length)
{
	FILE *file = fopen(path, "re");
	int error = 0;

	if (!file)
		return -errno;
	*length = fread(text, 1, FILE_MAX - 1, file);
	if (ferror(file))
		error = -EIO;
	else if (!feof(file))
		error = -EBADMSG;
	text[*length] = '\0';
	fclose(file);
	return error;
}

/* Taken apart without trust: what formats to the same text again is whole. */
static bool parse(const char *text, size_t length, struct infer_golden *golden)
{
	char again[FILE_MAX], check[32];
	const char *last = strstr(text, "\ncheck ");
	int n;

	if (strlen(text) != length || !last || strncmp(text, HEAD, strlen(HEAD)) ||
	    sscanf(text + strlen(HEAD), "key %1023[^\n]\nhash %" SCNx64 "\nnmse %lf\nlearned %" SCNd64 "\n", golden->key,
		   &golden->hash, &golden->nmse, &golden->learned_s) != 4)
		return false;
	last++;
	n = format(golden, again);
	if (n != last - text || memcmp(again, text, (size_t)n))
		return false;
	snprintf(check, sizeof(check), "check %016" PRIx64 "\n", infer_fnv(INFER_FNV, text, (size_t)n));
	return !strcmp(last, check);
}

int infer_golden_read(const char *dir, struct infer_golden *golden, char problem[INFER_PROBLEM])
{
	struct infer_golden read = { 0 };
	char path[PATH_MAX], text[FILE_MAX];
	size_t length = 0;
	int error;

	path_of(dir, golden->key, path);
	error = read_text(path, text, &length);
	if (error == -ENOENT)
		return error;
	if (error && error != -EBADMSG)
		return say(problem, error, path, strerror(-error));
	if (error || !parse(text, length, &read))
		return say(problem, -EBADMSG, path, "the golden answer is damaged; it is learned anew");
	if (strcmp(read.key, golden->key))
		return say(problem, -EBADMSG, path, "the golden answer is of another key; it is learned anew");
	if (!(read.nmse <= INFER_GOLDEN_NMSE))
		return say(problem, -EBADMSG, path, "the golden answer is too far from the plain kernels'; it is learned anew");
	*golden = read;
	return 0;
}

int infer_golden_write(const char *dir, const struct infer_golden *golden, char problem[INFER_PROBLEM])
{
	struct headgate_replace replace;
	char path[PATH_MAX], text[FILE_MAX];
	int n = format(golden, text), error;

	path_of(dir, golden->key, path);
	if (!(golden->nmse <= INFER_GOLDEN_NMSE))
		return say(problem, -EDOM, path, "the answer is too far from the plain kernels' to be learned");
	if (n < 0 || !*golden->key || strchr(golden->key, '\n'))
		return say(problem, -EINVAL, path, "the key is no line");
	if (mkdir(dir, 0755) && errno != EEXIST)
		return say(problem, -errno, dir, strerror(errno));
	error = headgate_replace_begin(&replace, path);
	if (!error) {
		fprintf(replace.stream, "%scheck %016" PRIx64 "\n", text, infer_fnv(INFER_FNV, text, (size_t)n));
		error = headgate_replace_end(&replace);
	}
	return error ? say(problem, error, path, strerror(-error)) : 0;
}
