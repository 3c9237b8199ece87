// SPDX-License-Identifier: GPL-2.0-or-later
/* `pressure`: who waited for the engines, in the words of PSI. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "pressure.h"
#include "session.h"
#include "snapshot.h"
#include "table.h"

/* What is read, and what of it was asked for. */
struct report {
	struct snapshot snapshot;
	struct headgate_pressures pressures;
	struct headgate_json *json;	/* NULL: text */
	unsigned int printed;
};

static void print_heading(const struct report *report, const struct headgate_pressure *pressure)
{
	const struct headgate_device *device = snapshot_device(&report->snapshot,
							       pressure->device_id);
	const struct headgate_lane *lane;
	char path[4096];

	switch (pressure->scope) {
	case HEADGATE_PRESSURE_SCOPE_AGENT:
		snprintf(path, sizeof(path), "%s",
			 snapshot_agent_path(&report->snapshot, pressure->agent_id));
		table_sanitize(path);
		printf("%s on ", path);
		break;
	case HEADGATE_PRESSURE_SCOPE_LANE:
		lane = snapshot_lane(&report->snapshot, pressure->lane_id);
		printf("lane %" PRIu32 " (%s) of ", pressure->lane_id, lane ? lane->name : "?");
		break;
	case HEADGATE_PRESSURE_SCOPE_DEVICE:
		break;
	}
	printf("device %" PRIu32 " (%s)\n", pressure->device_id, device ? device->name : "?");
}

static void print_kind(const char *kind, uint32_t avg10, uint32_t avg60, uint32_t avg300,
		       uint64_t total_ns)
{
	printf("%s avg10=%.2f avg60=%.2f avg300=%.2f total=%" PRIu64 "\n", kind, avg10 / 1e4,
	       avg60 / 1e4, avg300 / 1e4, total_ns / 1000);
}

static void json_kind(struct headgate_json *json, const char *kind, uint32_t avg10, uint32_t avg60,
		      uint32_t avg300, uint64_t total_ns)
{
	headgate_json_object(json, kind);
	headgate_json_double(json, "avg10", avg10 / 1e6);
	headgate_json_double(json, "avg60", avg60 / 1e6);
	headgate_json_double(json, "avg300", avg300 / 1e6);
	headgate_json_uint(json, "total_ns", total_ns);
	headgate_json_close(json);
}

static void report_json(const struct report *report, const struct headgate_pressure *pressure)
{
	static const char *const scopes[] = { "agent", "lane", "device" };
	struct headgate_json *json = report->json;

	headgate_json_object(json, NULL);
	headgate_json_string(json, "scope", pressure->scope < 3 ? scopes[pressure->scope] : "?");
	if (pressure->scope == HEADGATE_PRESSURE_SCOPE_AGENT) {
		headgate_json_uint(json, "agent_id", pressure->agent_id);
		headgate_json_string(json, "agent", snapshot_agent_path(&report->snapshot,
									pressure->agent_id));
	}
	if (pressure->scope == HEADGATE_PRESSURE_SCOPE_LANE)
		headgate_json_uint(json, "lane_id", pressure->lane_id);
	headgate_json_uint(json, "device_id", pressure->device_id);
	json_kind(json, "some", pressure->some_avg10_ppm, pressure->some_avg60_ppm,
		  pressure->some_avg300_ppm, pressure->some_total_ns);
	json_kind(json, "full", pressure->full_avg10_ppm, pressure->full_avg60_ppm,
		  pressure->full_avg300_ppm, pressure->full_total_ns);
	headgate_json_uint(json, "waiting", pressure->waiting);
	headgate_json_uint(json, "running", pressure->running);
	headgate_json_close(json);
}

static void report_text(struct report *report, const struct headgate_pressure *pressure)
{
	if (report->printed)
		putchar('\n');
	print_heading(report, pressure);
	print_kind("some", pressure->some_avg10_ppm, pressure->some_avg60_ppm,
		   pressure->some_avg300_ppm, pressure->some_total_ns);
	print_kind("full", pressure->full_avg10_ppm, pressure->full_avg60_ppm,
		   pressure->full_avg300_ppm, pressure->full_total_ns);
}

static void report_add(struct report *report, const struct headgate_pressure *pressure)
{
	if (report->json)
		report_json(report, pressure);
	else
		report_text(report, pressure);
	report->printed++;
}

static bool is_of(const struct headgate_pressure *pressure, const struct headgate_pressure *group)
{
	switch (group->scope) {
	case HEADGATE_PRESSURE_SCOPE_AGENT:
		return !group->agent_id || pressure->agent_id == group->agent_id;
	case HEADGATE_PRESSURE_SCOPE_LANE:
		return !group->lane_id || pressure->lane_id == group->lane_id;
	case HEADGATE_PRESSURE_SCOPE_DEVICE:
		return !group->device_id || pressure->device_id == group->device_id;
	}
	return false;
}

/* Those of the scope and the id in @group, or of all ids.  Returns how many. */
static unsigned int report_group(struct report *report, const struct headgate_pressure *group)
{
	unsigned int before = report->printed;

	for (size_t i = 0; i < report->pressures.count; i++) {
		const struct headgate_pressure *pressure = &report->pressures.items[i];

		if (pressure->scope == group->scope && is_of(pressure, group))
			report_add(report, pressure);
	}
	return report->printed - before;
}

int pressure_parse_group(char **positional, struct headgate_client *client,
			 struct headgate_pressure *group, int *words)
{
	bool is_lane = !strcmp(positional[0], "lane");
	struct headgate_agent agent;
	const char *path;
	uint64_t id;
	int ret;

	if (is_lane || !strcmp(positional[0], "device")) {
		if (!positional[1] || headgate_number_parse(positional[1], 1, UINT32_MAX, &id))
			return usage_error("%s needs a number, such as %s 1; headgate pressure alone shows all of them",
					   positional[0], positional[0]);
		*words = 2;
		group->scope = is_lane ? HEADGATE_PRESSURE_SCOPE_LANE : HEADGATE_PRESSURE_SCOPE_DEVICE;
		*(is_lane ? &group->lane_id : &group->device_id) = (uint32_t)id;
		return EXIT_OK;
	}
	*words = 1;
	group->scope = HEADGATE_PRESSURE_SCOPE_AGENT;
	ret = session_cgroup(positional[0], &id, &path);
	if (ret)
		return ret;
	ret = headgate_agent_get(client, id, path, &agent);
	if (ret)
		return session_fail(client, ret, "no pressure of %s", positional[0]);
	group->agent_id = agent.id;
	headgate_agent_free(&agent);
	return EXIT_OK;
}

static int report_groups(struct report *report, struct headgate_client *client, char **positional)
{
	int ret, words;

	for (; *positional; positional += words) {
		struct headgate_pressure group = { 0 };

		ret = pressure_parse_group(positional, client, &group, &words);
		if (ret)
			return ret;
		if (report_group(report, &group))
			continue;
		fprintf(stderr, "headgate: no pressure of %s%s%s: %s\n", positional[0],
			words > 1 ? " " : "", words > 1 ? positional[1] : "",
			group.scope == HEADGATE_PRESSURE_SCOPE_AGENT ? "it has submitted nothing yet" :
								 "there is none of that number");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int report_all(struct report *report)
{
	static const enum headgate_pressure_scope scopes[] = {
		HEADGATE_PRESSURE_SCOPE_DEVICE,
		HEADGATE_PRESSURE_SCOPE_LANE,
		HEADGATE_PRESSURE_SCOPE_AGENT,
	};

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		report_group(report, &(struct headgate_pressure){ .scope = scopes[i] });
	if (!report->printed && !report->json)
		puts("No pressure yet: nothing has been submitted since the module was loaded.");
	return EXIT_OK;
}

int run_pressure(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct report report = { 0 };
	struct headgate_json json;
	int ret = session_open(&client);

	if (ret)
		return ret;
	if (arguments->values[OPTION_WAIT])
		return pressure_wait(client, arguments);
	ret = headgate_pressure_dump(client, &report.pressures);
	if (!ret)
		ret = snapshot_take(client, &report.snapshot);
	if (ret) {
		headgate_pressures_free(&report.pressures);
		return session_fail(client, ret, "cannot read the pressure");
	}
	if (arguments->values[OPTION_JSON]) {
		report.json = &json;
		headgate_json_begin(&json, stdout, true);
		headgate_json_array(&json, "pressure");
	}
	ret = arguments->count ? report_groups(&report, client, arguments->positional) :
				 report_all(&report);
	if (report.json) {
		headgate_json_close(&json);
		if (headgate_json_end(&json))
			ret = EXIT_FAILED;
	}
	headgate_pressures_free(&report.pressures);
	snapshot_free(&report.snapshot);
	return ret;
}
