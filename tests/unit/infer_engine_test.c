// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine on a leg that computes nothing but remembers what it was told. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "infer_idle_leg.h"

#define VOCABULARY 997u
#define PAGES 12u
#define SEQUENCES 4u
#define ROWS 16u
#define MANY 64u

/* A device whose cache holds tokens, and whose answer is a sum over all of a sequence's. */
struct fake {
	struct infer_leg leg;
	struct infer_batch batch;
	uint32_t cache[PAGES][INFER_PAGE];
	int error; /* of the next end() */
	bool wrong; /* logits are no numbers */
	uint32_t batches, rows;
};

static const struct infer_model model = {
	.vocabulary = VOCABULARY, .dim = 32, .heads = 1, .kv_heads = 1, .head_dim = 32, .ffn = 32
};

static struct fake *fake_of(struct infer_leg *leg)
{
	return (struct fake *)leg;
}

static uint32_t hash(uint32_t sum, uint32_t token)
{
	return (sum * 31 + token + 7) % VOCABULARY;
}

static int begin(struct infer_leg *leg, const struct infer_batch *batch)
{
	struct fake *fake = fake_of(leg);

	fake->batch = *batch;
	fake->batches++;
	fake->rows += batch->n_rows;
	assert_true(batch->n_rows >= 1 && batch->n_rows <= leg->limits.rows);
	assert_true(batch->n_sequences <= leg->limits.sequences);
	return 0;
}

static void store(struct infer_leg *leg, uint32_t layer)
{
	struct fake *fake = fake_of(leg);

	assert_int_equal(layer, 0);
	for (uint32_t i = 0; i < fake->batch.n_rows; i++) {
		const struct infer_row *row = &fake->batch.rows[i];

		fake->cache[fake->batch.tables[row->sequence][row->position / INFER_PAGE]]
			   [row->position % INFER_PAGE] = row->token;
	}
}

static int end(struct infer_leg *leg, float *logits)
{
	struct fake *fake = fake_of(leg);
	int error = fake->error;

	fake->error = 0;
	if (error)
		return error;
	for (uint32_t i = 0; i < fake->batch.n_wanted; i++) {
		const struct infer_row *row = &fake->batch.rows[fake->batch.wanted[i]];
		uint32_t sum = 0;

		for (uint32_t p = 0; p <= row->position; p++)
			sum = hash(sum,
				   fake->cache[fake->batch.tables[row->sequence][p / INFER_PAGE]]
					      [p % INFER_PAGE]);
		for (uint32_t t = 0; t < VOCABULARY; t++)
			logits[i * VOCABULARY + t] = fake->wrong ? NAN : t == sum;
	}
	return 0;
}

static const struct infer_leg_ops ops = {
	.begin = begin, .store = store, .end = end, IDLE_KERNELS
};

static struct infer_layer layers[1];
static struct infer_model one_layer;

static void fake_init(struct fake *fake)
{
	one_layer = model;
	one_layer.n_layers = 1;
	one_layer.layers = layers;
	*fake = (struct fake) { .leg = { .ops = &ops,
					 .model = &one_layer,
					 .limits = { .rows = ROWS,
						     .pages = PAGES,
						     .sequence_pages = PAGES,
						     .sequences = SEQUENCES } } };
	memset(fake->cache, 0xff, sizeof(fake->cache));
}

static struct infer_engine *open_on(struct fake *fake)
{
	struct infer_engine *engine;

	fake_init(fake);
	assert_int_equal(infer_engine_open(&fake->leg, &engine), 0);
	return engine;
}

/* What a request was told. */
struct told {
	uint32_t tokens[PAGES * INFER_PAGE], n, stop_after, ends;
	enum infer_end why;
	struct infer_timing timing;
	struct infer_sequence *cancel; /* at the first token */
};

static bool on_token(void *context, uint32_t token)
{
	struct told *told = context;

	assert_int_equal(told->ends, 0);
	told->tokens[told->n++] = token;
	if (told->cancel)
		infer_engine_cancel(told->cancel);
	told->cancel = NULL;
	return told->n != told->stop_after;
}

static void on_end(void *context, enum infer_end why, const struct infer_timing *timing)
{
	struct told *told = context;

	told->ends++;
	told->why = why;
	told->timing = *timing;
}

static int add(struct infer_engine *engine, uint32_t first, uint32_t n, uint32_t most,
	       struct told *told, struct infer_sequence **sequence)
{
	uint32_t prompt[PAGES * INFER_PAGE];
	struct infer_request request = { .prompt = prompt,
					 .n_prompt = n,
					 .most = most,
					 .sampling = { .top_p = 1 },
					 .token = on_token,
					 .ended = on_end,
					 .context = told };

	for (uint32_t i = 0; i < n; i++)
		prompt[i] = (first + i * i) % VOCABULARY;
	return infer_engine_add(engine, &request, sequence);
}

/* What must come of it, whoever else is in the batch. */
static void check_answer(const struct told *told, uint32_t first, uint32_t n, uint32_t most)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum = hash(sum, (first + i * i) % VOCABULARY);
	assert_int_equal(told->n, most);
	for (uint32_t i = 0; i < most; i++) {
		assert_int_equal(told->tokens[i], sum);
		sum = hash(sum, sum);
	}
	assert_int_equal(told->ends, 1);
	assert_int_equal(told->timing.tokens, most);
}

static uint32_t run(struct infer_engine *engine)
{
	uint32_t steps = 0;
	int left;

	do {
		left = infer_engine_step(engine);
		assert_true(left >= 0);
		assert_true(steps++ < 10000);
	} while (left);
	return steps;
}

static void one_request__is_answered(void **state)
{
	struct told told = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 5, 70, 20, &told, NULL), 0);
	run(engine);
	check_answer(&told, 5, 70, 20);
	assert_int_equal(told.why, INFER_END_LENGTH);
	assert_true(told.timing.added && told.timing.started >= told.timing.added);
	assert_true(told.timing.first >= told.timing.started &&
		    told.timing.last >= told.timing.first);
	/* Each token once: 70 of the prompt and 19 more. */
	assert_int_equal(fake.rows, 89);
	/* 70 rows are five batches of 16, and each of the 19 is one. */
	assert_int_equal(fake.batches, 24);
	infer_engine_close(engine);
}

static void many_requests__are_answered_as_if_alone(void **state)
{
	struct told told[MANY] = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(add(engine, i, 1 + i * 7 % 120, 1 + i * 13 % 50, &told[i], NULL),
				 0);
	run(engine);
	for (uint32_t i = 0; i < MANY; i++)
		check_answer(&told[i], i, 1 + i * 7 % 120, 1 + i * 13 % 50);
	infer_engine_close(engine);
}

static void short_answers__go_on_beside_a_long_prompt(void **state)
{
	struct told quick = { 0 }, slow = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 1, 1, 40, &quick, NULL), 0);
	assert_int_equal(infer_engine_step(engine), 1);
	assert_int_equal(add(engine, 2, 90, 1, &slow, NULL), 0);
	/* 15 rows of each batch are the prompt's; in each of its six the other has a token. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(infer_engine_step(engine), 2);
	assert_int_equal(quick.n, 6);
	assert_int_equal(slow.n, 0);
	run(engine);
	check_answer(&quick, 1, 1, 40);
	check_answer(&slow, 2, 90, 1);
	infer_engine_close(engine);
}

static void token_callback__ends_the_sequence(void **state)
{
	struct told told = { .stop_after = 3 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 9, 10, 50, &told, NULL), 0);
	run(engine);
	check_answer(&told, 9, 10, 3);
	assert_int_equal(told.why, INFER_END_STOP);
	infer_engine_close(engine);
}

static void cancelled__gives_its_pages_back(void **state)
{
	struct told first = { 0 }, second = { 0 }, queued = { 0 };
	struct infer_sequence *of_first, *of_queued;
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	/* All pages, so the second waits. */
	assert_int_equal(add(engine, 1, 1, PAGES * INFER_PAGE - 1, &first, &of_first), 0);
	assert_int_equal(add(engine, 2, 1, PAGES * INFER_PAGE - 300, &second, NULL), 0);
	assert_int_equal(add(engine, 3, 1, 1, &queued, &of_queued), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(infer_engine_step(engine), 3);
	assert_int_equal(second.n, 0);
	infer_engine_cancel(of_first);
	infer_engine_cancel(of_queued);
	run(engine);
	assert_int_equal(first.n, 10);
	assert_int_equal(first.why, INFER_END_CANCELLED);
	assert_int_equal(first.ends, 1);
	assert_int_equal(queued.n, 0);
	assert_int_equal(queued.why, INFER_END_CANCELLED);
	check_answer(&second, 2, 1, PAGES * INFER_PAGE - 300);
	infer_engine_close(engine);
}

static void cancelled_by_another_in_the_same_step__gets_no_token_more(void **state)
{
	struct told first = { 0 }, second = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 1, 2, 5, &first, NULL), 0);
	assert_int_equal(add(engine, 2, 2, 5, &second, &first.cancel), 0);
	run(engine);
	check_answer(&first, 1, 2, 5);
	assert_int_equal(second.n, 0);
	assert_int_equal(second.why, INFER_END_CANCELLED);
	infer_engine_close(engine);
}

static void request_that_never_fits__is_refused(void **state)
{
	struct told told = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 1, 10, PAGES * INFER_PAGE - 9, &told, NULL), -E2BIG);
	assert_int_equal(add(engine, 1, 10, UINT32_MAX, &told, NULL), -E2BIG);
	assert_int_equal(add(engine, 1, 0, 1, &told, NULL), -EINVAL);
	assert_int_equal(add(engine, 1, 1, 0, &told, NULL), -EINVAL);
	assert_int_equal(
		infer_engine_add(engine,
				 &(struct infer_request) { .prompt = &(uint32_t) { VOCABULARY },
							   .n_prompt = 1,
							   .most = 1 },
				 NULL),
		-EINVAL);
	assert_int_equal(add(engine, 1, 10, PAGES * INFER_PAGE - 10, &told, NULL), 0);
	run(engine);
	check_answer(&told, 1, 10, PAGES * INFER_PAGE - 10);
	infer_engine_close(engine);
}

static void lost_device__costs_no_token_on_another(void **state)
{
	struct told told[3] = { 0 };
	struct fake lost, other;
	struct infer_engine *engine = open_on(&lost);

	(void)state;
	fake_init(&other);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(add(engine, i, 20 + i, 40, &told[i], NULL), 0);
	for (int i = 0; i < 12; i++)
		assert_int_equal(infer_engine_step(engine), 3);
	lost.error = -ENODEV;
	assert_int_equal(infer_engine_step(engine), -ENODEV);
	infer_engine_move(engine, &other.leg);
	run(engine);
	for (uint32_t i = 0; i < 3; i++) {
		check_answer(&told[i], i, 20 + i, 40);
		assert_int_equal(told[i].timing.moves, 1);
	}
	infer_engine_close(engine);
}

static void wrong_logits__are_an_error_and_no_token(void **state)
{
	struct told told = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	assert_int_equal(add(engine, 4, 5, 10, &told, NULL), 0);
	assert_int_equal(infer_engine_step(engine), 1);
	fake.wrong = true;
	assert_int_equal(infer_engine_step(engine), -EIO);
	assert_int_equal(told.n, 1);
	fake.wrong = false;
	run(engine);
	check_answer(&told, 4, 5, 10);
	infer_engine_close(engine);
}

static void closing_in_the_middle__leaks_nothing(void **state)
{
	struct told told[MANY] = { 0 };
	struct fake fake;
	struct infer_engine *engine = open_on(&fake);

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(add(engine, i, 30, 30, &told[i], NULL), 0);
	for (int i = 0; i < 5; i++)
		assert_true(infer_engine_step(engine) > 0);
	infer_engine_close(engine);
	assert_int_equal(told[0].ends, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_request__is_answered),
		cmocka_unit_test(many_requests__are_answered_as_if_alone),
		cmocka_unit_test(short_answers__go_on_beside_a_long_prompt),
		cmocka_unit_test(token_callback__ends_the_sequence),
		cmocka_unit_test(cancelled__gives_its_pages_back),
		cmocka_unit_test(cancelled_by_another_in_the_same_step__gets_no_token_more),
		cmocka_unit_test(request_that_never_fits__is_refused),
		cmocka_unit_test(lost_device__costs_no_token_on_another),
		cmocka_unit_test(wrong_logits__are_an_error_and_no_token),
		cmocka_unit_test(closing_in_the_middle__leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
