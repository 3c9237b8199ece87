// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [brownout] of a policy file. */
#include "config_parser.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_DEGRADED, KEY_BROWN, KEY_EXEC, KEY_EXEC_TIMEOUT };

/* Less than a twentieth is nothing but noise. */
#define FACTOR_MIN	1.05
#define FACTOR_MAX	100.0

void config_brownout_defaults(struct headgate_config_brownout *brownout)
{
	brownout->limits.degraded = HEADGATE_HEALTH_DEGRADED_DEFAULT;
	brownout->limits.brown = HEADGATE_HEALTH_BROWN_DEFAULT;
	brownout->exec_timeout_ns = CONFIG_EXEC_TIMEOUT_NS;
}

/* "1.4" whatever the locale, and nothing else that strtod() knows. */
static void parse_factor(struct config_parser *p, const char *key, const char *value, double *factor)
{
	size_t digits = strspn(value, "0123456789"), rest = digits + (value[digits] == '.');
	double number = 0, unit = 1;

	if (!digits || digits > 3 || strspn(value + rest, "0123456789") != strlen(value + rest) ||
	    strlen(value + rest) > 6)
		return config_complain(p, "%s: \"%s\" is not a factor, such as 1.4", key, value);
	for (const char *c = value; *c; c++) {
		if (*c == '.')
			continue;
		number = number * 10 + (*c - '0');
		unit *= c - value >= (ptrdiff_t)digits ? 10 : 1;
	}
	number /= unit;
	if (number < FACTOR_MIN || number > FACTOR_MAX)
		return config_complain(p, "%s: %s is out of range, %.2f to %.0f are allowed", key, value, FACTOR_MIN,
				       FACTOR_MAX);
	*factor = number;
}

void config_end_brownout(struct config_parser *p)
{
	const struct headgate_health_limits *limits = &p->config.brownout.limits;
	unsigned int line = p->line;

	if (p->section != SECTION_BROWNOUT || limits->brown >= limits->degraded)
		return;
	p->line = p->brownout_line;
	config_complain(p, "[brownout]: brown is %.2f, below degraded, which is %.2f", limits->brown,
			limits->degraded);
	p->line = line;
}

void config_set_brownout_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_brownout *brownout = &p->config.brownout;

	if (!strcmp(key, "degraded")) {
		if (config_first_time(p, KEY_DEGRADED, key))
			parse_factor(p, key, value, &brownout->limits.degraded);
	} else if (!strcmp(key, "brown")) {
		if (config_first_time(p, KEY_BROWN, key))
			parse_factor(p, key, value, &brownout->limits.brown);
	} else if (!strcmp(key, "exec")) {
		if (config_first_time(p, KEY_EXEC, key))
			config_parse_exec(p, value, &brownout->exec);
	} else if (!strcmp(key, "exec-timeout")) {
		if (config_first_time(p, KEY_EXEC_TIMEOUT, key))
			config_parse_exec_timeout(p, value, &brownout->exec_timeout_ns);
	} else {
		config_complain(p, "unknown key %s in [brownout]; there are degraded, brown, exec and exec-timeout", key);
	}
}
