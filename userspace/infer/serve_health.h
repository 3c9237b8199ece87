/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What headgated says of devices (brownouts.rst), for the fleet: one that is brown or dark is passed over until it is
 * better.
 *
 * It need not run. What it said counts for a while, in which it may be starting anew, and it is asked again and again, as
 * it says nothing of a device that it knows no more.
 */
#ifndef INFER_SERVE_HEALTH_H
#define INFER_SERVE_HEALTH_H

#include "serve_fleet.h"
#include "serve_loop.h"

#define INFER_HEALTH_RETRY_NS UINT64_C(5000000000)
/* As headgated does with a probe that has gone; three times as long as it is asked. */
#define INFER_HEALTH_KEEP_NS UINT64_C(60000000000)
#define INFER_HEALTH_ASK_NS UINT64_C(20000000000)

/**
 * struct infer_health - a subscription
 * @path: of headgated's socket; NULL: nobody is asked
 * @watch: of the connection; its fd is -1 while there is none
 * @retry_ns: when to try again, or to ask again
 * @absent: nobody answers, and that has been said where it is worth a word
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
