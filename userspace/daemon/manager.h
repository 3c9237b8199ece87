/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: cgroups, policy file, module and gate kept in line with each other. */
#ifndef HEADGATE_DAEMON_MANAGER_H
#define HEADGATE_DAEMON_MANAGER_H

#include <stdbool.h>

#include "config.h"

/**
 * struct options - the command line
 * @config_file: policy file
 * @config_optional: nobody asked for this file, it may be missing
 * @cgroup_root: directory of the root cgroup
 * @version: of headgated
 */
struct options {
	const char *config_file;
	bool config_optional;
	const char *cgroup_root;
	const char *version;
};

/* Run until SIGTERM or SIGINT. Return: 0 or -errno after a message. */
int manager_run(const struct options *options);

#endif /* HEADGATE_DAEMON_MANAGER_H */
