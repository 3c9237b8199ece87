/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pacing: has the ledger or fdinfo read (pace_ledger.h, pace_fdinfo.h), which ask the model
 * (pace_model.h), and its guard freeze and thaw.
 */
#ifndef HEADGATE_DAEMON_PACER_H
#define HEADGATE_DAEMON_PACER_H

#include <systemd/sd-event.h>

#include "cgroups.h"
#include "config.h"
#include "devices.h"

/* The drivers that the gate leaves to pacing, one a line; headgate reads it too. */
#define PACED_FILE	RUN_DIR "/paced"

/* There while these are paced indeed. */
#define PACING_FILE	RUN_DIR "/pacing"

struct pacer;

/* @present: the host's devices, lasting until pacer_free() */
int pacer_new(struct pacer **pacer, sd_event *event, const struct devices *present);

/* Thaws all. */
void pacer_free(struct pacer *pacer);

/**
 * pacer_start - begin to pace what the policy says, anew if it is under way
 * @pacer: pacer
 * @client: connection, lasting until pacer_stop()
 * @config: policy, lasting as long
 * @cgroups: the tree of cgroups, lasting as long
 *
 * Nobody is frozen, and no debt is left, when this returns.
 */
void pacer_start(struct pacer *pacer, struct headgate_client *client,
		 const struct headgate_config *config, const struct cgroups *cgroups);

/* Thaw all, and pace no more; @pacer may be NULL. */
void pacer_stop(struct pacer *pacer);

/* Look at once which devices there are. */
void pacer_devices_changed(struct pacer *pacer);

/* Whether it does what the policy says, be that nothing. */
bool pacer_obeys(const struct pacer *pacer, const struct headgate_config *config);

/* Whether two policies pace the same drivers. */
bool pacer_same(const struct headgate_config *a, const struct headgate_config *b);

/* Say to others which drivers the gate leaves out; NULL: there is no gate. */
void pacer_publish(const struct headgate_config *config);

/* Thaw what a headgated that was killed may have left frozen; 0 or a negative errno after a message. */
int pacer_thaw_left(int wait_ms);

#endif /* HEADGATE_DAEMON_PACER_H */
