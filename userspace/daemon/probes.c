// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* Without a descriptor, say, for a connection: to the next try, as it waits and would wake the loop again and again. */
#define PAUSE_US UINT64_C(1000000)

struct peer {
	struct probes *probes;		/* NULL: nobody */
	int fd;
	uint64_t number;
	uint32_t pid;
	bool subscribed;
	sd_event_source *source;
};

struct probes {
	sd_event *event;
	struct probes_calls calls;
	char *path;
	int fd;
	sd_event_source *source;
	sd_event_source *pause;		/* its end */
	bool short_of;			/* it was said that a connection cannot be taken */
	struct peer peers[PROBES_CONNECTIONS_MAX];
	uint64_t last;			/* number of a peer */
	bool full;			/* it was said that there are too many */
};

static void hang_up(struct peer *peer)
{
	struct probes *probes = peer->probes;
	uint64_t number = peer->number;

	sd_event_source_disable_unref(peer->source);
	close(peer->fd);
	*peer = (struct peer){ 0 };
	probes->full = false;
	probes->calls.left(number, probes->calls.data);
}

static bool say(struct peer *peer, const char *line)
{
	return send(peer->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

void probes_say(struct probes *probes, int fd, const char *line)
{
	for (size_t i = 0; probes && i < PROBES_CONNECTIONS_MAX; i++) {
		struct peer *peer = &probes->peers[i];

		if (peer->probes && peer->subscribed && (fd < 0 || peer->fd == fd) && !say(peer, line))
			hang_up(peer);
	}
}

/* Whether there is still somebody. */
static bool answer(struct peer *peer, const char *line)
{
	struct probes *probes = peer->probes;
	char error[HEADGATE_PROBE_MESSAGE_MAX - 16] = "", reply[HEADGATE_PROBE_MESSAGE_MAX];
	struct headgate_probe_message message;
	int err = headgate_probe_parse(line, &message, error, sizeof(error));

	if (!err && message.verb != HEADGATE_PROBE_SUBSCRIBE)
		err = probes->calls.message(peer->number, peer->pid, &message, error, sizeof(error), probes->calls.data);
	if (err)
		snprintf(reply, sizeof(reply), "error %s", *error ? error : strerror(-err));
	if (!say(peer, err ? reply : "ok"))
		return false;
	if (!err && message.verb == HEADGATE_PROBE_SUBSCRIBE) {
		peer->subscribed = true;
		probes->calls.subscribed(probes, peer->fd, probes->calls.data);
	}
	return peer->probes;
}

static int on_peer(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	char line[HEADGATE_PROBE_MESSAGE_MAX + 1];
	struct peer *peer = data;
	ssize_t got = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_TRUNC);

	(void)source;
	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got >= (ssize_t)sizeof(line))
		got = sizeof(line) - 1; /* too long: the parser says so */
	if (got > 0) {
		line[got] = '\0';
		if (answer(peer, line))
			return 0;
	}
	if (peer->probes)
		hang_up(peer);
	return 0;
}

static int take(struct probes *probes, int fd)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);
	size_t i;

	for (i = 0; i < PROBES_CONNECTIONS_MAX && probes->peers[i].probes; i++)
		;
	if (i == PROBES_CONNECTIONS_MAX) {
		if (!probes->full)
			log_warning("%s: there are %d connections, no more are taken", probes->path,
				    PROBES_CONNECTIONS_MAX);
		probes->full = true;
		return -ENOSPC;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return -errno;
	probes->peers[i] = (struct peer){ .probes = probes, .fd = fd, .number = ++probes->last,
					   .pid = (uint32_t)peer.pid };
	return sd_event_add_io(probes->event, &probes->peers[i].source, fd, EPOLLIN, on_peer,
			       &probes->peers[i]);
}

/* Said once, until one is taken. */
static void pause_listening(struct probes *probes, int error)
{
	if (!probes->short_of)
		log_warning("%s: no connection can be taken: %s; it is tried again each second", probes->path, strerror(-error));
	probes->short_of = true;
	/* It listens no more if, and only if, it is told when to listen again. */
	if (sd_event_source_set_time_relative(probes->pause, PAUSE_US) >= 0 &&
	    sd_event_source_set_enabled(probes->pause, SD_EVENT_ONESHOT) >= 0)
		sd_event_source_set_enabled(probes->source, SD_EVENT_OFF);
}

static int on_pause_over(sd_event_source *source, uint64_t now_us, void *data)
{
	struct probes *probes = data;

	(void)source;
	(void)now_us;
	if (sd_event_source_set_enabled(probes->source, SD_EVENT_ON) < 0)
		pause_listening(probes, -ENOMEM);
	return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct probes *probes = data;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (peer < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_listening(probes, -errno);
		return 0;
	}
	probes->short_of = false;
	if (take(probes, peer) >= 0)
		return 0;
	for (size_t i = 0; i < PROBES_CONNECTIONS_MAX; i++)
		if (probes->peers[i].probes && probes->peers[i].fd == peer)
			probes->peers[i] = (struct peer){ 0 };
	close(peer);
	return 0;
}

/* Nobody else listens there: headgated is alone on its host (instance.c). */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	/* Whoever may connect decides what is shed and paused. */
	mask = umask(0177);
	err = bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8) ? -errno : 0;
	umask(mask);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int probes_new(struct probes **probes, sd_event *event, const char *path, const struct probes_calls *calls)
{
	struct probes *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p)
		return err;
	p->fd = -1;
	p->event = sd_event_ref(event);
	p->calls = *calls;
	p->path = strdup(path);
	if (p->path) {
		p->fd = listen_at(path);
		err = p->fd < 0 ? p->fd : sd_event_add_io(event, &p->source, p->fd, EPOLLIN, on_connection, p);
	}
	/* Now, as it takes a descriptor itself. */
	if (err >= 0)
		err = sd_event_add_time_relative(event, &p->pause, CLOCK_MONOTONIC, PAUSE_US, 0, on_pause_over, p);
	if (err >= 0)
		err = sd_event_source_set_enabled(p->pause, SD_EVENT_OFF);
	if (err < 0) {
		log_warning("%s: %s; what probes say of devices is not heard", path, strerror(-err));
		probes_free(p);
		return err;
	}
	*probes = p;
	return 0;
}

void probes_free(struct probes *probes)
{
	if (!probes)
		return;
	for (size_t i = 0; i < PROBES_CONNECTIONS_MAX; i++)
		if (probes->peers[i].probes)
			hang_up(&probes->peers[i]);
	sd_event_source_disable_unref(probes->source);
	sd_event_source_disable_unref(probes->pause);
	if (probes->fd >= 0) {
		close(probes->fd);
		unlink(probes->path);
	}
	sd_event_unref(probes->event);
	free(probes->path);
	free(probes);
}
