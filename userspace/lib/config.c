// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two layers: lines (sections, "key = value", comments) at the end of the file,
 * and what the keys mean in two tables at its head.  Reading goes on after an
 * error, so that all are reported at once.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "printable.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define NS_PER_US		UINT64_C(1000)
#define NS_PER_MS		UINT64_C(1000000)
#define NS_PER_S		UINT64_C(1000000000)
#define FILE_SIZE_MAX		(1 << 20)	/* what is larger is not written by people */
#define ERROR_SIZE_MAX		400		/* enough for a long path twice, and the sentence */

struct parser {
	struct headgate_config config;
	struct headgate_config_errors *errors;
	bool no_memory;

	/* of this file */
	const char *file;
	unsigned int line;
	unsigned int gate_line;			/* of section [gate], 0 for none */
	size_t first_agent;			/* index of the first [agent …] */
	/* of this section */
	enum { SECTION_NONE, SECTION_BAD, SECTION_GATE, SECTION_AGENT } section;
	unsigned int seen;			/* bit per entry of the table of keys */
};

static void __attribute__((format(printf, 2, 3))) complain(struct parser *p, const char *format, ...)
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

/* ---- keys ---- */

/* The limits are the kernel's (headgate.yaml), told here with a line number. */
static bool parse_duration(struct parser *p, const char *key, const char *value, uint64_t min,
			   uint64_t max, uint64_t *ns)
{
	char lowest[32], highest[32];
	uint64_t parsed = UINT64_MAX;			/* what does not fit is out of range, too */
	int err = headgate_duration_parse(value, &parsed);

	if (err && err != -ERANGE) {
		complain(p, "%s: \"%s\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms",
			 key, value);
		return false;
	}
	if (parsed < min || parsed > max) {
		complain(p, "%s: %s is out of range, %s to %s are allowed", key, value,
			 headgate_duration_format(min, lowest, sizeof(lowest)),
			 headgate_duration_format(max, highest, sizeof(highest)));
		return false;
	}
	*ns = parsed;
	return true;
}

struct gate_key {
	const char *name;
	unsigned int present;
	size_t offset;				/* of a uint64_t in struct headgate_settings */
	uint64_t min_ns;
	uint64_t max_ns;
};

#define SETTING(field) offsetof(struct headgate_settings, field)

static const struct gate_key gate_keys[] = {
	{ "horizon", HEADGATE_SETTINGS_HORIZON, SETTING(horizon_ns), 100 * NS_PER_US, NS_PER_S },
	{ "max-wait", HEADGATE_SETTINGS_MAX_WAIT, SETTING(max_wait_ns), 10 * NS_PER_MS,
	  3600 * NS_PER_S },
	{ "slice-batch", HEADGATE_SETTINGS_SLICE_BATCH, SETTING(slice_batch_ns), 10 * NS_PER_US,
	  NS_PER_S },
	{ "slice-interactive", HEADGATE_SETTINGS_SLICE_INTERACTIVE, SETTING(slice_interactive_ns),
	  10 * NS_PER_US, NS_PER_S },
};

static void parse_weight(struct parser *p, const char *value, struct headgate_policy *policy)
{
	uint64_t weight;

	if (headgate_number_parse(value, HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX, &weight)) {
		complain(p, "weight: \"%s\" is not a whole number from %d to %d", value,
			 HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX);
		return;
	}
	policy->weight = weight;
	policy->present |= HEADGATE_POLICY_WEIGHT;
}

static void parse_class(struct parser *p, const char *value, struct headgate_policy *policy)
{
	if (headgate_class_parse(value, &policy->class))
		complain(p, "class: \"%s\" is neither batch nor interactive", value);
	else
		policy->present |= HEADGATE_POLICY_CLASS;
}

static void parse_slice(struct parser *p, const char *value, struct headgate_policy *policy)
{
	/* 0 takes the slice of the class. */
	if (!strcmp(value, "0"))
		policy->slice_ns = 0;
	else if (!parse_duration(p, "slice", value, 10 * NS_PER_US, NS_PER_S, &policy->slice_ns))
		return;
	policy->present |= HEADGATE_POLICY_SLICE;
}

static void parse_max(struct parser *p, const char *value, struct headgate_policy *policy)
{
	uint64_t quota, period;
	int err = headgate_cap_parse(value, &quota, &period);

	if (err == -ERANGE) {
		complain(p, "max: \"%s\" must be above 0 and at most the whole (100%%, or quota = period)", value);
		return;
	}
	if (err) {
		complain(p, "max: \"%s\" is not a cap; write 30%%, 30ms/100ms (quota/period) or max", value);
		return;
	}
	if (period < NS_PER_MS || period > 10 * NS_PER_S) {
		complain(p, "max: the period of \"%s\" is out of range, 1 ms to 10 s are allowed", value);
		return;
	}
	policy->max_quota_ns = quota;
	policy->max_period_ns = period;
	policy->present |= HEADGATE_POLICY_MAX;
}

static const struct agent_key {
	const char *name;
	void (*parse)(struct parser *p, const char *value, struct headgate_policy *policy);
} agent_keys[] = {
	{ "weight", parse_weight },
	{ "class", parse_class },
	{ "slice", parse_slice },
	{ "max", parse_max },
};

/* Whether entry @i of the table is set for the first time in this section. */
static bool first_time(struct parser *p, size_t i, const char *key)
{
	if (p->seen & (1U << i)) {
		complain(p, "%s is set twice in this section", key);
		return false;
	}
	p->seen |= 1U << i;
	return true;
}

static void set_gate_key(struct parser *p, const char *key, const char *value)
{
	struct headgate_settings *settings = &p->config.settings;

	for (size_t i = 0; i < ARRAY_SIZE(gate_keys); i++) {
		const struct gate_key *k = &gate_keys[i];
		uint64_t *ns = (uint64_t *)((char *)settings + k->offset);

		if (strcmp(k->name, key))
			continue;
		if (first_time(p, i, key) && parse_duration(p, key, value, k->min_ns, k->max_ns, ns))
			settings->present |= k->present;
		return;
	}
	complain(p, "unknown key %s in [gate]; there are horizon, max-wait, slice-batch and slice-interactive",
		 key);
}

static void set_agent_key(struct parser *p, const char *key, const char *value)
{
	struct headgate_config_agent *agent = &p->config.agents[p->config.n_agents - 1];

	for (size_t i = 0; i < ARRAY_SIZE(agent_keys); i++) {
		if (strcmp(agent_keys[i].name, key))
			continue;
		if (first_time(p, i, key))
			agent_keys[i].parse(p, value, &agent->policy);
		return;
	}
	complain(p, "unknown key %s in [agent]; there are weight, class, slice and max", key);
}

/* ---- sections ---- */

static void begin_agent(struct parser *p, const char *pattern)
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
			complain(p, "[agent %s]: %s", pattern, fault);
		else
			complain(p, "[agent] needs a pattern of cgroup paths below the root, such as [agent ml.slice/*]");
		return;
	}
	for (size_t i = p->first_agent; i < config->n_agents; i++) {
		if (strcmp(config->agents[i].glob, glob))
			continue;
		complain(p, "section [agent %s] is there twice in this file", glob + 1);
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

static void begin_section(struct parser *p, const char *name)
{
	p->seen = 0;
	p->section = SECTION_BAD;
	if (!strcmp(name, "gate")) {
		if (p->gate_line) {
			complain(p, "section [gate] is there twice in this file, first on line %u", p->gate_line);
			return;
		}
		p->gate_line = p->line;
		p->section = SECTION_GATE;
	} else if (!strncmp(name, "agent", 5) && (!name[5] || isspace((unsigned char)name[5]))) {
		name += 5;
		begin_agent(p, name + strspn(name, " \t"));
	} else {
		complain(p, "unknown section [%s]; there are [gate] and [agent PATTERN]", name);
	}
}

/* ---- lines ---- */

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

static void parse_assignment(struct parser *p, char *line)
{
	char *equals = strchr(line, '='), *key, *value;

	if (!equals)
		return complain(p, "\"%s\" is neither a [section] nor key = value", line);
	*equals = '\0';
	key = strip(line);
	value = strip(equals + 1);
	if (!*key)
		complain(p, "there is no key before the equals sign");
	else if (p->section == SECTION_NONE)
		complain(p, "%s stands before the first section", key);
	else if (p->section != SECTION_BAD && !*value)
		complain(p, "%s has no value", key);
	else if (p->section == SECTION_GATE)
		set_gate_key(p, key, value);
	else if (p->section == SECTION_AGENT)
		set_agent_key(p, key, value);
	/* The section itself was reported: its keys mean nothing. */
}

static void parse_line(struct parser *p, char *line)
{
	size_t len;

	line = strip(line);
	len = strlen(line);
	if (!len || *line == '#' || *line == ';')
		return;
	if (*line != '[') {
		parse_assignment(p, line);
	} else if (line[len - 1] != ']') {
		p->section = SECTION_BAD;
		complain(p, "the section does not end with ]");
	} else {
		line[len - 1] = '\0';
		begin_section(p, strip(line + 1));
	}
}

static void parse_stream(struct parser *p, FILE *stream)
{
	size_t size = 0, total = 0;
	char *line = NULL;
	ssize_t len;

	while ((len = getline(&line, &size, stream)) >= 0) {
		p->line++;
		total += len;
		if (total > FILE_SIZE_MAX) {
			complain(p, "the file is larger than 1 MiB; is it a policy at all?");
			break;
		}
		if (strlen(line) != (size_t)len)
			complain(p, "the line holds a zero byte");
		else
			parse_line(p, line);
	}
	if (ferror(stream)) {
		p->line = 0;
		complain(p, "%s", strerror(errno));
	}
	free(line);
}

/* The file that was read just now. */
static void add_file(struct parser *p, const char *name)
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

static void parse_file(struct parser *p, const char *file, bool optional)
{
	FILE *stream = fopen(file, "re");

	p->file = file;
	p->line = 0;
	p->gate_line = 0;
	p->first_agent = p->config.n_agents;
	p->section = SECTION_NONE;
	if (!stream && errno == ENOENT && optional) {
		p->config.missing = true;
		return;
	}
	if (!stream) {
		complain(p, "%s", strerror(errno));
		return;
	}
	parse_stream(p, stream);
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

static void parse_drop_ins(struct parser *p, const char *file)
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
		complain(p, "%s", strerror(errno));
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
	struct parser p = { .errors = errors };

	*errors = (struct headgate_config_errors){};
	parse_file(&p, file, optional);
	parse_drop_ins(&p, file);
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
