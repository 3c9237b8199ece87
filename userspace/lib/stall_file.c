// SPDX-License-Identifier: GPL-2.0-or-later
#include "stall_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "replace.h"
#include "units.h"

/* The fields of a line, in their order; the name of the process is what is left of it. */
#define FIELDS		15
#define FORMAT_READ	"%15s %" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 \
			" %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNu32 "%n"
#define FORMAT_WRITE	"%s %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 \
			" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %s\n"

static bool parse_kind(const char *name, enum headgate_stall_kind *kind)
{
	for (int i = HEADGATE_STALL_KIND_TICKET; i <= HEADGATE_STALL_KIND_WEDGED; i++) {
		if (strcmp(headgate_stall_kind_name(i), name))
			continue;
		*kind = i;
		return true;
	}
	return false;
}

static bool parse(const char *line, struct headgate_stall *stall)
{
	char kind[16];
	int used = 0;

	if (sscanf(line, FORMAT_READ, kind, &stall->agent_id, &stall->lane_id, &stall->device_id,
		   &stall->pid, &stall->error, &stall->since_ns, &stall->last_ns,
		   &stall->queued_at_ns, &stall->deadline_ns, &stall->total, &stall->admitted,
		   &stall->count, &stall->waiting, &stall->waiting_agents, &used) != FIELDS)
		return false;
	line += used;
	line += *line == ' ';
	snprintf(stall->comm, sizeof(stall->comm), "%s", line);
	return parse_kind(kind, &stall->kind);
}

static bool is_same(const struct headgate_stall *one, const struct headgate_stall *other)
{
	return one->kind == other->kind && one->agent_id == other->agent_id &&
	       one->lane_id == other->lane_id && one->device_id == other->device_id &&
	       one->queued_at_ns == other->queued_at_ns &&
	       (one->kind != HEADGATE_STALL_KIND_JOB || one->pid == other->pid);
}

static int take(char *line, void *data)
{
	struct headgate_stalls *stalls = data;
	struct headgate_stall stall = { 0 }, *items;

	if (!parse(line, &stall))
		return 0;
	for (size_t i = 0; i < stalls->count; i++)
		if (is_same(&stalls->items[i], &stall))
			return 0;
	items = reallocarray(stalls->items, stalls->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	stalls->items = items;
	items[stalls->count++] = stall;
	return 0;
}

int headgate_stalls_load(const char *file, struct headgate_stalls *stalls)
{
	struct headgate_stalls loaded = { 0 };
	int ret = headgate_lines_read(file, take, &loaded);

	if (ret)
		headgate_stalls_clear(&loaded);
	else
		*stalls = loaded;
	return ret;
}

int headgate_stalls_save(const char *file, const struct headgate_stalls *stalls)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < stalls->count; i++) {
		const struct headgate_stall *stall = &stalls->items[i];

		fprintf(replace.stream, FORMAT_WRITE, headgate_stall_kind_name(stall->kind),
			stall->agent_id, stall->lane_id, stall->device_id, stall->pid, stall->error,
			stall->since_ns, stall->last_ns, stall->queued_at_ns, stall->deadline_ns,
			stall->total, stall->admitted, stall->count, stall->waiting,
			stall->waiting_agents, stall->comm);
	}
	return headgate_replace_end(&replace);
}
