// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_tell.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "canary_log.h"

static void lose(struct infer_canary_teller *teller, int error, uint64_t now_ns)
{
	if (teller->fd >= 0)
		close(teller->fd);
	teller->fd = -1;
	teller->retry_ns = now_ns + INFER_CANARY_RETRY_NS;
	if (!teller->absent)
		infer_canary_log(LOG_NOTICE, "headgated is not told of results, as long as it does not answer on %s: %s",
				 teller->path, strerror(-error));
	teller->absent = true;
}

static bool reach(struct infer_canary_teller *teller, uint64_t now_ns)
{
	if (teller->fd >= 0)
		return true;
	if (!teller->path || now_ns < teller->retry_ns)
		return false;
	teller->fd = headgate_probe_connect_within(teller->path, INFER_CANARY_TELL_MS);
	if (teller->fd >= 0)
		return true;
	lose(teller, teller->fd, now_ns);
	return false;
}

static void tell(struct infer_canary_teller *teller, const struct headgate_probe_message *message, uint64_t now_ns)
{
	char refusal[sizeof(teller->refusal)] = "";
	int error;

	if (!*message->device || !reach(teller, now_ns))
		return;
	error = headgate_probe_tell(teller->fd, message, refusal, sizeof(refusal));
	if (error && error != -EINVAL) {
		lose(teller, error, now_ns);
		return;
	}
	if (teller->absent)
		infer_canary_log(LOG_NOTICE, "headgated is told of results");
	teller->absent = false;
	if (error && strcmp(refusal, teller->refusal))
		infer_canary_log(LOG_WARNING, "%s: headgated refuses results: %s", message->device, refusal);
	if (error)
		memcpy(teller->refusal, refusal, sizeof(refusal));
}

static struct headgate_probe_message message_of(enum headgate_probe_verb verb, const char *device)
{
	struct headgate_probe_message message = { .verb = verb, .probe = INFER_CANARY_PROBE };

	memccpy(message.device, device, '\0', sizeof(message.device) - 1);
	return message;
}

void infer_canary_tell_begin(struct infer_canary_teller *teller, const char *device, uint64_t allowed_us, uint64_t now_ns)
{
	struct headgate_probe_message message = message_of(HEADGATE_PROBE_BEGIN, device);

	message.allowed_us = allowed_us;
	tell(teller, &message, now_ns);
}

void infer_canary_tell_end(struct infer_canary_teller *teller, const char *device, enum headgate_probe_outcome outcome,
			   uint64_t time_ns, uint64_t now_ns)
{
	struct headgate_probe_message message = message_of(HEADGATE_PROBE_END, device);

	message.outcome = outcome;
	message.time_ns = time_ns;
	tell(teller, &message, now_ns);
}
