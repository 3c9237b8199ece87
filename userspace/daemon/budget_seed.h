/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the history has of the periods of budgets, and up to which totals of the module. A thread
 * reads it, so that nobody waits for a disk that does not answer.
 */
#ifndef HEADGATE_DAEMON_BUDGET_SEED_H
#define HEADGATE_DAEMON_BUDGET_SEED_H

#include "budget_file.h"

/**
 * struct budget_row - what an agent had of a device on a day
 * @per: of the period at hand; the same work is in the rows of each
 * @day: in days since 1970, UTC
 * @owner: "" for none
 * @busy_ns: engine time
 * @device_ns: its part of the device's time
 */
struct budget_row {
	enum headgate_budget_per per;
	int64_t day;
	char *device, *path, *owner;
	uint64_t busy_ns, device_ns;
};

/**
 * struct budget_event - a budget has told something
 * @over: that it is spent; else it was a warning
 * @text: as the history has it
 */
struct budget_event {
	int64_t time_s;
	bool over;
	char *text;
};

/**
 * struct budget_past - what was read
 * @err: 0; -ENOENT: there is no history yet; or another negative errno with @error
 * @instance: of the module whose totals @seen are, up to which @rows count
 */
struct budget_past {
	int err;
	char error[640];
	char instance[80];
	struct headgate_budget_seen *seen;
	size_t n_seen;
	struct budget_row *rows;
	size_t n_rows;
	struct budget_event *events;
	size_t n_events;
};

/* The periods that somebody asks for: [since_s, until_s). */
struct budget_since {
	bool wanted[HEADGATE_BUDGET_PERS];
	int64_t since_s[HEADGATE_BUDGET_PERS];
	int64_t until_s[HEADGATE_BUDGET_PERS];
};

void budget_past_read(struct budget_past *past, const char *file, const struct budget_since *since);
void budget_past_free(struct budget_past *past);

struct budget_seed;

/* Begin to read; NULL without memory, or threads. */
struct budget_seed *budget_seed_start(const char *file, const struct budget_since *since);

/* What was read, when it is, which budget_seed_free() takes away; NULL: not yet. Waits for so long. */
const struct budget_past *budget_seed_wait(struct budget_seed *seed, unsigned int ms);

/* Where it is not done yet the thread goes on by itself. @seed may be NULL. */
void budget_seed_free(struct budget_seed *seed);

#endif
