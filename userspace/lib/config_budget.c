// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [budget NAME] of a policy file. */
#include "config_parser.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "units.h"

enum { KEY_AGENT, KEY_OWNER, KEY_PROJECT, KEY_GPU_TIME, KEY_MONEY, KEY_PER, KEY_WARN, KEY_ACT, KEY_EXEC };

#define KEYS_WHOM	(1U << KEY_AGENT | 1U << KEY_OWNER | 1U << KEY_PROJECT)
#define KEYS_LIMIT	(1U << KEY_GPU_TIME | 1U << KEY_MONEY)

#define WARN_PPM	800000
/* Less is not counted that exactly; a hundred years of one engine. */
#define TIME_MIN_NS	UINT64_C(1000000)
#define TIME_MAX_NS	UINT64_C(3153600000000000000)

const struct headgate_budget config_budget_default = { .warn_ppm = WARN_PPM };

static const char *const names[] = { "agent", "owner", "project", "gpu-time", "money", "per", "warn",
				     "act", "exec" };

bool config_budget_says(const struct config_parser *p, const char *key)
{
	unsigned int i = 0;

	while (strcmp(names[i], key))
		i++;
	return p->seen >> i & 1;
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (!isascii((unsigned char)name[i]) ||
		    (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i])))
			return false;
	return length && length <= HEADGATE_BUDGET_NAME_MAX;
}

/* Two of one name would be two accounts that cannot be told apart. */
static bool is_new(struct config_parser *p, const char *name)
{
	const struct headgate_config *config = &p->config;

	for (size_t i = 0; i < config->n_budgets; i++) {
		if (strcmp(config->budgets[i].name, name))
			continue;
		config_complain(p, "section [budget %s] is there already, first on line %u of %s", name,
				p->budget_lines[i], p->budget_files[i] < config->n_files ?
				config->files[p->budget_files[i]].name : "this file");
		return false;
	}
	return true;
}

void config_begin_budget(struct config_parser *p, const char *name)
{
	struct headgate_config *config = &p->config;
	struct headgate_budget *budgets;
	char *copy;

	p->section = SECTION_BAD;
	if (!is_name(name))
		return config_complain(p, "[budget] needs a name of letters, digits, dots, dashes and underlines, such as [budget research]");
	if (!is_new(p, name))
		return;
	if (config->n_budgets == HEADGATE_BUDGETS_MAX)
		return config_complain(p, "there are more than %d sections [budget NAME]", HEADGATE_BUDGETS_MAX);
	copy = strdup(name);
	budgets = copy ? reallocarray(config->budgets, config->n_budgets + 1, sizeof(*budgets)) : NULL;
	if (!budgets) {
		free(copy);
		p->no_memory = true;
		return;
	}
	config->budgets = budgets;
	p->budget_lines[config->n_budgets] = p->line;
	p->budget_files[config->n_budgets] = config->n_files;
	budgets[config->n_budgets] = config_budget_default;
	budgets[config->n_budgets++].name = copy;
	p->section = SECTION_BUDGET;
}

void config_end_budget(struct config_parser *p)
{
	static const struct {
		unsigned int keys;
		const char *words;
	} needed[] = {
		{ KEYS_WHOM, "agent, owner or project" },
		{ KEYS_LIMIT, "gpu-time or money" },
		{ 1U << KEY_PER, "per" },
	};
	unsigned int line = p->line;

	if (p->section != SECTION_BUDGET)
		return;
	p->line = p->budget_lines[p->config.n_budgets - 1];
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(p->seen & needed[i].keys))
			config_complain(p, "section [budget %s] says no %s",
					p->config.budgets[p->config.n_budgets - 1].name, needed[i].words);
	p->line = line;
}

/* One of several keys that exclude each other. */
static bool first_of(struct config_parser *p, unsigned int key, unsigned int keys, const char *name,
		     const char *words)
{
	if (p->seen & keys & ~(1U << key)) {
		config_complain(p, "%s: a budget has one of %s", name, words);
		return false;
	}
	return config_first_time(p, key, name);
}

static void parse_agent(struct config_parser *p, const char *value, struct headgate_budget *budget)
{
	const char *fault;

	switch (headgate_pattern_read(value, &budget->of, &fault)) {
	case 0:
		return;
	case -ENOMEM:
		p->no_memory = true;
		return;
	default:
		budget->of = NULL;
		config_complain(p, "agent: \"%s\" is no pattern of cgroup paths below the root, such as ml.slice/*%s%s",
				value, fault ? ": " : "", fault ?: "");
	}
}

static void parse_whom(struct config_parser *p, unsigned int key, const char *name, const char *value)
{
	struct headgate_budget *budget = &p->config.budgets[p->config.n_budgets - 1];

	if (!first_of(p, key, KEYS_WHOM, name, "agent, owner and project"))
		return;
	budget->whom = HEADGATE_BUDGET_AGENT + (key - KEY_AGENT);
	if (key == KEY_AGENT)
		return parse_agent(p, value, budget);
	if (!headgate_label_is_fit(value, strlen(value)))
		return config_complain(p, "%s: write 1 to %d bytes of printable text", name, HEADGATE_LABEL_MAX);
	budget->of = strdup(value);
	p->no_memory |= !budget->of;
}

/* An amount alone is of the currency that the prices have: config_check_budgets(). */
static void parse_money(struct config_parser *p, const char *value, struct headgate_budget *budget)
{
	char whole[64], currency[4];
	int64_t micros;

	snprintf(whole, sizeof(whole), "%s " HEADGATE_NO_CURRENCY, value);
	if (headgate_money_parse(value, &micros, budget->currency) &&
	    headgate_money_parse(whole, &micros, currency))
		config_complain(p, "money: \"%s\" is not an amount with at most six decimals, such as 5.00 or 5.00 EUR", value);
	else if (!micros)
		config_complain(p, "money: it must be more than 0");
	else
		budget->limit = micros;
	budget->money = true;
}

static void parse_limit(struct config_parser *p, unsigned int key, const char *name, const char *value)
{
	struct headgate_budget *budget = &p->config.budgets[p->config.n_budgets - 1];

	if (!first_of(p, key, KEYS_LIMIT, name, "gpu-time and money"))
		return;
	if (key == KEY_MONEY)
		parse_money(p, value, budget);
	else
		config_parse_time(p, name, value, TIME_MIN_NS, TIME_MAX_NS, &budget->limit);
}

/* "30%" in parts per million, at least one. */
static bool parse_percent(const char *value, uint32_t *ppm)
{
	double fraction;

	if (headgate_percent_parse(value, &fraction))
		return false;
	*ppm = (uint32_t)(fraction * HEADGATE_PPM + 0.5);
	return *ppm;
}

static void parse_act(struct config_parser *p, const char *value, struct headgate_budget *budget)
{
	for (int i = 0; i < HEADGATE_BUDGET_ACTS; i++) {
		if (i == HEADGATE_BUDGET_CAP || strcmp(value, headgate_budget_act_name(i)))
			continue;
		budget->act = i;
		return;
	}
	if (!strncmp(value, "cap", 3) && isspace((unsigned char)value[3]) &&
	    parse_percent(value + 3 + strspn(value + 3, " \t"), &budget->cap_ppm))
		budget->act = HEADGATE_BUDGET_CAP;
	else
		config_complain(p, "act: \"%s\" is none of none, floor, cap with a percentage above 0, such as cap 10%%, and pause", value);
}

static void parse_budget_exec(struct config_parser *p, const char *value, struct headgate_budget *budget)
{
	if (!strcmp(value, "none"))
		return;
	if (*value != '/' || strlen(value) >= PATH_MAX)
		return config_complain(p, "exec: \"%s\" is neither the path of a program, from the root on, nor none", value);
	budget->exec = strdup(value);
	p->no_memory |= !budget->exec;
}

void config_set_budget_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_budget *budget = &p->config.budgets[p->config.n_budgets - 1];
	unsigned int i = 0;

	while (i < ARRAY_SIZE(names) && strcmp(names[i], key))
		i++;
	if (i == ARRAY_SIZE(names))
		return config_complain(p, "unknown key %s in [budget]; there are agent, owner, project, gpu-time, money, per, warn, act and exec", key);
	if (i <= KEY_PROJECT)
		return parse_whom(p, i, key, value);
	if (i <= KEY_MONEY)
		return parse_limit(p, i, key, value);
	if (!config_first_time(p, i, key))
		return;
	if (i == KEY_PER && headgate_budget_per_parse(value, &budget->per))
		config_complain(p, "per: \"%s\" is none of hour, day and month", value);
	else if (i == KEY_WARN && !parse_percent(value, &budget->warn_ppm))
		config_complain(p, "warn: \"%s\" is not a percentage above 0 and up to 100%%, such as 80%%", value);
	else if (i == KEY_ACT)
		parse_act(p, value, budget);
	else if (i == KEY_EXEC)
		parse_budget_exec(p, value, budget);
}

/* The currency that all prices have, NULL: none, or several. */
static const char *currency_of_all(const struct headgate_config *config)
{
	for (size_t i = 1; i < config->n_prices; i++)
		if (strcmp(config->prices[i].currency, config->prices[0].currency))
			return NULL;
	return config->n_prices ? config->prices[0].currency : NULL;
}

static bool has_price(const struct headgate_config *config, const char *currency)
{
	for (size_t i = 0; i < config->n_prices; i++)
		if (!strcmp(config->prices[i].currency, currency))
			return true;
	return false;
}

bool headgate_config_has_price(const struct headgate_config *config, struct headgate_budget *budget,
			       char fault[HEADGATE_FAULT_MAX])
{
	const char *all = currency_of_all(config);

	*fault = '\0';
	if (!budget->money)
		return true;
	if (!*budget->currency && all)
		strcpy(budget->currency, all);
	if (!*budget->currency)
		snprintf(fault, HEADGATE_FAULT_MAX, "write money with its currency, such as 5.00 EUR: the sections [price PATTERN] have %s",
			 config->n_prices ? "several" : "none");
	else if (!has_price(config, budget->currency))
		snprintf(fault, HEADGATE_FAULT_MAX, "no section [price PATTERN] has a price in %s, so nothing would cost anything",
			 budget->currency);
	return !*fault;
}

void config_check_budgets(struct config_parser *p)
{
	for (size_t i = 0; i < p->config.n_budgets; i++) {
		struct headgate_budget *budget = &p->config.budgets[i];
		char fault[HEADGATE_FAULT_MAX];

		if (headgate_config_has_price(&p->config, budget, fault))
			continue;
		p->line = p->budget_lines[i];
		p->file = p->budget_files[i] < p->config.n_files ? p->config.files[p->budget_files[i]].name : "?";
		config_complain(p, "[budget %s]: %s", budget->name, fault);
	}
}
