/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the policy has run: a few at once, for a time, and nobody waits for them. */
#ifndef HEADGATE_DAEMON_HOOKS_H
#define HEADGATE_DAEMON_HOOKS_H

#include <stdint.h>
#include <systemd/sd-event.h>

/* A storm of events must not become one of processes. */
#define HOOKS_MAX 8

struct hooks;

/* -ENOMEM.  From now on SIGCHLD is as by default. */
int hooks_new(struct hooks **hooks, sd_event *event);

/* What still runs is killed, and not waited for for long.  @hooks may be NULL. */
void hooks_free(struct hooks *hooks);

/**
 * hooks_run - run a program, and go on
 * @hooks: where its end is awaited
 * @program: absolute path; no shell, no arguments
 * @environment: all of its environment, ended by NULL
 * @timeout_ns: after which it is killed, with what it has started in its process group
 *
 * Its input and standard output are /dev/null, what it complains of is in our log.
 *
 * Return: 0; -EBUSY: HOOKS_MAX run, it was left out and counted; another errno after a message.
 */
int hooks_run(struct hooks *hooks, const char *program, char *const environment[],
	      uint64_t timeout_ns);

#endif /* HEADGATE_DAEMON_HOOKS_H */
