/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_AGENT_H
#define CTL_AGENT_H

#include "arguments.h"
#include "headgate.h"

/* The policy options as a change; a mistake is told.  Returns 0 or EXIT_USAGE. */
int agent_policy(const struct arguments *arguments, struct headgate_policy *policy);

/* The fields of an agent, into an open object. */
void agent_json(struct headgate_json *json, const struct headgate_agent *agent);

#endif
