/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What headgated says of devices (brownouts.rst), for the fleet: one that is brown or dark is passed over until it is
 * better.
 *
 * It need not run. When it goes, what it said last counts for a while, as it may be starting anew.
 */
#ifndef INFER_SERVE_HEALTH_H
#define INFER_SERVE_HEALTH_H

#include "serve_fleet.h"
#include "serve_loop.h"

#define INFER_HEALTH_RETRY_NS UINT64_C(5000000000)
/* As headgated does with a probe that has gone. */
#define INFER_HEALTH_KEEP_NS UINT64_C(60000000000)

/**
 * struct infer_health - a subscription
 * @path: of headgated's socket; NULL: nobody is asked
 * @watch: of the connection; its fd is -1 while there is none
 * @retry_ns: when to try again
 * @absent: that nobody answers has been said
 */
struct infer_health {
	const char *path;
	int loop;
	struct infer_fleet *fleet;
	struct infer_watch watch;
	uint64_t retry_ns;
	bool absent;
};

/* infer_health_open(): connects at the first tick; what is pointed to is to outlive it. */
void infer_health_open(struct infer_health *health, const char *path, int loop, struct infer_fleet *fleet);
void infer_health_tick(struct infer_health *health, uint64_t now);
void infer_health_close(struct infer_health *health);

#endif
