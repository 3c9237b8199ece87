/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the family, made up. After cmocka.h and what that needs. */
#ifndef HEADGATE_UNIT_NETLINK_MESSAGE_H
#define HEADGATE_UNIT_NETLINK_MESSAGE_H

#include <netlink/genl/genl.h>

static inline struct nl_msg *new_message(int command)
{
	struct nl_msg *message = nlmsg_alloc_size(16384);

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, 0, 0, 30, 0, NLM_F_REQUEST, command, 1));
	return message;
}

#endif
