// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [price DEVICE-PATTERN] of a policy file. */
#include "config_parser.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_PER_GPU_HOUR, KEY_FROM };

void config_begin_price(struct config_parser *p, const char *pattern)
{
	struct headgate_config *config = &p->config;
	struct headgate_price *prices;
	char *copy;

	p->section = SECTION_BAD;
	if (!*pattern)
		return config_complain(p, "[price] needs a pattern of device names, such as [price 0000:03:00.0] or [price *]");
	copy = strdup(pattern);
	prices = copy ? reallocarray(config->prices, config->n_prices + 1, sizeof(*prices)) : NULL;
	if (!prices) {
		free(copy);
		p->no_memory = true;
		return;
	}
	config->prices = prices;
	prices[config->n_prices++] = (struct headgate_price){ .pattern = copy, .from_day = HEADGATE_DAY_MIN };
	p->price_line = p->line;
	p->section = SECTION_PRICE;
}

void config_end_price(struct config_parser *p)
{
	unsigned int line = p->line;

	if (p->section != SECTION_PRICE || (p->seen & (1U << KEY_PER_GPU_HOUR)))
		return;
	p->line = p->price_line;
	config_complain(p, "section [price %s] says no per-gpu-hour",
			p->config.prices[p->config.n_prices - 1].pattern);
	p->line = line;
}

void config_set_price_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_price *price = &p->config.prices[p->config.n_prices - 1];

	if (!strcmp(key, "per-gpu-hour")) {
		if (config_first_time(p, KEY_PER_GPU_HOUR, key) &&
		    headgate_money_parse(value, &price->micros, price->currency))
			config_complain(p, "per-gpu-hour: \"%s\" is not an amount with at most six decimals and a currency of three capital letters, such as 2.49 USD",
					value);
	} else if (!strcmp(key, "from")) {
		if (config_first_time(p, KEY_FROM, key) && headgate_day_parse(value, &price->from_day))
			config_complain(p, "from: \"%s\" is not a date such as 2026-01-31", value);
	} else {
		config_complain(p, "unknown key %s in [price]; there are from and per-gpu-hour", key);
	}
}

const struct headgate_price *headgate_config_price(const struct headgate_config *config,
						   const char *device, int64_t day)
{
	for (size_t i = config->n_prices; i-- > 0;) {
		const struct headgate_price *price = &config->prices[i];

		if (price->from_day <= day && !fnmatch(price->pattern, device, 0))
			return price;
	}
	return NULL;
}
