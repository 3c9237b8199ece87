// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FOCUS, the FinOps Open Cost and Usage Specification, version 1.2, as CSV: a row for each part of
 * a device's day. Unit prices are left out: a part is paid for by its share of the device's cost,
 * which is not quantity times price to the last unit.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "report.h"

#define DAY_S INT64_C(86400)
#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_HOUR (3600 * NS_PER_S)

struct row {
	const struct report *report;
	const struct report_part *part;
};

/* The tags: a path and an owner, of which JSON escapes each byte. */
#define ROOM (6 * (PATH_MAX + HEADGATE_LABEL_MAX) + 100)

/* A column and what is in it; @text has room for ROOM bytes. */
struct column {
	const char *name;
	void (*fill)(const struct row *row, char *text);
	const char *constant;
};

static void cost(const struct row *row, char *text)
{
	headgate_money_format(row->part->cost, text);
}

static void currency(const struct row *row, char *text)
{
	strcpy(text, row->part->price ? row->part->price->currency : HEADGATE_NO_CURRENCY);
}

static void month_begins(int64_t day, int ahead, char *text)
{
	time_t time = day * DAY_S;
	struct tm tm;

	gmtime_r(&time, &tm);
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mon += ahead;
	report_time_format(timegm(&tm), text);
}

static void billing_start(const struct row *row, char *text)
{
	month_begins(row->part->day, 0, text);
}

static void billing_end(const struct row *row, char *text)
{
	month_begins(row->part->day, 1, text);
}

static void charge_start(const struct row *row, char *text)
{
	int64_t start = row->part->day * DAY_S;

	report_time_format(start < row->report->since_s ? row->report->since_s : start, text);
}

static void charge_end(const struct row *row, char *text)
{
	int64_t end = (row->part->day + 1) * DAY_S;

	report_time_format(end > row->report->until_s ? row->report->until_s : end, text);
}

static void description(const struct row *row, char *text)
{
	static const char *const words[] = {
		[REPORT_AGENT] = "GPU time of an agent", [REPORT_UNGOVERNED] = "GPU time of no agent",
		[REPORT_GONE] = "GPU time of agents that went unseen", [REPORT_IDLE] = "GPU time that nobody used",
	};

	strcpy(text, words[row->part->kind]);
}

static void consumed(const struct row *row, char *text)
{
	uint64_t ns = row->part->kind == REPORT_IDLE ? row->part->idle_ns : row->part->sums[HISTORY_BUSY_NS];

	snprintf(text, ROOM, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

static void priced(const struct row *row, char *text)
{
	uint64_t rest = row->part->device_ns % NS_PER_HOUR;

	snprintf(text, ROOM, "%" PRIu64 ".%09" PRIu64, row->part->device_ns / NS_PER_HOUR,
		 (uint64_t)((unsigned __int128)rest * NS_PER_S / NS_PER_HOUR));
}

static void resource(const struct row *row, char *text)
{
	snprintf(text, ROOM, "%s", row->part->device);
}

static void tags(const struct row *row, char *text)
{
	FILE *file = fmemopen(text, ROOM, "w");
	struct headgate_json json;

	*text = '\0';
	if (!file)
		return;
	headgate_json_begin_foreign(&json, file);
	headgate_json_string(&json, "headgate/agent", row->part->agent);
	headgate_json_string(&json, "headgate/owner", row->part->owner);
	headgate_json_end(&json);
	fclose(file);
	/* Those of names are escaped. */
	text[strcspn(text, "\n")] = '\0';
}

static const struct column columns[] = {
	{ .name = "BilledCost", .fill = cost },
	{ .name = "BillingAccountId", .constant = "headgate" },
	{ .name = "BillingAccountName", .constant = "headgate" },
	{ .name = "BillingCurrency", .fill = currency },
	{ .name = "BillingPeriodEnd", .fill = billing_end },
	{ .name = "BillingPeriodStart", .fill = billing_start },
	{ .name = "ChargeCategory", .constant = "Usage" },
	{ .name = "ChargeClass", .constant = "" },
	{ .name = "ChargeDescription", .fill = description },
	{ .name = "ChargeFrequency", .constant = "Usage-Based" },
	{ .name = "ChargePeriodEnd", .fill = charge_end },
	{ .name = "ChargePeriodStart", .fill = charge_start },
	{ .name = "ConsumedQuantity", .fill = consumed },
	{ .name = "ConsumedUnit", .constant = "Seconds" },
	{ .name = "ContractedCost", .fill = cost },
	{ .name = "EffectiveCost", .fill = cost },
	{ .name = "InvoiceIssuerName", .constant = "headgate" },
	{ .name = "ListCost", .fill = cost },
	{ .name = "PricingQuantity", .fill = priced },
	{ .name = "PricingUnit", .constant = "Hours" },
	{ .name = "ProviderName", .constant = "headgate" },
	{ .name = "PublisherName", .constant = "headgate" },
	{ .name = "ResourceId", .fill = resource },
	{ .name = "ResourceName", .fill = resource },
	{ .name = "ResourceType", .constant = "GPU" },
	{ .name = "ServiceCategory", .constant = "Compute" },
	{ .name = "ServiceName", .constant = "GPU" },
	{ .name = "ServiceSubcategory", .constant = "Other (Compute)" },
	{ .name = "Tags", .fill = tags },
};

int report_print_focus(const struct report *report)
{
	struct row row = { .report = report };
	char text[ROOM];

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		report_csv_field(stdout, !i, columns[i].name);
	fputs("\r\n", stdout);
	for (size_t part = 0; part < report->n_parts; part++) {
		row.part = &report->parts[part];
		/* Of no time there is no charge. */
		if (!row.part->device_ns && !row.part->cost)
			continue;
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
			if (columns[i].fill)
				columns[i].fill(&row, text);
			report_csv_field(stdout, !i, columns[i].fill ? text : columns[i].constant);
		}
		fputs("\r\n", stdout);
	}
	return 0;
}
