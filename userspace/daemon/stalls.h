/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for stalls once a second, and tells of each: log, netlink, the policy's program. */
#ifndef HEADGATE_DAEMON_STALLS_H
#define HEADGATE_DAEMON_STALLS_H

#include <systemd/sd-event.h>

#include "config.h"
#include "look.h"
#include "stall.h"

struct history;
struct stalls;

/* -ENOMEM. */
int stalls_new(struct stalls **stalls, sd_event *event);

/* Have each written down in the history as well. */
void stalls_record(struct stalls *stalls, struct history *history);

/* Those that are open stay so, for the headgated after this one.  @stalls may be NULL. */
void stalls_free(struct stalls *stalls);

/* Go on from what a headgated before has told of this module, unless we have looked already. */
void stalls_load(struct stalls *stalls);

/* The module went, and with it all that could stall. */
void stalls_clear(struct stalls *stalls, const struct headgate_config *config);

/* @client: tells those who follow events. */
void stalls_look(struct stalls *stalls, const struct look *seen, struct headgate_client *client,
		 const struct headgate_config *config);

/* Those that are open now. */
const struct headgate_stalls *stalls_open(const struct stalls *stalls);

/* The module let a ticket through in debt. */
void stalls_forced(struct stalls *stalls, const struct headgate_event *event);

/* A device says that it is wedged; @node: below /dev, such as "dri/card1". */
void stalls_wedged(const char *node, void *stalls);

#endif /* HEADGATE_DAEMON_STALLS_H */
