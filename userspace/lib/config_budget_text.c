// SPDX-License-Identifier: GPL-2.0-or-later
/* A budget in one line: headgate_budget_parse(). */
#include "config_parser.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget_cgroup.h"

#define SHAPE "write how much and for how long, such as \"2h per day\" or \"5.00 EUR per month, act = pause\""

static char *strip(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t", end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* Currencies have capitals, units of time have none. */
static bool is_money(const char *text)
{
	while (*text && !isupper((unsigned char)*text))
		text++;
	return *text;
}

/* "2h per day" */
static void parse_shape(struct config_parser *p, char *clause)
{
	char *per = strstr(clause, " per ");

	if (!per)
		return config_complain(p, SHAPE);
	*per = '\0';
	clause = strip(clause);
	config_set_budget_key(p, is_money(clause) ? "money" : "gpu-time", clause);
	config_set_budget_key(p, "per", strip(per + strlen(" per ")));
}

static void parse_clause(struct config_parser *p, char *clause, bool first)
{
	static const char *const keys[] = { "gpu-time", "money", "per", "warn", "act" };
	char *equals = strchr(clause, '='), *value;
	size_t i = 0;

	if (!equals && first)
		return parse_shape(p, clause);
	if (!equals)
		return config_complain(p, "\"%s\" is not key = value", clause);
	*equals = '\0';
	clause = strip(clause);
	value = strip(equals + 1);
	while (i < ARRAY_SIZE(keys) && strcmp(keys[i], clause))
		i++;
	if (i == ARRAY_SIZE(keys))
		config_complain(p, "%s is no key of a budget of one cgroup; there are gpu-time, money, per, warn and act", clause);
	else if (!*value)
		config_complain(p, "%s has no value", clause);
	else
		config_set_budget_key(p, clause, value);
}

static void parse(struct config_parser *p, char *text)
{
	struct headgate_budget *budget = p->config.budgets;
	bool first = true;
	char *clause;

	while ((clause = strsep(&text, ",")) && !p->errors->count) {
		parse_clause(p, strip(clause), first);
		first = false;
	}
	if (!p->errors->count && (!budget->limit || !config_budget_says(p, "per")))
		config_complain(p, SHAPE);
	if (!config_budget_says(p, "act"))
		budget->act = HEADGATE_BUDGET_FLOOR;
}

int headgate_budget_parse(const char *text, const char *where, struct headgate_budget *budget, char **error)
{
	struct headgate_config_errors errors = { 0 };
	struct config_parser p = { .errors = &errors, .file = where };
	char *copy = strdup(text);
	int ret = -ENOMEM;

	*error = NULL;
	*budget = config_budget_default;
	p.config.budgets = budget;
	p.config.n_budgets = 1;
	if (copy)
		parse(&p, copy);
	free(copy);
	if (copy && !p.no_memory)
		ret = errors.count ? -EINVAL : 0;
	if (ret == -EINVAL) {
		*error = errors.items[0];
		errors.items[0] = NULL;
	}
	if (ret)
		headgate_budget_free(budget);
	headgate_config_errors_free(&errors);
	return ret;
}
