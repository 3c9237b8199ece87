// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PROGRAM kernels MODEL THREADS            the name of the kernels that it takes here
 * PROGRAM logits MODEL THREADS [MISTAKE]   logits of each of some tokens, floats on standard output
 * PROGRAM tokens MODEL THREADS             the tokens of a text on standard input
 * PROGRAM speed MODEL THREADS              tokens a second of decoding
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "side.h"

/* Several pages of our cache and tiles of either's kernels; then one by one, over a page's end. */
#define PROMPT  150u
#define SINGLES 12u

/* Of decoding: until clocks and caches have settled, and then what is timed. */
#define WARM  16u
#define TIMED 96u

#define MOST_TEXT 65536u

void side_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static void choose_tokens(const struct side *side, uint32_t tokens[SIDE_CONTEXT])
{
	for (uint32_t i = 0; i < SIDE_CONTEXT; i++)
		tokens[i] = (1 + i * i * 31) % side_vocabulary(side);
}

static void print_logits(const struct side *side, const float *logits, uint32_t n)
{
	size_t floats = (size_t)n * side_vocabulary(side);

	if (fwrite(logits, sizeof(*logits), floats, stdout) != floats)
		side_die("logits cannot be written");
}

static void tell_logits(struct side *side, const uint32_t *tokens)
{
	print_logits(side, side_ask(side, tokens, 0, PROMPT), PROMPT);
	for (uint32_t i = PROMPT; i < PROMPT + SINGLES; i++)
		print_logits(side, side_ask(side, tokens + i, i, 1), 1);
}

static double now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void tell_tokens(const struct side *side)
{
	char text[MOST_TEXT];
	size_t length = fread(text, 1, sizeof(text), stdin);
	uint32_t *tokens, count;

	if (!length || length == sizeof(text))
		side_die("standard input is no text of less than %u bytes", MOST_TEXT);
	tokens = side_tokenise(side, text, (uint32_t)length, &count);
	for (uint32_t i = 0; i < count; i++)
		printf("%u\n", tokens[i]);
	free(tokens);
}

/* By the token in the middle: who else takes the processors for a moment does not count. */
static void tell_speed(struct side *side, const uint32_t *tokens)
{
	double seconds[TIMED];

	for (uint32_t i = 0; i < WARM + TIMED; i++) {
		double start = now();

		side_ask(side, tokens + i, i, 1);
		if (i >= WARM)
			seconds[i - WARM] = now() - start;
	}
	qsort(seconds, TIMED, sizeof(*seconds), compare);
	printf("%.2f\n", 1 / seconds[TIMED / 2]);
}

int main(int argc, char **argv)
{
	uint32_t tokens[SIDE_CONTEXT];
	struct side *side;

	if (argc < 4 || argc > 5)
		side_die("usage: %s kernels|logits|tokens|speed MODEL THREADS [MISTAKE]", argv[0]);
	side = side_open(argv[2], (uint32_t)atoi(argv[3]));
	if (argc == 5)
		side_spoil(side, argv[4]);
	choose_tokens(side, tokens);
	if (!strcmp(argv[1], "kernels"))
		puts(side_kernels(side));
	else if (!strcmp(argv[1], "logits"))
		tell_logits(side, tokens);
	else if (!strcmp(argv[1], "tokens"))
		tell_tokens(side);
	else if (!strcmp(argv[1], "speed"))
		tell_speed(side, tokens);
	else
		side_die("there is nothing called '%s': kernels, logits, tokens or speed", argv[1]);
	side_close(side);
	if (fflush(stdout))
		side_die("standard output cannot be written");
	return 0;
}
