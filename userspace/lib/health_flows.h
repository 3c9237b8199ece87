/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files health*.c share among themselves and with nobody else. */
#ifndef LIBHEADGATE_HEALTH_FLOWS_H
#define LIBHEADGATE_HEALTH_FLOWS_H

#include "health.h"

/* What speaks against a device, and how much. */
struct health_evidence {
	enum headgate_health_state state;
	enum headgate_health_reason reason;
	double factor;
};

/* The module does not know it: what it did at the last look is nothing to go on from. */
void health_device_unseen(struct headgate_health_device *device);

/* Brings the flows up to date; 0 or -ENOMEM. */
int health_flows_look(struct headgate_health *health, const struct headgate_health_look *look);

/* @witness: a probe says how the device is, so that what agents do explains the rest. */
struct health_evidence health_flows_judge(struct headgate_health *health,
					  const struct headgate_health_device *device, bool witness,
					  const struct headgate_health_look *look);

#endif
