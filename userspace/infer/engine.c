// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "graph.h"
#include "sequence.h"

/**
 * struct infer_engine - sequences and the batch they are computed in
 * @queued: have no pages yet
 * @active: have them
 * @free_pages: a stack of @n_free page numbers
 * @by_slot: whose page table each is
 * @of_wanted: whose logits each wanted row's are
 * @rows: with @tables, @wanted, @logits and @scratch room for the greatest batch
 */
struct infer_engine {
	struct infer_leg *leg;
	struct infer_sequences queued, active;
	uint32_t *free_pages, n_free;
	struct infer_row *rows;
	const uint32_t **tables;
	uint32_t *wanted;
	struct infer_sequence **by_slot, **of_wanted;
	float *logits, *scratch;
	struct infer_batch batch;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int infer_engine_open(struct infer_leg *leg, struct infer_engine **engine)
{
	const struct infer_limits *limits = &leg->limits;
	struct infer_engine *e;

	if (limits->rows < limits->sequences)
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->leg = leg;
	infer_sequences_init(&e->queued);
	infer_sequences_init(&e->active);
	e->free_pages = calloc(limits->pages, sizeof(*e->free_pages));
	e->rows = calloc(limits->rows, sizeof(*e->rows));
	e->wanted = calloc(limits->sequences, sizeof(*e->wanted));
	e->of_wanted = calloc(limits->sequences, sizeof(*e->of_wanted));
	e->by_slot = calloc(limits->sequences, sizeof(*e->by_slot));
	e->tables = calloc(limits->sequences, sizeof(*e->tables));
	e->logits = calloc((size_t)limits->sequences * leg->model->vocabulary, sizeof(*e->logits));
	e->scratch = calloc(leg->model->vocabulary, sizeof(*e->scratch));
	if (!e->free_pages || !e->rows || !e->wanted || !e->of_wanted || !e->by_slot || !e->tables || !e->logits ||
	    !e->scratch) {
		infer_engine_close(e);
		return -ENOMEM;
	}
	/* The first pages are given out first. */
	for (e->n_free = 0; e->n_free < limits->pages; e->n_free++)
		e->free_pages[e->n_free] = limits->pages - 1 - e->n_free;
	*engine = e;
	return 0;
}

static void forget_all(struct infer_sequences *list)
{
	while (list->first)
		infer_sequence_free(infer_sequences_take(list, &list->first));
}

void infer_engine_close(struct infer_engine *e)
{
	if (!e)
		return;
	forget_all(&e->queued);
	forget_all(&e->active);
	free(e->free_pages);
	free(e->rows);
	free(e->wanted);
	free(e->of_wanted);
	free(e->by_slot);
	free(e->tables);
	free(e->logits);
	free(e->scratch);
	free(e);
}

static bool tokens_are_known(const struct infer_engine *e, const struct infer_request *request)
{
	for (uint32_t i = 0; i < request->n_prompt; i++)
		if (request->prompt[i] >= e->leg->model->vocabulary)
			return false;
	return true;
}

int infer_engine_add(struct infer_engine *e, const struct infer_request *request, struct infer_sequence **sequence)
{
	const struct infer_limits *limits = &e->leg->limits;
	uint64_t pages = ((uint64_t)request->n_prompt + request->most + INFER_PAGE - 1) / INFER_PAGE;
	struct infer_sequence *new;

	if (!request->n_prompt || !request->most || !tokens_are_known(e, request))
		return -EINVAL;
	if (pages > limits->sequence_pages || pages > limits->pages)
		return -E2BIG;
	new = infer_sequence_new(request);
	if (!new)
		return -ENOMEM;
	new->timing.added = now_ns();
	infer_sequences_append(&e->queued, new);
	if (sequence)
		*sequence = new;
	return 0;
}

void infer_engine_cancel(struct infer_sequence *sequence)
{
	sequence->cancelled = true;
}

void infer_engine_move(struct infer_engine *e, struct infer_leg *leg)
{
	e->leg = leg;
	for (struct infer_sequence *s = e->active.first; s; s = s->next) {
		s->timing.moves += s->computed > 0;
		s->computed = 0;
	}
}

/* It is out of its list already: the callback may add others. */
static void end(struct infer_sequence *sequence, enum infer_end why)
{
	sequence->request.ended(sequence->request.context, why, &sequence->timing);
	infer_sequence_free(sequence);
}

static void release(struct infer_engine *e, struct infer_sequence **at, enum infer_end why)
{
	struct infer_sequence *sequence = infer_sequences_take(&e->active, at);

	while (sequence->n_pages)
		e->free_pages[e->n_free++] = sequence->pages[--sequence->n_pages];
	end(sequence, why);
}

static void drop_cancelled(struct infer_engine *e)
{
	struct infer_sequence **at = &e->active.first;

	while (*at) {
		if ((*at)->cancelled)
			release(e, at, INFER_END_CANCELLED);
		else
			at = &(*at)->next;
	}
	at = &e->queued.first;
	while (*at) {
		if ((*at)->cancelled)
			end(infer_sequences_take(&e->queued, at), INFER_END_CANCELLED);
		else
			at = &(*at)->next;
	}
}

/* In order of arrival: a long request is not overtaken for ever by short ones. */
static void admit(struct infer_engine *e)
{
	struct infer_sequence *s;

	while ((s = e->queued.first) && s->n_pages <= e->n_free && e->active.count < e->leg->limits.sequences) {
		infer_sequences_take(&e->queued, &e->queued.first);
		for (uint32_t i = 0; i < s->n_pages; i++)
			s->pages[i] = e->free_pages[--e->n_free];
		s->timing.started = now_ns();
		infer_sequences_append(&e->active, s);
	}
}

/* Up to @n tokens that are not computed yet; the logits of the last of all. */
static void put_rows(struct infer_engine *e, struct infer_sequence *s, uint32_t n)
{
	struct infer_batch *batch = &e->batch;

	for (uint32_t i = s->computed; i < s->computed + n; i++)
		e->rows[batch->n_rows++] = (struct infer_row){ s->tokens[i], s->slot, i };
	if (s->computed + n == s->n_tokens) {
		e->of_wanted[batch->n_wanted] = s;
		e->wanted[batch->n_wanted++] = batch->n_rows - 1;
	}
}

static void fill_batch(struct infer_engine *e)
{
	uint32_t room = e->leg->limits.rows;
	struct infer_sequence *s;

	e->batch = (struct infer_batch){ .rows = e->rows, .tables = e->tables, .wanted = e->wanted };
	for (s = e->active.first; s; s = s->next) {
		s->slot = e->batch.n_sequences;
		e->by_slot[s->slot] = s;
		e->tables[e->batch.n_sequences++] = s->pages;
		if (s->n_tokens - s->computed == 1 && room) {
			put_rows(e, s, 1);
			room--;
		}
	}
	for (s = e->active.first; s && room; s = s->next) {
		uint32_t n = s->n_tokens - s->computed;

		if (n == 1)
			continue;
		n = n < room ? n : room;
		put_rows(e, s, n);
		room -= n;
	}
}

/* The rows of the batch are in the cache now. */
static void note_computed(struct infer_engine *e)
{
	for (uint32_t i = 0; i < e->batch.n_rows; i++)
		e->by_slot[e->rows[i].sequence]->computed++;
}

/* Before anything changes: all of them, or an error. */
static int choose(struct infer_engine *e, uint32_t *chosen)
{
	for (uint32_t i = 0; i < e->batch.n_wanted; i++) {
		struct infer_sequence *s = e->of_wanted[i];
		uint32_t vocabulary = e->leg->model->vocabulary;

		chosen[i] = infer_sample(&s->request.sampling, e->logits + (size_t)i * vocabulary, vocabulary,
					 s->n_tokens, e->scratch);
		if (chosen[i] >= vocabulary)
			return -EIO;
	}
	return 0;
}

static void take_token(struct infer_engine *e, struct infer_sequence *s, uint32_t token)
{
	struct infer_sequence **at = &e->active.first;
	bool more;

	if (s->cancelled)
		return;
	s->tokens[s->n_tokens++] = token;
	s->timing.last = now_ns();
	s->timing.first = s->timing.first ?: s->timing.last;
	s->timing.tokens++;
	more = s->request.token(s->request.context, token);
	if (more && s->timing.tokens < s->request.most)
		return;
	while (*at != s)
		at = &(*at)->next;
	release(e, at, more ? INFER_END_LENGTH : INFER_END_STOP);
}

int infer_engine_step(struct infer_engine *e)
{
	uint32_t *chosen;
	int error;

	drop_cancelled(e);
	admit(e);
	if (!e->active.count)
		return (int)e->queued.count;
	fill_batch(e);
	chosen = calloc(e->batch.n_wanted + 1, sizeof(*chosen));
	if (!chosen)
		return -ENOMEM;
	error = infer_graph_run(e->leg, &e->batch, e->logits);
	if (!error)
		error = choose(e, chosen);
	if (!error) {
		note_computed(e);
		for (uint32_t i = 0; i < e->batch.n_wanted; i++)
			take_token(e, e->of_wanted[i], chosen[i]);
	}
	free(chosen);
	return error ?: (int)(e->active.count + e->queued.count);
}

const char *infer_engine_problem(int error)
{
	switch (error) {
	case -EIO:
		return "what it computed is no number: the model's weights may be damaged";
	case -ENODEV:
		return "its driver says that it was lost";
	case -ETIMEDOUT:
		return "it does not answer";
	default:
		return strerror(-error);
	}
}

size_t infer_engine_cache_bytes(const struct infer_model *model, const struct infer_limits *limits)
{
	/* Keys and values, F16. */
	return 2 * sizeof(uint16_t) * limits->pages * INFER_PAGE * model->n_layers * model->kv_heads * model->head_dim;
}
