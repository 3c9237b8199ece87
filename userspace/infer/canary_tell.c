// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_tell.h"

#include <errno.h>
#include <stdio.h>
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

/* That it is refused, for another reason, or no more. */
static void hear(struct infer_canary_subject *subject, const char *refusal)
{
	if (!strcmp(refusal, subject->refusal))
		return;
	if (*refusal)
		infer_canary_log(LOG_WARNING, "%s: headgated refuses results: %s", subject->name, refusal);
	else
		infer_canary_log(LOG_NOTICE, "%s: headgated takes results now", subject->name);
	snprintf(subject->refusal, sizeof(subject->refusal), "%s", refusal);
}

static void tell(struct infer_canary_teller *teller, struct infer_canary_subject *subject,
		 struct headgate_probe_message *message, uint64_t now_ns)
{
	char refusal[sizeof(subject->refusal)] = "";
	int error;

	if (!*subject->name || !reach(teller, now_ns))
		return;
	strcpy(message->device, subject->name);
	strcpy(message->probe, INFER_CANARY_PROBE);
	error = headgate_probe_tell(teller->fd, message, refusal, sizeof(refusal));
	if (error && error != -EINVAL) {
		lose(teller, error, now_ns);
		return;
	}
	if (teller->absent)
		infer_canary_log(LOG_NOTICE, "headgated is told of results");
	teller->absent = false;
	hear(subject, refusal);
}

void infer_canary_tell_begin(struct infer_canary_teller *teller, struct infer_canary_subject *subject, uint64_t allowed_us,
			     uint64_t now_ns)
{
	struct headgate_probe_message message = { .verb = HEADGATE_PROBE_BEGIN, .allowed_us = allowed_us };

	tell(teller, subject, &message, now_ns);
}

void infer_canary_tell_end(struct infer_canary_teller *teller, struct infer_canary_subject *subject,
			   enum headgate_probe_outcome outcome, uint64_t time_ns, uint64_t now_ns)
{
	struct headgate_probe_message message = { .verb = HEADGATE_PROBE_END, .outcome = outcome, .time_ns = time_ns };

	tell(teller, subject, &message, now_ns);
}
