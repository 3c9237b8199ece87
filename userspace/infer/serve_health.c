// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_health.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"
#include "probe_message.h"
#include "serve_log.h"

/* headgated takes connections at once, or its queue is full, and that is for another time. */
#define CONNECT_MS 1u

/* Once, until it answers. */
static void say_absent(struct infer_health *health, bool was_there, int error)
{
	/* Where nobody has asked for it, it need not be there. */
	bool wanted = was_there || error != -ENOENT || strcmp(health->path, HEADGATE_PROBE_SOCKET);

	if (health->absent || !wanted)
		;
	else if (error == -EACCES)
		infer_log_line("%s is for root alone: brownouts are not heard of; --brownouts none does without",
			       health->path);
	else
		infer_log_line("headgated does not answer on %s: %s; brownouts are not heard of until it does",
			       health->path, strerror(-error));
	health->absent = true;
}

static void lose(struct infer_health *health, int error, uint64_t now)
{
	int fd = health->watch.fd;

	if (fd >= 0) {
		infer_loop_forget(health->loop, &health->watch);
		close(fd);
	}
	health->retry_ns = now + INFER_HEALTH_RETRY_NS;
	say_absent(health, fd >= 0, error);
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
	uint64_t now = infer_now_ns();
	bool ill;

	if (strncmp(line, "health ", 7) || !get(line, "device=", device, sizeof(device)) || !*device ||
	    !get(line, "state=", name, sizeof(name)) || headgate_health_state_parse(name, &state))
		return;
	get(line, "reason=", reason, sizeof(reason));
	ill = state >= HEADGATE_HEALTH_BROWN;
	if (infer_fleet_heard(health->fleet, device, ill ? now + INFER_HEALTH_KEEP_NS : 0, now))
		infer_log_line("device %s is %s (%s): new requests %s", device, name, reason,
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
	if (health->absent)
		infer_log_line("headgated answers on %s: brownouts are heard of", health->path);
	health->absent = false;
	hear(health, line);
}

void infer_health_open(struct infer_health *health, const char *path, int loop, struct infer_fleet *fleet)
{
	*health = (struct infer_health){ .path = path, .loop = loop, .fleet = fleet };
	health->watch = (struct infer_watch){ .ready = on_ready, .fd = -1 };
}

static void join(struct infer_health *health, uint64_t now)
{
	int fd = headgate_probe_connect_within(health->path, CONNECT_MS);
	int error;

	if (fd < 0) {
		lose(health, fd, now);
		return;
	}
	error = infer_loop_watch(health->loop, &health->watch, fd, EPOLLIN);
	if (!error)
		return;
	close(fd);
	lose(health, error, now);
}

/* It tells all again; one that stands still does not read, and is not waited for. */
static void ask(struct infer_health *health, uint64_t now)
{
	static const char subscribe[] = "subscribe";

	health->retry_ns = now + INFER_HEALTH_ASK_NS;
	if (send(health->watch.fd, subscribe, strlen(subscribe), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		lose(health, -errno, now);
}

void infer_health_tick(struct infer_health *health, uint64_t now)
{
	const char *place;

	while ((place = infer_fleet_lapsed(health->fleet, now)))
		infer_log_line("headgated says nothing more of device %s: new requests return to it", place);
	if (!health->path || now < health->retry_ns)
		return;
	if (health->watch.fd < 0)
		join(health, now);
	if (health->watch.fd >= 0)
		ask(health, now);
}

void infer_health_close(struct infer_health *health)
{
	int fd = health->watch.fd;

	if (fd < 0)
		return;
	infer_loop_forget(health->loop, &health->watch);
	close(fd);
}
