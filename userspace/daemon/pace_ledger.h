/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pacing by the module's ledger: devices, and what each agent got of them. */
#ifndef HEADGATE_DAEMON_PACE_LEDGER_H
#define HEADGATE_DAEMON_PACE_LEDGER_H

#include "config.h"
#include "devices.h"
#include "pace_model.h"
#include "roster.h"

/**
 * struct ledger_device - a device that the module knows
 * @id: its number there
 * @pace: by what it is paced
 * @model: used when that is the ledger
 */
struct ledger_device {
	uint32_t id;
	enum headgate_pace pace;
	struct pace_model model;
};

struct pace_ledger {
	struct ledger_device *devices;
	size_t count;
};

/**
 * pace_ledger_refresh - look for devices that have come or gone
 * @ledger: zeroed at first; freed by pace_ledger_free()
 * @client: connection
 * @config: policy
 * @present: the host's devices
 *
 * Lets tickets through that wait for devices which the gate has left since.
 *
 * Return: 0 or a negative errno.
 */
int pace_ledger_refresh(struct pace_ledger *ledger, struct headgate_client *client,
			const struct headgate_config *config, const struct devices *present);

/* A look at the ledger: a step of each model; 0 or a negative errno. */
int pace_ledger_step(struct pace_ledger *ledger, struct headgate_client *client,
		     struct roster *roster, int64_t now_ns);

void pace_ledger_free(struct pace_ledger *ledger);

#endif /* HEADGATE_DAEMON_PACE_LEDGER_H */
