// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "http_reply.h"
#include "json.h"

/**
 * struct page - JSON that is being written
 */
struct page {
	struct headgate_json json;
	struct infer_bytes *out;
	FILE *file;
	char *text;
	size_t length;
	bool event;
};

static int begin(struct page *page, struct infer_bytes *out, bool event)
{
	*page = (struct page){ .out = out, .event = event };
	page->file = open_memstream(&page->text, &page->length);
	if (!page->file)
		return -ENOMEM;
	headgate_json_begin_foreign(&page->json, page->file);
	return 0;
}

static int finish(struct page *page)
{
	int error = headgate_json_end(&page->json);

	if (fclose(page->file) && !error)
		error = -ENOMEM;
	/* An object that is one line ends with a newline; an event with one more. */
	if (!error)
		error = infer_bytes_reserve(page->out, page->length + 8);
	if (!error && page->event)
		error = infer_bytes_put(page->out, "data: ", 6);
	if (!error)
		error = infer_bytes_put(page->out, page->text, page->length);
	if (!error && page->event)
		error = infer_bytes_put(page->out, "\n", 1);
	free(page->text);
	return error ? -ENOMEM : 0;
}

static void string_or_null(struct headgate_json *json, const char *key, const char *value)
{
	if (value)
		headgate_json_string(json, key, value);
	else
		headgate_json_null(json, key);
}

int infer_reply_error(struct infer_bytes *out, const struct infer_http_error *error, bool event)
{
	struct page page;

	if (begin(&page, out, event))
		return -ENOMEM;
	headgate_json_object(&page.json, "error");
	headgate_json_string(&page.json, "message", error->message);
	headgate_json_string(&page.json, "type", error->type);
	string_or_null(&page.json, "param", error->param);
	string_or_null(&page.json, "code", error->code);
	headgate_json_close(&page.json);
	return finish(&page);
}

int infer_reply_models(struct infer_bytes *out, const struct infer_reply *reply, uint32_t context)
{
	struct page page;

	if (begin(&page, out, false))
		return -ENOMEM;
	headgate_json_string(&page.json, "object", "list");
	headgate_json_array(&page.json, "data");
	headgate_json_object(&page.json, NULL);
	headgate_json_string(&page.json, "id", reply->model);
	headgate_json_string(&page.json, "object", "model");
	headgate_json_uint(&page.json, "created", reply->created);
	headgate_json_string(&page.json, "owned_by", "headgate");
	headgate_json_uint(&page.json, "max_model_len", context);
	headgate_json_close(&page.json);
	headgate_json_close(&page.json);
	return finish(&page);
}

int infer_reply_health(struct infer_bytes *out, const struct infer_fleet *fleet, uint64_t now, bool *well)
{
	static const char *const names[] = {
		[INFER_FLEET_WELL] = "ok", [INFER_FLEET_BROWN] = "brown", [INFER_FLEET_FAILED] = "failed",
	};
	struct page page;

	*well = false;
	for (uint32_t i = 0; i < fleet->count; i++)
		*well = *well || infer_fleet_state(fleet, i, now) != INFER_FLEET_FAILED;
	if (begin(&page, out, false))
		return -ENOMEM;
	headgate_json_string(&page.json, "status", *well ? "ok" : "no_device");
	headgate_json_array(&page.json, "devices");
	for (uint32_t i = 0; i < fleet->count; i++) {
		headgate_json_object(&page.json, NULL);
		headgate_json_string(&page.json, "name", fleet->devices[i].name);
		headgate_json_string(&page.json, "state", names[infer_fleet_state(fleet, i, now)]);
		headgate_json_close(&page.json);
	}
	headgate_json_close(&page.json);
	return finish(&page);
}

/* ---- parts of answers ---- */

static void put_head(struct headgate_json *json, const struct infer_reply *reply, const struct infer_job *job,
		     bool chunk)
{
	char id[64];

	snprintf(id, sizeof(id), "%s-%016" PRIx64, job->what.chat ? "chatcmpl" : "cmpl", reply->id);
	headgate_json_string(json, "id", id);
	headgate_json_string(json, "object", !job->what.chat ? "text_completion" :
					     chunk ? "chat.completion.chunk" : "chat.completion");
	headgate_json_uint(json, "created", reply->created);
	headgate_json_string(json, "model", reply->model);
}

/* Its text from @from on; a NUL is put behind it for the writer. */
static int put_text(struct headgate_json *json, const char *key, const struct infer_job *job, size_t from)
{
	size_t length = infer_bytes_left(&job->text) - from;
	char *text = malloc(length + 1);

	if (!text)
		return -ENOMEM;
	if (length)
		memcpy(text, job->text.data + job->text.at + from, length);
	text[length] = '\0';
	headgate_json_text(json, key, text, length);
	free(text);
	return 0;
}

/* @done: with why it ended */
static void end_choice(struct headgate_json *json, const struct infer_job *job, bool done)
{
	headgate_json_uint(json, "index", 0);
	headgate_json_null(json, "logprobs");
	string_or_null(json, "finish_reason", !done ? NULL : job->end == INFER_END_LENGTH ? "length" : "stop");
	headgate_json_close(json);
	headgate_json_close(json);
}

static void begin_choice(struct headgate_json *json)
{
	headgate_json_array(json, "choices");
	headgate_json_object(json, NULL);
}

static void put_usage(struct headgate_json *json, const struct infer_job *job)
{
	headgate_json_object(json, "usage");
	headgate_json_uint(json, "prompt_tokens", job->n_prompt);
	headgate_json_uint(json, "completion_tokens", job->n_tokens);
	headgate_json_uint(json, "total_tokens", (uint64_t)job->n_prompt + job->n_tokens);
	headgate_json_close(json);
}

static void put_ours(struct headgate_json *json, const struct infer_job *job)
{
	headgate_json_object(json, "headgate");
	if (job->n_tokens)
		headgate_json_double(json, "ttft_ms", (double)(job->first - job->asked) / 1e6);
	else
		headgate_json_null(json, "ttft_ms");
	if (job->n_tokens > 1)
		headgate_json_double(json, "tpot_ms", (double)(job->last - job->first) / 1e6 / (job->n_tokens - 1));
	else
		headgate_json_null(json, "tpot_ms");
	headgate_json_string(json, "device", job->device);
	headgate_json_uint(json, "moves", job->moves);
	headgate_json_close(json);
}

int infer_reply_whole(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job)
{
	struct page page;
	int error;

	if (begin(&page, out, false))
		return -ENOMEM;
	put_head(&page.json, reply, job, false);
	begin_choice(&page.json);
	if (job->what.chat) {
		headgate_json_object(&page.json, "message");
		headgate_json_string(&page.json, "role", "assistant");
		error = put_text(&page.json, "content", job, 0);
		headgate_json_null(&page.json, "refusal");
		headgate_json_close(&page.json);
	} else {
		error = put_text(&page.json, "text", job, 0);
	}
	end_choice(&page.json, job, true);
	put_usage(&page.json, job);
	put_ours(&page.json, job);
	return finish(&page) ?: error;
}

/* ---- streams ---- */

/* Those who ask for usage get a null in each part but its own. */
static void no_usage(struct headgate_json *json, const struct infer_job *job)
{
	if (job->what.include_usage)
		headgate_json_null(json, "usage");
}

int infer_reply_role(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job)
{
	struct page page;

	if (begin(&page, out, true))
		return -ENOMEM;
	put_head(&page.json, reply, job, true);
	begin_choice(&page.json);
	headgate_json_object(&page.json, "delta");
	headgate_json_string(&page.json, "role", "assistant");
	headgate_json_string(&page.json, "content", "");
	headgate_json_close(&page.json);
	end_choice(&page.json, job, false);
	no_usage(&page.json, job);
	return finish(&page);
}

int infer_reply_part(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job, size_t from)
{
	struct page page;
	int error;

	if (begin(&page, out, true))
		return -ENOMEM;
	put_head(&page.json, reply, job, true);
	begin_choice(&page.json);
	if (job->what.chat)
		headgate_json_object(&page.json, "delta");
	error = put_text(&page.json, job->what.chat ? "content" : "text", job, from);
	if (job->what.chat)
		headgate_json_close(&page.json);
	end_choice(&page.json, job, false);
	no_usage(&page.json, job);
	return finish(&page) ?: error;
}

static int put_end(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job)
{
	struct page page;

	if (begin(&page, out, true))
		return -ENOMEM;
	put_head(&page.json, reply, job, true);
	begin_choice(&page.json);
	if (job->what.chat) {
		headgate_json_object(&page.json, "delta");
		headgate_json_close(&page.json);
	} else {
		headgate_json_string(&page.json, "text", "");
	}
	end_choice(&page.json, job, true);
	no_usage(&page.json, job);
	put_ours(&page.json, job);
	return finish(&page);
}

int infer_reply_last(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job)
{
	static const char done[] = "data: [DONE]\n\n";
	struct page page;

	if (put_end(out, reply, job))
		return -ENOMEM;
	if (job->what.include_usage) {
		if (begin(&page, out, true))
			return -ENOMEM;
		put_head(&page.json, reply, job, true);
		headgate_json_array(&page.json, "choices");
		headgate_json_close(&page.json);
		put_usage(&page.json, job);
		if (finish(&page))
			return -ENOMEM;
	}
	return infer_bytes_put(out, done, sizeof(done) - 1);
}
