// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "money.h"
#include "units.h"

#define S_PER_HOUR	3600
#define S_PER_DAY	86400
#define NS_PER_HOUR	UINT64_C(3600000000000)
#define PERCENT_MAX	1000000U

static const char *const whoms[] = { "agent", "owner", "project", "cgroup" };
static const char *const pers[] = { "hour", "day", "month" };
static const char *const acts[] = { "none", "floor", "cap", "pause" };

const char *headgate_budget_whom_name(enum headgate_budget_whom whom)
{
	return whoms[whom];
}

const char *headgate_budget_per_name(enum headgate_budget_per per)
{
	return pers[per];
}

const char *headgate_budget_act_name(enum headgate_budget_act act)
{
	return acts[act];
}

int headgate_budget_per_parse(const char *text, enum headgate_budget_per *per)
{
	for (int i = 0; i < HEADGATE_BUDGET_PERS; i++) {
		if (strcmp(pers[i], text))
			continue;
		*per = i;
		return 0;
	}
	return -EINVAL;
}

void headgate_budget_free(struct headgate_budget *budget)
{
	free(budget->name);
	free(budget->of);
	free(budget->exec);
	*budget = (struct headgate_budget){ 0 };
}

int headgate_budget_copy(struct headgate_budget *copy, const struct headgate_budget *budget)
{
	*copy = *budget;
	copy->name = strdup(budget->name);
	copy->of = strdup(budget->of);
	copy->exec = budget->exec ? strdup(budget->exec) : NULL;
	if (copy->name && copy->of && !copy->exec == !budget->exec)
		return 0;
	headgate_budget_free(copy);
	return -ENOMEM;
}

bool headgate_budget_same(const struct headgate_budget *a, const struct headgate_budget *b)
{
	return !strcmp(a->name, b->name) && a->whom == b->whom && !strcmp(a->of, b->of) &&
	       a->per == b->per && a->money == b->money && !strcmp(a->currency, b->currency);
}

/* ---- the calendar ---- */

static int64_t round_down(int64_t time_s, int64_t width_s)
{
	return time_s - ((time_s % width_s) + width_s) % width_s;
}

void headgate_budget_period(enum headgate_budget_per per, int64_t now_s, int64_t *start_s,
			    int64_t *end_s)
{
	int64_t width_s = per == HEADGATE_BUDGET_HOUR ? S_PER_HOUR : S_PER_DAY;
	struct tm month = { .tm_mday = 1 }, tm;
	time_t now = now_s;

	*start_s = round_down(now_s, width_s);
	*end_s = *start_s + width_s;
	/* A time that has no year stays a day. */
	if (per != HEADGATE_BUDGET_MONTH || !gmtime_r(&now, &tm))
		return;
	month.tm_year = tm.tm_year;
	month.tm_mon = tm.tm_mon;
	*start_s = timegm(&month);
	month = (struct tm){ .tm_mday = 1, .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1 };
	*end_s = timegm(&month);
}

unsigned int headgate_budget_turn(enum headgate_budget_per per, struct headgate_budget_state *state,
				  int64_t now_s)
{
	bool told = state->warned_at || state->over_at;
	int64_t start_s, end_s;

	if (state->end_s && now_s >= state->start_s && now_s < state->end_s)
		return 0;
	headgate_budget_period(per, now_s, &start_s, &end_s);
	if (state->end_s && now_s < state->start_s) {
		/* Just before: the clock was set back a little. */
		if (end_s >= state->start_s)
			return 0;
		state->known = false;
	} else if (state->end_s) {
		/* One that is not the next may have been begun before, by a clock that was right. */
		*state = (struct headgate_budget_state){ .known = state->end_s == start_s };
	}
	state->start_s = start_s;
	state->end_s = end_s;
	return told && !state->warned_at && !state->over_at ? HEADGATE_BUDGET_RENEWED : 0;
}

/* ---- use ---- */

/* Whatever is counted, what was used does not become less. */
void headgate_budget_use(struct headgate_budget_state *state, uint64_t ns)
{
	if (__builtin_add_overflow(state->used, ns, &state->used))
		state->used = UINT64_MAX;
}

void headgate_budget_pay(struct headgate_budget_state *state, int64_t micros, uint64_t ns)
{
	unsigned __int128 sum = (unsigned __int128)micros * ns + state->rest;
	unsigned __int128 whole = sum / NS_PER_HOUR;

	state->rest = sum % NS_PER_HOUR;
	headgate_budget_use(state, whole > UINT64_MAX ? UINT64_MAX : (uint64_t)whole);
}

unsigned int headgate_budget_judge(const struct headgate_budget *budget,
				   struct headgate_budget_state *state)
{
	uint64_t warn_at = (unsigned __int128)budget->limit * budget->warn_ppm / HEADGATE_PPM;
	bool over = state->used >= budget->limit;
	unsigned int events = 0;

	if (over && budget->limit > state->over_at) {
		events |= HEADGATE_BUDGET_OVER;
		state->over_at = budget->limit;
	} else if (!over && state->used >= warn_at && warn_at > state->warned_at) {
		events |= HEADGATE_BUDGET_WARN;
	}
	/* Who is told that it is over need not be warned. */
	if (state->used >= warn_at && warn_at > state->warned_at)
		state->warned_at = warn_at;
	if (state->over && !over)
		events |= HEADGATE_BUDGET_EASED;
	state->over = over;
	return events;
}

unsigned int headgate_budget_percent(const struct headgate_budget *budget,
				     const struct headgate_budget_state *state)
{
	unsigned __int128 percent = (unsigned __int128)state->used * 100 / budget->limit;

	return percent > PERCENT_MAX ? PERCENT_MAX : (unsigned int)percent;
}

char *headgate_budget_format(const struct headgate_budget *budget, uint64_t amount, char text[48])
{
	char money[32];

	if (!budget->money)
		return headgate_duration_format(amount, text, 48);
	snprintf(text, 48, "%s %s", headgate_money_format(amount > INT64_MAX ? INT64_MAX : (int64_t)amount, money),
		 budget->currency);
	return text;
}
