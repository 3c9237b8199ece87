// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files, lines and sections of a policy; what the keys mean is in
 * config_keys.c.  Reading goes on after an error, so that all are reported at
 * once.
 */
#include "config_parser.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <headgate/observe.h>

#include "pattern.h"
#include "printable.h"

#define FILE_SIZE_MAX		(1 << 20)	/* what is larger is not written by people */
#define ERROR_SIZE_MAX		400		/* enough for a long path twice, and the sentence */

void config_complain(struct config_parser *p, const char *format, ...)
{
	struct headgate_config_errors *errors = p->errors;
	char *text = NULL, *whole = NULL, *item = NULL, **items;
	va_list args;
	char line[16] = "";
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		goto no_memory;
	if (p->line)
		snprintf(line, sizeof(line), "%u:", p->line);
	len = asprintf(&whole, "%s:%s %s", p->file, line, text);
	free(text);
	if (len < 0)
		goto no_memory;
	item = headgate_printable(whole, ERROR_SIZE_MAX);
	free(whole);
	if (!item)
		goto no_memory;
	items = reallocarray(errors->items, errors->count + 1, sizeof(*items));
	if (!items) {
		free(item);
		goto no_memory;
	}
	errors->items = items;
	items[errors->count++] = item;
	return;
no_memory:
	p->no_memory = true;
}

static void begin_agent(struct config_parser *p, const char *pattern)
{
	struct headgate_config *config = &p->config;
	struct headgate_config_agent *agents;
	const char *fault;
	char *glob;

	p->section = SECTION_BAD;
	switch (headgate_pattern_read(pattern, &glob, &fault)) {
	case 0:
		break;
	case -ENOMEM:
		p->no_memory = true;
		return;
	default:
		if (fault)
			config_complain(p, "[agent %s]: %s", pattern, fault);
		else
			config_complain(p, "[agent] needs a pattern of cgroup paths below the root, such as [agent ml.slice/*]");
		return;
	}
	for (size_t i = p->first_agent; i < config->n_agents; i++) {
		if (strcmp(config->agents[i].glob, glob))
			continue;
		config_complain(p, "section [agent %s] is there twice in this file", glob + 1);
		free(glob);
		return;
	}
	agents = reallocarray(config->agents, config->n_agents + 1, sizeof(*agents));
	if (!agents) {
		p->no_memory = true;
		free(glob);
		return;
	}
	config->agents = agents;
	agents[config->n_agents++] = (struct headgate_config_agent){ .glob = glob };
	p->section = SECTION_AGENT;
}

/* A section that is there once in a file; @first: the line where it was, 0 for nowhere yet. */
static void begin_single(struct config_parser *p, const char *name, unsigned int *first, int section)
{
	if (*first) {
		config_complain(p, "section [%s] is there twice in this file, first on line %u", name, *first);
		return;
	}
	*first = p->line;
	p->section = section;
}

/* What a section lacks is seen at its end. */
static void end_section(struct config_parser *p)
{
	config_end_price(p);
	config_end_budget(p);
	config_end_brownout(p);
}

static void begin_section(struct config_parser *p, const char *name)
{
	end_section(p);
	p->seen = 0;
	p->section = SECTION_BAD;
	if (!strcmp(name, "gate")) {
		begin_single(p, name, &p->gate_line, SECTION_GATE);
	} else if (!strcmp(name, "stall")) {
		begin_single(p, name, &p->stall_line, SECTION_STALL);
	} else if (!strcmp(name, "brownout")) {
		begin_single(p, name, &p->brownout_line, SECTION_BROWNOUT);
	} else if (!strcmp(name, "history")) {
		begin_single(p, name, &p->history_line, SECTION_HISTORY);
	} else if (!strcmp(name, "metrics")) {
		begin_single(p, name, &p->metrics_line, SECTION_METRICS);
	} else if (!strncmp(name, "price", 5) && (!name[5] || isspace((unsigned char)name[5]))) {
		name += 5;
		config_begin_price(p, name + strspn(name, " \t"));
	} else if (!strncmp(name, "budget", 6) && (!name[6] || isspace((unsigned char)name[6]))) {
		name += 6;
		config_begin_budget(p, name + strspn(name, " \t"));
	} else if (!strncmp(name, "agent", 5) && (!name[5] || isspace((unsigned char)name[5]))) {
		name += 5;
		begin_agent(p, name + strspn(name, " \t"));
	} else if (!strncmp(name, "driver", 6) && (!name[6] || isspace((unsigned char)name[6]))) {
		name += 6;
		config_begin_driver(p, name + strspn(name, " \t"));
	} else {
		config_complain(p, "unknown section [%s]; there are [gate], [stall], [brownout], [agent PATTERN], [driver NAME], [history], [metrics], [price PATTERN] and [budget NAME]", name);
	}
}

static char *strip(char *text)
{
	char *end;

	text += strspn(text, " \t\r\n\f\v");
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

static void parse_assignment(struct config_parser *p, char *line)
{
	char *equals = strchr(line, '='), *key, *value;

	if (!equals)
		return config_complain(p, "\"%s\" is neither a [section] nor key = value", line);
	*equals = '\0';
	key = strip(line);
	value = strip(equals + 1);
	if (!*key)
		config_complain(p, "there is no key before the equals sign");
	else if (p->section == SECTION_NONE)
		config_complain(p, "%s stands before the first section", key);
	else if (p->section != SECTION_BAD && !*value)
		config_complain(p, "%s has no value", key);
	else if (p->section == SECTION_GATE)
		config_set_gate_key(p, key, value);
	else if (p->section == SECTION_AGENT)
		config_set_agent_key(p, key, value);
	else if (p->section == SECTION_DRIVER)
		config_set_driver_key(p, key, value);
	else if (p->section == SECTION_HISTORY)
		config_set_history_key(p, key, value);
	else if (p->section == SECTION_METRICS)
		config_set_metrics_key(p, key, value);
	else if (p->section == SECTION_PRICE)
		config_set_price_key(p, key, value);
	else if (p->section == SECTION_BUDGET)
		config_set_budget_key(p, key, value);
	else if (p->section == SECTION_STALL)
		config_set_stall_key(p, key, value);
	else if (p->section == SECTION_BROWNOUT)
		config_set_brownout_key(p, key, value);
	/* The section itself was reported: its keys mean nothing. */
}

static void parse_line(struct config_parser *p, char *line)
{
	size_t len;

	line = strip(line);
	len = strlen(line);
	if (!len || *line == '#' || *line == ';')
		return;
	if (*line != '[') {
		parse_assignment(p, line);
	} else if (line[len - 1] != ']') {
		end_section(p);
		p->section = SECTION_BAD;
		config_complain(p, "the section does not end with ]");
	} else {
		line[len - 1] = '\0';
		begin_section(p, strip(line + 1));
	}
}

static void parse_stream(struct config_parser *p, FILE *stream)
{
	size_t size = 0, total = 0;
	char *line = NULL;
	ssize_t len;

	while ((len = getline(&line, &size, stream)) >= 0) {
		p->line++;
		total += len;
		if (total > FILE_SIZE_MAX) {
			config_complain(p, "the file is larger than 1 MiB; is it a policy at all?");
			break;
		}
		if (strlen(line) != (size_t)len)
			config_complain(p, "the line holds a zero byte");
		else
			parse_line(p, line);
	}
	if (ferror(stream)) {
		p->line = 0;
		config_complain(p, "%s", strerror(errno));
	}
	free(line);
}

/* The file that was read just now. */
static void add_file(struct config_parser *p, const char *name)
{
	struct headgate_config *config = &p->config;
	struct headgate_config_file *files;

	files = reallocarray(config->files, config->n_files + 1, sizeof(*files));
	if (files) {
		config->files = files;
		files += config->n_files;
		files->n_agents = config->n_agents - p->first_agent;
		files->name = strdup(name);
	}
	if (!files || !files->name)
		p->no_memory = true;
	else
		config->n_files++;
}

static void parse_file(struct config_parser *p, const char *file, bool optional)
{
	FILE *stream = fopen(file, "re");

	p->file = file;
	p->line = 0;
	p->gate_line = 0;
	p->history_line = 0;
	p->metrics_line = 0;
	p->stall_line = 0;
	p->brownout_line = 0;
	p->first_agent = p->config.n_agents;
	p->first_driver = p->config.n_drivers;
	p->section = SECTION_NONE;
	if (!stream && errno == ENOENT && optional) {
		p->config.missing = true;
		return;
	}
	if (!stream) {
		config_complain(p, "%s", strerror(errno));
		return;
	}
	parse_stream(p, stream);
	end_section(p);
	fclose(stream);
	add_file(p, file);
}

static int is_drop_in(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".conf");
}

/* By bytes, not by the locale: the order of policy must not depend on it. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void parse_drop_ins(struct config_parser *p, const char *file)
{
	const char *slash = strrchr(file, '/');
	struct dirent **entries;
	char *dir, *path;
	int count;

	if (asprintf(&dir, "%.*sconf.d", slash ? (int)(slash - file + 1) : 0, file) < 0) {
		p->no_memory = true;
		return;
	}
	count = scandir(dir, &entries, is_drop_in, by_name);
	if (count < 0 && errno != ENOENT) {
		p->file = dir;
		p->line = 0;
		config_complain(p, "%s", strerror(errno));
	}
	for (int i = 0; i < count; i++) {
		if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) < 0) {
			p->no_memory = true;
		} else {
			parse_file(p, path, false);
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(dir);
}

int headgate_config_load(const char *file, bool optional, struct headgate_config *config,
			 struct headgate_config_errors *errors)
{
	struct config_parser p = { .errors = errors, .config.observe = HEADGATE_OBSERVE_DEFAULT,
				   .config.history = headgate_config_history_default,
				   .config.metrics = headgate_config_metrics_default };

	*errors = (struct headgate_config_errors){};
	config_stall_defaults(&p.config.stall);
	config_brownout_defaults(&p.config.brownout);
	parse_file(&p, file, optional);
	parse_drop_ins(&p, file);
	config_check_budgets(&p);
	if (!p.no_memory && !errors->count) {
		*config = p.config;
		return 0;
	}
	headgate_config_free(&p.config);
	return p.no_memory ? -ENOMEM : -EINVAL;
}

void headgate_config_free(struct headgate_config *config)
{
	for (size_t i = 0; i < config->n_agents; i++)
		free(config->agents[i].glob);
	free(config->agents);
	free(config->drivers);
	for (size_t i = 0; i < config->n_prices; i++)
		free(config->prices[i].pattern);
	free(config->prices);
	for (size_t i = 0; i < config->n_budgets; i++)
		headgate_budget_free(&config->budgets[i]);
	free(config->budgets);
	free(config->stall.exec);
	free(config->brownout.exec);
	for (size_t i = 0; i < config->n_files; i++)
		free(config->files[i].name);
	free(config->files);
	*config = (struct headgate_config){};
}

void headgate_config_errors_free(struct headgate_config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->items[i]);
	free(errors->items);
	*errors = (struct headgate_config_errors){};
}
