// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_request.h"

/* Of arrays and objects in each other; "stop" and "messages" need four. */
#define DEPTH 16

/* All of them: each message has one, its parts have some. */
#define NESTS (16u * INFER_ASK_MESSAGES)

/**
 * struct parse - a body on its way
 * @used: of ask.owned, which has room for the whole body: a text is shorter than its JSON
 */
struct parse {
	struct json_object *body;
	struct infer_http_request *request;
	struct infer_http_error *error;
	size_t used;
};

bool infer_http_fail(struct infer_http_error *error, unsigned int status, const char *param, const char *code,
		     const char *format, ...)
{
	va_list arguments;

	error->status = status;
	error->type = status == 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
	error->param = param;
	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return false;
}

static bool wrong_type(struct parse *p, const char *key, const char *expected, const struct json_object *value)
{
	return infer_http_fail(p->error, 400, key, "invalid_type", "'%s' is %s; expected %s.", key,
			       json_type_to_name(json_object_get_type(value)), expected);
}

/* NULL also where it is null. */
static struct json_object *find(const struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static bool get_bool(struct parse *p, const struct json_object *object, const char *key, bool *value)
{
	struct json_object *found = find(object, key);

	if (!found)
		return true;
	if (!json_object_is_type(found, json_type_boolean))
		return wrong_type(p, key, "a boolean", found);
	*value = json_object_get_boolean(found);
	return true;
}

static bool get_integer(struct parse *p, const char *key, int64_t least, int64_t most, int64_t *value)
{
	struct json_object *found = find(p->body, key);
	int64_t number;

	if (!found)
		return true;
	if (!json_object_is_type(found, json_type_int))
		return wrong_type(p, key, "an integer", found);
	number = json_object_get_int64(found);
	if (number < least || number > most)
		return infer_http_fail(p->error, 400, key, "invalid_value",
				       "'%s' is %lld; expected %lld to %lld.", key, (long long)number,
				       (long long)least, (long long)most);
	*value = number;
	return true;
}

static bool get_float(struct parse *p, const char *key, double most, float *value)
{
	struct json_object *found = find(p->body, key);
	double number;

	if (!found)
		return true;
	if (!json_object_is_type(found, json_type_int) && !json_object_is_type(found, json_type_double))
		return wrong_type(p, key, "a number", found);
	number = json_object_get_double(found);
	if (!(number >= 0 && number <= most))
		return infer_http_fail(p->error, 400, key, "invalid_value", "'%s' is %g; expected 0 to %g.", key,
				       number, most);
	*value = (float)number;
	return true;
}

/* A string becomes the request's own. */
static struct infer_text keep(struct parse *p, struct json_object *string)
{
	struct infer_text text = { p->request->ask.owned + p->used, (size_t)json_object_get_string_len(string) };

	memcpy(p->request->ask.owned + p->used, json_object_get_string(string), text.length);
	p->used += text.length;
	return text;
}

static bool get_sampling(struct parse *p)
{
	struct infer_sampling *sampling = &p->request->ask.sampling;
	int64_t seed = (int64_t)sampling->seed, top_k = 0;

	if (!get_float(p, "temperature", 2, &sampling->temperature) || !get_float(p, "top_p", 1, &sampling->top_p) ||
	    !get_float(p, "min_p", 1, &sampling->min_p) || !get_integer(p, "top_k", -1, INT32_MAX, &top_k) ||
	    !get_integer(p, "seed", INT64_MIN, INT64_MAX, &seed))
		return false;
	sampling->seed = (uint64_t)seed;
	/* Some clients say -1 for all. */
	sampling->top_k = top_k > 0 ? (uint32_t)top_k : 0;
	return true;
}

static bool get_stop(struct parse *p, struct json_object *stop)
{
	struct infer_ask *ask = &p->request->ask;

	if (!json_object_is_type(stop, json_type_string))
		return wrong_type(p, "stop", "a string or an array of strings", stop);
	if (json_object_get_string_len(stop) < 1 || json_object_get_string_len(stop) > INFER_ASK_STOP_LENGTH)
		return infer_http_fail(p->error, 400, "stop", "invalid_value",
				       "'stop' has a string of %d bytes; expected 1 to %d.",
				       json_object_get_string_len(stop), INFER_ASK_STOP_LENGTH);
	ask->stops[ask->n_stops++] = keep(p, stop);
	return true;
}

static bool get_stops(struct parse *p)
{
	struct json_object *stop = find(p->body, "stop");
	size_t n;

	if (!stop)
		return true;
	if (!json_object_is_type(stop, json_type_array))
		return get_stop(p, stop);
	n = json_object_array_length(stop);
	if (n > INFER_ASK_STOPS)
		return infer_http_fail(p->error, 400, "stop", "invalid_value", "'stop' has %zu strings; expected %d at most.",
				       n, INFER_ASK_STOPS);
	for (size_t i = 0; i < n; i++)
		if (!get_stop(p, json_object_array_get_idx(stop, i)))
			return false;
	return true;
}

static bool get_prompt_tokens(struct parse *p, const struct json_object *array)
{
	struct infer_ask *ask = &p->request->ask;
	size_t n = json_object_array_length(array);

	if (n > INFER_ASK_TOKENS)
		return infer_http_fail(p->error, 400, "prompt", "invalid_value", "'prompt' has %zu tokens; expected %u at most.",
				       n, INFER_ASK_TOKENS);
	ask->tokens = malloc(n * sizeof(*ask->tokens));
	if (!ask->tokens)
		return infer_http_fail(p->error, 500, NULL, NULL, "There is no memory for the request.");
	for (size_t i = 0; i < n; i++) {
		struct json_object *token = json_object_array_get_idx(array, i);
		int64_t number = json_object_get_int64(token);

		if (!json_object_is_type(token, json_type_int))
			return wrong_type(p, "prompt", "an array of tokens alone", token);
		if (number < 0 || number > UINT32_MAX)
			return infer_http_fail(p->error, 400, "prompt", "invalid_value", "'prompt' has %lld, which is no token.",
					       (long long)number);
		ask->tokens[ask->n_tokens++] = (uint32_t)number;
	}
	ask->kind = INFER_ASK_TOKENISED;
	return true;
}

/* A string, an array of one string, an array of tokens, or an array of one such. */
static bool get_prompt(struct parse *p)
{
	struct json_object *prompt = find(p->body, "prompt"), *first;

	if (!prompt)
		return infer_http_fail(p->error, 400, "prompt", "missing_required_parameter", "'prompt' is missing.");
	for (int level = 0; level < 2 && json_object_is_type(prompt, json_type_array); level++) {
		if (!json_object_array_length(prompt))
			return infer_http_fail(p->error, 400, "prompt", "invalid_value", "'prompt' is empty.");
		first = json_object_array_get_idx(prompt, 0);
		if (json_object_is_type(first, json_type_int))
			return get_prompt_tokens(p, prompt);
		if (json_object_array_length(prompt) > 1)
			return infer_http_fail(p->error, 400, "prompt", "invalid_value",
					       "'prompt' has %zu prompts; one request has one answer here.",
					       json_object_array_length(prompt));
		prompt = first;
	}
	if (!json_object_is_type(prompt, json_type_string))
		return wrong_type(p, "prompt", "a string, or an array of tokens or of one string", prompt);
	p->request->ask.kind = INFER_ASK_TEXT;
	p->request->ask.text = keep(p, prompt);
	return true;
}

/* Parts of a message follow each other where they are kept, so together they are one text. */
static bool get_part(struct parse *p, const struct json_object *part, struct infer_text *content)
{
	struct json_object *type = find(part, "type"), *text = find(part, "text");

	if (!json_object_is_type(part, json_type_object) || !json_object_is_type(type, json_type_string) ||
	    strcmp(json_object_get_string(type), "text") || !json_object_is_type(text, json_type_string))
		return infer_http_fail(p->error, 400, "messages", "invalid_value",
				       "A part of a message's 'content' is no text; this model reads nothing else.");
	content->length += keep(p, text).length;
	return true;
}

static bool get_content(struct parse *p, struct json_object *content, struct infer_text *text)
{
	*text = (struct infer_text){ p->request->ask.owned + p->used, 0 };
	if (!content)
		return true;
	if (json_object_is_type(content, json_type_string)) {
		*text = keep(p, content);
		return true;
	}
	if (!json_object_is_type(content, json_type_array))
		return wrong_type(p, "messages", "'content' to be a string or an array of parts", content);
	for (size_t i = 0; i < json_object_array_length(content); i++)
		if (!get_part(p, json_object_array_get_idx(content, i), text))
			return false;
	return true;
}

static bool get_message(struct parse *p, const struct json_object *from, struct infer_message *message)
{
	struct json_object *role = find(from, "role"), *content;

	if (!json_object_is_type(from, json_type_object))
		return wrong_type(p, "messages", "an array of objects", from);
	if (!json_object_is_type(role, json_type_string) ||
	    infer_role_named(json_object_get_string(role), &message->role))
		return infer_http_fail(p->error, 400, "messages", "invalid_value",
				       "A message's 'role' is missing or unknown; expected system, user, assistant or tool.");
	content = find(from, "content");
	/* One that has called a tool has said nothing. */
	if (!content && message->role != INFER_ASSISTANT)
		return infer_http_fail(p->error, 400, "messages", "missing_required_parameter",
				       "A message's 'content' is missing.");
	return get_content(p, content, &message->content);
}

static bool get_messages(struct parse *p)
{
	struct json_object *messages = find(p->body, "messages");
	struct infer_ask *ask = &p->request->ask;
	size_t n;

	if (!messages)
		return infer_http_fail(p->error, 400, "messages", "missing_required_parameter", "'messages' is missing.");
	if (!json_object_is_type(messages, json_type_array))
		return wrong_type(p, "messages", "an array", messages);
	n = json_object_array_length(messages);
	if (!n || n > INFER_ASK_MESSAGES)
		return infer_http_fail(p->error, 400, "messages", "invalid_value", "There are %zu messages; expected 1 to %d.",
				       n, INFER_ASK_MESSAGES);
	ask->kind = INFER_ASK_CHAT;
	ask->messages = calloc(n, sizeof(*ask->messages));
	if (!ask->messages)
		return infer_http_fail(p->error, 500, NULL, NULL, "There is no memory for the request.");
	for (; ask->n_messages < n; ask->n_messages++)
		if (!get_message(p, json_object_array_get_idx(messages, ask->n_messages), &ask->messages[ask->n_messages]))
			return false;
	return true;
}

static bool get_stream(struct parse *p)
{
	struct json_object *options = find(p->body, "stream_options");

	if (!get_bool(p, p->body, "stream", &p->request->stream))
		return false;
	if (options && !json_object_is_type(options, json_type_object))
		return wrong_type(p, "stream_options", "an object", options);
	return !options || get_bool(p, options, "include_usage", &p->request->include_usage);
}

static bool get_all(struct parse *p)
{
	struct json_object *model = find(p->body, "model");
	bool chat = p->request->chat;
	int64_t one = 1, most = chat ? 0 : INFER_HTTP_TOKENS;

	if (model && !json_object_is_type(model, json_type_string))
		return wrong_type(p, "model", "a string", model);
	if (!get_integer(p, "n", 1, 1, &one) || !get_integer(p, "best_of", 1, 1, &one) ||
	    !get_integer(p, "max_tokens", 1, INT32_MAX, &most) ||
	    !get_integer(p, "max_completion_tokens", 1, INT32_MAX, &most))
		return false;
	p->request->ask.most = (uint32_t)most;
	return get_sampling(p) && get_stream(p) && get_stops(p) && (chat ? get_messages(p) : get_prompt(p));
}

/*
 * Before it is read: each object takes a hundred times its two bytes, each value ten. What is no JSON may be
 * counted wrongly, and is refused afterwards.
 */
static bool is_small_enough(const char *body, size_t length, struct infer_http_error *error)
{
	size_t nests = 0, values = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		if (body[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += body[i] == '\\';
		else if (body[i] == '{' || body[i] == '[')
			nests++;
		else if (body[i] == ',')
			values++;
	}
	if (nests <= NESTS && values <= INFER_ASK_TOKENS + NESTS)
		return true;
	return infer_http_fail(error, 400, NULL, "invalid_value",
			       "The body has %zu objects and arrays and %zu commas; expected %u and %u at most.", nests,
			       values, NESTS, INFER_ASK_TOKENS + NESTS);
}

/* NULL with an error. */
static struct json_object *read_json(const char *body, size_t length, struct infer_http_error *error)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	struct json_object *object;
	enum json_tokener_error why;

	if (!tokener) {
		infer_http_fail(error, 500, NULL, NULL, "There is no memory for the request.");
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, body, (int)length);
	why = json_tokener_get_error(tokener);
	if (why != json_tokener_success)
		infer_http_fail(error, 400, NULL, "invalid_json", "The body is no JSON: %s at byte %zu.",
				why == json_tokener_continue ? "unexpected end" : json_tokener_error_desc(why),
				json_tokener_get_parse_end(tokener));
	json_tokener_free(tokener);
	if (why == json_tokener_success && json_object_is_type(object, json_type_object))
		return object;
	if (why == json_tokener_success)
		infer_http_fail(error, 400, NULL, "invalid_json", "The body is no JSON object.");
	json_object_put(object);
	return NULL;
}

bool infer_http_request_parse(const char *body, size_t length, bool chat, uint64_t seed,
			      struct infer_http_request *request, struct infer_http_error *error)
{
	struct parse p = { .request = request, .error = error };
	bool right;

	*error = (struct infer_http_error){ 0 };
	*request = (struct infer_http_request){ .chat = chat };
	request->ask.sampling = (struct infer_sampling){ .temperature = INFER_HTTP_TEMPERATURE, .top_p = 1, .seed = seed };
	if (length > INFER_HTTP_BODY)
		return infer_http_fail(error, 413, NULL, NULL, "The body is longer than %u bytes.", INFER_HTTP_BODY);
	if (!is_small_enough(body, length, error))
		return false;
	request->ask.owned = malloc(length + 1);
	if (!request->ask.owned)
		return infer_http_fail(error, 500, NULL, NULL, "There is no memory for the request.");
	p.body = read_json(body, length, error);
	right = p.body && get_all(&p);
	json_object_put(p.body);
	if (!right)
		infer_ask_free(&request->ask);
	return right;
}
