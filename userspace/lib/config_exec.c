// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that a policy file names. */
#include "config_parser.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MIN_NS	UINT64_C(100000000)
#define TIMEOUT_MAX_NS	UINT64_C(600000000000)

/* "none" takes back what an earlier file says.  No shell reads it, so there are no arguments. */
void config_parse_exec(struct config_parser *p, const char *value, char **exec)
{
	char *copy = NULL;

	if (strcmp(value, "none")) {
		if (*value != '/' || strlen(value) >= PATH_MAX)
			return config_complain(p, "exec: \"%s\" is neither the path of a program, from the root on, nor none", value);
		copy = strdup(value);
		p->no_memory |= !copy;
	}
	free(*exec);
	*exec = copy;
}

void config_parse_exec_timeout(struct config_parser *p, const char *value, uint64_t *ns)
{
	config_parse_time(p, "exec-timeout", value, TIMEOUT_MIN_NS, TIMEOUT_MAX_NS, ns);
}
