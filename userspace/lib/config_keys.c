// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of a policy file, and what their values may be: two tables. */
#include "config_parser.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <headgate/observe.h>

#include "setting.h"
#include "stall.h"

bool config_parse_time(struct config_parser *p, const char *key, const char *value, uint64_t min,
		       uint64_t max, uint64_t *ns)
{
	char lowest[32], highest[32];
	uint64_t parsed = UINT64_MAX;			/* what does not fit is out of range, too */
	int err = headgate_duration_parse(value, &parsed);

	if (err && err != -ERANGE) {
		config_complain(p, "%s: \"%s\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms",
			 key, value);
		return false;
	}
	if (parsed < min || parsed > max) {
		config_complain(p, "%s: %s is out of range, %s to %s are allowed", key, value,
			 headgate_duration_format(min, lowest, sizeof(lowest)),
			 headgate_duration_format(max, highest, sizeof(highest)));
		return false;
	}
	*ns = parsed;
	return true;
}

bool config_parse_deadline(struct config_parser *p, const char *value, uint64_t *ns)
{
	return config_parse_time(p, "deadline", value, HEADGATE_STALL_DEADLINE_MIN_NS,
				 HEADGATE_STALL_DEADLINE_MAX_NS, ns);
}

static void parse_observe(struct config_parser *p, const char *value)
{
	uint64_t entries;

	if (headgate_number_parse(value, 0, HEADGATE_OBSERVE_ENTRIES_MAX, &entries))
		config_complain(p, "observe: \"%s\" is not a whole number from 0 to %d", value,
			 HEADGATE_OBSERVE_ENTRIES_MAX);
	else
		p->config.observe = entries;
}

static void parse_weight(struct config_parser *p, const char *value, struct headgate_policy *policy)
{
	uint64_t weight;

	if (headgate_number_parse(value, HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX, &weight)) {
		config_complain(p, "weight: \"%s\" is not a whole number from %d to %d", value,
			 HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX);
		return;
	}
	policy->weight = weight;
	policy->present |= HEADGATE_POLICY_WEIGHT;
}

static void parse_class(struct config_parser *p, const char *value, struct headgate_policy *policy)
{
	if (headgate_class_parse(value, &policy->class))
		config_complain(p, "class: \"%s\" is neither batch nor interactive", value);
	else
		policy->present |= HEADGATE_POLICY_CLASS;
}

static void parse_slice(struct config_parser *p, const char *value, struct headgate_policy *policy)
{
	/* 0 takes the slice of the class. */
	if (!strcmp(value, "0"))
		policy->slice_ns = 0;
	else if (!config_parse_time(p, "slice", value, HEADGATE_SLICE_MIN_NS,
				    HEADGATE_SLICE_MAX_NS, &policy->slice_ns))
		return;
	policy->present |= HEADGATE_POLICY_SLICE;
}

static void parse_max(struct config_parser *p, const char *value, struct headgate_policy *policy)
{
	uint64_t quota, period;
	int err = headgate_cap_parse(value, &quota, &period);

	if (err == -ERANGE) {
		config_complain(p, "max: \"%s\" must be above 0 and at most the whole (100%%, or quota = period)", value);
		return;
	}
	if (err) {
		config_complain(p, "max: \"%s\" is not a cap; write 30%%, 30ms/100ms (quota/period) or max", value);
		return;
	}
	if (period < HEADGATE_PERIOD_MIN_NS || period > HEADGATE_PERIOD_MAX_NS) {
		config_complain(p, "max: the period of \"%s\" is out of range, 1 ms to 10 s are allowed", value);
		return;
	}
	policy->max_quota_ns = quota;
	policy->max_period_ns = period;
	policy->present |= HEADGATE_POLICY_MAX;
}

static const struct agent_key {
	const char *name;
	void (*parse)(struct config_parser *p, const char *value, struct headgate_policy *policy);
} agent_keys[] = {
	{ "weight", parse_weight },
	{ "class", parse_class },
	{ "slice", parse_slice },
	{ "max", parse_max },
};

static void parse_label(struct config_parser *p, const char *key, const char *value, char *label)
{
	if (headgate_label_is_fit(value, strlen(value)))
		strcpy(label, value);
	else
		config_complain(p, "%s: write 1 to %d bytes of printable text", key, HEADGATE_LABEL_MAX);
}

bool config_first_time(struct config_parser *p, size_t i, const char *key)
{
	if (p->seen & (1U << i)) {
		config_complain(p, "%s is set twice in this section", key);
		return false;
	}
	p->seen |= 1U << i;
	return true;
}

void config_set_gate_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_settings *settings = &p->config.settings;

	if (!strcmp(key, "observe")) {
		if (config_first_time(p, HEADGATE_SETTING_COUNT, key))
			parse_observe(p, value);
		return;
	}
	for (size_t i = 0; i < HEADGATE_SETTING_COUNT; i++) {
		const struct headgate_setting *k = &headgate_setting_table[i];
		uint64_t *ns = (uint64_t *)((char *)settings + k->offset);

		if (strcmp(k->name, key))
			continue;
		if (config_first_time(p, i, key) && config_parse_time(p, key, value, k->min_ns, k->max_ns, ns))
			settings->present |= k->present;
		return;
	}
	config_complain(p, "unknown key %s in [gate]; there are horizon, max-wait, observe, slice-batch and slice-interactive",
		 key);
}

void config_set_agent_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_agent *agent = &p->config.agents[p->config.n_agents - 1];

	for (size_t i = 0; i < ARRAY_SIZE(agent_keys); i++) {
		if (strcmp(agent_keys[i].name, key))
			continue;
		if (config_first_time(p, i, key))
			agent_keys[i].parse(p, value, &agent->policy);
		return;
	}
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++) {
		if (strcmp(headgate_label_name(i), key))
			continue;
		if (config_first_time(p, ARRAY_SIZE(agent_keys) + i, key))
			parse_label(p, key, value, agent->labels.values[i]);
		return;
	}
	if (!strcmp(key, "deadline")) {
		if (config_first_time(p, ARRAY_SIZE(agent_keys) + HEADGATE_LABEL_COUNT, key))
			config_parse_deadline(p, value, &agent->deadline_ns);
		return;
	}
	config_complain(p, "unknown key %s in [agent]; there are weight, class, slice, max, owner, project and deadline",
			key);
}
