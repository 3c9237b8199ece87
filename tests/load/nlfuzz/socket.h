/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel, and what it answers. */
#ifndef NLFUZZ_SOCKET_H
#define NLFUZZ_SOCKET_H

#include <stdbool.h>

#include "../genl.h"

#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))

/* What came back: @err is 1 for no answer, 0 or a negative errno. */
struct answer {
	int err;
	unsigned int messages;
	unsigned int offset;		/* of the attribute at fault, 0: none */
	bool bounded;
	uint64_t min, max;
	char text[256];
};

extern int family;	/* of headgate, from socket_open() on */

void socket_open(void);
void socket_close(void);

/* Sends @length bytes of the request, which gets a sequence number, to be acked. */
void socket_put(struct genl_request *r, size_t length);

/* The same, and the answer; @each is called for every message that is no verdict. */
struct answer socket_ask(struct genl_request *r, size_t length,
			 void (*each)(const struct nlmsghdr *n, void *data), void *data);

#endif
