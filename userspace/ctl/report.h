/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the history says of a time: use by agent, device and day, and what that cost. */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "config.h"
#include "history_db.h"

/* Whose time it was; all there is of a device's time is one of these. */
enum report_kind { REPORT_AGENT, REPORT_UNGOVERNED, REPORT_GONE, REPORT_IDLE };

#define REPORT_IDLE_NAME "(idle)"

/**
 * struct report_part - what one had of a device on one day
 * @day: in days since 1970, UTC
 * @agent: path, or a word in parentheses
 * @idle_ns: of all lanes, where it is @kind
 * @device_ns: its part of the device's time
 * @cost: its part of the device's cost, in millionths of @price->currency
 * @price: NULL: none is known
 */
struct report_part {
	int64_t day;
	const char *device, *driver, *agent, *owner;
	enum report_kind kind;
	uint64_t sums[HISTORY_SUMS];
	uint64_t idle_ns, some_ns, full_ns, device_ns;
	int64_t cost;
	const struct headgate_price *price;
};

/**
 * struct report_device - a device on one day
 * @time_ns: for how long it was there
 * @lanes_ns: for how long its lanes were, together
 * @cost: of @time_ns
 */
struct report_device {
	int64_t day;
	const char *device, *driver;
	uint64_t time_ns, lanes_ns, idle_ns, ungoverned_ns;
	int64_t cost;
	const struct headgate_price *price;
};

struct report {
	int64_t since_s, until_s;
	struct report_part *parts;	/* in the order of day, device, kind, agent and owner */
	size_t n_parts;
	struct report_device *devices;	/* in the order of day and device */
	size_t n_devices;
	void *texts;			/* that the others point to */
};

/*
 * Read [report->since_s, until_s) of the history, and share the costs out by the prices of @config.
 * Returns 0 or a negative errno, with db->error unless that is -ENOMEM.
 */
int report_read(struct report *report, struct history_db *db, const struct headgate_config *config);
int report_share_out(struct report *report, const struct headgate_config *config);
void report_free(struct report *report);

/* The same text, kept by the report; NULL without memory. */
const char *report_text(struct report *report, const char *text);

enum report_by { REPORT_BY_AGENT, REPORT_BY_OWNER, REPORT_BY_DEVICE };

/**
 * struct report_group - parts added up
 * @name: of the agent, owner or device
 * @other: owner of the agent, driver of the device, or ""
 * @currency: "" without a price
 * @time_ns: of devices, as are all that follow
 */
struct report_group {
	const char *name, *other, *currency;
	enum report_kind kind;
	uint64_t sums[HISTORY_SUMS];
	uint64_t idle_ns, some_ns, full_ns;
	int64_t cost;
	uint64_t time_ns, lanes_ns;
};

struct report_groups {
	struct report_group *items;
	size_t count;
};

/* -ENOMEM; -EOVERFLOW: a sum is more than can be told. Dear ones first, what is no agent last. */
int report_group(const struct report *report, enum report_by by, struct report_groups *groups);

/* "now", "90m", "24h", "7d", "2026-01-31", "2026-01-31T12:00" or with seconds, a Z after it; UTC. */
int report_time_parse(const char *text, int64_t now_s, int64_t *time_s);
char *report_time_format(int64_t time_s, char text[32]);	/* as FOCUS and ISO 8601 have it */

/* Print it; returns 0 or a negative errno. */
int report_print_table(const struct report *report, enum report_by by);
int report_print_csv(const struct report *report, enum report_by by);
int report_print_json(const struct report *report, enum report_by by);
int report_print_focus(const struct report *report);

/*
 * A field of CSV (RFC 4180), with what parts it from the one before. What a spreadsheet would run
 * as a formula has an apostrophe before it: owners say themselves what they are called.
 */
void report_csv_field(FILE *file, bool first, const char *text);

#endif
