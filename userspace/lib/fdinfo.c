// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fdinfo.h"

static void freep(char **text)
{
	free(*text);
}

/* A number, and whether what follows it is @unit. */
static bool parse_number(const char *value, const char *unit, uint64_t *number)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	*number = strtoumax(value, &end, 10);
	return !errno && !strcmp(end + strspn(end, " \t"), unit);
}

/* The engine of that name, made if need be; NULL: there are too many, or the name is too long. */
static struct headgate_fdinfo_engine *engine_of(struct headgate_fdinfo *info, const char *name)
{
	struct headgate_fdinfo_engine *engine = info->engines;

	for (; engine < info->engines + info->n_engines; engine++)
		if (!strcmp(engine->name, name))
			return engine;
	if (info->n_engines == HEADGATE_FDINFO_ENGINES_MAX || !*name ||
	    strlen(name) >= sizeof(engine->name))
		return NULL;
	*engine = (struct headgate_fdinfo_engine){ .capacity = 1 };
	strcpy(engine->name, name);
	info->n_engines++;
	return engine;
}

/*
 * What is told of engines, the longer keys first: "drm-engine-capacity-video" is no engine.
 * "drm-total-REGION" is of memory.
 */
static const struct engine_key {
	const char *prefix;
	const char *unit;
	size_t offset;
} engine_keys[] = {
	{ "drm-engine-capacity-", "", offsetof(struct headgate_fdinfo_engine, capacity) },
	{ "drm-engine-", "ns", offsetof(struct headgate_fdinfo_engine, busy_ns) },
	{ "drm-total-cycles-", "", offsetof(struct headgate_fdinfo_engine, total_cycles) },
	{ "drm-cycles-", "", offsetof(struct headgate_fdinfo_engine, cycles) },
};

static void parse_engine(struct headgate_fdinfo *info, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(engine_keys) / sizeof(engine_keys[0]); i++) {
		const struct engine_key *known = &engine_keys[i];
		size_t length = strlen(known->prefix);
		struct headgate_fdinfo_engine *engine;
		uint64_t number;

		if (strncmp(key, known->prefix, length))
			continue;
		if (!parse_number(value, known->unit, &number))
			return;
		engine = engine_of(info, key + length);
		if (!engine)
			return;
		*(uint64_t *)((char *)engine + known->offset) = number;
		engine->timed |= known->offset == offsetof(struct headgate_fdinfo_engine, busy_ns);
		return;
	}
}

static void copy_word(char *to, size_t size, const char *value)
{
	snprintf(to, size, "%.*s", (int)strcspn(value, " \t"), value);
}

static void parse_line(struct headgate_fdinfo *info, char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	value[strcspn(value, "\n")] = '\0';
	if (!strcmp(line, "drm-driver"))
		copy_word(info->driver, sizeof(info->driver), value);
	else if (!strcmp(line, "drm-pdev"))
		copy_word(info->pdev, sizeof(info->pdev), value);
	else if (!strcmp(line, "drm-client-id"))
		info->has_id = parse_number(value, "", &info->id);
	else
		parse_engine(info, line, value);
}

int headgate_fdinfo_parse(FILE *file, struct headgate_fdinfo *info)
{
	headgate_cleanup(freep) char *line = NULL;
	size_t room = 0;

	memset(info, 0, sizeof(*info));
	while (getline(&line, &room, file) > 0)
		parse_line(info, line);
	return *info->driver ? 0 : -ENOENT;
}

int headgate_fdinfo_parse_text(char *text, struct headgate_fdinfo *info)
{
	char *line;

	memset(info, 0, sizeof(*info));
	while ((line = strsep(&text, "\n")))
		parse_line(info, line);
	return *info->driver ? 0 : -ENOENT;
}

bool headgate_fdinfo_same(const struct headgate_fdinfo *a, const struct headgate_fdinfo *b)
{
	return a->has_id && b->has_id && a->id == b->id && !strcmp(a->pdev, b->pdev) &&
	       !strcmp(a->driver, b->driver);
}

static void raise_to(uint64_t *number, uint64_t other)
{
	if (other > *number)
		*number = other;
}

void headgate_fdinfo_merge(struct headgate_fdinfo *info, const struct headgate_fdinfo *again)
{
	for (size_t i = 0; i < again->n_engines; i++) {
		const struct headgate_fdinfo_engine *other = &again->engines[i];
		struct headgate_fdinfo_engine *engine = engine_of(info, other->name);

		if (!engine)
			continue;
		engine->timed |= other->timed;
		raise_to(&engine->busy_ns, other->busy_ns);
		raise_to(&engine->cycles, other->cycles);
		raise_to(&engine->total_cycles, other->total_cycles);
		raise_to(&engine->capacity, other->capacity);
	}
}

uint64_t headgate_fdinfo_busy_ns(const struct headgate_fdinfo *info)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < info->n_engines; i++)
		sum += info->engines[i].busy_ns;
	return sum;
}
