// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve.h"

struct infer_job *infer_job_new(struct infer_http_request *what, void (*news)(struct infer_job *job), void *context)
{
	static uint64_t last_id;
	struct infer_job *job = calloc(1, sizeof(*job));

	if (!job) {
		infer_ask_free(&what->ask);
		return NULL;
	}
	job->id = ++last_id;
	job->what = *what;
	job->news = news;
	job->context = context;
	job->asked = infer_now_ns();
	return job;
}

void infer_job_free(struct infer_job *job)
{
	infer_ask_free(&job->what.ask);
	infer_bytes_free(&job->text);
	free(job->tokens);
	free(job);
}

int infer_job_token(struct infer_job *job, uint32_t token, const struct infer_text *text, uint64_t now)
{
	if (job->n_tokens == job->room) {
		uint32_t room = job->room ? job->room * 2 : 64;
		uint32_t *tokens = realloc(job->tokens, room * sizeof(*tokens));

		if (!tokens)
			return -ENOMEM;
		job->tokens = tokens;
		job->room = room;
	}
	if (infer_bytes_put(&job->text, text->bytes, text->length))
		return -ENOMEM;
	job->tokens[job->n_tokens++] = token;
	job->last = now;
	job->first = job->first ?: now;
	job->deaths = 0;
	job->avoid = 0;
	return 0;
}

void infer_job_end(struct infer_job *job, enum infer_end end)
{
	job->end = end;
	job->done = true;
	job->worker = NULL;
	job->agent = NULL;
	job->news(job);
}

void infer_job_fail(struct infer_job *job, unsigned int status, const char *code, const char *format, ...)
{
	char message[sizeof(job->error.message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	infer_http_fail(&job->error, status, NULL, code, "%s", message);
	/* What is wrong with a request is for its client alone. */
	if (status >= 500 && job->agent)
		infer_log(&job->agent->service->failures, infer_now_ns(), "a request of agent %s failed (%s): %s",
			  job->agent->cgroup, code ?: "server_error", message);
	infer_job_end(job, INFER_END_CANCELLED);
}

static void insert(struct infer_jobs *jobs, struct infer_job **at, struct infer_job *job)
{
	job->next = *at;
	*at = job;
	jobs->count++;
}

void infer_jobs_append(struct infer_jobs *jobs, struct infer_job *job)
{
	struct infer_job **at = &jobs->first;

	while (*at)
		at = &(*at)->next;
	insert(jobs, at, job);
}

void infer_jobs_put_back(struct infer_jobs *jobs, struct infer_job *job)
{
	struct infer_job **at = &jobs->first;

	while (*at && (*at)->id < job->id)
		at = &(*at)->next;
	insert(jobs, at, job);
}

void infer_jobs_remove(struct infer_jobs *jobs, struct infer_job *job)
{
	struct infer_job **at = &jobs->first;

	while (*at && *at != job)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = job->next;
	job->next = NULL;
	jobs->count--;
}

struct infer_job *infer_jobs_find(const struct infer_jobs *jobs, uint64_t id)
{
	struct infer_job *job = jobs->first;

	while (job && job->id != id)
		job = job->next;
	return job;
}
