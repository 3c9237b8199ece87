/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, as OpenAI's clients expect it, with an object "headgate" more. */
#ifndef INFER_HTTP_REPLY_H
#define INFER_HTTP_REPLY_H

#include "serve_fleet.h"
#include "serve_job.h"

/**
 * struct infer_reply - what is the same in all parts of a reply
 * @model: its name
 * @created: seconds since 1970
 * @id: any number
 */
struct infer_reply {
	const char *model;
	uint64_t created, id;
};

/*
 * Each appends to @out: a JSON object and a newline, or as event "data: " before it and a blank line behind it. 0 or
 * -ENOMEM.
 */
int infer_reply_error(struct infer_bytes *out, const struct infer_http_error *error, bool event);
int infer_reply_whole(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job);
int infer_reply_models(struct infer_bytes *out, const struct infer_reply *reply, uint32_t context);

/* infer_reply_health(): @well: whether any device is left. */
int infer_reply_health(struct infer_bytes *out, const struct infer_fleet *fleet, uint64_t now, bool *well);

/* infer_reply_role(): what a stream of chat begins with. */
int infer_reply_role(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job);

/* infer_reply_part(): an event with text of the job's, from @from on. */
int infer_reply_part(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job, size_t from);

/* infer_reply_last(): what a stream ends with: why the answer ended, what it cost if that was asked for, [DONE]. */
int infer_reply_last(struct infer_bytes *out, const struct infer_reply *reply, const struct infer_job *job);

#endif
