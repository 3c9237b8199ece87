// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [history] of a policy file. */
#include "config_parser.h"

#include <stdlib.h>
#include <string.h>

/* Two days to see what happened, then ever less detail; three years of days for accounts. */
const struct headgate_config_history headgate_config_history_default = {
	.path = HISTORY_FILE,
	.enabled = true,
	.keep_s = { 2 * 86400, 14 * 86400, 90 * 86400, 3 * 365 * 86400 },
};

#define KEEP_MIN_S	3600
#define KEEP_MAX_S	(INT64_C(100) * 365 * 86400)

static const char *const keep_keys[HISTORY_LEVELS] = { "keep-10s", "keep-1m", "keep-1h", "keep-1d" };

enum { KEY_PATH, KEY_ENABLED, KEY_KEEP };

static void parse_path(struct config_parser *p, const char *value)
{
	struct headgate_config_history *history = &p->config.history;

	if (*value != '/')
		return config_complain(p, "path: \"%s\" does not begin with a slash", value);
	if (strlen(value) >= sizeof(history->path))
		return config_complain(p, "path: it is longer than %zu bytes", sizeof(history->path) - 1);
	strcpy(history->path, value);
}

static void parse_enabled(struct config_parser *p, const char *value)
{
	if (!strcmp(value, "yes") || !strcmp(value, "no"))
		p->config.history.enabled = !strcmp(value, "yes");
	else
		config_complain(p, "enabled: \"%s\" is neither yes nor no", value);
}

static void parse_keep(struct config_parser *p, const char *key, const char *value, int64_t *keep_s)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 'h', 3600 }, { 'd', 86400 }, { 'y', 365 * 86400 } };
	char *end;
	unsigned long long count = strtoull(value, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (*value < '0' || *value > '9' || *end != units[i].letter || end[1])
			continue;
		if (count > (unsigned long long)KEEP_MAX_S || (int64_t)count * units[i].seconds < KEEP_MIN_S ||
		    (int64_t)count * units[i].seconds > KEEP_MAX_S)
			return config_complain(p, "%s: %s is out of range, 1h to 100y are allowed", key, value);
		*keep_s = (int64_t)count * units[i].seconds;
		return;
	}
	config_complain(p, "%s: \"%s\" is not a whole number with h, d or y, such as 14d", key, value);
}

void config_set_history_key(struct config_parser *p, const char *key, const char *value)
{
	if (!strcmp(key, "path")) {
		if (config_first_time(p, KEY_PATH, key))
			parse_path(p, value);
		return;
	}
	if (!strcmp(key, "enabled")) {
		if (config_first_time(p, KEY_ENABLED, key))
			parse_enabled(p, value);
		return;
	}
	for (size_t i = 0; i < HISTORY_LEVELS; i++) {
		if (strcmp(key, keep_keys[i]))
			continue;
		if (config_first_time(p, KEY_KEEP + i, key))
			parse_keep(p, key, value, &p->config.history.keep_s[i]);
		return;
	}
	config_complain(p, "unknown key %s in [history]; there are enabled, keep-10s, keep-1m, keep-1h, keep-1d and path", key);
}
