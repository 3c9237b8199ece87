// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "worker_work.h"

/**
 * struct infer_work - a request that the engine has
 * @failed: it was refused on its way
 */
struct infer_work {
	struct infer_work *next;
	struct infer_works *works;
	uint64_t id;
	struct infer_sequence *sequence;
	struct infer_stream_text text;
	bool failed;
};

void infer_works_say(struct infer_works *works, enum infer_worker_kind kind, const void *fixed, size_t length,
		     const struct infer_text *text)
{
	int error = infer_worker_put(&works->out, kind, fixed, length, text);

	if (error)
		works->error = error;
}

static void refuse(struct infer_works *works, uint64_t id, int error, const char *why)
{
	struct infer_worker_refused refused = { .id = id, .error = error };

	infer_works_say(works, INFER_WORKER_REFUSED, &refused, sizeof(refused),
			&(struct infer_text){ why, strlen(why) });
}

static void say_ended(struct infer_work *work, enum infer_end why)
{
	struct infer_worker_ended ended = { .id = work->id, .why = why };
	struct infer_text rest = { 0 };

	if (infer_stream_text_end(&work->text, &rest) < 0)
		return refuse(work->works, work->id, -ENOMEM, "there is no memory for the answer");
	infer_works_say(work->works, INFER_WORKER_ENDED, &ended, sizeof(ended), &rest);
}

static void forget(struct infer_work *work)
{
	struct infer_work **at = &work->works->first;

	while (*at != work)
		at = &(*at)->next;
	*at = work->next;
	infer_stream_text_free(&work->text);
	free(work);
}

/* Whether the answer goes on after a token, and what text can be passed on; -ENOMEM. */
static int add_token(struct infer_work *work, uint32_t token, struct infer_text *text)
{
	const struct infer_tokenizer *tokenizer = work->works->setup->tokenizer;
	char bytes[INFER_TOKEN_TEXT];
	int stopped;

	*text = (struct infer_text){ 0 };
	if (infer_tokenizer_ends(tokenizer, token))
		return 0;
	stopped = infer_stream_text_add(&work->text, bytes, infer_token_text(tokenizer, token, bytes), text);
	return stopped < 0 ? stopped : !stopped;
}

static bool on_token(void *context, uint32_t token)
{
	struct infer_work *work = context;
	struct infer_worker_token made = { .id = work->id, .at = infer_now_ns(), .token = token };
	struct infer_text text;
	int more = add_token(work, token, &text);

	if (more < 0) {
		work->failed = true;
		refuse(work->works, work->id, more, "there is no memory for the answer");
		return false;
	}
	infer_works_say(work->works, INFER_WORKER_TOKEN, &made, sizeof(made), &text);
	return more;
}

static void on_ended(void *context, enum infer_end why, const struct infer_timing *timing)
{
	struct infer_work *work = context;

	(void)timing;
	if (why != INFER_END_CANCELLED && !work->failed)
		say_ended(work, why);
	forget(work);
}

/* The prompt, with room for @more tokens behind it. */
static int tokenise(const struct infer_works *works, const struct infer_ask *ask, uint32_t more, uint32_t **tokens,
		    size_t *count)
{
	const struct infer_worker_setup *setup = works->setup;
	uint32_t *larger;
	int error = 0;

	*tokens = NULL;
	*count = 0;
	switch (ask->kind) {
	case INFER_ASK_TEXT:
		error = infer_tokenise(setup->tokenizer, ask->text.bytes, ask->text.length, true, false, tokens, count);
		break;
	case INFER_ASK_CHAT:
		error = infer_chat_tokenise(setup->tokenizer, setup->chat, ask->messages, ask->n_messages, tokens, count);
		break;
	case INFER_ASK_TOKENISED:
		*count = ask->n_tokens;
	}
	if (error)
		return error;
	larger = realloc(*tokens, (*count + more + 1) * sizeof(**tokens));
	if (!larger) {
		free(*tokens);
		return -ENOMEM;
	}
	*tokens = larger;
	if (ask->kind == INFER_ASK_TOKENISED && *count)
		memcpy(larger, ask->tokens, *count * sizeof(*larger));
	return 0;
}

/* How many tokens there may be; 0 if there is no room for them, and then it was refused. */
static uint32_t room_for(struct infer_works *works, uint64_t id, const struct infer_ask *ask, size_t n_prompt)
{
	uint32_t context = works->setup->context;
	char why[256];

	if (n_prompt < context && ask->most <= context - n_prompt)
		return ask->most ?: context - (uint32_t)n_prompt;
	snprintf(why, sizeof(why),
		 "The prompt has %zu tokens and %u more are asked for, but there is room for %u in all.", n_prompt,
		 ask->most ?: 1, context);
	refuse(works, id, -E2BIG, why);
	return 0;
}

/* After the tokens that it had with another worker: 1: goes on, 0: has ended, or a negative errno. */
static int replay(struct infer_work *work, const uint32_t *done, uint32_t n_done, uint32_t most)
{
	struct infer_text text;
	int more = 1;

	for (uint32_t i = 0; i < n_done && more > 0; i++)
		more = add_token(work, done[i], &text);
	if (more < 0 || (more && n_done < most))
		return more;
	say_ended(work, more ? INFER_END_LENGTH : INFER_END_STOP);
	return 0;
}

static int begin(struct infer_works *works, struct infer_work *work, const struct infer_ask *ask,
		 const uint32_t *tokens, uint32_t n_tokens, uint32_t most)
{
	struct infer_request request = { .prompt = tokens, .n_prompt = n_tokens, .most = most, .sampling = ask->sampling,
					 .token = on_token, .ended = on_ended, .context = work };
	int error = infer_engine_add(works->engine, &request, &work->sequence);

	if (error == -EINVAL)
		refuse(works, work->id, error,
		       n_tokens ? "A token of the prompt is none of the model's." : "The prompt is empty.");
	else if (error)
		refuse(works, work->id, error, "The request does not fit.");
	return error;
}

/* Whether the engine has it now; else it was ended or refused. */
static bool start(struct infer_works *works, struct infer_work *work, const struct infer_ask *ask, const uint32_t *done,
		  uint32_t n_done)
{
	struct infer_worker_started started = { .id = work->id };
	uint32_t *tokens;
	size_t n_prompt;
	bool going = false;
	int error = tokenise(works, ask, n_done, &tokens, &n_prompt);

	if (error) {
		refuse(works, work->id, error, "There is no memory for the prompt, or it is too long.");
		return false;
	}
	started.most = room_for(works, work->id, ask, n_prompt);
	if (started.most) {
		started.n_prompt = (uint32_t)n_prompt;
		infer_works_say(works, INFER_WORKER_STARTED, &started, sizeof(started), NULL);
		error = replay(work, done, n_done, started.most);
		if (error < 0)
			refuse(works, work->id, error, "There is no memory for the answer.");
		if (n_done)
			memcpy(tokens + n_prompt, done, n_done * sizeof(*done));
		if (error > 0)
			going = !begin(works, work, ask, tokens, (uint32_t)n_prompt + n_done, started.most - n_done);
	}
	free(tokens);
	return going;
}

int infer_work_ask(struct infer_works *works, const struct infer_worker_message *message)
{
	struct infer_work *work = calloc(1, sizeof(*work));
	uint32_t *done, n_done;
	struct infer_ask ask;
	int error;

	if (!work)
		return -ENOMEM;
	work->works = works;
	error = infer_worker_get_ask(message, &work->id, &ask, &done, &n_done);
	if (error) {
		free(work);
		return error;
	}
	work->next = works->first;
	works->first = work;
	error = infer_stream_text_begin(&work->text, ask.stops, ask.n_stops);
	if (error)
		refuse(works, work->id, error, error == -EINVAL ? "A stop string is empty or too long." :
								  "There is no memory for the answer.");
	if (error) {
		works->first = work->next;
		free(work);
	} else if (!start(works, work, &ask, done, n_done)) {
		forget(work);
	}
	infer_ask_free(&ask);
	free(done);
	return 0;
}

void infer_work_cancel(struct infer_works *works, uint64_t id)
{
	for (struct infer_work *work = works->first; work; work = work->next)
		if (work->id == id)
			infer_engine_cancel(work->sequence);
}

void infer_works_free(struct infer_works *works)
{
	while (works->first)
		forget(works->first);
	infer_bytes_free(&works->out);
}
