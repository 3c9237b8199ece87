/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kills the process whose job hangs for longer than the policy has patience. */
#ifndef HEADGATE_DAEMON_KILLER_H
#define HEADGATE_DAEMON_KILLER_H

#include "config.h"
#include "stall.h"

struct killer_job;

/* All 0 to begin with; freed by killer_free(). */
struct killer {
	struct killer_job *jobs;	/* whose process was killed, or let be for good */
	size_t n_jobs;
};

/* @tell: of each that was killed, or could not be; a sentence, NULL and false. */
void killer_look(struct killer *killer, const struct headgate_stalls *stalls,
		 const struct headgate_config_brownout *config, uint64_t now_ns,
		 void (*tell)(const char *sentence, const struct headgate_agent *agent, bool over,
			      void *data), void *data);
void killer_free(struct killer *killer);

#endif
