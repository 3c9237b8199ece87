// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "commands.h"
#include "socket.h"

/* Dumps whose reader goes away: the module must free what it keeps for them. */
int run_abandon(unsigned long dumps)
{
	static const int cmds[] = { HEADGATE_CMD_AGENT_GET, HEADGATE_CMD_LANE_GET,
				    HEADGATE_CMD_DEVICE_GET, HEADGATE_CMD_FLOW_GET,
				    HEADGATE_CMD_PRESSURE_GET, HEADGATE_CMD_JOB_GET };
	struct genl_request r;

	for (unsigned long i = 0; i < dumps; i++) {
		socket_open();
		genl_begin(&r, family, cmds[i % COUNT_OF(cmds)], NLM_F_DUMP);
		socket_put(&r, r.n.nlmsg_len);
		socket_close();
	}
	return 0;
}
