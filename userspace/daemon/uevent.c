// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A socket of our own: sd-device hears udev alone, which not every host runs, and keeps to
 * itself that messages were lost. Both senders are heard. The kernel tells at once, when a
 * node may not be ready to be opened yet; udev tells some time later, when it is.
 *
 * A message is a reason to look and nothing more (devices.c), so nothing hangs on who sends
 * it, on its order, or on its being told twice.
 */
#include "uevent.h"

#include <endian.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUP_KERNEL	1
#define GROUP_UDEV	2

/* The kernel's are 2 KiB at most, udev's 8 KiB; what is longer is none of devices of ours. */
#define MESSAGE_MAX	16384

/* A bus that is scanned tells of some hundred devices at once, about 1 KiB each. */
#define RECEIVE_BUFFER	(1 << 20)
/* Messages at a time, then it is others' turn. */
#define RECEIVE_MAX	64

/* Before the strings of udev's messages. Its numbers are of this host's order, but the magic one. */
struct udev_header {
	char prefix[8];
	uint32_t magic;
	uint32_t header_size;
	uint32_t properties_offset;
	uint32_t properties_length;
};

#define UDEV_PREFIX	"libudev"
#define UDEV_MAGIC	0xfeedcafe

struct uevents {
	int fd;
	sd_event_source *source;
	uevents_fn function;
	void *data;
};

/* ---- one message ---- */

static bool is_of_udev(const char *message, size_t length)
{
	return length >= sizeof(UDEV_PREFIX) && !memcmp(message, UDEV_PREFIX, sizeof(UDEV_PREFIX));
}

/* Where the strings are. */
static bool find_strings(const char **message, size_t *length)
{
	struct udev_header header;
	size_t first;

	if (is_of_udev(*message, *length)) {
		if (*length < sizeof(header))
			return false;
		memcpy(&header, *message, sizeof(header));
		if (header.magic != htobe32(UDEV_MAGIC) || header.properties_offset > *length ||
		    header.properties_length > *length - header.properties_offset)
			return false;
		*message += header.properties_offset;
		*length = header.properties_length;
		return true;
	}
	first = strnlen(*message, *length);
	if (first == *length || !memchr(*message, '@', first))
		return false;
	*message += first + 1;
	*length -= first + 1;
	return true;
}

static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	return !strncmp(text, key, length) && text[length] == '=' ? text + length + 1 : NULL;
}

bool uevent_parse(const char *message, size_t length, struct uevent *event)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{ "ACTION", &event->action },
		{ "SUBSYSTEM", &event->subsystem },
		{ "DEVNAME", &event->node },
		{ "WEDGED", &event->wedged },
	};
	size_t used;

	*event = (struct uevent){ "", "", "", "" };
	/* The last string ends in the message. */
	if (!length || message[length - 1] || !find_strings(&message, &length))
		return false;
	for (; length; message += used, length -= used) {
		used = strnlen(message, length);
		if (used == length)
			return false;
		used++;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			const char *value = value_of(message, keys[i].key);

			if (value)
				*keys[i].value = value;
		}
	}
	/* udev gives the path. */
	if (!strncmp(event->node, "/dev/", 5))
		event->node += 5;
	return *event->action;
}

bool uevent_is_of_devices(const struct uevent *event)
{
	/* kfd is a way past the gate, which comes with amdgpu; see bypass.h. */
	static const char *const subsystems[] = { "drm", "accel", "kfd" };

	for (size_t i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++)
		if (!strcmp(event->subsystem, subsystems[i]))
			return true;
	/*
	 * Of whatever bus: a driver that has a device, and all its nodes are ready; or has it no
	 * more. GPUs without a DRM node are told of by nothing else.
	 */
	return !strcmp(event->action, "bind") || !strcmp(event->action, "unbind");
}

/* ---- the socket ---- */

/* Only root can send to a group; one that is of none may come from anybody. */
static bool is_trusted(const struct sockaddr_nl *from)
{
	return from->nl_family == AF_NETLINK &&
	       (from->nl_groups == GROUP_UDEV || (from->nl_groups == GROUP_KERNEL && !from->nl_pid));
}

/* Return: whether there may be more. */
static bool receive(struct uevents *uevents)
{
	char message[MESSAGE_MAX];
	struct sockaddr_nl from = {};
	struct iovec part = { message, sizeof(message) };
	struct msghdr header = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1,
	};
	ssize_t length = recvmsg(uevents->fd, &header, MSG_DONTWAIT);
	struct uevent event;

	if (length < 0 && errno == ENOBUFS)
		uevents->function(NULL, uevents->data);
	else if (length < 0)
		return errno == EINTR;
	else if (!(header.msg_flags & MSG_TRUNC) && is_trusted(&from) &&
		 uevent_parse(message, (size_t)length, &event) && uevent_is_of_devices(&event)) {
		/* A device is as it is whoever tells; that it got wedged is told once, and first-hand. */
		if (from.nl_groups != GROUP_KERNEL)
			event.wedged = "";
		uevents->function(&event, uevents->data);
	}
	return true;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	(void)source;
	(void)fd;
	(void)revents;
	/* What is left wakes the loop again. */
	for (int i = 0; i < RECEIVE_MAX && receive(data); i++)
		;
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL | GROUP_UDEV,
	};
	int size = RECEIVE_BUFFER, err;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	/* As much of it as any user may have: what a storm of messages loses is made good for by looking. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int uevents_new(struct uevents **uevents, sd_event *event, uevents_fn function, void *data)
{
	struct uevents *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->function = function;
	u->data = data;
	u->fd = open_socket();
	err = u->fd < 0 ? u->fd : sd_event_add_io(event, &u->source, u->fd, EPOLLIN, on_readable, u);
	if (err < 0) {
		uevents_free(u);
		return err;
	}
	*uevents = u;
	return 0;
}

void uevents_free(struct uevents *uevents)
{
	if (!uevents)
		return;
	sd_event_source_disable_unref(uevents->source);
	if (uevents->fd >= 0)
		close(uevents->fd);
	free(uevents);
}
