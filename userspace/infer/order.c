// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "order.h"

/**
 * struct infer_order - entries, each of which is tried once
 * @text: ends with a NUL after each entry
 * @next: the entry to be tried next, or @end
 * @tried: how many were
 * @why: of each that was, why it did not open
 */
struct infer_order {
	const struct infer_model *model;
	struct infer_limits limits;
	struct infer_leg *leg;
	char *text, *next, *end;
	uint32_t tried;
	char (*why)[INFER_PROBLEM];
};

int infer_order_new(const char *text, const struct infer_model *model, const struct infer_limits *limits,
		    struct infer_order **order, char problem[INFER_PROBLEM])
{
	struct infer_order *o = calloc(1, sizeof(*o));
	size_t entries = 1;
	int error = 0;

	if (!o)
		return -ENOMEM;
	o->model = model;
	o->limits = *limits;
	o->next = o->text = strdup(text);
	for (const char *c = text; (c = strchr(c, ',')); c++)
		entries++;
	o->why = calloc(entries, sizeof(*o->why));
	if (!o->text || !o->why) {
		infer_order_free(o);
		return -ENOMEM;
	}
	o->end = o->text + strlen(text) + 1;
	for (char *c = o->text; (c = strchr(c, ',')); c++)
		*c = '\0';
	for (const char *entry = o->text; entry < o->end && !error; entry += strlen(entry) + 1)
		error = infer_device_check(entry, problem);
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
	free(o->why);
	free(o);
}

void infer_order_abandon(struct infer_order *o)
{
	o->leg = NULL;
}

int infer_order_next(struct infer_order *o, struct infer_leg **leg, char problem[INFER_PROBLEM])
{
	problem[0] = '\0';
	infer_leg_close(o->leg);
	o->leg = NULL;
	while (o->next < o->end) {
		const char *entry = o->next;

		o->next += strlen(entry) + 1;
		o->tried++;
		if (!infer_device_open(entry, o->model, &o->limits, &o->leg, problem)) {
			*leg = o->leg;
			return 0;
		}
		snprintf(o->why[o->tried - 1], INFER_PROBLEM, "%s", problem);
	}
	return -ENODEV;
}

uint32_t infer_order_index(const struct infer_order *o)
{
	return o->tried ? o->tried - 1 : 0;
}

const char *infer_order_why(const struct infer_order *o, uint32_t index)
{
	return index < o->tried ? o->why[index] : "";
}
