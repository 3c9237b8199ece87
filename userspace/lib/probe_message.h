/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said on headgated's probe socket: a line of words a datagram, see brownouts.rst.  Of
 * names only what needs no quoting is taken.
 */
#ifndef LIBHEADGATE_PROBE_MESSAGE_H
#define LIBHEADGATE_PROBE_MESSAGE_H

#include "health.h"

/* SOCK_SEQPACKET; for root. */
#define HEADGATE_PROBE_SOCKET		"/run/headgate/probe"
#define HEADGATE_PROBE_MESSAGE_MAX	512

enum headgate_probe_verb {
	HEADGATE_PROBE_BEGIN,
	HEADGATE_PROBE_END,
	HEADGATE_PROBE_SUBSCRIBE,
	HEADGATE_PROBE_CALIBRATE,
	HEADGATE_PROBE_VERBS,
};

/* The fields of other verbs are 0. */
struct headgate_probe_message {
	enum headgate_probe_verb verb;
	char device[HEADGATE_DEVICE_NAME_MAX];
	char probe[HEADGATE_PROBE_NAME_MAX];
	enum headgate_probe_outcome outcome;
	uint64_t allowed_us;
	uint64_t time_ns;
};

/**
 * headgate_probe_parse - understand a line
 * @line: ended by 0; the end of a line at its end is let pass
 * @message: receives it
 * @error: receives a sentence when it is none
 * @size: of @error
 *
 * Return: 0 or -EINVAL.
 */
int headgate_probe_parse(const char *line, struct headgate_probe_message *message, char *error, size_t size);

/* The line for a message; returns its length, or -E2BIG. */
int headgate_probe_format(const struct headgate_probe_message *message, char *line, size_t size);

#endif
