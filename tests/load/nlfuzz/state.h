/* SPDX-License-Identifier: GPL-2.0 */
/* What the module holds: agents and settings. */
#ifndef NLFUZZ_STATE_H
#define NLFUZZ_STATE_H

#include "socket.h"

struct state {
	size_t length;
	char text[GENL_SIZE];		/* attributes as they came */
	const char *wrong;		/* a value that cannot be */
};

void state_read(struct state *s);
bool state_same(const struct state *a, const struct state *b);

#endif
