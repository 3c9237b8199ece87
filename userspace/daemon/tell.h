/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event in fields and a sentence: to the journal, and to a program that the policy names. */
#ifndef HEADGATE_DAEMON_TELL_H
#define HEADGATE_DAEMON_TELL_H

#include <stddef.h>
#include <stdint.h>

struct hooks;

#define TELL_FIELDS_MAX 32

/**
 * struct tell - an event
 * @fields: "NAME=value" each, at most TELL_FIELDS_MAX, ended by NULL; without what comes of the
 *	sentence
 * @sentence: for people; printable
 * @message_id: "MESSAGE_ID=…"
 * @priority: of syslog
 */
struct tell {
	char *const *fields;
	const char *sentence;
	const char *message_id;
	int priority;
};

/*
 * With the fields, if our messages go to the journal, which is not told those that are empty; else
 * the sentence.
 */
void tell_log(const struct tell *tell);

/* Run @program with the fields as its environment, and HEADGATE_MESSAGE; NULL: there is none. */
void tell_program(const struct tell *tell, struct hooks *hooks, const char *program, uint64_t timeout_ns);

#endif
