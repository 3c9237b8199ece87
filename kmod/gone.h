/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_GONE_H
#define _HEADGATE_GONE_H

#include "device.h"

/**
 * struct headgate_gone - what is left of an agent's flow: its totals
 * @list: in the lane's @gone, in the order of @number
 * @number: counts up over all lanes, for headgate_gone_forget()
 * @agent_id: cgroup id of the agent, never used again
 * @ledger: totals
 *
 * Under the device's lock.
 */
struct headgate_gone {
	struct list_head list;
	u64 number;
	u64 agent_id;
	struct headgate_ledger ledger;
};

void headgate_gone_add(struct headgate_lane *lane, u64 agent_id,
		       const struct headgate_ledger *ledger);
u64 headgate_gone_last(void);
void headgate_gone_forget(struct headgate_lane *lane, u64 until);

#endif
