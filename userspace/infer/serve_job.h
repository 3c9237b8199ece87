/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's request in the service, whichever workers compute it. */
#ifndef INFER_SERVE_JOB_H
#define INFER_SERVE_JOB_H

#include "bytes.h"
#include "engine.h"
#include "http_request.h"

struct infer_agent;
struct infer_process;

/**
 * struct infer_job - from the request to the end of its answer
 * @next: in its agent's queue, or among those its worker computes
 * @worker: NULL: it is in the queue, or done
 * @tokens: made so far, [n_tokens]
 * @text: of these, as far as it can be passed on
 * @started: @n_prompt and @most are known, so it is not refused any more
 * @done: its end is @end, unless @error has a status
 * @deaths: workers that ended under it since its last token, and @all_deaths in all
 * @avoid: devices of the fleet, as bits, on which they hung or ended again since its last token
 * @moves: to another worker or device
 * @device: what computed the last token
 * @asked: with @first and @last, of a token, ns of CLOCK_MONOTONIC
 * @news: is told of each change
 */
struct infer_job {
	struct infer_job *next;
	struct infer_agent *agent;
	struct infer_process *worker;
	uint64_t id;
	struct infer_http_request what;
	uint32_t *tokens, n_tokens, room;
	struct infer_bytes text;
	uint32_t n_prompt, most;
	bool started, done;
	enum infer_end end;
	struct infer_http_error error;
	uint32_t deaths, all_deaths, moves, avoid;
	char device[INFER_PROBLEM];
	uint64_t asked, first, last;
	void (*news)(struct infer_job *job);
	void *context;
};

/* infer_job_new(): takes what is asked, also without memory, when it returns NULL. */
struct infer_job *infer_job_new(struct infer_http_request *what, void (*news)(struct infer_job *job), void *context);

/* infer_job_free(): it must be in no queue. */
void infer_job_free(struct infer_job *job);

/* infer_job_token(): one more: 0 or -ENOMEM. */
int infer_job_token(struct infer_job *job, uint32_t token, const struct infer_text *text, uint64_t now);

/* Its end; the job is in no queue any more. */
void infer_job_end(struct infer_job *job, enum infer_end end);
void infer_job_fail(struct infer_job *job, unsigned int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Queues of jobs. */
struct infer_jobs {
	struct infer_job *first;
	uint32_t count;
};

void infer_jobs_append(struct infer_jobs *jobs, struct infer_job *job);
/* infer_jobs_put_back(): by age: those that were asked for first come first. */
void infer_jobs_put_back(struct infer_jobs *jobs, struct infer_job *job);
void infer_jobs_remove(struct infer_jobs *jobs, struct infer_job *job);
struct infer_job *infer_jobs_find(const struct infer_jobs *jobs, uint64_t id);

#endif
