// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "host.h"
#include "http_parts.h"

/* Seconds that are told to clients who are to come again. */
#define SOON "1"
#define LATER "5"

/* ---- answers ---- */

static enum MHD_Result send_bytes(struct infer_exchange *x, unsigned int status, struct infer_bytes *bytes)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(infer_bytes_left(bytes), bytes->data, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		infer_bytes_free(bytes);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (status == MHD_HTTP_TOO_MANY_REQUESTS)
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, SOON);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, LATER);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, x->is_completion ? "POST" : "GET, HEAD");
	result = MHD_queue_response(x->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_error(struct infer_exchange *x, const struct infer_http_error *error)
{
	struct infer_bytes bytes = { 0 };

	if (infer_reply_error(&bytes, error, false)) {
		infer_bytes_free(&bytes);
		return MHD_NO;
	}
	return send_bytes(x, error->status, &bytes);
}

static enum MHD_Result send_stream(struct infer_exchange *x)
{
	struct MHD_Response *response = infer_stream_response(x);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = MHD_queue_response(x->connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* ---- waiting ---- */

static void resume(struct infer_exchange *x)
{
	x->suspended = false;
	infer_loop_forget(x->http->setup.service->loop, &x->watch);
	MHD_resume_connection(x->connection);
	x->http->run_again = true;
}

static void drop_job(struct infer_exchange *x)
{
	struct infer_job *job = x->job;

	if (!job)
		return;
	x->job = NULL;
	x->http->exchanges--;
	infer_service_drop(job);
}

/* The client has closed its end, or half of it, as none does who waits for an answer. */
static void on_hangup(struct infer_watch *watch, uint32_t events)
{
	struct infer_exchange *x = (struct infer_exchange *)((char *)watch - offsetof(struct infer_exchange, watch));

	(void)events;
	x->gone = true;
	drop_job(x);
	resume(x);
}

void infer_exchange_suspend(struct infer_exchange *x)
{
	MHD_suspend_connection(x->connection);
	x->suspended = true;
	/* Without this a client that goes is noticed when its answer is sent. */
	infer_loop_watch(x->http->setup.service->loop, &x->watch, x->of->fd, EPOLLRDHUP);
}

static bool is_ready(const struct infer_exchange *x)
{
	const struct infer_job *job = x->job;

	if (x->streaming)
		return job->done || infer_bytes_left(&job->text) > x->sent;
	return job->done || (job->what.stream && job->started);
}

static void on_news(struct infer_job *job)
{
	struct infer_exchange *x = job->context;

	if (x->suspended && is_ready(x))
		resume(x);
}

static enum MHD_Result go_on(struct infer_exchange *x)
{
	struct infer_bytes bytes = { 0 };

	if (!is_ready(x)) {
		infer_exchange_suspend(x);
		return MHD_YES;
	}
	if (x->job->done && x->job->error.status && !(x->job->what.stream && x->job->started))
		return send_error(x, &x->job->error);
	if (x->job->what.stream)
		return send_stream(x);
	if (infer_reply_whole(&bytes, &x->reply, x->job)) {
		infer_bytes_free(&bytes);
		return MHD_NO;
	}
	return send_bytes(x, MHD_HTTP_OK, &bytes);
}

/* ---- requests ---- */

static const char *agent_of(const struct infer_exchange *x)
{
	const struct infer_http_setup *setup = &x->http->setup;

	if (setup->everyone)
		return setup->default_agent;
	/* Nobody becomes a stranger by ending, so that the default agent pays. */
	if (x->of->unknown)
		return NULL;
	return x->of->cgroup ?: setup->default_agent;
}

/* Whole now. */
static bool ask(struct infer_exchange *x)
{
	struct infer_service *service = x->http->setup.service;
	struct infer_http_request request;
	const char *agent = agent_of(x);
	uint64_t seed = 0;
	int error;

	if (!agent && x->of->unknown)
		return infer_http_fail(&x->error, 403, NULL, "unknown_agent",
				       "Whose request this is cannot be told: the process that connected has ended, or is in another PID namespace.");
	if (!agent)
		return infer_http_fail(&x->error, 403, NULL, "no_agent",
				       "This request comes from no agent: from the unix socket, and a process in a cgroup, it would; or have serve started with --agent-default.");
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = infer_now_ns();
	x->reply = x->http->setup.model;
	x->reply.id = seed;
	x->reply.created = (uint64_t)time(NULL);
	if (!infer_http_request_parse(x->body.data + x->body.at, infer_bytes_left(&x->body), x->chat, seed >> 1,
				      &request, &x->error))
		return false;
	infer_bytes_free(&x->body);
	x->job = infer_job_new(&request, on_news, x);
	if (!x->job)
		return infer_http_fail(&x->error, 500, NULL, NULL, "There is no memory for the request.");
	x->http->exchanges++;
	error = infer_service_ask(service, agent, x->of->user, x->job);
	if (!error)
		return true;
	drop_job(x);
	if (error == -EAGAIN)
		return infer_http_fail(&x->error, 429, NULL, "rate_limit_exceeded",
				       "%u requests of this agent wait already.", service->policy.queue);
	return infer_http_fail(&x->error, 500, NULL, NULL, "There is no memory for the request.");
}

static enum MHD_Result send_models(struct infer_exchange *x)
{
	const struct infer_http_setup *setup = &x->http->setup;
	struct infer_bytes bytes = { 0 };

	if (infer_reply_models(&bytes, &setup->model, setup->context)) {
		infer_bytes_free(&bytes);
		return MHD_NO;
	}
	return send_bytes(x, MHD_HTTP_OK, &bytes);
}

static enum MHD_Result send_health(struct infer_exchange *x)
{
	struct infer_bytes bytes = { 0 };
	bool well;

	if (infer_reply_health(&bytes, &x->http->setup.service->fleet, infer_now_ns(), &well)) {
		infer_bytes_free(&bytes);
		return MHD_NO;
	}
	return send_bytes(x, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, &bytes);
}

/* Pages of the web, in a browser on this machine, have no business here. */
static bool is_from_here(const struct infer_exchange *x)
{
	const char *host = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const char *origin = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
	const char *name = origin ? strstr(origin, "://") : NULL;

	if (!x->http->setup.listen->is_port)
		return true;
	return headgate_host_is_here(host) && (!origin || (name && headgate_host_is_here(name + 3)));
}

static bool body_is_too_long(const struct infer_exchange *x)
{
	const char *length = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length && strtoull(length, NULL, 10) > INFER_HTTP_BODY;
}

/* What is wrong with its head; the body is read all the same, as the client may read nothing before it has sent it. */
static void check_head(struct infer_exchange *x, const char *url, const char *method)
{
	bool known = x->is_completion || !strcmp(url, "/v1/models") || !strcmp(url, "/health");

	if (!is_from_here(x))
		infer_http_fail(&x->error, 403, NULL, NULL, "Ask for localhost, 127.0.0.1 or [::1], from a page of these.");
	else if (!known)
		infer_http_fail(&x->error, 404, NULL, "unknown_url",
				"There are /v1/completions, /v1/chat/completions, /v1/models and /health.");
	else if (strcmp(method, x->is_completion ? "POST" : "GET") && (x->is_completion || strcmp(method, "HEAD")))
		infer_http_fail(&x->error, 405, NULL, "method_not_supported", "%s is for %s.", url,
				x->is_completion ? "POST" : "GET");
	else if (x->http->quiet)
		infer_http_fail(&x->error, 503, NULL, "ending", "The service is ending.");
}

static enum MHD_Result begin(struct infer_exchange *x, const char *url, const char *method)
{
	x->chat = !strcmp(url, "/v1/chat/completions");
	x->is_completion = x->chat || !strcmp(url, "/v1/completions");
	check_head(x, url, method);
	if (!body_is_too_long(x))
		return MHD_YES;
	infer_http_fail(&x->error, 413, NULL, NULL, "The body is longer than %u bytes.", INFER_HTTP_BODY);
	return send_error(x, &x->error);
}

/* Of all that there is a user may take as much as is left, as of connections. */
static bool takes_too_much(const struct infer_exchange *x, size_t size)
{
	const struct infer_http *http = x->http;
	size_t of_user = 0;

	for (const struct infer_connection *c = http->connections; c && infer_http_is_shared(http); c = c->next)
		of_user += c->user == x->of->user ? c->held : 0;
	return of_user + size > INFER_HTTP_BODIES - http->bodies;
}

static void give_body_back(struct infer_exchange *x)
{
	infer_bytes_free(&x->body);
	x->http->bodies -= x->of->held;
	x->of->held = 0;
}

static void take_body(struct infer_exchange *x, const char *upload, size_t size)
{
	if (x->error.status)
		return;
	if (infer_bytes_left(&x->body) + size > INFER_HTTP_BODY)
		infer_http_fail(&x->error, 413, NULL, NULL, "The body is longer than %u bytes.", INFER_HTTP_BODY);
	else if (takes_too_much(x, size))
		infer_http_fail(&x->error, 503, NULL, NULL, "Other requests take all the memory there is for them.");
	else if (infer_bytes_put(&x->body, upload, size))
		infer_http_fail(&x->error, 500, NULL, NULL, "There is no memory for the request.");
	if (x->error.status) {
		give_body_back(x);
		return;
	}
	x->of->held += size;
	x->http->bodies += size;
}

static enum MHD_Result answer_whole_request(struct infer_exchange *x, const char *url)
{
	if (x->error.status)
		return send_error(x, &x->error);
	if (!x->is_completion)
		return strcmp(url, "/health") ? send_models(x) : send_health(x);
	if (!ask(x))
		return send_error(x, &x->error);
	x->of->until = UINT64_MAX;
	return go_on(x);
}

static struct infer_exchange *new_exchange(struct infer_http *http, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct infer_exchange *x = info && info->socket_context ? calloc(1, sizeof(*x)) : NULL;

	if (!x)
		return NULL;
	x->http = http;
	x->connection = connection;
	x->of = info->socket_context;
	x->watch = (struct infer_watch){ .ready = on_hangup, .fd = -1 };
	return x;
}

enum MHD_Result infer_exchange_answer(void *data, struct MHD_Connection *connection, const char *url,
				      const char *method, const char *version, const char *upload,
				      size_t *upload_size, void **context)
{
	struct infer_exchange *x = *context;

	(void)version;
	if (!x) {
		x = new_exchange(data, connection);
		*context = x;
		return x ? begin(x, url, method) : MHD_NO;
	}
	if (*upload_size) {
		take_body(x, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (x->gone)
		return MHD_NO;
	return x->job ? go_on(x) : answer_whole_request(x, url);
}

void infer_exchange_completed(void *data, struct MHD_Connection *connection, void **context,
			      enum MHD_RequestTerminationCode code)
{
	struct infer_exchange *x = *context;
	struct infer_http *http = data;

	(void)connection;
	(void)code;
	if (!x)
		return;
	infer_loop_forget(http->setup.service->loop, &x->watch);
	drop_job(x);
	give_body_back(x);
	x->of->until = infer_now_ns() + INFER_HTTP_PATIENCE_NS;
	infer_bytes_free(&x->pending);
	free(x);
	*context = NULL;
}
