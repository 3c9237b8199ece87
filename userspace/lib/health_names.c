// SPDX-License-Identifier: GPL-2.0-or-later
/* States, reasons and outcomes as words. */
#include <errno.h>
#include <string.h>

#include "health.h"

static const char *const states[HEADGATE_HEALTH_STATES] = { "ok", "degraded", "brown", "dark" };

static const char *const reasons[HEADGATE_HEALTH_REASONS] = {
	[HEADGATE_HEALTH_WELL] = "-",
	[HEADGATE_HEALTH_TOGETHER] = "all-slower",
	[HEADGATE_HEALTH_SLOW] = "slower",
	[HEADGATE_HEALTH_FAILS] = "fails",
	[HEADGATE_HEALTH_WRONG] = "wrong",
	[HEADGATE_HEALTH_JOB] = "job-hangs",
	[HEADGATE_HEALTH_HANGS] = "hangs",
	[HEADGATE_HEALTH_WEDGED] = "wedged",
};

static const char *const outcomes[HEADGATE_PROBE_OUTCOMES] = { "ok", "wrong", "failed" };

static int parse(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

const char *headgate_health_state_name(enum headgate_health_state state)
{
	return state < HEADGATE_HEALTH_STATES ? states[state] : "?";
}

const char *headgate_health_reason_name(enum headgate_health_reason reason)
{
	return reason < HEADGATE_HEALTH_REASONS ? reasons[reason] : "?";
}

const char *headgate_probe_outcome_name(enum headgate_probe_outcome outcome)
{
	return outcome < HEADGATE_PROBE_OUTCOMES ? outcomes[outcome] : "?";
}

int headgate_health_state_parse(const char *name, enum headgate_health_state *state)
{
	int i = parse(states, HEADGATE_HEALTH_STATES, name);

	if (i < 0)
		return i;
	*state = (enum headgate_health_state)i;
	return 0;
}

int headgate_probe_outcome_parse(const char *name, enum headgate_probe_outcome *outcome)
{
	int i = parse(outcomes, HEADGATE_PROBE_OUTCOMES, name);

	if (i < 0)
		return i;
	*outcome = (enum headgate_probe_outcome)i;
	return 0;
}

int headgate_health_reason_parse(const char *name, enum headgate_health_reason *reason)
{
	int i = parse(reasons, HEADGATE_HEALTH_REASONS, name);

	if (i < 0)
		return i;
	*reason = (enum headgate_health_reason)i;
	return 0;
}
