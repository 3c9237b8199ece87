/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy file means for a cgroup: pure functions. */
#ifndef HEADGATE_DAEMON_POLICY_H
#define HEADGATE_DAEMON_POLICY_H

#include <stdbool.h>

#include "config.h"

/**
 * policy_match - whether a pattern covers a cgroup path
 * @pattern: `*`, `?` and `[...]` stand for characters within a name; a component `**`
 *	stands for any number of names, none included, but at the end for at least one.  A
 *	backslash is an ordinary character: systemd escapes names with it.
 * @path: cgroup path, beginning with a slash as @pattern does
 */
bool policy_match(const char *pattern, const char *path);

/**
 * policy_resolve - the policy of a cgroup
 * @config: policy file
 * @path: cgroup path
 * @policy: receives the policy, every field present; @policy.id and @policy.path are left alone
 *
 * All sections that match apply in their order, key by key; what none sets is the default.
 *
 * Return: whether a section matches; if not, the cgroup is no agent of the file's.
 */
bool policy_resolve(const struct headgate_config *config, const char *path,
		    struct headgate_policy *policy);

/* The labels of a cgroup: of the sections that match, the last that sets one; "" if none does. */
void policy_labels(const struct headgate_config *config, const char *path,
		   struct headgate_labels *labels);

/* The deadline of its jobs: of the sections that match, the last that sets one; 0 if none does. */
uint64_t policy_deadline(const struct headgate_config *config, const char *path);

/* Whether the agent in the kernel has this policy already. */
bool policy_in_force(const struct headgate_policy *policy, const struct headgate_agent *agent);

#endif /* HEADGATE_DAEMON_POLICY_H */
