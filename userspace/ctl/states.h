/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each agent is doing, and whose it is. */
#ifndef CTL_STATES_H
#define CTL_STATES_H

#include "headgate.h"
#include "labels.h"
#include "lives.h"

/* Whether headgated is at work, and keeps that file up to date. */
bool states_are_kept(const char *file);

/* Says on standard error why that is not so; @what headgated judges: "devices". */
void states_note(const char *what);

/*
 * As headgated has seen it.  Without it, or for an agent that it has not seen, what one look
 * tells, with a since_ns of 0.  0 or a negative errno.
 */
int states_read(const struct headgate_agents *agents, const struct headgate_flows *flows,
		struct headgate_lives *lives);

/* "state" and "state_since_ns" (of the wall clock), into an open object; @life may be NULL. */
void states_json(struct headgate_json *json, const struct headgate_life *life);

/* As headgated has found them, or without it what the cgroups say.  0 or -ENOMEM. */
int labels_read(const struct headgate_agents *agents, struct headgate_labels_list *list);

/* "owner" and "project", null where there is none, into an open object; @item may be NULL. */
void labels_json(struct headgate_json *json, const struct headgate_labelled *item);

/* For how long that is so, "12s", or "-". */
const char *states_age(const struct headgate_life *life, char *text, size_t size);

#endif
