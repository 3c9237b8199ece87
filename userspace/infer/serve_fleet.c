// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "serve_fleet.h"

int infer_fleet_read(struct infer_fleet *fleet, const char *text, uint64_t first_ns, char problem[INFER_PROBLEM])
{
	*fleet = (struct infer_fleet){ .first_ns = first_ns };
	for (const char *at = text, *end; at; at = *end ? end + 1 : NULL) {
		char *name;

		end = strchrnul(at, ',');
		if (fleet->count == INFER_FLEET || end - at >= INFER_PROBLEM) {
			snprintf(problem, INFER_PROBLEM, "the order has more than %d devices, or a name that is too long",
				 INFER_FLEET);
			return -EINVAL;
		}
		name = fleet->devices[fleet->count].name;
		memcpy(name, at, (size_t)(end - at));
		if (infer_device_check(name, problem))
			return -EINVAL;
		fleet->count++;
	}
	return 0;
}

static void append(const struct infer_fleet *fleet, struct infer_fleet_order *order, uint32_t *n, uint32_t device)
{
	if (*n)
		strcat(order->text, ",");
	strcat(order->text, fleet->devices[device].name);
	order->of[(*n)++] = device;
}

bool infer_fleet_suspected(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now)
{
	return who && fleet->devices[device].suspected_by == who && fleet->devices[device].suspected_until > now;
}

static bool is_ill(const struct infer_fleet *fleet, uint32_t device, uint64_t now)
{
	const char *place = fleet->devices[device].place;

	for (uint32_t i = 0; *place && i < INFER_FLEET_ILL && *fleet->ill[i].place; i++)
		if (!strcmp(fleet->ill[i].place, place))
			return fleet->ill[i].until > now;
	return false;
}

/* When it is tried again; at or before @now: it is well. One that is ill is better than one that fails. */
static uint64_t until(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now)
{
	uint64_t suspected = infer_fleet_suspected(fleet, device, who, now) ? fleet->devices[device].suspected_until : 0;

	if (suspected < fleet->devices[device].until)
		suspected = fleet->devices[device].until;
	return suspected <= now && is_ill(fleet, device, now) ? now + 1 : suspected;
}

bool infer_fleet_tried(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now)
{
	const struct infer_fleet_device *d = &fleet->devices[device];

	return d->pause && d->tried_by != who && d->tried_until > now;
}

/* Of those not in @taken: the first that is well, or else the one whose time is over first; UINT32_MAX: none is left. */
static uint32_t next_of(const struct infer_fleet *fleet, uint64_t who, uint32_t taken, uint64_t now)
{
	uint32_t next = UINT32_MAX;
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < fleet->count; i++) {
		uint64_t over = until(fleet, i, who, now);

		over = over > now ? over : now;
		if (infer_fleet_tried(fleet, i, who, now) && over < fleet->devices[i].tried_until)
			over = fleet->devices[i].tried_until;
		if (taken >> i & 1 || (next != UINT32_MAX && over >= least))
			continue;
		next = i;
		least = over;
	}
	return next;
}

void infer_fleet_order(const struct infer_fleet *fleet, uint64_t who, uint32_t avoid, uint64_t now,
		       struct infer_fleet_order *order)
{
	uint32_t taken = avoid, n = 0, next;

	*order = (struct infer_fleet_order){ 0 };
	while (n < fleet->count) {
		next = next_of(fleet, who, taken, now);
		if (next == UINT32_MAX) {
			/* Now those that were to be avoided. */
			taken &= ~avoid;
			continue;
		}
		append(fleet, order, &n, next);
		taken |= 1u << next;
		avoid &= ~(1u << next);
	}
}

void infer_fleet_note(struct infer_fleet *fleet, uint32_t device, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fleet->devices[device].why, INFER_PROBLEM, format, arguments);
	va_end(arguments);
}

void infer_fleet_failed(struct infer_fleet *fleet, uint32_t device, uint64_t now)
{
	uint64_t pause = fleet->devices[device].pause * 2;

	fleet->devices[device].failing = true;
	/* Several workers find the same fault: it counts once. */
	if (fleet->devices[device].until > now)
		return;
	if (pause > INFER_FLEET_MOST_NS)
		pause = INFER_FLEET_MOST_NS;
	fleet->devices[device].pause = pause ?: fleet->first_ns;
	fleet->devices[device].until = now + fleet->devices[device].pause;
	fleet->devices[device].tried_until = 0;
}

void infer_fleet_suspect(struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now)
{
	struct infer_fleet_device *d = &fleet->devices[device];
	bool by_another = d->word_until > now && d->suspected_by != who;
	uint64_t pause = d->suspected_by == who ? d->suspected_pause * 2 : 0;

	if (!who || by_another) {
		infer_fleet_failed(fleet, device, now);
		return;
	}
	/* Several jobs, and workers, find the same. */
	if (infer_fleet_suspected(fleet, device, who, now))
		return;
	if (pause > INFER_FLEET_MOST_NS)
		pause = INFER_FLEET_MOST_NS;
	d->suspected_by = who;
	d->suspected_pause = pause ?: fleet->first_ns;
	d->suspected_until = now + d->suspected_pause;
	/* A worker on it that has only begun to open it finds the same so much later. */
	d->word_until = d->suspected_until + INFER_FLEET_OPENING * fleet->hang_ns;
}

void infer_fleet_try(struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now)
{
	struct infer_fleet_device *d = &fleet->devices[device];

	/* Who is nobody's has no request, so it finds out nothing. */
	if (!who || !d->pause || d->until > now || d->tried_until > now)
		return;
	d->tried_by = who;
	d->tried_until = now + fleet->hang_ns;
}

enum infer_fleet_state infer_fleet_state(const struct infer_fleet *fleet, uint32_t device, uint64_t now)
{
	const struct infer_fleet_device *d = &fleet->devices[device];

	/* Whoever asks no more of what has failed would not find out: once its time is over it is worth a try. */
	if (d->failing && d->until > now)
		return INFER_FLEET_FAILED;
	return is_ill(fleet, device, now) ? INFER_FLEET_BROWN : INFER_FLEET_WELL;
}

void infer_fleet_opened(struct infer_fleet *fleet, uint32_t device)
{
	fleet->devices[device].opened = true;
}

void infer_fleet_worked(struct infer_fleet *fleet, uint32_t device, uint64_t now)
{
	fleet->devices[device].failing = false;
	/* One that another worker has just found to fail has not become well by this. */
	if (fleet->devices[device].until > now)
		return;
	fleet->devices[device].pause = 0;
	fleet->devices[device].suspected_until = 0;
	fleet->devices[device].suspected_pause = 0;
	fleet->devices[device].word_until = 0;
}

bool infer_fleet_better(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint32_t avoid, uint64_t now)
{
	bool well = until(fleet, device, who, now) <= now;

	/* To be avoided is worse than not to be well. */
	if (avoid >> device & 1)
		return (avoid | UINT32_MAX << fleet->count) != UINT32_MAX;
	for (uint32_t i = 0; i < (well ? device : fleet->count); i++)
		if (until(fleet, i, who, now) <= now && !(avoid >> i & 1) && !infer_fleet_tried(fleet, i, who, now) &&
		    (!well || fleet->devices[i].opened))
			return true;
	return false;
}

static bool is_at(const struct infer_fleet *fleet, const char *place)
{
	for (uint32_t i = 0; i < fleet->count; i++)
		if (!strcmp(fleet->devices[i].place, place))
			return true;
	return false;
}

bool infer_fleet_place(struct infer_fleet *fleet, uint32_t device, const char *place, uint64_t now)
{
	bool known = !strcmp(fleet->devices[device].place, place);

	snprintf(fleet->devices[device].place, INFER_FLEET_PLACE, "%s", place);
	return !known && is_ill(fleet, device, now);
}

bool infer_fleet_heard(struct infer_fleet *fleet, const char *place, uint64_t until, uint64_t now)
{
	uint32_t i = 0;
	bool was_ill;

	while (i < INFER_FLEET_ILL && *fleet->ill[i].place && strcmp(fleet->ill[i].place, place))
		i++;
	/* More devices than any machine has: the others are taken for well. */
	if (i == INFER_FLEET_ILL || (!until && !*fleet->ill[i].place))
		return false;
	was_ill = fleet->ill[i].until > now;
	strcpy(fleet->ill[i].place, place);
	fleet->ill[i].until = until;
	return was_ill != (until > now) && is_at(fleet, place);
}

const char *infer_fleet_lapsed(struct infer_fleet *fleet, uint64_t now)
{
	for (uint32_t i = 0; i < INFER_FLEET_ILL; i++) {
		if (!fleet->ill[i].until || fleet->ill[i].until > now)
			continue;
		fleet->ill[i].until = 0;
		if (is_at(fleet, fleet->ill[i].place))
			return fleet->ill[i].place;
	}
	return NULL;
}
