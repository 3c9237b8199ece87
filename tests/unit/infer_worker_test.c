// SPDX-License-Identifier: GPL-2.0-or-later
/* What a worker says, to what is asked of it, and when its devices fail. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer_worker_world.h"

static void a_prompt__is_continued_token_by_token(void **state)
{
	(void)state;
	start();
	ask(1, "xa", 3, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 3, 3);
	expect_letters(1, "bcd");
	expect_ended(1, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

static void without_a_most__the_context_is_the_most(void **state)
{
	(void)state;
	start();
	ask(1, "a", 0, "d", "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, CONTEXT - 2);
	expect_letters(1, "bc");
	expect_token(1, MADE_BYTES + 'd', "");
	expect_ended(1, INFER_END_STOP, "");
	assert_int_equal(ends(), 0);
}

static void the_end_of_text__has_no_text(void **state)
{
	(void)state;
	start();
	ask(1, "x", 9, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 9);
	expect_letters(1, "yz");
	expect_token(1, MADE_END, "");
	expect_ended(1, INFER_END_STOP, "");
	assert_int_equal(ends(), 0);
}

static void what_may_be_a_stop_string__is_held_back(void **state)
{
	(void)state;
	start();
	ask(1, "a", 2, "bcd", "");
	ask(2, "a", 9, "bcd", "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 2);
	expect_started(2, 2, 9);
	expect_token(1, MADE_BYTES + 'b', "");
	expect_token(2, MADE_BYTES + 'b', "");
	expect_token(1, MADE_BYTES + 'c', "");
	expect_ended(1, INFER_END_LENGTH, "bc");
	expect_token(2, MADE_BYTES + 'c', "");
	expect_token(2, MADE_BYTES + 'd', "");
	expect_ended(2, INFER_END_STOP, "");
	assert_int_equal(ends(), 0);
}

static void tokens_that_have_come__are_not_told_again(void **state)
{
	(void)state;
	start();
	ask(1, "a", 5, NULL, "bc");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 5);
	expect_letters(1, "def");
	expect_ended(1, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

static void half_a_stop_string_that_has_come__is_remembered(void **state)
{
	(void)state;
	start();
	ask(1, "a", 9, "cde", "bc");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 9);
	expect_token(1, MADE_BYTES + 'd', "");
	expect_token(1, MADE_BYTES + 'e', "");
	expect_ended(1, INFER_END_STOP, "");
	assert_int_equal(ends(), 0);
}

/* The worker before this one told the last token, and not that it was. */
static void answers_that_were_whole__end_at_once(void **state)
{
	(void)state;
	start();
	ask(1, "a", 2, NULL, "bc");
	ask(2, "y", 9, NULL, "z.");
	ask(3, "a", 9, "bc", "bc");
	ask(4, "a", 2, "cd", "bc");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 2);
	expect_ended(1, INFER_END_LENGTH, "");
	expect_started(2, 2, 9);
	expect_ended(2, INFER_END_STOP, "");
	expect_started(3, 2, 9);
	expect_ended(3, INFER_END_STOP, "");
	expect_started(4, 2, 2);
	expect_ended(4, INFER_END_LENGTH, "c");
	assert_int_equal(ends(), 0);
	assert_int_equal(world.devices[0].batches, 0);
}

static void what_does_not_fit__is_refused(void **state)
{
	uint32_t unknown = 300;
	struct infer_ask tokens = { .kind = INFER_ASK_TOKENISED, .most = 1, .tokens = &unknown,
				    .n_tokens = 1 };

	(void)state;
	start();
	ask(1, "a", CONTEXT - 1, NULL, "");
	ask(2, "a", UINT32_MAX, NULL, "");
	ask(3, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, NULL, "");
	infer_worker_put_ask(&world.out, 4, &tokens, NULL, 0);
	tokens.n_tokens = 0;
	infer_worker_put_ask(&world.out, 5, &tokens, NULL, 0);
	ask(6, "a", 1, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_refused(1, -E2BIG);
	expect_refused(2, -E2BIG);
	expect_refused(3, -E2BIG);
	expect_started(4, 1, 1);
	expect_refused(4, -EINVAL);
	expect_started(5, 0, 1);
	expect_refused(5, -EINVAL);
	expect_started(6, 2, 1);
	expect_letters(6, "b");
	expect_ended(6, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

static void cancelled__tells_that_and_nothing_more(void **state)
{
	struct infer_worker_ended cancel = { .id = 1 };

	(void)state;
	start();
	ask(1, "a", 20, NULL, "");
	ask(2, "a", 3, NULL, "");
	infer_worker_put(&world.out, INFER_WORKER_CANCEL, &cancel, sizeof(cancel), NULL);
	cancel.id = 99;
	infer_worker_put(&world.out, INFER_WORKER_CANCEL, &cancel, sizeof(cancel), NULL);
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 20);
	expect_started(2, 2, 3);
	expect_cancelled(1);
	expect_cancelled(99);
	expect_letters(2, "bcd");
	expect_ended(2, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

static void a_lost_device__costs_no_token(void **state)
{
	(void)state;
	world.devices[0].errors[2] = -ENODEV;
	start();
	ask(1, "a", 5, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 5);
	expect_letters(1, "bc");
	expect_lost(0, "its driver says that it was lost");
	expect_device(INFER_WORKER_DEVICE, 1);
	expect_letters(1, "def");
	expect_ended(1, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

static void after_the_last_device__there_is_none(void **state)
{
	char why[512];

	(void)state;
	world.devices[0].errors[0] = -ENODEV;
	world.devices[1].errors[1] = -EIO;
	start();
	ask(1, "a", 5, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 5);
	expect_lost(0, "its driver says that it was lost");
	expect_device(INFER_WORKER_DEVICE, 1);
	expect_letters(1, "b");
	expect_lost(1, "what it computed is no number: the model's weights may be damaged");
	expect(INFER_WORKER_NONE, NULL, 0, why);
	assert_string_equal(why, "what it computed is no number: the model's weights may be damaged");
	assert_int_equal(ends(), -ENODEV);
}

static void why_a_device_does_not_open__is_told_before_what_comes_instead(void **state)
{
	char why[512];

	(void)state;
	world.devices[0].why = "it is out of order";
	start();
	expect_lost(0, "it is out of order");
	expect_device(INFER_WORKER_READY, 1);
	assert_int_equal(ends(), 0);
	world_teardown(state);
	world_setup(state);
	world.devices[0].why = "it is out of order";
	world.devices[1].why = "it is busy";
	start();
	expect_lost(0, "it is out of order");
	expect_lost(1, "it is busy");
	expect(INFER_WORKER_NONE, NULL, 0, why);
	assert_string_equal(why, "it is busy");
	assert_int_equal(ends(), -ENODEV);
}

static void a_device_that_hangs__is_left_to_the_service(void **state)
{
	(void)state;
	world.devices[0].errors[1] = -ETIMEDOUT;
	start();
	ask(1, "a", 5, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 5);
	expect_letters(1, "b");
	expect_device(INFER_WORKER_HUNG, 0);
	assert_int_equal(ends(), -ENODEV);
	assert_int_equal(world.order.tried, 1);
}

static void nonsense__ends_it(void **state)
{
	(void)state;
	start();
	infer_worker_put(&world.out, INFER_WORKER_READY, NULL, 0, NULL);
	say();
	expect_device(INFER_WORKER_READY, 0);
	assert_int_equal(ends_alone(), -EBADMSG);
}

/* Else a batch that takes longer than the service waits for a word would be taken for a hang. */
static void a_batch_that_takes_long__is_heard_of_in_its_midst(void **state)
{
	struct infer_worker_message message;

	(void)state;
	assert_int_equal(sem_init(&world.heard, 0, 0), 0);
	world.slow = true;
	start();
	ask(1, "abc", 1, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 4, 1);
	next_message(&message);
	assert_int_equal(message.kind, INFER_WORKER_PULSE);
	infer_worker_done(&world.in, &message);
	sem_post(&world.heard);
	world.slow = false;
	expect_letters(1, "d");
	expect_ended(1, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_prompt__is_continued_token_by_token),
		WORLD_TEST(without_a_most__the_context_is_the_most),
		WORLD_TEST(the_end_of_text__has_no_text),
		WORLD_TEST(what_may_be_a_stop_string__is_held_back),
		WORLD_TEST(tokens_that_have_come__are_not_told_again),
		WORLD_TEST(half_a_stop_string_that_has_come__is_remembered),
		WORLD_TEST(answers_that_were_whole__end_at_once),
		WORLD_TEST(what_does_not_fit__is_refused),
		WORLD_TEST(cancelled__tells_that_and_nothing_more),
		WORLD_TEST(a_lost_device__costs_no_token),
		WORLD_TEST(after_the_last_device__there_is_none),
		WORLD_TEST(why_a_device_does_not_open__is_told_before_what_comes_instead),
		WORLD_TEST(a_device_that_hangs__is_left_to_the_service),
		WORLD_TEST(nonsense__ends_it),
		WORLD_TEST(a_batch_that_takes_long__is_heard_of_in_its_midst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
