// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "http_parts.h"

/* The job's news since the last time, as events. */
static int fill(struct infer_exchange *x)
{
	size_t length = infer_bytes_left(&x->job->text);
	int error = 0;

	if (!x->began && x->job->what.chat)
		error = infer_reply_role(&x->pending, &x->reply, x->job);
	x->began = true;
	if (!error && length > x->sent) {
		error = infer_reply_part(&x->pending, &x->reply, x->job, x->sent);
		x->sent = length;
	}
	if (error || !x->job->done)
		return error;
	x->ended = true;
	/* An answer that is not whole has no [DONE]. */
	if (x->job->error.status)
		return infer_reply_error(&x->pending, &x->job->error, true);
	return infer_reply_last(&x->pending, &x->reply, x->job);
}

static ssize_t read_events(void *data, uint64_t at, char *to, size_t room)
{
	struct infer_exchange *x = data;
	size_t length;

	(void)at;
	if (x->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!infer_bytes_left(&x->pending) && !x->ended && fill(x))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	length = infer_bytes_left(&x->pending);
	if (!length && x->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!length)
		infer_exchange_suspend(x);
	length = length < room ? length : room;
	if (length) {
		memcpy(to, x->pending.data + x->pending.at, length);
		infer_bytes_take(&x->pending, length);
	}
	return (ssize_t)length;
}

struct MHD_Response *infer_stream_response(struct infer_exchange *x)
{
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, read_events, x, NULL);

	if (!response)
		return NULL;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	x->streaming = true;
	return response;
}
