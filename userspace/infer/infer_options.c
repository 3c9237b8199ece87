// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "infer_options.h"
#include "order.h"
#include "usage.h"

/* A prompt on standard input is read up to so many bytes: more is no prompt but a mistake. */
#define PROMPT_MOST (16u << 20)

static int usage(void)
{
	fputs("Usage: headgate infer [OPTIONS] --model FILE PROMPT\n"
	      "Answer a prompt with a model of the Llama family, on a GPU by Vulkan or on the\n"
	      "processors.  PROMPT - is read from standard input.  Exit status: 0 done, 1 failed,\n"
	      "2 wrong arguments, 130 ended by Ctrl-C, 143 by SIGTERM.\n\n"
	      "Options:\n"
	      "  -m, --model FILE      the model, a GGUF file\n"
	      "  -r, --raw             the prompt is text to go on with, not a message to answer\n"
	      "  -n, --tokens N        end after N tokens (default 256)\n"
	      "  -d, --device ORDER    devices to use, the next when one fails, by commas:\n"
	      "                        vulkan, vulkan:NUMBER, vulkan:NAME, native, native:VARIANT\n"
	      "                        (default " INFER_ORDER ")\n"
	      "  -t, --temperature T   0 takes the likeliest token, more is more varied (default 0)\n"
	      "  -k, --top-k N         choose among the N likeliest (default 0: all)\n"
	      "  -p, --top-p P         among the likeliest that together have P (default 1)\n"
	      "  -M, --min-p P         among those with P times the likeliest's part (default 0)\n"
	      "  -s, --seed N          the same seed chooses the same (default 0)\n"
	      "  -S, --stop TEXT       end before this text; up to 16 of them\n"
	      "  -T, --threads N       of the processors' kernels (default: one each processor)\n"
	      "  -b, --batch N         tokens of the prompt computed at once, 1 to 4096 (default 256)\n"
	      "  -f, --figures         tell at the end how long it took\n"
	      "  -j, --json            print JSON at the end, with the figures\n"
	      "  -h, --help            show this help\n",
	      stdout);
	return INFER_EXIT_OK;
}

static int wrong(const char *option, const char *value, const char *expected)
{
	return infer_usage_value("infer", option, value, expected);
}

static bool whole(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *value >= least && *value <= most;
}

static bool number(const char *text, float least, float most, float *value)
{
	char *end;

	*value = strtof(text, &end);
	return *text && !*end && isfinite(*value) && *value >= least && *value <= most;
}

static bool set_u32(const char *text, uint32_t least, uint32_t most, uint32_t *to)
{
	uint64_t value;

	if (!whole(text, least, most, &value))
		return false;
	*to = (uint32_t)value;
	return true;
}

static bool add_stop(struct infer_options *options, const char *text)
{
	size_t length = strlen(text);

	if (options->n_stops == INFER_STOPS || !length || length > INFER_STOP_LENGTH)
		return false;
	options->stops[options->n_stops++] = (struct infer_text){ text, length };
	return true;
}

/* -1, or the exit status. */
static int take(struct infer_options *o, int option)
{
	switch (option) {
	case 'm':
		o->model = optarg;
		return -1;
	case 'd':
		o->devices = optarg;
		return -1;
	case 'r':
		o->raw = true;
		return -1;
	case 'f':
		o->figures = true;
		return -1;
	case 'j':
		o->json = true;
		return -1;
	case 'n':
		return set_u32(optarg, 1, INT32_MAX, &o->most) ? -1 : wrong("tokens", optarg, "a number from 1 on");
	case 'T':
		return set_u32(optarg, 1, 1024, &o->threads) ? -1 : wrong("threads", optarg, "1 to 1024");
	case 'b':
		return set_u32(optarg, 1, 4096, &o->rows) ? -1 : wrong("batch", optarg, "1 to 4096");
	case 'k':
		return set_u32(optarg, 0, INT32_MAX, &o->sampling.top_k) ? -1 : wrong("top-k", optarg, "a number");
	case 't':
		return number(optarg, 0, 100, &o->sampling.temperature) ? -1 : wrong("temperature", optarg, "0 to 100");
	case 'p':
		return number(optarg, 0, 1, &o->sampling.top_p) ? -1 : wrong("top-p", optarg, "0 to 1");
	case 'M':
		return number(optarg, 0, 1, &o->sampling.min_p) ? -1 : wrong("min-p", optarg, "0 to 1");
	case 's':
		return whole(optarg, 0, UINT64_MAX, &o->sampling.seed) ? -1 : wrong("seed", optarg, "a number");
	case 'S':
		return add_stop(o, optarg) ? -1 : wrong("stop", optarg, "up to 16 texts of 1 to 1024 bytes");
	}
	return usage();
}

/* Standard input as text; NULL: it cannot be read, is too long, or holds a NUL. */
static char *read_prompt(void)
{
	char *text = NULL;
	size_t length = 0, room = 0;

	for (;;) {
		char *more;
		ssize_t n;

		if (length + 1 >= room) {
			room = room ? 2 * room : 4096;
			more = realloc(text, room);
			if (!more)
				break;
			text = more;
		}
		n = read(STDIN_FILENO, text + length, room - 1 - length);
		if (n < 0 || (length += (size_t)n) > PROMPT_MOST)
			break;
		if (n)
			continue;
		text[length] = '\0';
		if (strlen(text) == length)
			return text;
		break;
	}
	free(text);
	fputs("headgate-infer: standard input is no prompt: expected text of at most 16 MiB\n", stderr);
	return NULL;
}

int infer_options_parse(int argc, char **argv, struct infer_options *o)
{
	static const struct option options[] = {
		{ "model", required_argument, NULL, 'm' }, { "raw", no_argument, NULL, 'r' },
		{ "tokens", required_argument, NULL, 'n' }, { "device", required_argument, NULL, 'd' },
		{ "temperature", required_argument, NULL, 't' }, { "top-k", required_argument, NULL, 'k' },
		{ "top-p", required_argument, NULL, 'p' }, { "min-p", required_argument, NULL, 'M' },
		{ "seed", required_argument, NULL, 's' }, { "stop", required_argument, NULL, 'S' },
		{ "threads", required_argument, NULL, 'T' }, { "batch", required_argument, NULL, 'b' },
		{ "figures", no_argument, NULL, 'f' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, {}
	};
	int option, status;

	*o = (struct infer_options){ .devices = INFER_ORDER, .most = 256, .rows = 256, .sampling = { .top_p = 1 } };
	while ((option = getopt_long(argc, argv, ":m:rn:d:t:k:p:M:s:S:T:b:fjh", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return infer_usage_option("infer", option, options, argv);
		status = take(o, option);
		if (status >= 0)
			return status;
	}
	if (!o->model)
		return infer_usage_arguments("infer", "--model FILE, a GGUF file,", NULL);
	if (argc - optind > 1)
		return infer_usage_error("infer", "there is more than one prompt: quote it as one argument");
	if (argc == optind)
		return infer_usage_arguments("infer", "PROMPT", NULL);
	o->prompt = strcmp(argv[optind], "-") ? strdup(argv[optind]) : read_prompt();
	return o->prompt ? -1 : INFER_EXIT_FAILED;
}

void infer_options_free(struct infer_options *options)
{
	free(options->prompt);
}
