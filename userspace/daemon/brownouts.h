/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at the health of devices once a second, hears probes, and tells of what changes. */
#ifndef HEADGATE_DAEMON_BROWNOUTS_H
#define HEADGATE_DAEMON_BROWNOUTS_H

#include <systemd/sd-event.h>

#include "config.h"
#include "look.h"
#include "stall.h"

struct brownouts;
struct devices;
struct history;
struct overrides;

/*
 * -ENOMEM; without its socket it goes on.  @devices: those of this host; @overrides: where what is
 * done about a device is laid on top of the policy.
 */
int brownouts_new(struct brownouts **brownouts, sd_event *event, const struct devices *devices,
		  struct history *history, struct overrides *overrides);

/* What is known stays, for the headgated after this one.  @brownouts may be NULL. */
void brownouts_free(struct brownouts *brownouts);

/* @stalls: those that are open. */
void brownouts_look(struct brownouts *brownouts, const struct look *seen, const struct headgate_config *config,
		    const struct headgate_stalls *stalls);

/* The gate went: what is done about devices is done to nobody.  Before budgets_let_go(). */
void brownouts_let_go(struct brownouts *brownouts);

/* The module went; the devices are as they were. */
void brownouts_detach(struct brownouts *brownouts);

#endif
