/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of headgate infer. */
#ifndef INFER_OPTIONS_H
#define INFER_OPTIONS_H

#include <stdbool.h>

#include "sample.h"
#include "stream_text.h"

/**
 * struct infer_options - what was asked for, or what is taken without
 * @prompt: owned
 * @devices: an order, as order.h has it
 * @most: tokens to make
 * @rows: of a prompt, computed at once
 * @threads: of the native leg; 0 for each processor one
 * @raw: the prompt is text to go on with, no message in a chat
 * @figures: times are told at the end
 */
struct infer_options {
	const char *model, *devices;
	char *prompt;
	uint32_t most, rows, threads;
	struct infer_sampling sampling;
	struct infer_text stops[INFER_STOPS];
	uint32_t n_stops;
	bool raw, json, figures;
};

/**
 * infer_options_parse() - what was wrong is told on standard error, help on standard output
 *
 * Return: -1 if all is well, and infer_options_free() is due; else what to exit with.
 */
int infer_options_parse(int argc, char **argv, struct infer_options *options);
void infer_options_free(struct infer_options *options);

#endif
