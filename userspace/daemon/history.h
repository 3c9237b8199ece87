/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history of headgated: every 10 s what the ledger has grown by, and events. */
#ifndef HEADGATE_DAEMON_HISTORY_H
#define HEADGATE_DAEMON_HISTORY_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "config.h"

struct history;
struct watch;

/*
 * @watch says whose agents are. Nothing is written before history_configure(). What fails is logged
 * once and tried again; nobody else is held up by it, nor by a disk that is slow: a thread of its
 * own writes.
 */
int history_new(struct history **history, sd_event *event, const struct watch *watch);
/* @config is looked at whenever there is something to write. */
void history_configure(struct history *history, const struct headgate_config *config);

/* An event of now; @kind is a constant. */
void history_event(struct history *history, const char *kind, uint64_t agent_id,
		   const char *agent, const char *text);

/* An agent went: many in a short time are counted before the module forgets them. */
void history_agent_gone(struct history *history, uint64_t agent_id, const char *agent);

/* Writes once more, and ends. */
void history_free(struct history *history);

#endif
