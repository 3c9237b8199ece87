/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended acks: why the kernel refused a request. */
#ifndef LIBHEADGATE_EXTACK_H
#define LIBHEADGATE_EXTACK_H

#include "message.h"

/* The TLVs of an NLMSG_ERROR or NLMSG_DONE, their values unpacked. */
struct extack {
	const char *text;	/* NULL when there is none; points into the message */
	unsigned int attribute;	/* type of the offending attribute, 0: unknown */
	unsigned int missing;	/* type of the missing attribute, 0: none */
	bool bounded;		/* the policy gave min and max */
	uint64_t min;
	uint64_t max;
};

/*
 * Unpack @reply; @request is what was sent, or NULL.  What is malformed is
 * left out.  Returns the error that @reply carries, 0 or negative.
 */
int extack_parse(const struct nlmsghdr *reply, const struct nlmsghdr *request,
		 struct extack *extack);

/* One sentence: "weight: integer out of range (1 to 10000)". */
void extack_format(const struct extack *extack, int error, const struct message_set *set,
		   char *text, size_t size);

#endif
