// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [stall] of a policy file. */
#include "config_parser.h"

#include <string.h>

enum { KEY_DEADLINE, KEY_EXEC, KEY_EXEC_TIMEOUT };

/* 10 s: what drivers give a job of graphics before they reset the engine. */
#define DEADLINE_NS		UINT64_C(10000000000)

void config_stall_defaults(struct headgate_config_stall *stall)
{
	stall->deadline_ns = DEADLINE_NS;
	stall->exec_timeout_ns = CONFIG_EXEC_TIMEOUT_NS;
}

void config_set_stall_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_stall *stall = &p->config.stall;

	if (!strcmp(key, "deadline")) {
		if (config_first_time(p, KEY_DEADLINE, key))
			config_parse_deadline(p, value, &stall->deadline_ns);
	} else if (!strcmp(key, "exec")) {
		if (config_first_time(p, KEY_EXEC, key))
			config_parse_exec(p, value, &stall->exec);
	} else if (!strcmp(key, "exec-timeout")) {
		if (config_first_time(p, KEY_EXEC_TIMEOUT, key))
			config_parse_exec_timeout(p, value, &stall->exec_timeout_ns);
	} else {
		config_complain(p, "unknown key %s in [stall]; there are deadline, exec and exec-timeout", key);
	}
}
