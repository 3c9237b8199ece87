/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTTP server's own: connections, and exchanges on them. */
#ifndef INFER_HTTP_PARTS_H
#define INFER_HTTP_PARTS_H

#include <microhttpd.h>

#include "http_server.h"

/* For a request to come whole, and of a connection between two. */
#define INFER_HTTP_PATIENCE_NS (30 * INFER_SECOND)

/* Bodies of all requests that are not answered. */
#define INFER_HTTP_BODIES ((size_t)128 << 20)

/**
 * struct infer_connection - in the server's list
 * @until: ns; then it is cut off
 * @cgroup: of who connected, or NULL: nobody's, or @unknown
 * @user: who that was
 * @held: bytes that its request adds to the server's @bodies
 */
struct infer_connection {
	struct infer_connection *next;
	int fd;
	uint64_t until;
	char *cgroup;
	uid_t user;
	size_t held;
	bool unknown;
};

/**
 * struct infer_http - the server
 * @connections: that may ask
 * @open: all that libmicrohttpd has, those too that are being cut off
 * @bodies: bytes, see INFER_HTTP_BODIES
 * @exchanges: that have a job
 * @taken: connections so far
 * @run_again: a connection was resumed
 * @woken: there is something for libmicrohttpd to do
 * @short_of: that no connection can be taken has been said
 */
struct infer_http {
	struct infer_http_setup setup;
	struct MHD_Daemon *daemon;
	struct infer_watch watch;
	struct infer_connection *connections;
	size_t bodies;
	uint32_t open, exchanges;
	uint64_t taken;
	bool run_again, woken, quiet, short_of;
};

/**
 * struct infer_exchange - a request and its answer
 * @error: found before the body was read; its status is 0 if none was
 * @is_completion: of either kind, @chat or not
 * @watch: for the client's end, while the connection is suspended
 * @gone: the client is
 * @streaming: the answer has begun, as events
 * @pending: of a stream, what was not sent yet
 * @sent: bytes of the job's text that are in events
 */
struct infer_exchange {
	struct infer_http *http;
	struct MHD_Connection *connection;
	struct infer_connection *of;
	struct infer_http_error error;
	bool is_completion, chat;
	struct infer_bytes body;
	struct infer_reply reply;
	struct infer_job *job;
	struct infer_watch watch;
	bool suspended, gone, streaming, began, ended;
	struct infer_bytes pending;
	size_t sent;
};

/* infer_http_is_shared(): whether there is more than one user and agent, as far as can be told. */
bool infer_http_is_shared(const struct infer_http *http);

/* infer_exchange_answer(): as MHD_AccessHandlerCallback has it. */
enum MHD_Result infer_exchange_answer(void *data, struct MHD_Connection *connection, const char *url,
				      const char *method, const char *version, const char *upload,
				      size_t *upload_size, void **context);

/* infer_exchange_completed(): as MHD_RequestCompletedCallback has it. */
void infer_exchange_completed(void *data, struct MHD_Connection *connection, void **context,
			      enum MHD_RequestTerminationCode code);

/* infer_exchange_suspend(): until something is told of its job, or its client goes. */
void infer_exchange_suspend(struct infer_exchange *exchange);

/* infer_stream_response(): the events of an answer, as they come; NULL without memory. */
struct MHD_Response *infer_stream_response(struct infer_exchange *exchange);

#endif
