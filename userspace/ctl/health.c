// SPDX-License-Identifier: GPL-2.0-or-later
/* `device health` and `device calibrate`: how headgated thinks that devices are. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "health_file.h"
#include "json.h"
#include "probe.h"
#include "screen.h"
#include "session.h"
#include "states.h"
#include "table.h"
#include "units.h"

#define NS_PER_S UINT64_C(1000000000)

/* 0: not known. */
static double factor_of(const struct headgate_probe *probe)
{
	return headgate_series_judges(&probe->series) ? headgate_series_factor(&probe->series) : 0;
}

/* The past that is known best decides whether anything can be said. */
static uint32_t learned_of(const struct headgate_probe *probe)
{
	const struct headgate_series_past *pasts = probe->series.pasts;

	return pasts[0].learned > pasts[1].learned ? pasts[0].learned : pasts[1].learned;
}

static void json_factor(struct headgate_json *json, const char *key, double factor)
{
	if (factor > 0)
		headgate_json_double(json, key, factor);
	else
		headgate_json_null(json, key);
}

static void json_device(struct headgate_json *json, const struct headgate_health_device *device)
{
	headgate_json_object(json, NULL);
	headgate_json_string(json, "device", device->name);
	headgate_json_string(json, "state", headgate_health_state_name(device->state));
	headgate_json_string(json, "reason", headgate_health_reason_name(device->reason));
	json_factor(json, "factor", device->factor);
	if (device->since_s)
		headgate_json_uint(json, "since_ns", (uint64_t)device->since_s * NS_PER_S);
	else
		headgate_json_null(json, "since_ns");
	headgate_json_array(json, "probes");
	for (size_t i = 0; i < device->n_probes; i++) {
		const struct headgate_probe *probe = &device->probes[i];

		headgate_json_object(json, NULL);
		headgate_json_string(json, "probe", probe->name);
		headgate_json_uint(json, "runs", probe->runs);
		if (probe->runs)
			headgate_json_string(json, "last", headgate_probe_outcome_name(probe->last));
		else
			headgate_json_null(json, "last");
		json_factor(json, "factor", factor_of(probe));
		headgate_json_uint(json, "learned_alone", probe->series.pasts[HEADGATE_SERIES_ALONE].learned);
		headgate_json_uint(json, "learned_beside", probe->series.pasts[HEADGATE_SERIES_BESIDE].learned);
		headgate_json_close(json);
	}
	headgate_json_close(json);
	headgate_json_close(json);
}

static int list_json(const struct headgate_health *health, bool kept)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_bool(&json, "judged", kept);
	headgate_json_array(&json, "devices");
	for (size_t i = 0; i < health->n_devices; i++)
		json_device(&json, &health->devices[i]);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

/* "gemv 1.02", "gemv learns 12/60", "gemv wrong"; without any nothing but stalls and agents speak of the device. */
static void add_probes(struct table *table, const struct headgate_health_device *device)
{
	char text[256] = "none";
	size_t used = 0;

	for (size_t i = 0; i < device->n_probes && used < sizeof(text); i++) {
		const struct headgate_probe *probe = &device->probes[i];
		const char *separator = i ? ", " : "";

		if (probe->last != HEADGATE_PROBE_OK)
			used += snprintf(text + used, sizeof(text) - used, "%s%s %s", separator, probe->name,
					 headgate_probe_outcome_name(probe->last));
		else if (factor_of(probe) > 0)
			used += snprintf(text + used, sizeof(text) - used, "%s%s %.2f", separator, probe->name,
					 factor_of(probe));
		else if (learned_of(probe) < HEADGATE_SERIES_JUDGES)
			used += snprintf(text + used, sizeof(text) - used, "%s%s learns %" PRIu32 "/%d", separator,
					 probe->name, learned_of(probe), HEADGATE_SERIES_JUDGES);
		else
			used += snprintf(text + used, sizeof(text) - used, "%s%s", separator, probe->name);
	}
	table_add(table, "%s", text);
}

static void add_row(struct table *table, const struct headgate_health_device *device)
{
	time_t since = (time_t)device->since_s;
	char when[32] = "-";
	struct tm tm;

	if (since && localtime_r(&since, &tm))
		strftime(when, sizeof(when), "%FT%T", &tm);
	table_add(table, "%s", device->name);
	table_add(table, "%s", headgate_health_state_name(device->state));
	table_add(table, "%s", headgate_health_reason_name(device->reason));
	if (device->factor > 0)
		table_add(table, "%.2f", device->factor);
	else
		table_add(table, "-");
	table_add(table, "%s", when);
	add_probes(table, device);
}

static int list_text(const struct headgate_health *health)
{
	static const struct table_column columns[] = {
		{ .title = "DEVICE" },
		{ .title = "HEALTH" },
		{ .title = "REASON" },
		{ .title = "FACTOR", .right = true },
		{ .title = "SINCE", .drop = 1 },
		{ .title = "PROBES", .shrink = true },
	};
	struct table table = { .columns = columns, .n_columns = sizeof(columns) / sizeof(columns[0]) };

	if (!health->n_devices) {
		puts("No device has been submitted to.");
		return EXIT_OK;
	}
	for (size_t i = 0; i < health->n_devices; i++)
		add_row(&table, &health->devices[i]);
	table_print(&table, stdout, screen_line(), NULL, NULL);
	table_clear(&table);
	return EXIT_OK;
}

int run_device_health(const struct arguments *arguments)
{
	struct headgate_health health = { 0 };
	bool kept = states_are_kept(HEADGATE_HEALTH_FILE);
	int ret = headgate_health_load(HEADGATE_HEALTH_FILE, &health);

	if (ret && ret != -ENOENT)
		return session_error(ret, "cannot read " HEADGATE_HEALTH_FILE);
	if (!kept)
		states_note("devices");
	ret = arguments->values[OPTION_JSON] ? list_json(&health, kept) : list_text(&health);
	headgate_health_clear(&health);
	return ret;
}

int run_device_calibrate(const struct arguments *arguments)
{
	struct headgate_probe_message message = { .verb = HEADGATE_PROBE_CALIBRATE };
	const char *name = arguments->positional[0];
	char error[HEADGATE_PROBE_MESSAGE_MAX] = "";
	int fd, ret;

	if (strlen(name) >= sizeof(message.device)) {
		fprintf(stderr, "headgate: no device has a name of more than %zu bytes\n", sizeof(message.device) - 1);
		return EXIT_FAILED;
	}
	strcpy(message.device, name);
	fd = headgate_probe_connect(HEADGATE_PROBE_SOCKET);
	if (fd == -ENOENT || fd == -ECONNREFUSED) {
		fputs("headgate: headgated, which judges devices, is not at work; start it\n", stderr);
		return EXIT_FAILED;
	}
	if (fd < 0)
		return session_error(fd, HEADGATE_PROBE_SOCKET);
	ret = headgate_probe_tell(fd, &message, error, sizeof(error));
	close(fd);
	if (*error) {
		fprintf(stderr, "headgate: %s\n", error);
		return EXIT_FAILED;
	}
	if (ret)
		return session_error(ret, HEADGATE_PROBE_SOCKET);
	printf("Device %s is compared with what it does from now on.\n", name);
	return EXIT_OK;
}
