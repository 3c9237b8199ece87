/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One side of the comparison with llama.cpp: side.c is built twice, with side_ours.c out of the
 * native leg and with side_llama.c out of libllama, so that both are asked the same.
 */
#ifndef SIDE_H
#define SIDE_H

#include <stdint.h>

/* Tokens of one sequence that a side makes room for; the most in one batch, too. */
#define SIDE_CONTEXT 512u

struct side;

/* side_open(): ends the program with a sentence if there is no such model, or nothing to run it. */
struct side *side_open(const char *model, uint32_t threads);
uint32_t side_vocabulary(const struct side *side);

/* side_kernels(): which of several builds of its kernels it has taken for this processor. */
const char *side_kernels(const struct side *side);

/* side_tokenise(): tokens of a text as a prompt, for free(); the program ends if it fails. */
uint32_t *side_tokenise(const struct side *side, const char *text, uint32_t length,
			uint32_t *count);

/* side_spoil(): makes a mistake that has to be found; the program ends if there is none such. */
void side_spoil(struct side *side, const char *mistake);

/**
 * side_ask() - the logits of @n tokens from @position on; the program ends if it fails
 *
 * Return: [n][vocabulary], until the next call.
 */
const float *side_ask(struct side *side, const uint32_t *tokens, uint32_t position, uint32_t n);
void side_close(struct side *side);

__attribute__((format(printf, 1, 2), noreturn)) void side_die(const char *format, ...);

#endif
