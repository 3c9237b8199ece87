// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"

static bool say(int socket, const struct infer_canary_said *said)
{
	return send(socket, said, sizeof(*said), MSG_NOSIGNAL) == sizeof(*said);
}

/* A run is asked for. */
static bool asked(int socket)
{
	ssize_t got;
	char byte;

	do
		got = recv(socket, &byte, sizeof(byte), 0);
	while (got < 0 && errno == EINTR);
	return got == sizeof(byte);
}

static int open_work(int socket, const char *device, const char *golden, struct infer_canary_work **work)
{
	struct infer_canary_said said = { .word = INFER_CANARY_READY };
	struct infer_fault fault;
	int error = infer_fault_parse(getenv("HEADGATE_INFER_FAULT"), &fault);

	if (error)
		snprintf(said.result.text, sizeof(said.result.text), "HEADGATE_INFER_FAULT is no fault");
	else
		error = infer_canary_work_open(device, golden, &fault, work, said.result.text);
	if (error) {
		said.word = INFER_CANARY_SORRY;
		said.result.outcome = HEADGATE_PROBE_FAILED;
	} else {
		memcpy(said.leg, infer_canary_work_facts(*work)->leg, sizeof(said.leg));
		memcpy(said.place, infer_canary_work_facts(*work)->place, sizeof(said.place));
	}
	return say(socket, &said) ? error : -EPIPE;
}

int infer_canary_child(int socket, const char *device, const char *golden)
{
	struct infer_canary_said said = { .word = INFER_CANARY_RESULT };
	struct infer_canary_work *work;

	if (open_work(socket, device, golden, &work))
		return INFER_EXIT_FAILED;
	/* After a failure the device may be lost to this process; the next one opens it anew. */
	while (said.result.outcome != HEADGATE_PROBE_FAILED && asked(socket)) {
		infer_canary_work_run(work, &said.result);
		if (!say(socket, &said))
			break;
	}
	/* Closing may hang with the driver, and ending does the same as far as that can be done. */
	return INFER_EXIT_OK;
}
