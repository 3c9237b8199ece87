// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate infer: one prompt, answered on the terminal. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "infer_options.h"
#include "engine.h"
#include "lib/json.h"
#include "loaded.h"
#include "order.h"
#include "stream_text.h"
#include "usage.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	interrupted = number;
}

/**
 * struct answer - of the one request
 * @text: with --json, all of it; else it is printed as it comes
 * @abandoned: a device hangs, and a driver might wait for it when the process ends
 */
struct answer {
	const struct infer_options *options;
	const struct infer_loaded *loaded;
	struct infer_stream_text stream;
	FILE *out;
	char *text;
	size_t text_length;
	bool terminal;
	uint32_t n_prompt;
	bool failed, abandoned;
	enum infer_end why;
	struct infer_timing timing;
};

/* To a terminal no control characters: what a model says is not for the terminal to obey. */
static void put_text(const struct answer *answer, const struct infer_text *text)
{
	for (size_t i = 0; i < text->length; i++) {
		unsigned char byte = (unsigned char)text->bytes[i];
		bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;

		/* U+0080 to U+009F */
		if (byte == 0xc2 && i + 1 < text->length && (unsigned char)text->bytes[i + 1] < 0xa0) {
			control = true;
			i += answer->terminal;
		}
		putc(answer->terminal && control ? '?' : byte, answer->out);
	}
	fflush(answer->out);
}

static bool on_token(void *context, uint32_t token)
{
	struct answer *answer = context;
	char bytes[INFER_TOKEN_TEXT];
	struct infer_text out;
	int stopped;

	if (infer_tokenizer_ends(answer->loaded->tokenizer, token))
		return false;
	stopped = infer_stream_text_add(&answer->stream, bytes,
					infer_token_text(answer->loaded->tokenizer, token, bytes), &out);
	answer->failed |= stopped < 0;
	if (stopped < 0)
		return false;
	put_text(answer, &out);
	return !stopped;
}

static void on_end(void *context, enum infer_end why, const struct infer_timing *timing)
{
	struct answer *answer = context;
	struct infer_text out;

	answer->why = why;
	answer->timing = *timing;
	if (!answer->failed && infer_stream_text_end(&answer->stream, &out) >= 0)
		put_text(answer, &out);
}

/* Seconds a token after the first: what is left of the whole time, over the tokens it was for. */
static double per_token_ms(const struct infer_timing *timing)
{
	return timing->tokens > 1 ? (double)(timing->last - timing->first) / 1e6 / (timing->tokens - 1) : 0;
}

static double first_ms(const struct infer_timing *timing)
{
	return timing->first ? (double)(timing->first - timing->added) / 1e6 : 0;
}

static void print_json(const struct answer *answer, const char *device)
{
	static const char *const reasons[] = { "stop", "length", "cancelled" };
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "text", answer->text);
	headgate_json_string(&json, "finish_reason", reasons[answer->why]);
	headgate_json_string(&json, "device", device);
	headgate_json_uint(&json, "prompt_tokens", answer->n_prompt);
	headgate_json_uint(&json, "tokens", answer->timing.tokens);
	headgate_json_uint(&json, "moves", answer->timing.moves);
	headgate_json_uint(&json, "time_to_first_token_ns",
			   answer->timing.first ? answer->timing.first - answer->timing.added : 0);
	headgate_json_double(&json, "time_per_token_ms", per_token_ms(&answer->timing));
	headgate_json_end(&json);
}

static void print_figures(const struct answer *answer, const char *device)
{
	double each = per_token_ms(&answer->timing);

	fprintf(stderr, "%u tokens after %u on %s: first after %.0f ms, then %.1f ms each (%.1f tokens/s)\n",
		answer->timing.tokens, answer->n_prompt, device, first_ms(&answer->timing), each,
		each > 0 ? 1000 / each : 0);
}

/* Steps until all is answered, from device to device; 0 or the exit status. */
static int run(struct answer *answer, struct infer_engine *engine, struct infer_order *order,
	       struct infer_sequence *sequence, struct infer_leg **leg)
{
	char problem[INFER_PROBLEM], name[sizeof((*leg)->name)];
	int left;

	while ((left = infer_engine_step(engine)) != 0) {
		if (interrupted)
			infer_engine_cancel(sequence);
		if (left > 0)
			continue;
		snprintf(name, sizeof(name), "%s", (*leg)->name);
		if (left == -ETIMEDOUT) {
			infer_order_abandon(order);
			answer->abandoned = true;
		}
		if (infer_order_next(order, leg, problem)) {
			fprintf(stderr, "headgate-infer: %s: %s, and no other device can be used%s%s\n", name,
				infer_engine_problem(left), *problem ? ": " : "", problem);
			return INFER_EXIT_FAILED;
		}
		fprintf(stderr, "headgate-infer: %s: %s; going on on %s\n", name, infer_engine_problem(left),
			(*leg)->name);
		infer_engine_move(engine, *leg);
	}
	return INFER_EXIT_OK;
}

static int ask(const struct infer_options *options, struct answer *answer, struct infer_order *order,
	       struct infer_leg *leg, const uint32_t *tokens)
{
	struct infer_request request = { .prompt = tokens, .n_prompt = answer->n_prompt, .most = options->most,
					 .sampling = options->sampling, .token = on_token, .ended = on_end,
					 .context = answer };
	struct infer_sequence *sequence;
	struct infer_engine *engine;
	int status = infer_engine_open(leg, &engine);

	if (!status) {
		status = infer_engine_add(engine, &request, &sequence);
		if (status)
			infer_engine_close(engine);
	}
	if (status) {
		fprintf(stderr, "headgate-infer: cannot begin: %s\n", strerror(-status));
		return INFER_EXIT_FAILED;
	}
	status = run(answer, engine, order, sequence, &leg);
	infer_engine_close(engine);
	if (status)
		return status;
	if (options->json)
		print_json(answer, leg->name);
	else
		putchar('\n');
	fflush(stdout);
	if (options->figures)
		print_figures(answer, leg->name);
	if (answer->failed) {
		fprintf(stderr, "headgate-infer: no memory for the answer\n");
		return INFER_EXIT_FAILED;
	}
	return answer->why == INFER_END_CANCELLED ? 128 + interrupted : INFER_EXIT_OK;
}

static struct infer_limits limits_for(const struct infer_options *options, uint32_t n_prompt)
{
	uint32_t pages = (n_prompt + options->most + INFER_PAGE - 1) / INFER_PAGE;

	return (struct infer_limits){ .rows = options->rows, .pages = pages, .sequence_pages = pages, .sequences = 1,
				      .threads = options->threads };
}

static int on_device(const struct infer_options *options, struct answer *answer, const uint32_t *tokens)
{
	struct infer_limits limits = limits_for(options, answer->n_prompt);
	char problem[INFER_PROBLEM];
	struct infer_order *order;
	struct infer_leg *leg;
	int status = infer_order_new(options->devices, answer->loaded->model, &limits, &order, problem);

	if (status == -ENOMEM) {
		fprintf(stderr, "headgate-infer: no memory\n");
		return INFER_EXIT_FAILED;
	}
	if (status)
		return infer_usage_error("infer", "%s", problem);
	if (infer_order_next(order, &leg, problem)) {
		fprintf(stderr, "headgate-infer: no device of %s can be used: %s\n", options->devices, problem);
		status = INFER_EXIT_FAILED;
	} else {
		status = ask(options, answer, order, leg, tokens);
	}
	if (answer->abandoned) {
		fflush(NULL);
		_exit(status);
	}
	infer_order_free(order);
	return status;
}

/* The prompt as tokens; 0 or the exit status. */
static int tokenise(const struct infer_options *options, const struct infer_loaded *loaded, uint32_t **tokens,
		    uint32_t *count)
{
	uint32_t context = loaded->model->context;
	size_t n;
	int error = options->raw ? infer_tokenise(loaded->tokenizer, options->prompt, strlen(options->prompt), true,
						  false, tokens, &n) :
				   infer_loaded_chat(loaded, options->prompt, tokens, &n);

	if (error) {
		fprintf(stderr, "headgate-infer: cannot tokenise the prompt: %s\n", strerror(-error));
		return INFER_EXIT_FAILED;
	}
	if (!n || n >= context) {
		fprintf(stderr, "headgate-infer: the prompt has %zu tokens; the model takes 1 to %u\n", n, context - 1);
		free(*tokens);
		return INFER_EXIT_FAILED;
	}
	*count = (uint32_t)n;
	return INFER_EXIT_OK;
}

static int answer_prompt(struct infer_options *options, const struct infer_loaded *loaded)
{
	struct answer answer = { .options = options, .loaded = loaded, .out = stdout,
				 .terminal = !options->json && isatty(STDOUT_FILENO) };
	uint32_t *tokens;
	int status = tokenise(options, loaded, &tokens, &answer.n_prompt);

	if (status)
		return status;
	if (options->most > loaded->model->context - answer.n_prompt)
		options->most = loaded->model->context - answer.n_prompt;
	if (options->json)
		answer.out = open_memstream(&answer.text, &answer.text_length);
	if (!answer.out || infer_stream_text_begin(&answer.stream, options->stops, options->n_stops)) {
		fprintf(stderr, "headgate-infer: cannot begin: %s\n", strerror(errno));
		status = INFER_EXIT_FAILED;
	} else {
		status = on_device(options, &answer, tokens);
		infer_stream_text_free(&answer.stream);
	}
	if (options->json && answer.out)
		fclose(answer.out);
	free(answer.text);
	free(tokens);
	return status;
}

int infer_command_infer(int argc, char **argv)
{
	/* The second one ends the process: the first waits for a batch, and that for the device. */
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
	char problem[INFER_PROBLEM];
	struct infer_options options;
	struct infer_loaded loaded;
	int status = infer_options_parse(argc, argv, &options);

	if (status >= 0)
		return status;
	if (infer_loaded_open(&loaded, options.model, problem)) {
		fprintf(stderr, "headgate-infer: %s: %s\n", options.model, problem);
		status = INFER_EXIT_FAILED;
	} else {
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
		status = answer_prompt(&options, &loaded);
		infer_loaded_close(&loaded);
	}
	infer_options_free(&options);
	return status;
}
