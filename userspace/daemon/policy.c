// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy.h"

#include <string.h>

/*
 * [abc], [a-z], [!a-z] at @pattern against @c; @end receives what follows the bracket.
 * NULL in @end: there is no closing bracket, the [ stands for itself.
 */
static bool match_set(const char *pattern, char c, const char **end)
{
	const char *p = pattern + 1;
	bool negated = *p == '!' || *p == '^', found = false;
	const char *first;

	p += negated;
	for (first = p; *p && (*p != ']' || p == first); p++) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			found |= (unsigned char)*p <= (unsigned char)c &&
				 (unsigned char)c <= (unsigned char)p[2];
			p += 2;
		} else {
			found |= *p == c;
		}
	}
	*end = *p ? p + 1 : NULL;
	return found != negated && c != '/';
}

/* One character of @pattern against @c; returns what follows in the pattern, NULL for no match. */
static const char *match_one(const char *pattern, char c)
{
	const char *end;
	bool found;

	switch (*pattern) {
	case '?':
		return c != '/' ? pattern + 1 : NULL;
	case '[':
		found = match_set(pattern, c, &end);
		if (end)
			return found ? end : NULL;
		break;
	}
	return *pattern == c ? pattern + 1 : NULL;
}

/* Whether @pattern stands at a component "**"; @pattern is just after a slash. */
static bool is_any_depth(const char *pattern)
{
	return pattern[0] == '*' && pattern[1] == '*' && (pattern[2] == '/' || !pattern[2]);
}

/* "**" at the end: the rest of the path, if there is any. "**" "/" x: x here or after any slash. */
static bool match_any_depth(const char *pattern, const char *path)
{
	if (!pattern[2])
		return *path;
	for (pattern += 3;; path++) {
		if (policy_match(pattern, path))
			return true;
		path = strchr(path, '/');
		if (!path)
			return false;
	}
}

/*
 * Both strings begin with a slash or at a component's first character.  Within a component
 * a later star replaces an earlier one, so no choice is tried twice; "**" recurses, which
 * patterns written by root may.
 */
bool policy_match(const char *pattern, const char *path)
{
	const char *star = NULL, *retry = NULL, *next;
	bool at_start = true;

	for (;;) {
		if (at_start && is_any_depth(pattern))
			return match_any_depth(pattern, path);
		at_start = false;
		if (*pattern == '*') {
			while (*pattern == '*')
				pattern++;
			star = pattern;
			retry = path;
		} else if (!*path && !*pattern) {
			return true;
		} else if (*path && (next = match_one(pattern, *path))) {
			at_start = *path++ == '/';
			pattern = next;
			if (at_start)
				star = NULL;
		} else if (star && *retry && *retry != '/') {
			pattern = star;
			path = ++retry;
		} else {
			return false;
		}
	}
}

static void apply(struct headgate_policy *policy, const struct headgate_policy *section)
{
	if (section->present & HEADGATE_POLICY_WEIGHT)
		policy->weight = section->weight;
	if (section->present & HEADGATE_POLICY_CLASS)
		policy->class = section->class;
	if (section->present & HEADGATE_POLICY_SLICE)
		policy->slice_ns = section->slice_ns;
	if (section->present & HEADGATE_POLICY_MAX) {
		policy->max_quota_ns = section->max_quota_ns;
		policy->max_period_ns = section->max_period_ns;
	}
}

bool policy_resolve(const struct headgate_config *config, const char *path,
		    struct headgate_policy *policy)
{
	struct headgate_policy resolved = {
		.id = policy->id,
		.path = policy->path,
		.present = HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_CLASS |
			   HEADGATE_POLICY_SLICE | HEADGATE_POLICY_MAX,
		.weight = HEADGATE_WEIGHT_DEFAULT,
		.class = HEADGATE_CLASS_BATCH,
		.max_period_ns = HEADGATE_CAP_PERIOD_NS,
	};
	bool matched = false;

	for (size_t i = 0; i < config->n_agents; i++) {
		if (!policy_match(config->agents[i].glob, path))
			continue;
		apply(&resolved, &config->agents[i].policy);
		matched = true;
	}
	if (matched)
		*policy = resolved;
	return matched;
}

void policy_labels(const struct headgate_config *config, const char *path,
		   struct headgate_labels *labels)
{
	*labels = (struct headgate_labels){ 0 };
	for (size_t i = 0; i < config->n_agents; i++) {
		if (!policy_match(config->agents[i].glob, path))
			continue;
		for (int j = 0; j < HEADGATE_LABEL_COUNT; j++)
			if (*config->agents[i].labels.values[j])
				strcpy(labels->values[j], config->agents[i].labels.values[j]);
	}
}

uint64_t policy_deadline(const struct headgate_config *config, const char *path)
{
	for (size_t i = config->n_agents; i-- > 0;)
		if (config->agents[i].deadline_ns && policy_match(config->agents[i].glob, path))
			return config->agents[i].deadline_ns;
	return 0;
}

/* A quota of 0 and one of the whole period both mean: no cap. */
static uint64_t cap_quota(uint64_t quota_ns, uint64_t period_ns)
{
	return quota_ns == period_ns ? 0 : quota_ns;
}

bool policy_in_force(const struct headgate_policy *policy, const struct headgate_agent *agent)
{
	uint64_t want = cap_quota(policy->max_quota_ns, policy->max_period_ns);
	uint64_t have = cap_quota(agent->max_quota_ns, agent->max_period_ns);

	return policy->weight == agent->weight && policy->class == agent->class &&
	       policy->slice_ns == agent->slice_ns && want == have &&
	       (!want || policy->max_period_ns == agent->max_period_ns);
}
