/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Budgets: so much GPU time, or money, for so long. The judge is a pure function. */
#ifndef LIBHEADGATE_BUDGET_H
#define LIBHEADGATE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum headgate_budget_whom {
	HEADGATE_BUDGET_AGENT,		/* agents whose path, or one above it, matches a pattern */
	HEADGATE_BUDGET_OWNER,		/* that label */
	HEADGATE_BUDGET_PROJECT,
	HEADGATE_BUDGET_CGROUP,		/* one cgroup, which says so itself: budget_cgroup.h */
	HEADGATE_BUDGET_WHOMS
};

/* Of the calendar, in UTC. */
enum headgate_budget_per {
	HEADGATE_BUDGET_HOUR,
	HEADGATE_BUDGET_DAY,
	HEADGATE_BUDGET_MONTH,
	HEADGATE_BUDGET_PERS
};

enum headgate_budget_act {
	HEADGATE_BUDGET_NONE,		/* it is told, and that is all */
	HEADGATE_BUDGET_FLOOR,		/* the least weight there is */
	HEADGATE_BUDGET_CAP,
	HEADGATE_BUDGET_PAUSE,
	HEADGATE_BUDGET_ACTS
};

/* Sections of the policy; cgroups that have one of their own; both: agents know theirs by a bit each. */
#define HEADGATE_BUDGETS_MAX 64
#define HEADGATE_BUDGET_CGROUPS_MAX 192
#define HEADGATE_BUDGET_RECORDS_MAX (HEADGATE_BUDGETS_MAX + HEADGATE_BUDGET_CGROUPS_MAX)
#define HEADGATE_BUDGET_NAME_MAX 64

#define HEADGATE_PPM 1000000U

/**
 * struct headgate_budget - one section [budget NAME], or that of a cgroup
 * @name: 1 to HEADGATE_BUDGET_NAME_MAX letters, digits, dots, dashes and underlines; of a cgroup
 *	"cgroup#ID", which no section can have
 * @whom: what @of is
 * @of: pattern, label or path
 * @cgroup_id: of HEADGATE_BUDGET_CGROUP
 * @money: whether @limit is money
 * @limit: engine time in ns, or money in millionths of @currency; not 0
 * @currency: ISO 4217, "" unless @money
 * @per: of which period
 * @warn_ppm: part of @limit at which it is told
 * @act: what is done at @limit
 * @cap_ppm: of HEADGATE_BUDGET_CAP: all of its agents together, per device
 * @exec: program to run for each event, NULL: none
 */
struct headgate_budget {
	char *name;
	enum headgate_budget_whom whom;
	char *of;
	uint64_t cgroup_id;
	bool money;
	uint64_t limit;
	char currency[4];
	enum headgate_budget_per per;
	uint32_t warn_ppm;
	enum headgate_budget_act act;
	uint32_t cap_ppm;
	char *exec;
};

/* -ENOMEM; @copy is then empty. */
int headgate_budget_copy(struct headgate_budget *copy, const struct headgate_budget *budget);
void headgate_budget_free(struct headgate_budget *budget);

/* Whether what was used for the one counts for the other: only limits and acts may differ. */
bool headgate_budget_same(const struct headgate_budget *a, const struct headgate_budget *b);

const char *headgate_budget_whom_name(enum headgate_budget_whom whom);	/* "agent" */
const char *headgate_budget_per_name(enum headgate_budget_per per);	/* "hour" */
const char *headgate_budget_act_name(enum headgate_budget_act act);	/* "floor" */

/* The reverse; -EINVAL. */
int headgate_budget_per_parse(const char *text, enum headgate_budget_per *per);

/**
 * struct headgate_budget_state - how far a budget is
 * @start_s: its period, CLOCK_REALTIME
 * @end_s: the next one's start; 0: it was never judged
 * @used: in the unit of the limit
 * @rest: of money, what is less than a unit of @used: in millionths × ns of an hour
 * @warned_at: the greatest use at which a warning was told in this period; 0: none
 * @over_at: the greatest limit at which it was told to be over; 0: none
 * @over: it is, and what it does is in force
 * @known: what was used before it was first judged is in @used
 */
struct headgate_budget_state {
	int64_t start_s, end_s;
	uint64_t used, rest;
	uint64_t warned_at, over_at;
	bool over;
	bool known;
};

/* What is to be told: bits. */
#define HEADGATE_BUDGET_RENEWED	(1U << 0)	/* a new period, after one that was told of */
#define HEADGATE_BUDGET_WARN	(1U << 1)
#define HEADGATE_BUDGET_OVER	(1U << 2)
#define HEADGATE_BUDGET_EASED	(1U << 3)	/* no more over, since its limit is another */

/* The period that a time is in: [*start_s, *end_s). */
void headgate_budget_period(enum headgate_budget_per per, int64_t now_s, int64_t *start_s,
			    int64_t *end_s);

/**
 * headgate_budget_turn - the time has come to @now_s
 * @per: period
 * @state: state
 * @now_s: CLOCK_REALTIME, which can be set
 *
 * A new period has nothing used, and nothing told; unless it is the next one it is not known whether
 * something was used of it before, as when a host boots in 1970 and learns the time later. A clock that goes back does not end a period: it
 * lasts until its end comes again; if that is more than a whole period off, the clock was wrong
 * before, and the period is the one of now, with all that was used and told; since a part of that
 * may be missing, it is not known any more what was used.
 *
 * Return: HEADGATE_BUDGET_RENEWED or 0.
 */
unsigned int headgate_budget_turn(enum headgate_budget_per per, struct headgate_budget_state *state,
				  int64_t now_s);

/* Engine time was used. */
void headgate_budget_use(struct headgate_budget_state *state, uint64_t ns);

/* So long at a price for an hour; nothing is lost to rounding. */
void headgate_budget_pay(struct headgate_budget_state *state, int64_t micros, uint64_t ns);

/**
 * headgate_budget_judge - what was used against the limits
 * @budget: budget, whose limits may have changed since
 * @state: state; @over is brought up to date
 *
 * Each limit is told once in a period, and none that is lower than one that was: who changes limits
 * to and fro hears of none twice.
 *
 * Return: HEADGATE_BUDGET_* bits, HEADGATE_BUDGET_WARN and HEADGATE_BUDGET_OVER not both.
 */
unsigned int headgate_budget_judge(const struct headgate_budget *budget,
				   struct headgate_budget_state *state);

/* Of the limit, rounded down; no more than a million per cent. */
unsigned int headgate_budget_percent(const struct headgate_budget *budget,
				     const struct headgate_budget_state *state);

/* "1.5 h", "2.49 EUR": an amount of a budget; returns @text. */
char *headgate_budget_format(const struct headgate_budget *budget, uint64_t amount, char text[48]);

#endif
