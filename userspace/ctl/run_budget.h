/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `run --budget`: the command does not begin before headgated counts it. All do nothing without. */
#ifndef CTL_RUN_BUDGET_H
#define CTL_RUN_BUDGET_H

#include <stdint.h>

#include "arguments.h"

/* Before anything is made: whether it is one, and somebody counts. What is wrong is told: exit status. */
int run_budget_check(const struct arguments *arguments);

/* Before the cgroup is made an agent; 0 or a negative errno. */
int run_budget_write(const struct arguments *arguments, const char *path);

/* Until headgated counts it; a signal of @signals ends it. What is wrong is told: exit status. */
int run_budget_await(const struct arguments *arguments, const char *path, uint64_t id, int signals);

#endif
