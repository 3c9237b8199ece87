// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [stall] of a policy file. */
#include "config_parser.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_DEADLINE, KEY_EXEC, KEY_EXEC_TIMEOUT };

/* 10 s: what drivers give a job of graphics before they reset the engine. */
#define DEADLINE_NS		UINT64_C(10000000000)
#define EXEC_TIMEOUT_NS		UINT64_C(10000000000)
#define EXEC_TIMEOUT_MIN_NS	UINT64_C(100000000)
#define EXEC_TIMEOUT_MAX_NS	UINT64_C(600000000000)

void config_stall_defaults(struct headgate_config_stall *stall)
{
	stall->deadline_ns = DEADLINE_NS;
	stall->exec_timeout_ns = EXEC_TIMEOUT_NS;
}

/* "none" takes back what an earlier file says.  No shell reads it, so there are no arguments. */
static void parse_exec(struct config_parser *p, const char *value)
{
	struct headgate_config_stall *stall = &p->config.stall;
	char *exec = NULL;

	if (strcmp(value, "none")) {
		if (*value != '/' || strlen(value) >= PATH_MAX)
			return config_complain(p, "exec: \"%s\" is neither the path of a program, from the root on, nor none", value);
		exec = strdup(value);
		p->no_memory |= !exec;
	}
	free(stall->exec);
	stall->exec = exec;
}

void config_set_stall_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_stall *stall = &p->config.stall;

	if (!strcmp(key, "deadline")) {
		if (config_first_time(p, KEY_DEADLINE, key))
			config_parse_deadline(p, value, &stall->deadline_ns);
	} else if (!strcmp(key, "exec")) {
		if (config_first_time(p, KEY_EXEC, key))
			parse_exec(p, value);
	} else if (!strcmp(key, "exec-timeout")) {
		if (config_first_time(p, KEY_EXEC_TIMEOUT, key))
			config_parse_time(p, key, value, EXEC_TIMEOUT_MIN_NS, EXEC_TIMEOUT_MAX_NS,
					  &stall->exec_timeout_ns);
	} else {
		config_complain(p, "unknown key %s in [stall]; there are deadline, exec and exec-timeout", key);
	}
}
