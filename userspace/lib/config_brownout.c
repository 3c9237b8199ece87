// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [brownout] of a policy file. */
#include "config_parser.h"

#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "units.h"

/* In the order of the table of keys. */
enum key {
	KEY_DEGRADED, KEY_BROWN, KEY_EXEC, KEY_EXEC_TIMEOUT, KEY_SHED, KEY_SHED_CAP, KEY_PAUSE, KEY_DRAIN, KEY_FAIL_OVER,
	KEY_KILL_AFTER, KEYS,
};

static const char *const keys[KEYS] = {
	"degraded", "brown", "exec", "exec-timeout", "shed", "shed-cap", "pause", "drain", "fail-over", "kill-after",
};

/* Less than a twentieth is nothing but noise. */
#define FACTOR_MIN	1.05
#define FACTOR_MAX	100.0
/*
 * What a job of 20 ms leaves of the time is 2 % in a period of a second; who has one in 100 of his
 * jobs behind others' is at his 99th percentile.
 */
#define SHED_CAP_PPM	20000
#define KILL_MIN_NS	UINT64_C(1000000000)
#define KILL_MAX_NS	UINT64_C(3600000000000)

void config_brownout_defaults(struct headgate_config_brownout *brownout)
{
	brownout->limits.degraded = HEADGATE_HEALTH_DEGRADED_DEFAULT;
	brownout->limits.brown = HEADGATE_HEALTH_BROWN_DEFAULT;
	brownout->exec_timeout_ns = CONFIG_EXEC_TIMEOUT_NS;
	brownout->shed_cap_ppm = SHED_CAP_PPM;
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

/* From which state on something is done. */
static void parse_state(struct config_parser *p, const char *key, const char *value,
			enum headgate_health_state *state)
{
	enum headgate_health_state found;

	if (!strcmp(value, "never"))
		*state = HEADGATE_HEALTH_OK;
	else if (!headgate_health_state_parse(value, &found) && found != HEADGATE_HEALTH_OK)
		*state = found;
	else
		config_complain(p, "%s: \"%s\" is none of never, degraded, brown and dark", key, value);
}

static void parse_cap(struct config_parser *p, const char *value, uint32_t *ppm)
{
	double fraction;

	if (headgate_percent_parse(value, &fraction) || fraction * HEADGATE_PPM < 1)
		return config_complain(p, "shed-cap: \"%s\" is not a percentage above 0 and up to 100%%, such as 2%%", value);
	*ppm = (uint32_t)(fraction * HEADGATE_PPM + 0.5);
}

static void parse_kill(struct config_parser *p, const char *value, uint64_t *ns)
{
	if (!strcmp(value, "never"))
		*ns = 0;
	else
		config_parse_time(p, "kill-after", value, KILL_MIN_NS, KILL_MAX_NS, ns);
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

static void set(struct config_parser *p, enum key key, const char *value)
{
	struct headgate_config_brownout *brownout = &p->config.brownout;

	switch (key) {
	case KEY_DEGRADED:
		return parse_factor(p, keys[key], value, &brownout->limits.degraded);
	case KEY_BROWN:
		return parse_factor(p, keys[key], value, &brownout->limits.brown);
	case KEY_EXEC:
		return config_parse_exec(p, value, &brownout->exec);
	case KEY_EXEC_TIMEOUT:
		return config_parse_exec_timeout(p, value, &brownout->exec_timeout_ns);
	case KEY_SHED:
		return parse_state(p, keys[key], value, &brownout->shed);
	case KEY_SHED_CAP:
		return parse_cap(p, value, &brownout->shed_cap_ppm);
	case KEY_PAUSE:
		return parse_state(p, keys[key], value, &brownout->pause);
	case KEY_DRAIN:
		return parse_state(p, keys[key], value, &brownout->drain);
	case KEY_FAIL_OVER:
		return parse_state(p, keys[key], value, &brownout->fail_over);
	case KEY_KILL_AFTER:
		return parse_kill(p, value, &brownout->kill_after_ns);
	case KEYS:
		break;
	}
}

void config_set_brownout_key(struct config_parser *p, const char *key, const char *value)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(key, keys[i]))
			continue;
		if (config_first_time(p, i, key))
			set(p, (enum key)i, value);
		return;
	}
	config_complain(p, "unknown key %s in [brownout]; there are degraded, brown, exec, exec-timeout, shed, shed-cap, pause, drain, fail-over and kill-after", key);
}
