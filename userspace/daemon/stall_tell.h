/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a stall: fields, the same for the journal and for a program, and a sentence. */
#ifndef HEADGATE_DAEMON_STALL_TELL_H
#define HEADGATE_DAEMON_STALL_TELL_H

#include "stall.h"
#include "tell_words.h"

/**
 * struct stall_names - what numbers stand for; "" for what is not known
 * @agent: path of its cgroup
 * @device: name of the device
 * @engine: name of the lane
 * @coredump: path of what the driver left of a device that is wedged
 */
struct stall_names {
	const char *agent;
	const char *device;
	const char *engine;
	const char *coredump;
};

/* Fields: see stalls.rst; those that do not apply are empty. 0 or -ENOMEM; freed by tell_words_free(). */
int stall_words(const struct headgate_stall *stall, bool end, uint64_t age_ns,
		const struct stall_names *names, struct tell_words *words);

/* What is told of it, as long as the words last. */
struct tell stall_tell(const struct headgate_stall *stall, bool end, const struct tell_words *words);

#endif /* HEADGATE_DAEMON_STALL_TELL_H */
