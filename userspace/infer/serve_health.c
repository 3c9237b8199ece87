// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

/* headgated takes connections at once, or its queue is full, and that is for another time. */
#define CONNECT_MS 1u

static void lose(struct infer_health *health, int error, uint64_t now)
{
	int fd = health->watch.fd;

	if (fd >= 0) {
		infer_loop_forget(health->loop, &health->watch);
		close(fd);
		infer_fleet_unheard(health->fleet, now + INFER_HEALTH_KEEP_NS);
	}
	health->retry_ns = now + INFER_HEALTH_RETRY_NS;
	if (!health->absent)
		fprintf(stderr, "headgate-infer: serve: headgated does not answer on %s: %s; brownouts are not heard of until it does\n",
			health->path, strerror(-error));
	health->absent = true;
}

/* The value of a word "key=value" of a line, as long as it fits. */
static bool get(const char *line, const char *key, char *value, size_t size)
{
	for (const char *word = line, *end; *word; word = *end ? end + 1 : end) {
		size_t n = strlen(key);

		end = strchrnul(word, ' ');
		if (strncmp(word, key, n) || (size_t)(end - word) - n >= size)
			continue;
		memcpy(value, word + n, (size_t)(end - word) - n);
		value[end - word - n] = '\0';
		return true;
	}
	return false;
}

/* Words that are new since are no fault. */
static void hear(struct infer_health *health, const char *line)
{
	char device[INFER_FLEET_PLACE], name[16], reason[32] = "-";
	enum headgate_health_state state;
	bool ill;

	if (strncmp(line, "health ", 7) || !get(line, "device=", device, sizeof(device)) || !*device ||
	    !get(line, "state=", name, sizeof(name)) || headgate_health_state_parse(name, &state))
		return;
	get(line, "reason=", reason, sizeof(reason));
	ill = state >= HEADGATE_HEALTH_BROWN;
	if (infer_fleet_heard(health->fleet, device, ill))
		fprintf(stderr, "headgate-infer: serve: device %s is %s (%s): new requests %s\n", device, name, reason,
			ill ? "go to others" : "return to it");
}

static void on_ready(struct infer_watch *watch, uint32_t events)
{
	struct infer_health *health = (struct infer_health *)((char *)watch - offsetof(struct infer_health, watch));
	char line[HEADGATE_PROBE_MESSAGE_MAX];
	ssize_t got = recv(watch->fd, line, sizeof(line) - 1, MSG_DONTWAIT);

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		lose(health, got ? -errno : -EPIPE, infer_now_ns());
		return;
	}
	line[got] = '\0';
	if (!strncmp(line, "error ", 6)) {
		lose(health, -EPROTO, infer_now_ns());
		return;
	}
	health->absent = false;
	hear(health, line);
}

void infer_health_open(struct infer_health *health, const char *path, int loop, struct infer_fleet *fleet)
{
	*health = (struct infer_health){ .path = path, .loop = loop, .fleet = fleet };
	health->watch = (struct infer_watch){ .ready = on_ready, .fd = -1 };
}

void infer_health_tick(struct infer_health *health, uint64_t now)
{
	static const char subscribe[] = "subscribe";
	int fd, error = 0;

	if (!health->path || health->watch.fd >= 0 || now < health->retry_ns)
		return;
	fd = headgate_probe_connect_within(health->path, CONNECT_MS);
	if (fd < 0) {
		lose(health, fd, now);
		return;
	}
	if (send(fd, subscribe, strlen(subscribe), MSG_NOSIGNAL) < 0)
		error = -errno;
	if (!error)
		error = infer_loop_watch(health->loop, &health->watch, fd, EPOLLIN);
	if (!error)
		return;
	close(fd);
	lose(health, error, now);
}

void infer_health_close(struct infer_health *health)
{
	int fd = health->watch.fd;

	if (fd < 0)
		return;
	infer_loop_forget(health->loop, &health->watch);
	close(fd);
}
