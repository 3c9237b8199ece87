// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_parts.h"
#include "serve_peer.h"

#define CONNECTIONS 512u

/* Of one agent, so that it leaves some to others. */
#define AGENT_CONNECTIONS (CONNECTIONS / 8)

/* For the head of a request, and what of an answer is on its way. */
#define CONNECTION_BYTES ((size_t)64 << 10)

/* A client that does not read for so long is gone. */
#define CONNECTION_SECONDS 60u

/* ---- connections ---- */

bool infer_http_is_shared(const struct infer_http *http)
{
	return !http->setup.listen->is_port && !http->setup.everyone;
}

static bool is_same(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

/*
 * Those who are no agent are one together; where all are one it may have all. A user may have as many as are left, so
 * alone half of all, and whoever comes finds some: each next one half of what those before have left.
 */
static bool has_too_many(const struct infer_http *http, const struct infer_connection *connection)
{
	uint32_t all = 0, of_agent = 0, of_user = 0;

	if (!infer_http_is_shared(http))
		return false;
	for (const struct infer_connection *c = http->connections; c; c = c->next) {
		all++;
		of_agent += is_same(c->cgroup, connection->cgroup);
		of_user += c->user == connection->user;
	}
	return of_agent >= AGENT_CONNECTIONS || of_user >= CONNECTIONS - all;
}

static void *begin(struct infer_http *http, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct infer_connection *c = info ? calloc(1, sizeof(*c)) : NULL;

	http->taken++;
	if (!c)
		return NULL;
	c->fd = info->connect_fd;
	c->until = infer_now_ns() + INFER_HTTP_PATIENCE_NS;
	c->user = INFER_PEER_NOBODY;
	if (!http->setup.listen->is_port) {
		int error = infer_peer_cgroup(c->fd, &c->cgroup);

		c->unknown = error && error != -ENOENT;
		c->user = infer_peer_user(c->fd);
	}
	if (has_too_many(http, c)) {
		/* libmicrohttpd sees its end, and closes it. */
		shutdown(c->fd, SHUT_RDWR);
		free(c->cgroup);
		free(c);
		return NULL;
	}
	c->next = http->connections;
	http->connections = c;
	return c;
}

static void end(struct infer_http *http, struct infer_connection *c)
{
	struct infer_connection **at = &http->connections;

	if (!c)
		return;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c->cgroup);
	free(c);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct infer_http *http = data;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		http->open++;
		*context = begin(http, connection);
	} else {
		http->open--;
		end(http, *context);
		*context = NULL;
	}
}

/* ---- what it is woken for ---- */

static void on_ready(struct infer_watch *watch, uint32_t events)
{
	struct infer_http *http = (struct infer_http *)((char *)watch - offsetof(struct infer_http, watch));

	(void)events;
	http->woken = true;
}

static int watch(struct infer_http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	if (!info)
		return -ENOMEM;
	return infer_loop_watch(http->setup.service->loop, &http->watch, info->epoll_fd, EPOLLIN);
}

void infer_http_tick(struct infer_http *http)
{
	uint64_t now = infer_now_ns();

	/* After look_away(). */
	watch(http);
	for (struct infer_connection *c = http->connections; c; c = c->next) {
		if (now < c->until)
			continue;
		/* libmicrohttpd sees its end, and closes it. */
		shutdown(c->fd, SHUT_RDWR);
		c->until = now + INFER_HTTP_PATIENCE_NS;
	}
}

/* ---- life ---- */

int infer_http_open(const struct infer_http_setup *setup, struct infer_http **http)
{
	struct infer_http *h = calloc(1, sizeof(*h));
	int error;

	if (!h)
		return -ENOMEM;
	h->setup = *setup;
	h->watch = (struct infer_watch){ .ready = on_ready, .fd = -1 };
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, infer_exchange_answer, h,
				     MHD_OPTION_LISTEN_SOCKET, setup->listen->fd,
				     MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
				     MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS,
				     MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
				     MHD_OPTION_NOTIFY_COMPLETED, infer_exchange_completed, h,
				     MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
	if (!h->daemon) {
		free(h);
		return -ENOMEM;
	}
	setup->listen->fd = -1;
	error = watch(h);
	if (error) {
		infer_http_close(h);
		return error;
	}
	*http = h;
	return 0;
}

/*
 * Until the next tick: somebody waits for a connection for whom there is no descriptor, and would wake the loop again
 * and again. Where there are connections libmicrohttpd looks away from new ones until one of them has ended.
 */
static void look_away(struct infer_http *http)
{
	if (!http->short_of)
		infer_log_line("no connection can be taken, maybe as too many files are open; it is tried again and again");
	http->short_of = true;
	infer_loop_forget(http->setup.service->loop, &http->watch);
}

void infer_http_run(struct infer_http *http)
{
	bool for_a_new_one = http->woken && !http->open && !http->quiet;
	uint64_t before = http->taken;

	http->woken = false;
	do {
		http->run_again = false;
		MHD_run(http->daemon);
	} while (http->run_again);
	if (http->taken != before)
		http->short_of = false;
	else if (for_a_new_one)
		look_away(http);
}

int infer_http_wait_ms(struct infer_http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(http->daemon, &ms) == MHD_YES && ms < 1000 ? (int)ms : 1000;
}

void infer_http_quiesce(struct infer_http *http)
{
	int fd;

	if (http->quiet)
		return;
	http->quiet = true;
	fd = MHD_quiesce_daemon(http->daemon);
	if (fd >= 0)
		close(fd);
}

uint32_t infer_http_busy(const struct infer_http *http)
{
	return http->exchanges;
}

void infer_http_close(struct infer_http *http)
{
	infer_loop_forget(http->setup.service->loop, &http->watch);
	MHD_stop_daemon(http->daemon);
	free(http);
}
