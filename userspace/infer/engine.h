/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: requests as sequences, batched together on a leg.
 *
 * Each step computes one batch: the next token of each sequence that has been read, then, in the rows
 * that are left, the prompts of the others, oldest first. So a long prompt takes several steps, in
 * which others go on.
 *
 *   request ─► queue ─► sequence (has its pages) ─► token, token, … ─► ended
 *
 * A sequence takes pages for its prompt and all tokens it may yet get before it begins, so none that
 * has begun waits for room. What it computes does not depend on who else is in the batch, but for the
 * order of additions. Its tokens stay with the engine: on another leg it is read again from the first
 * token on, and goes on where it was (infer_engine_move()).
 *
 * One thread at a time. Callbacks are called in infer_engine_step() alone, and may add and cancel.
 */
#ifndef INFER_ENGINE_H
#define INFER_ENGINE_H

#include "leg.h"
#include "sample.h"

enum infer_end {
	INFER_END_STOP,      /* the token callback said so */
	INFER_END_LENGTH,    /* as many tokens as were wanted */
	INFER_END_CANCELLED,
};

/**
 * struct infer_timing - of one request, ns of CLOCK_MONOTONIC; 0: not yet
 * @added: to the queue
 * @started: it had its pages
 * @first: its first token
 * @last: its last one so far
 * @moves: how often it had to be read again on another leg
 */
struct infer_timing {
	uint64_t added, started, first, last;
	uint32_t tokens, moves;
};

/**
 * struct infer_request - what to answer
 * @prompt: copied; at least one token, each below the model's vocabulary
 * @most: tokens to make at most, at least 1
 * @token: is told each token once; false ends the sequence, with that token the last
 * @ended: is told last, once
 */
struct infer_request {
	const uint32_t *prompt;
	uint32_t n_prompt, most;
	struct infer_sampling sampling;
	bool (*token)(void *context, uint32_t token);
	void (*ended)(void *context, enum infer_end why, const struct infer_timing *timing);
	void *context;
};

struct infer_engine;
struct infer_sequence;

/**
 * infer_engine_open() - on a leg, which must outlive it or be moved away from
 *
 * Return: 0 and *engine; -EINVAL if its batch has not a row for each sequence, of which some would starve; -ENOMEM.
 */
int infer_engine_open(struct infer_leg *leg, struct infer_engine **engine);

/**
 * infer_engine_close() - forgets all sequences; nobody is told
 */
void infer_engine_close(struct infer_engine *engine);

/**
 * infer_engine_add() - a request to the end of the queue
 * @sequence: for infer_engine_cancel(), until the request's ended(); may be NULL
 *
 * Return: 0; -E2BIG if prompt and answer are more than the leg's room for a sequence; -EINVAL for an empty prompt, a
 * token beyond the vocabulary or nothing to make; -ENOMEM.
 */
int infer_engine_add(struct infer_engine *engine, const struct infer_request *request, struct infer_sequence **sequence);

/**
 * infer_engine_cancel() - the sequence ends in the next step
 */
void infer_engine_cancel(struct infer_sequence *sequence);

/**
 * infer_engine_step() - one batch
 *
 * Return: how many sequences there are yet; or, with nothing changed, the leg's error; -EIO if the leg gave logits of
 * which none is a number. After an error the engine can be moved to another leg, or stepped again.
 */
int infer_engine_step(struct infer_engine *engine);

/* infer_engine_problem(): what an error of infer_engine_step() means, as part of a sentence. */
const char *infer_engine_problem(int error);

/**
 * infer_engine_move() - goes on with another leg of the same model, with limits no less
 */
void infer_engine_move(struct infer_engine *engine, struct infer_leg *leg);

/**
 * infer_engine_cache_bytes() - of KV cache, for all pages of a leg
 */
size_t infer_engine_cache_bytes(const struct infer_model *model, const struct infer_limits *limits);

#endif
