/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client: a thread that submits jobs to one engine, keeps up to --depth of
 * them in flight, and waits for the oldest.
 */
#ifndef SIMLOAD_CLIENT_H
#define SIMLOAD_CLIENT_H

#include <stdint.h>

#include "result.h"

struct client {
	int fd;			/* of its worker */
	struct result *result;
	unsigned int seed;
	uint32_t never;		/* syncobj whose fence does not signal, or 0 */
	uint32_t *sync;		/* ring of opt.depth syncobjs, or NULL */
	int64_t *since;		/* when each was submitted */
	uint64_t head;		/* jobs submitted */
	uint64_t tail;		/* jobs waited for */
};

/* Its whole life. */
void client_run(struct client *c);

#endif
