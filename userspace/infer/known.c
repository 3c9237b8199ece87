// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "graph.h"
#include "known.h"
#include "seeded.h"

/* More than a page of the cache, and more than one tile of each kernel. */
#define PROMPT 41u
#define SINGLE 7u
#define ANSWERS (1 + SINGLE)
#define SEQUENCE_PAGES ((PROMPT + SINGLE) / INFER_PAGE + 1)

/**
 * struct infer_known - a model, and its logits
 * @right: [ANSWERS][vocabulary], of the plain kernels
 * @got: the same, of the run
 */
struct infer_known {
	void *bytes;
	struct infer_gguf *gguf;
	struct infer_model *model;
	struct infer_limits limits;
	uint32_t tokens[PROMPT + SINGLE];
	float *right, *got;
};

static int make_model(struct infer_known *known, enum infer_type type)
{
	struct infer_seeded seeded;
	char problem[INFER_PROBLEM];
	size_t length;
	int error = infer_seeded_named("tiny", &seeded);

	seeded.type = type;
	if (!error)
		error = infer_seeded_make(&seeded, &known->bytes, &length);
	if (!error)
		error = infer_gguf_parse(known->bytes, length, &known->gguf, problem);
	if (!error)
		error = infer_model_from(known->gguf, &known->model, problem);
	return error;
}

static int ask(struct infer_known *known, struct infer_leg *leg, uint32_t from, uint32_t n, float *logits)
{
	static const uint32_t pages[SEQUENCE_PAGES] = { 1, 0 };
	const uint32_t *table = pages;
	uint32_t wanted = n - 1;
	struct infer_row rows[PROMPT];
	struct infer_batch batch = { .rows = rows, .tables = &table, .wanted = &wanted,
				     .n_rows = n, .n_sequences = 1, .n_wanted = 1 };

	for (uint32_t i = 0; i < n; i++)
		rows[i] = (struct infer_row){ known->tokens[from + i], 0, from + i };
	return infer_graph_run(leg, &batch, logits);
}

static int ask_all(struct infer_known *known, struct infer_leg *leg, float *logits)
{
	int error = ask(known, leg, 0, PROMPT, logits);

	for (uint32_t i = 0; i < SINGLE && !error; i++)
		error = ask(known, leg, PROMPT + i, 1, logits + (size_t)(i + 1) * known->model->vocabulary);
	return error;
}

static int make_right(struct infer_known *known)
{
	struct infer_limits limits = known->limits;
	struct infer_leg *leg;
	int error;

	limits.threads = 1;
	error = infer_native_open(known->model, &limits, "plain", &leg);
	if (error)
		return error;
	error = ask_all(known, leg, known->right);
	infer_leg_close(leg);
	return error;
}

int infer_known_open(enum infer_type type, struct infer_known **known)
{
	struct infer_known *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return -ENOMEM;
	error = make_model(k, type);
	if (error)
		goto fail;
	k->limits = (struct infer_limits){ .rows = PROMPT, .pages = SEQUENCE_PAGES, .sequence_pages = SEQUENCE_PAGES,
					   .sequences = 1 };
	for (uint32_t i = 0; i < PROMPT + SINGLE; i++)
		k->tokens[i] = (1 + i * i * 31) % k->model->vocabulary;
	k->right = calloc((size_t)ANSWERS * k->model->vocabulary, sizeof(float));
	k->got = calloc((size_t)ANSWERS * k->model->vocabulary, sizeof(float));
	error = k->right && k->got ? make_right(k) : -ENOMEM;
	if (error)
		goto fail;
	*known = k;
	return 0;
fail:
	infer_known_close(k);
	return error;
}

void infer_known_close(struct infer_known *k)
{
	if (!k)
		return;
	if (k->model)
		infer_model_free(k->model);
	if (k->gguf)
		infer_gguf_close(k->gguf);
	free(k->bytes);
	free(k->right);
	free(k->got);
	free(k);
}

const struct infer_model *infer_known_model(const struct infer_known *known)
{
	return known->model;
}

const struct infer_limits *infer_known_limits(const struct infer_known *known)
{
	return &known->limits;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(const void *bytes, size_t n)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
	return sum;
}

static double nmse(const float *got, const float *right, size_t n)
{
	double error = 0, square = 0;

	for (size_t i = 0; i < n; i++) {
		double d = (double)got[i] - (double)right[i];

		error += d * d;
		square += (double)right[i] * (double)right[i];
	}
	return isfinite(error) ? error / square : INFINITY;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int infer_known_run(struct infer_known *k, struct infer_leg *leg, struct infer_answer *answer)
{
	size_t n = (size_t)ANSWERS * k->model->vocabulary;
	uint64_t start = now_ns();
	int error;

	memset(k->got, 0xff, n * sizeof(*k->got));
	error = ask_all(k, leg, k->got);
	if (error)
		return error;
	answer->ns = now_ns() - start;
	answer->hash = hash(k->got, n * sizeof(*k->got));
	answer->nmse = nmse(k->got, k->right, n);
	return 0;
}
