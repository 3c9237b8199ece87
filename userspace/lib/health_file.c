// SPDX-License-Identifier: GPL-2.0-or-later
#include "health_file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "replace.h"

/* Widths are those of the structs' names, less the end. */
#define DEVICE_READ	"device %63s %15s %15s %lf %" SCNd64
/* The last word, which the headgated of an older version does not write, is how its last run went. */
#define PROBE_READ	"probe %63s %31s %" SCNu64 " %lf %" SCNu32 " %" SCNu32 " %11s"
#define PAST_READ	"%63s %31s %7s %" SCNu32 " %lf %lf"

static const char *const companies[HEADGATE_SERIES_PASTS] = { "alone", "beside" };

static struct headgate_probe *probe_of(struct headgate_health *health, const char *device_name,
				       const char *name)
{
	struct headgate_health_device *device = headgate_health_get(health, device_name);
	struct headgate_probe *probe;

	return device && !headgate_probe_get(device, name, &probe) ? probe : NULL;
}

static int take_probe(char *line, void *health)
{
	char device[HEADGATE_DEVICE_NAME_MAX], name[HEADGATE_PROBE_NAME_MAX], last[12] = "";
	struct headgate_probe *probe, read = { 0 };
	uint32_t alone, beside;
	double factor;

	if (sscanf(line, PROBE_READ, device, name, &read.runs, &factor, &alone, &beside, last) < 6)
		return 0;
	probe = probe_of(health, device, name);
	if (!probe)
		return 0;
	probe->runs = read.runs;
	if (headgate_probe_outcome_parse(last, &probe->last))
		probe->last = HEADGATE_PROBE_OK;
	probe->series.pasts[HEADGATE_SERIES_ALONE].learned = alone;
	probe->series.pasts[HEADGATE_SERIES_BESIDE].learned = beside;
	/* Shown, and no more than that. */
	if (factor > 0)
		for (int i = 0; i < HEADGATE_SERIES_RECENT; i++)
			probe->series.recent[i] = log(factor);
	probe->series.judged = factor > 0 ? HEADGATE_SERIES_RECENT : 0;
	return 0;
}

static int take_state(char *line, void *health)
{
	char name[HEADGATE_DEVICE_NAME_MAX], state[16], reason[16];
	struct headgate_health_device *device, read;

	if (sscanf(line, DEVICE_READ, name, state, reason, &read.factor, &read.since_s) != 5)
		return 0;
	if (headgate_health_state_parse(state, &read.state) || headgate_health_reason_parse(reason, &read.reason))
		return 0;
	device = headgate_health_get(health, name);
	if (!device)
		return -ENOMEM;
	device->state = read.state;
	device->reason = read.reason;
	device->factor = read.factor;
	device->since_s = read.since_s;
	return 0;
}

static int take_any(char *line, void *health)
{
	return take_state(line, health) ?: take_probe(line, health);
}

static int take_past(char *line, void *health)
{
	char device[HEADGATE_DEVICE_NAME_MAX], name[HEADGATE_PROBE_NAME_MAX], company[8];
	struct headgate_series_past past = { 0 };
	struct headgate_probe *probe;

	if (sscanf(line, PAST_READ, device, name, company, &past.learned, &past.mean, &past.square) != 6 ||
	    past.learned > HEADGATE_SERIES_SETTLED || !isfinite(past.mean) || !isfinite(past.square) ||
	    past.square < 0)
		return 0;
	probe = probe_of(health, device, name);
	for (int i = 0; probe && i < HEADGATE_SERIES_PASTS; i++)
		if (!strcmp(company, companies[i]))
			probe->series.pasts[i] = past;
	return 0;
}

int headgate_health_load(const char *file, struct headgate_health *health)
{
	return headgate_lines_read(file, take_any, health);
}

int headgate_health_load_states(const char *file, struct headgate_health *health)
{
	return headgate_lines_read(file, take_state, health);
}

int headgate_pasts_load(const char *file, struct headgate_health *health)
{
	return headgate_lines_read(file, take_past, health);
}

int headgate_health_save(const char *file, const struct headgate_health *health)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < health->n_devices; i++) {
		const struct headgate_health_device *device = &health->devices[i];

		/* What is ill and not there now is not well when it comes back. */
		if (!headgate_health_is_there(device) && device->state == HEADGATE_HEALTH_OK)
			continue;
		fprintf(replace.stream, "device %s %s %s %.3f %" PRId64 "\n", device->name,
			headgate_health_state_name(device->state), headgate_health_reason_name(device->reason),
			device->factor, device->since_s);
		for (size_t j = 0; j < device->n_probes; j++) {
			const struct headgate_probe *probe = &device->probes[j];

			if (!probe->pid)
				continue;
			fprintf(replace.stream, "probe %s %s %" PRIu64 " %.3f %" PRIu32 " %" PRIu32 " %s\n",
				device->name, probe->name, probe->runs,
				headgate_series_judges(&probe->series) ? headgate_series_factor(&probe->series) : 0,
				probe->series.pasts[HEADGATE_SERIES_ALONE].learned,
				probe->series.pasts[HEADGATE_SERIES_BESIDE].learned,
				headgate_probe_outcome_name(probe->last));
		}
	}
	return headgate_replace_end(&replace);
}

int headgate_pasts_save(const char *file, const struct headgate_health *health)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < health->n_devices; i++) {
		const struct headgate_health_device *device = &health->devices[i];

		for (size_t j = 0; j < device->n_probes * HEADGATE_SERIES_PASTS; j++) {
			const struct headgate_probe *probe = &device->probes[j / HEADGATE_SERIES_PASTS];
			int company = (int)(j % HEADGATE_SERIES_PASTS);
			const struct headgate_series_past *past = &probe->series.pasts[company];

			if (past->learned)
				fprintf(replace.stream, "%s %s %s %" PRIu32 " %.9f %.9f\n", device->name,
					probe->name, companies[company], past->learned, past->mean, past->square);
		}
	}
	return headgate_replace_end(&replace);
}
