// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

/**
 * struct infer_order - entries, each of which is tried once
 * @text: ends with a NUL after each entry
 * @next: the entry to be tried next, or @end
 */
struct infer_order {
	const struct infer_model *model;
	struct infer_limits limits;
	struct infer_leg *leg;
	char *text, *next, *end;
};

/* What follows "KIND:"; NULL for "KIND" alone; @entry itself if it is of another kind. */
static const char *named(const char *entry, const char *kind)
{
	size_t n = strlen(kind);

	if (strncmp(entry, kind, n) || (entry[n] && entry[n] != ':'))
		return entry;
	return entry[n] ? entry + n + 1 : NULL;
}

static int check(const char *entry, char problem[INFER_PROBLEM])
{
	const char *native = named(entry, "native"), *vulkan = named(entry, "vulkan");
	const char *rest = native == entry ? vulkan : native;

	if (rest != entry && (!rest || *rest))
		return 0;
	snprintf(problem, INFER_PROBLEM,
		 "'%.64s' is no device; expected native, native:VARIANT, vulkan, vulkan:NUMBER or vulkan:NAME", entry);
	return -EINVAL;
}

int infer_order_new(const char *text, const struct infer_model *model, const struct infer_limits *limits,
		    struct infer_order **order, char problem[INFER_PROBLEM])
{
	struct infer_order *o = calloc(1, sizeof(*o));
	int error = 0;

	if (!o)
		return -ENOMEM;
	o->model = model;
	o->limits = *limits;
	o->next = o->text = strdup(text);
	if (!o->text) {
		free(o);
		return -ENOMEM;
	}
	o->end = o->text + strlen(text) + 1;
	for (char *c = o->text; (c = strchr(c, ',')); c++)
		*c = '\0';
	for (const char *entry = o->text; entry < o->end && !error; entry += strlen(entry) + 1)
		error = check(entry, problem);
	if (error) {
		infer_order_free(o);
		return error;
	}
	*order = o;
	return 0;
}

void infer_order_free(struct infer_order *o)
{
	if (!o)
		return;
	infer_leg_close(o->leg);
	free(o->text);
	free(o);
}

static int open_entry(struct infer_order *o, const char *entry, char problem[INFER_PROBLEM])
{
	const char *native = named(entry, "native");
	int error;

	if (native == entry)
		return infer_vulkan_open(o->model, &o->limits, named(entry, "vulkan"), &o->leg, problem);
	error = infer_native_open(o->model, &o->limits, native, &o->leg);
	if (error)
		snprintf(problem, INFER_PROBLEM, "%.64s: %s", entry,
			 error == -ENOTSUP ? "this processor has no such instructions" : strerror(-error));
	return error;
}

int infer_order_next(struct infer_order *o, struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	problem[0] = '\0';
	infer_leg_close(o->leg);
	o->leg = NULL;
	while (o->next < o->end) {
		const char *entry = o->next;

		o->next += strlen(entry) + 1;
		if (!open_entry(o, entry, problem)) {
			*leg = o->leg;
			return 0;
		}
	}
	return -ENODEV;
}
