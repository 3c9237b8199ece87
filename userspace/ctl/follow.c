// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>

#include "arguments.h"
#include "follow.h"
#include "session.h"

/* How often to see whether the module, and with it the subscription, has gone. */
#define CHECK_MS 2000

int follow_events(struct headgate_client *client, struct headgate_events *events, const int *end)
{
	struct pollfd poll_fd = { .fd = headgate_events_fd(events), .events = POLLIN };
	struct headgate_info info;
	int ret;

	while (!*end) {
		ret = poll(&poll_fd, 1, CHECK_MS);
		if (ret < 0 && errno != EINTR)
			return session_error(-errno, "cannot wait for events");
		if (ret > 0) {
			ret = headgate_events_process(events);
			if (ret < 0)
				return session_error(ret, "cannot read events");
			continue;
		}
		ret = headgate_info_get(client, &info);
		if (ret == -ENOENT || ret == -EOPNOTSUPP)
			return session_error(-ENOENT, "");
		if (!ret)
			headgate_info_free(&info);
	}
	return EXIT_OK;
}
