// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker on a leg that knows the alphabet: after each letter comes the next one, after "z" the
 * end. The test is the service.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_vocabulary.h"
#include "worker.h"
#include "worker_message.h"

#define CONTEXT 64u
#define DEVICES 2u

/* A device; @errors: of its batches, in order. */
struct fake {
	struct infer_leg leg;
	struct infer_batch batch;
	int errors[8];
	uint32_t batches;
};

struct infer_order {
	uint32_t tried;
};

static struct made made;
static struct infer_layer layers[1];

static struct infer_model model = {
	.vocabulary = 300, .dim = 32, .heads = 1, .kv_heads = 1, .head_dim = 32, .ffn = 32,
	.n_layers = 1, .layers = layers,
};

static struct fake devices[DEVICES];
static struct infer_order order;
/* Of each device, why it does not open, if it does not. */
static const char *whys[DEVICES];
static struct infer_tokenizer *tokenizer;
static struct infer_bytes in, out;
static pthread_t thread;
static int fd, worker_fd;
/* Batches end when this is posted. */
static bool slow;
static sem_t heard;

/* ---- the leg ---- */

static int begin(struct infer_leg *leg, const struct infer_batch *batch)
{
	((struct fake *)leg)->batch = *batch;
	return 0;
}

static int end(struct infer_leg *leg, float *logits)
{
	struct fake *fake = (struct fake *)leg;
	int error = fake->batches < 8 ? fake->errors[fake->batches] : 0;

	if (slow)
		sem_wait(&heard);
	fake->batches++;
	for (uint32_t i = 0; i < fake->batch.n_wanted && !error; i++) {
		uint32_t token = fake->batch.rows[fake->batch.wanted[i]].token;
		uint32_t next = token == MADE_BYTES + 'z' ? MADE_END : token + 1;

		for (uint32_t t = 0; t < model.vocabulary; t++)
			logits[i * model.vocabulary + t] = t == next;
	}
	return error;
}

static void embed(struct infer_leg *leg, const struct infer_tensor *weight)
{
	(void)leg;
	(void)weight;
}

static void rms_norm(struct infer_leg *leg, enum infer_buffer dst, enum infer_buffer src,
		     const struct infer_tensor *w)
{
	(void)leg;
	(void)dst;
	(void)src;
	(void)w;
}

static void multiply(struct infer_leg *leg, enum infer_buffer dst, const struct infer_tensor *w,
		     enum infer_buffer src, const struct infer_tensor *bias, bool add)
{
	(void)leg;
	(void)dst;
	(void)w;
	(void)src;
	(void)bias;
	(void)add;
}

static void rope(struct infer_leg *leg, enum infer_buffer buffer)
{
	(void)leg;
	(void)buffer;
}

static void with_layer(struct infer_leg *leg, uint32_t layer)
{
	(void)leg;
	(void)layer;
}

static void swiglu(struct infer_leg *leg)
{
	(void)leg;
}

static const struct infer_leg_ops ops = {
	.begin = begin, .end = end, .embed = embed, .rms_norm = rms_norm, .multiply = multiply,
	.rope = rope, .store = with_layer, .attend = with_layer, .swiglu = swiglu,
};

int infer_order_next(struct infer_order *o, struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	problem[0] = '\0';
	while (o->tried < DEVICES && *whys[o->tried])
		strcpy(problem, whys[o->tried++]);
	if (o->tried == DEVICES)
		return -ENODEV;
	*leg = &devices[o->tried++].leg;
	return 0;
}

uint32_t infer_order_index(const struct infer_order *o)
{
	return o->tried - 1;
}

const char *infer_order_why(const struct infer_order *o, uint32_t index)
{
	return index < o->tried ? whys[index] : "";
}

/* ---- the worker ---- */

static void *run(void *result)
{
	struct infer_worker_setup setup = {
		.fd = worker_fd, .context = CONTEXT, .tokenizer = tokenizer,
		.chat = INFER_CHAT_PLAIN, .order = &order,
	};

	*(int *)result = infer_worker_run(&setup);
	close(worker_fd);
	return NULL;
}

static int result;

static int setup(void **state)
{
	const struct timeval patience = { .tv_sec = 30 };
	int fds[2];

	(void)state;
	made_begin(&made, INFER_BPE);
	tokenizer = made_end(&made);
	memset(devices, 0, sizeof(devices));
	for (uint32_t i = 0; i < DEVICES; i++) {
		devices[i].leg = (struct infer_leg){
			.ops = &ops, .model = &model, .name = "fake",
			.limits = { .rows = 16, .pages = 8, .sequence_pages = 2, .sequences = 4 },
		};
		/* As long as the kernel's names may be: not all are PCI addresses. */
		snprintf(devices[i].leg.place, sizeof(devices[i].leg.place), "%063u", i);
	}
	order = (struct infer_order){ 0 };
	for (uint32_t i = 0; i < DEVICES; i++)
		whys[i] = "";
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return -1;
	fd = fds[0];
	worker_fd = fds[1];
	/* What is not said is a failure, not a test without an end. */
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static void start(void)
{
	assert_int_equal(pthread_create(&thread, NULL, run, &result), 0);
}

static int teardown(void **state)
{
	(void)state;
	infer_bytes_free(&in);
	infer_bytes_free(&out);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
	return 0;
}

/* The service goes, and so does the worker. */
static int ends(void)
{
	close(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return result;
}

/* Those that only say that it lives. */
static unsigned int pulses;

static void next_message(struct infer_worker_message *message)
{
	while (!infer_worker_next(&in, message)) {
		char bytes[512];
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n <= 0)
			fail_msg("the worker has ended");
		infer_bytes_put(&in, bytes, (size_t)n);
	}
}

/* The next message that is no pulse; one of that kind is expected. */
static void expect(enum infer_worker_kind kind, void *fixed, size_t length, char *text)
{
	struct infer_worker_message message;
	struct infer_text got;

	for (next_message(&message); message.kind == INFER_WORKER_PULSE; next_message(&message)) {
		pulses++;
		infer_worker_done(&in, &message);
	}
	assert_int_equal(message.kind, kind);
	assert_int_equal(infer_worker_get(&message, fixed, length, text ? &got : NULL), 0);
	if (text) {
		memcpy(text, got.bytes, got.length);
		text[got.length] = '\0';
	}
	infer_worker_done(&in, &message);
}

static void expect_device(enum infer_worker_kind kind, uint32_t index)
{
	struct infer_worker_device device;

	expect(kind, &device, sizeof(device), NULL);
	assert_int_equal(device.index, index);
	if (kind != INFER_WORKER_HUNG)
		assert_string_equal(device.place, devices[index].leg.place);
}

static void expect_lost(uint32_t index, const char *why)
{
	struct infer_worker_lost lost;
	char text[INFER_PROBLEM];

	expect(INFER_WORKER_LOST, &lost, sizeof(lost), text);
	assert_int_equal(lost.index, index);
	assert_string_equal(text, why);
}

static void expect_started(uint64_t id, uint32_t n_prompt, uint32_t most)
{
	struct infer_worker_started started;

	expect(INFER_WORKER_STARTED, &started, sizeof(started), NULL);
	assert_int_equal(started.id, id);
	assert_int_equal(started.n_prompt, n_prompt);
	assert_int_equal(started.most, most);
}

static void expect_token(uint64_t id, uint32_t token, const char *expected)
{
	struct infer_worker_token got;
	char text[INFER_TOKEN_TEXT];

	expect(INFER_WORKER_TOKEN, &got, sizeof(got), text);
	assert_int_equal(got.id, id);
	assert_int_equal(got.token, token);
	assert_string_equal(text, expected);
}

static void expect_letters(uint64_t id, const char *letters)
{
	for (; *letters; letters++)
		expect_token(id, MADE_BYTES + *letters, (char[]){ *letters, '\0' });
}

static void expect_ended(uint64_t id, enum infer_end why, const char *expected)
{
	struct infer_worker_ended ended;
	char text[INFER_TOKEN_TEXT];

	expect(INFER_WORKER_ENDED, &ended, sizeof(ended), text);
	assert_int_equal(ended.id, id);
	assert_int_equal(ended.why, why);
	assert_string_equal(text, expected);
}

static void expect_refused(uint64_t id, int error)
{
	struct infer_worker_refused refused;
	char text[512];

	expect(INFER_WORKER_REFUSED, &refused, sizeof(refused), text);
	assert_int_equal(refused.id, id);
	assert_int_equal(refused.error, error);
	assert_true(strlen(text) > 10);
}

static void say(void)
{
	size_t left = infer_bytes_left(&out);

	assert_int_equal(send(fd, out.data + out.at, left, 0), left);
	infer_bytes_take(&out, left);
}

/* With letters that have come already, and a stop string or NULL. */
static void ask(uint64_t id, const char *prompt, uint32_t most, const char *stop,
		const char *letters)
{
	struct infer_ask a = { .kind = INFER_ASK_TEXT, .most = most, .sampling = { .top_p = 1 },
			       .text = { prompt, strlen(prompt) } };
	uint32_t done[64], n_done = 0;

	/* "." is the end. */
	for (; *letters; letters++)
		done[n_done++] = *letters == '.' ? MADE_END : MADE_BYTES + (uint32_t)*letters;
	if (stop)
		a.stops[a.n_stops++] = (struct infer_text){ stop, strlen(stop) };
	assert_int_equal(infer_worker_put_ask(&out, id, &a, done, n_done), 0);
}

/* ---- tests ---- */

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
	assert_int_equal(devices[0].batches, 0);
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
	infer_worker_put_ask(&out, 4, &tokens, NULL, 0);
	tokens.n_tokens = 0;
	infer_worker_put_ask(&out, 5, &tokens, NULL, 0);
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

static void expect_cancelled(uint64_t id)
{
	struct infer_worker_ended cancelled;

	expect(INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	assert_int_equal(cancelled.id, id);
}

static void cancelled__tells_that_and_nothing_more(void **state)
{
	struct infer_worker_ended cancel = { .id = 1 };

	(void)state;
	start();
	ask(1, "a", 20, NULL, "");
	ask(2, "a", 3, NULL, "");
	infer_worker_put(&out, INFER_WORKER_CANCEL, &cancel, sizeof(cancel), NULL);
	cancel.id = 99;
	infer_worker_put(&out, INFER_WORKER_CANCEL, &cancel, sizeof(cancel), NULL);
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
	devices[0].errors[2] = -ENODEV;
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
	devices[0].errors[0] = -ENODEV;
	devices[1].errors[1] = -EIO;
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
	whys[0] = "it is out of order";
	start();
	expect_lost(0, "it is out of order");
	expect_device(INFER_WORKER_READY, 1);
	assert_int_equal(ends(), 0);
	teardown(state);
	setup(state);
	whys[0] = "it is out of order";
	whys[1] = "it is busy";
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
	devices[0].errors[1] = -ETIMEDOUT;
	start();
	ask(1, "a", 5, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 2, 5);
	expect_letters(1, "b");
	expect_device(INFER_WORKER_HUNG, 0);
	assert_int_equal(ends(), -ENODEV);
	assert_int_equal(order.tried, 1);
}

static void nonsense__ends_it(void **state)
{
	(void)state;
	start();
	infer_worker_put(&out, INFER_WORKER_READY, NULL, 0, NULL);
	say();
	expect_device(INFER_WORKER_READY, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(result, -EBADMSG);
	close(fd);
}

/* Else a batch that takes longer than the service waits for a word would be taken for a hang. */
static void a_batch_that_takes_long__is_heard_of_in_its_midst(void **state)
{
	struct infer_worker_message message;

	(void)state;
	assert_int_equal(sem_init(&heard, 0, 0), 0);
	slow = true;
	start();
	ask(1, "abc", 1, NULL, "");
	say();
	expect_device(INFER_WORKER_READY, 0);
	expect_started(1, 4, 1);
	next_message(&message);
	assert_int_equal(message.kind, INFER_WORKER_PULSE);
	infer_worker_done(&in, &message);
	sem_post(&heard);
	slow = false;
	expect_letters(1, "d");
	expect_ended(1, INFER_END_LENGTH, "");
	assert_int_equal(ends(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_prompt__is_continued_token_by_token),
		TEST(without_a_most__the_context_is_the_most),
		TEST(the_end_of_text__has_no_text),
		TEST(what_may_be_a_stop_string__is_held_back),
		TEST(tokens_that_have_come__are_not_told_again),
		TEST(half_a_stop_string_that_has_come__is_remembered),
		TEST(answers_that_were_whole__end_at_once),
		TEST(what_does_not_fit__is_refused),
		TEST(cancelled__tells_that_and_nothing_more),
		TEST(a_lost_device__costs_no_token),
		TEST(after_the_last_device__there_is_none),
		TEST(why_a_device_does_not_open__is_told_before_what_comes_instead),
		TEST(a_device_that_hangs__is_left_to_the_service),
		TEST(nonsense__ends_it),
		TEST(a_batch_that_takes_long__is_heard_of_in_its_midst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
