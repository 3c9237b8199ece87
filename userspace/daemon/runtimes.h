/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long jobs take, as the observation (observe.h) has it, if there is one. */
#ifndef HEADGATE_DAEMON_RUNTIMES_H
#define HEADGATE_DAEMON_RUNTIMES_H

#include "calls.h"

/* headgate_stall_p99() of an agent on all lanes of a device; 0 where it is not known. */
uint64_t runtimes_p99(uint64_t agent_id, uint32_t device_id, const struct headgate_lanes *lanes);

#endif /* HEADGATE_DAEMON_RUNTIMES_H */
