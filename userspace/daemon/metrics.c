// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "metrics_read.h"
#include "metrics_server.h"
#include "metrics_socket.h"

#define NS_PER_S UINT64_C(1000000000)

struct metrics {
	struct headgate_config_metrics config;	/* of what is served, if @server */
	struct metrics_socket listener;
	struct metrics_server *server;
	bool stuck;				/* the thread of a server before did not end */
	_Atomic size_t agents_max;
	uint64_t started_ns;			/* CLOCK_REALTIME */
	const char *version;
	/* of the server's thread */
	struct metrics_reader reader;
	struct metrics_collector collector;
};

static int snapshot(struct metrics_snapshot *snapshot, void *data)
{
	struct metrics *m = data;
	struct metrics_input input = { .started_ns = m->started_ns, .version = m->version };
	int ret;

	metrics_read(&m->reader, &input);
	ret = metrics_collect(&m->collector, &input, m->agents_max, snapshot);
	metrics_input_free(&input);
	return ret;
}

int metrics_new(struct metrics **metrics, const char *version)
{
	struct metrics *m = calloc(1, sizeof(*m));
	struct timespec now;

	if (!m)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	m->started_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	m->version = version;
	m->listener.fd = -1;
	*metrics = m;
	return 0;
}

static void stop(struct metrics *m)
{
	/* The server closes what it listens at. */
	if (m->server)
		m->listener.fd = -1;
	m->stuck |= !metrics_server_free(m->server);
	m->server = NULL;
	metrics_socket_close(&m->listener);
}

static void start(struct metrics *m, const struct headgate_config_metrics *config)
{
	const struct metrics_source source = { .snapshot = snapshot, .data = m };
	char why[METRICS_WHY_MAX];
	int err;

	if (m->stuck) {
		log_error("metrics are not served, all else goes on: the module did not answer; restart headgated");
		return;
	}
	err = metrics_socket_open(&m->listener, config, why);
	if (err) {
		log_error("metrics are not served, all else goes on: %s", why);
		return;
	}
	err = metrics_server_new(&m->server, m->listener.fd, config->address.ss_family != AF_UNIX, &source);
	if (err) {
		m->listener.fd = -1;
		metrics_socket_close(&m->listener);
		log_error("metrics are not served, all else goes on: %s", strerror(-err));
		return;
	}
	m->config = *config;
	log_notice("metrics are served at %s", config->listen);
}

static bool is_same(const struct headgate_config_metrics *a, const struct headgate_config_metrics *b)
{
	return a->address_size == b->address_size && !memcmp(&a->address, &b->address, sizeof(a->address)) &&
	       a->group == b->group;
}

void metrics_configure(struct metrics *m, const struct headgate_config *config)
{
	const struct headgate_config_metrics *wanted = &config->metrics;

	m->agents_max = wanted->agents_max;
	if (m->server && is_same(&m->config, wanted))
		return;
	stop(m);
	if (wanted->address_size)
		start(m, wanted);
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	stop(m);
	if (m->stuck)
		return;
	metrics_reader_free(&m->reader);
	metrics_collector_free(&m->collector);
	free(m);
}
