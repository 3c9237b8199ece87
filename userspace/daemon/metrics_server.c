// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "log.h"
#include "metrics_http.h"

#define CONNECTIONS_MAX	16
/* Prometheus gives up after 10 s by default, too. */
#define CONNECTION_MS	10000
/* For request and headers of the answer; more is refused. */
#define CONNECTION_BYTES ((size_t)16 << 10)
/* Two formats as they are now, and two that slow clients are still reading. */
#define TEXTS_MAX	4
#define FRESH_MS	1000
/* With all connections taken, or no descriptor for one, to the next look at whether there is now. */
#define FULL_MS		100
/* A look takes moments; systemd gives a service 90 s to stop. */
#define END_S		5

struct connection {
	struct MHD_Connection *connection;	/* NULL: free */
	int fd;
	uint64_t until_ms;
};

struct metrics_server {
	pthread_t thread;
	int end;				/* eventfd */
	bool is_port;
	struct metrics_source source;
	struct MHD_Daemon *http;
	/* of the thread alone, once it runs */
	struct connection connections[CONNECTIONS_MAX];
	struct {
		struct MHD_Response *response;	/* NULL: none yet, or @err */
		int err;
		uint64_t made_ms;
	} made[METRICS_FORMATS];
	int texts;				/* in memory */
	uint64_t taken;				/* connections, in all */
	bool failing;				/* it was said */
	bool short_of;				/* the same, that no connection can be taken */
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

/* ---- answers ---- */

struct owned_text {
	char *data;
	struct metrics_server *server;
};

static void free_text(void *data)
{
	struct owned_text *text = data;

	text->server->texts--;
	free(text->data);
	free(text);
}

static ssize_t read_text(void *data, uint64_t at, char *to, size_t room)
{
	const struct owned_text *text = data;

	memcpy(to, text->data + at, room);
	return room;
}

/* Takes the text. */
static struct MHD_Response *response_of(struct metrics_server *s, struct metrics_text *text, enum metrics_format format)
{
	struct owned_text *owned = malloc(sizeof(*owned));
	struct MHD_Response *response = NULL;

	if (owned) {
		*owned = (struct owned_text){ text->data, s };
		/* The length is known, so that no more than that is asked for. */
		response = MHD_create_response_from_callback(text->size, 32 << 10, read_text, owned, free_text);
	}
	if (!response) {
		free(owned);
		metrics_text_free(text);
		return NULL;
	}
	s->texts++;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, metrics_http_type(format));
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return response;
}

static int render(struct metrics_server *s, enum metrics_format format, struct MHD_Response **response)
{
	struct metrics_text text = { .limit = METRICS_TEXT_MAX };
	struct metrics_snapshot snapshot = { 0 };
	int ret = s->source.snapshot(&snapshot, s->source.data);

	if (!ret)
		metrics_render(&snapshot, format, &text);
	metrics_snapshot_free(&snapshot);
	if (ret)
		return ret;
	if (text.failed) {
		metrics_text_free(&text);
		return -E2BIG;
	}
	*response = response_of(s, &text, format);
	return *response ? 0 : -ENOMEM;
}

/* As it was at most a second ago, an error too. -EBUSY: slow clients hold all texts there may be. */
static int look(struct metrics_server *s, enum metrics_format format)
{
	uint64_t now = now_ms();
	int ret;

	if ((s->made[format].response || s->made[format].err) && now - s->made[format].made_ms < FRESH_MS)
		return s->made[format].err;
	if (s->made[format].response)
		MHD_destroy_response(s->made[format].response);
	s->made[format].response = NULL;
	s->made[format].err = 0;
	if (s->texts >= TEXTS_MAX)
		return -EBUSY;
	ret = render(s, format, &s->made[format].response);
	if (ret && !s->failing)
		log_warning("metrics: %s; who asks for them is told so, until it is over",
			    ret == -E2BIG ? "they are more than 64 MiB, a lower agents-max makes them fewer" : strerror(-ret));
	s->failing = ret;
	s->made[format].err = ret;
	s->made[format].made_ms = now;
	return ret;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status, const char *header,
			      const char *value, const char *text)
{
	struct MHD_Response *response;
	enum MHD_Result ret;

	response = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (header)
		MHD_add_response_header(response, header, value);
	ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **context)
{
	struct metrics_server *s = data;
	enum metrics_format format;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)context;
	if (s->is_port &&
	    !headgate_host_is_here(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST)))
		return refuse(connection, MHD_HTTP_FORBIDDEN, NULL, NULL, "Ask for localhost, 127.0.0.1 or [::1].\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW, "GET, HEAD",
			      "There are GET and HEAD.\n");
	if (strcmp(url, "/metrics"))
		return refuse(connection, MHD_HTTP_NOT_FOUND, NULL, NULL, "There is /metrics.\n");
	format = metrics_http_format(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	switch (look(s, format)) {
	case 0:
		return MHD_queue_response(connection, MHD_HTTP_OK, s->made[format].response);
	case -EBUSY:
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, MHD_HTTP_HEADER_RETRY_AFTER, "10",
			      "Clients that are slow to read hold all the memory that metrics may take.\n");
	default:
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, NULL,
			      "There is an error; it is in headgated's log.\n");
	}
}

/* ---- connections ---- */

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct metrics_server *s = data;

	(void)context;
	s->taken += code == MHD_CONNECTION_NOTIFY_STARTED;
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &s->connections[i];

		if (code == MHD_CONNECTION_NOTIFY_CLOSED && c->connection == connection) {
			c->connection = NULL;
			return;
		}
		if (code == MHD_CONNECTION_NOTIFY_STARTED && !c->connection && info) {
			*c = (struct connection){ connection, info->connect_fd, now_ms() + CONNECTION_MS };
			return;
		}
	}
}

static int count_connections(const struct metrics_server *s)
{
	int count = 0;

	for (int i = 0; i < CONNECTIONS_MAX; i++)
		count += !!s->connections[i].connection;
	return count;
}

/*
 * Runs it. Whether what it was woken for is there yet, as it can be where there is no connection: one waits for which
 * there is no descriptor. Where there are some, libmicrohttpd looks away until one has ended.
 */
static bool run_once(struct metrics_server *s, bool woken)
{
	bool none = !count_connections(s);
	uint64_t before = s->taken;

	MHD_run(s->http);
	if (s->taken != before)
		s->short_of = false;
	if (!woken || !none || s->taken != before)
		return false;
	if (!s->short_of)
		log_warning("metrics: no connection can be taken, maybe as too many files are open; it is tried again and again");
	s->short_of = true;
	return true;
}

/* Who has had their time is cut off; returns ms until it is to be looked at again. */
static int cut_off(struct metrics_server *s)
{
	uint64_t now = now_ms(), next = CONNECTION_MS;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &s->connections[i];

		if (!c->connection)
			continue;
		if (c->until_ms <= now) {
			/* libmicrohttpd sees its end, and closes it. */
			shutdown(c->fd, SHUT_RDWR);
			c->until_ms = now + CONNECTION_MS;
		}
		if (c->until_ms - now < next)
			next = c->until_ms - now;
	}
	return next;
}

static void *run(void *data)
{
	struct metrics_server *s = data;
	const int epoll = MHD_get_daemon_info(s->http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	struct pollfd polls[] = { { .fd = epoll, .events = POLLIN }, { .fd = s->end, .events = POLLIN } };
	MHD_UNSIGNED_LONG_LONG timeout;
	bool full = false, away = false;
	int wait;

	for (;;) {
		wait = cut_off(s);
		if (MHD_get_timeout(s->http, &timeout) == MHD_YES && timeout < (unsigned int)wait)
			wait = timeout;
		/* It listens again when it is run with room for one more, and nothing would wake it for that. */
		if ((full || away) && wait > FULL_MS)
			wait = FULL_MS;
		polls[0].fd = away ? -1 : epoll;
		if (poll(polls, 2, wait) < 0) {
			if (errno == EINTR)
				continue;
			log_error("metrics are not served any more, all else goes on: %s", strerror(errno));
			break;
		}
		if (polls[1].revents)
			break;
		full = count_connections(s) == CONNECTIONS_MAX;
		away = run_once(s, polls[0].revents);
	}
	for (int i = 0; i < METRICS_FORMATS; i++)
		if (s->made[i].response)
			MHD_destroy_response(s->made[i].response);
	MHD_stop_daemon(s->http);
	return NULL;
}

/* ---- life ---- */

static int start_thread(struct metrics_server *s)
{
	sigset_t all, before;
	int ret;

	/* Signals are for the loop, and SIGPIPE, of clients that went, for nobody. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int metrics_server_new(struct metrics_server **server, int fd, bool is_port, const struct metrics_source *source)
{
	struct metrics_server *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (!s)
		goto close_fd;
	s->source = *source;
	s->is_port = is_port;
	s->end = eventfd(0, EFD_CLOEXEC);
	if (s->end < 0) {
		ret = -errno;
		goto free_server;
	}
	/* It has no thread of its own: ours runs it, and cuts off who takes too long. */
	s->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, s,
				   MHD_OPTION_LISTEN_SOCKET, fd,
				   MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
				   MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
				   MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(CONNECTION_MS / 1000),
				   MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
				   MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
	if (!s->http)
		goto close_end;
	ret = start_thread(s);
	if (!ret) {
		*server = s;
		return 0;
	}
	/* It closes the socket as well. */
	MHD_stop_daemon(s->http);
	fd = -1;
close_end:
	close(s->end);
free_server:
	free(s);
close_fd:
	if (fd >= 0)
		close(fd);
	return ret;
}

bool metrics_server_free(struct metrics_server *s)
{
	const uint64_t one = 1;
	struct timespec until;

	if (!s)
		return true;
	if (write(s->end, &one, sizeof(one)) < 0)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_S;
	if (pthread_clockjoin_np(s->thread, NULL, CLOCK_MONOTONIC, &until)) {
		log_warning("metrics: the module does not answer; they are not waited for");
		return false; /* it is still at work on @s */
	}
	close(s->end);
	free(s);
	return true;
}
