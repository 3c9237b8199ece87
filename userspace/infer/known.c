// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "graph.h"
#include "known.h"
#include "seeded.h"

#define SINGLES 7u
#define MOST_PAGES ((INFER_KNOWN_PROMPT + SINGLES) / INFER_PAGE + 1)

/**
 * struct infer_known - a model, and its logits
 * @bytes, @gguf, @own: what it has itself; NULL if the model is its opener's
 * @right: [1 + singles][vocabulary], of the plain kernels
 * @got: the same, of the run
 */
struct infer_known {
	void *bytes;
	struct infer_gguf *gguf;
	struct infer_model *own;
	const struct infer_model *model;
	struct infer_limits limits;
	uint32_t prompt, singles;
	uint32_t tokens[INFER_KNOWN_PROMPT + SINGLES];
	float *right, *got;
};

struct after {
	void (*call)(const struct infer_leg *leg, void *data);
	void *data;
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
		error = infer_model_from(known->gguf, &known->own, problem);
	known->model = known->own;
	return error;
}

static int ask(struct infer_known *known, struct infer_leg *leg, uint32_t from, uint32_t n, float *logits)
{
	static const uint32_t pages[2][MOST_PAGES] = { { 0 }, { 1, 0 } };
	const uint32_t *table = pages[known->limits.pages - 1];
	uint32_t wanted = n - 1;
	struct infer_row rows[INFER_KNOWN_PROMPT];
	struct infer_batch batch = { .rows = rows, .tables = &table, .wanted = &wanted,
				     .n_rows = n, .n_sequences = 1, .n_wanted = 1 };

	for (uint32_t i = 0; i < n; i++)
		rows[i] = (struct infer_row){ known->tokens[from + i], 0, from + i };
	return infer_graph_run(leg, &batch, logits);
}

static int ask_all(struct infer_known *known, struct infer_leg *leg, const struct after *after, float *logits)
{
	int error = ask(known, leg, 0, known->prompt, logits);

	if (!error && after->call)
		after->call(leg, after->data);
	for (uint32_t i = 0; i < known->singles && !error; i++) {
		error = ask(known, leg, known->prompt + i, 1, logits + (size_t)(i + 1) * known->model->vocabulary);
		if (!error && after->call)
			after->call(leg, after->data);
	}
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
	error = ask_all(known, leg, &(struct after) { 0 }, known->right);
	infer_leg_close(leg);
	return error;
}

static size_t floats(const struct infer_known *known)
{
	return (size_t)(1 + known->singles) * known->model->vocabulary;
}

static int make_answers(struct infer_known *k)
{
	uint32_t n = k->prompt + k->singles, pages = (n + INFER_PAGE - 1) / INFER_PAGE;

	k->limits = (struct infer_limits){ .rows = k->prompt, .pages = pages, .sequence_pages = pages,
					   .sequences = 1, .threads = k->limits.threads };
	for (uint32_t i = 0; i < n; i++)
		k->tokens[i] = (1 + i * i * 31) % k->model->vocabulary;
	k->right = calloc(floats(k), sizeof(float));
	k->got = calloc(floats(k), sizeof(float));
	return k->right && k->got ? make_right(k) : -ENOMEM;
}

int infer_known_open(enum infer_type type, struct infer_known **known)
{
	struct infer_known *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return -ENOMEM;
	k->prompt = INFER_KNOWN_PROMPT;
	k->singles = SINGLES;
	error = make_model(k, type);
	if (!error)
		error = make_answers(k);
	if (error)
		infer_known_close(k);
	else
		*known = k;
	return error;
}

int infer_known_of(const struct infer_model *model, uint32_t prompt, uint32_t singles, struct infer_known **known)
{
	struct infer_known *k;
	int error;

	if (!prompt || prompt > INFER_KNOWN_PROMPT || singles > SINGLES)
		return -EINVAL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->model = model;
	k->prompt = prompt;
	k->singles = singles;
	k->limits.threads = 1;
	error = make_answers(k);
	if (error)
		infer_known_close(k);
	else
		*known = k;
	return error;
}

void infer_known_close(struct infer_known *k)
{
	if (!k)
		return;
	if (k->own)
		infer_model_free(k->own);
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

int infer_known_run_each(struct infer_known *k, struct infer_leg *leg, struct infer_answer *answer,
			 void (*after)(const struct infer_leg *leg, void *data), void *data)
{
	uint64_t start = now_ns();
	int error;

	memset(k->got, 0xff, floats(k) * sizeof(*k->got));
	error = ask_all(k, leg, &(struct after) { after, data }, k->got);
	if (error)
		return error;
	answer->ns = now_ns() - start;
	answer->hash = hash(k->got, floats(k) * sizeof(*k->got));
	answer->nmse = nmse(k->got, k->right, floats(k));
	return 0;
}

int infer_known_run(struct infer_known *known, struct infer_leg *leg, struct infer_answer *answer)
{
	return infer_known_run_each(known, leg, answer, NULL, NULL);
}
