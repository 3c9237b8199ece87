/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Budgets: looks once a second at what was used, judges, tells, and acts. */
#ifndef HEADGATE_DAEMON_BUDGETS_H
#define HEADGATE_DAEMON_BUDGETS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "look.h"
#include "override.h"

struct budgets;
struct history;
struct watch;

/* @watch says whose agents are; @history has what was told, and may be NULL. 0 or a negative errno. */
int budgets_new(struct budgets **budgets, sd_event *event, const struct watch *watch, struct history *history);

/* What is laid on top of the policy; what others lay there budgets_look() carries out as well. */
struct overrides *budgets_overrides(struct budgets *budgets);

/* The policy is that from now on; @config is looked at whenever it is needed. */
void budgets_configure(struct budgets *budgets, const struct headgate_config *config);

/* An agent's cgroup may have said something else of a budget of its own. @data: the budgets */
int budgets_seen(uint64_t agent_id, const char *path, void *data);

/* @instance: of the module, which @client is connected to. */
void budgets_look(struct budgets *budgets, const struct look *seen, struct headgate_client *client,
		  uint64_t instance);

/* A cgroup comes, and may be an agent: before its policy is set. */
void budgets_came(struct budgets *budgets, const char *path, uint64_t id);

/*
 * An agent went: its last work is told yet. True: of so many that they are to be looked at before the
 * module forgets them.
 */
bool budgets_gone(struct budgets *budgets, uint64_t id, const char *path);

/* Nothing is enforced for now: nobody stands still for a budget, until the next look. */
void budgets_let_go(struct budgets *budgets);

/* The same, and what is known stays for the next headgated. @budgets may be NULL. */
void budgets_free(struct budgets *budgets);

#endif
