/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users whose requests wait for one of few workers, each of which has one request at a time. */
#ifndef TEST_INFER_SERVICE_TURNS_H
#define TEST_INFER_SERVICE_TURNS_H

#include "infer_service_world.h"

#define TURN (INFER_SHARE_TURN_NS / INFER_SECOND)

enum { FIRST = 1, SECOND, THIRD };

/* All workers that there are, and that are not held, say something each second. */
void pass_at_work(uint32_t seconds);

/* A request that has a worker, which was started for it. */
struct infer_job *at_work(uid_t user, const char *cgroup);

/* A request that has none. */
struct infer_job *waiting(uid_t user, const char *cgroup);

/* The worker whose job this is answers, and makes room for @next, in a new one. */
void assert_next(uint32_t worker, struct infer_job *job, const struct infer_job *next);

#endif
