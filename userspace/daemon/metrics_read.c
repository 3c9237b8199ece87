// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drm_devices.h"
#include "health_file.h"
#include "module.h"
#include "stall_file.h"

#define NS_PER_S UINT64_C(1000000000)

static int read_all(struct headgate_client *client, struct metrics_input *input)
{
	int ret = headgate_info_get(client, &input->info);

	/* Lanes before flows: what a flow tells is of a lane that is known. */
	if (!ret)
		ret = headgate_device_dump(client, &input->devices);
	if (!ret)
		ret = headgate_lane_dump(client, &input->lanes);
	if (!ret)
		ret = headgate_flow_dump(client, &input->flows);
	if (!ret)
		ret = headgate_agent_dump(client, &input->agents);
	if (!ret)
		ret = headgate_pressure_dump(client, &input->pressures);
	return ret;
}

static void free_all(struct metrics_input *input)
{
	headgate_info_free(&input->info);
	headgate_devices_free(&input->devices);
	headgate_lanes_free(&input->lanes);
	headgate_flows_free(&input->flows);
	headgate_agents_free(&input->agents);
	headgate_pressures_free(&input->pressures);
	memset(&input->info, 0, sizeof(input->info));
}

static void read_module(struct metrics_reader *reader, struct metrics_input *input)
{
	uint64_t instance = module_instance();

	if (instance != reader->instance || !instance)
		headgate_client_free(&reader->client);
	reader->instance = instance;
	if (!instance || (!reader->client && headgate_client_open(&reader->client)))
		return;
	/* One that was inserted meanwhile would be told as the one before. */
	if (!read_all(reader->client, input) && module_instance() == instance) {
		input->loaded = true;
		input->instance = instance;
		return;
	}
	free_all(input);
	headgate_client_free(&reader->client);
}

static void read_process(struct metrics_input *input)
{
	FILE *file = fopen("/proc/self/statm", "re");
	struct timespec cpu;
	uint64_t pages = 0;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	input->cpu_ns = cpu.tv_sec * NS_PER_S + cpu.tv_nsec;
	if (!file)
		return;
	if (fscanf(file, "%*u %" SCNu64, &pages) == 1)
		input->resident_bytes = pages * sysconf(_SC_PAGESIZE);
	fclose(file);
}

/* What is ill stays in the file when it has been taken out; it is told of no more. */
static void find_listed(struct headgate_health *health)
{
	struct headgate_drm_devices devices = { 0 };

	if (headgate_drm_list_at("", &devices))
		return;
	for (size_t i = 0; i < devices.count; i++) {
		struct headgate_health_device *device = headgate_health_find(health, devices.items[i].name);

		if (device)
			device->listed = true;
	}
	headgate_drm_devices_free(&devices);
}

void metrics_read(struct metrics_reader *reader, struct metrics_input *input)
{
	read_module(reader, input);
	if (input->loaded) {
		/* What is not there yet has nothing to tell. */
		headgate_lives_load(HEADGATE_LIVES_FILE, &input->lives);
		headgate_labels_load(HEADGATE_LABELS_FILE, &input->labels);
		headgate_stalls_load(HEADGATE_STALLS_FILE, &input->stalls);
		headgate_health_load_states(HEADGATE_HEALTH_FILE, &input->health);
		find_listed(&input->health);
	}
	for (int i = 0; i < COUNTS; i++)
		input->counts[i] = counts_get(i);
	read_process(input);
}

void metrics_input_free(struct metrics_input *input)
{
	free_all(input);
	headgate_lives_free(&input->lives);
	headgate_labels_free(&input->labels);
	headgate_stalls_clear(&input->stalls);
	headgate_health_clear(&input->health);
}

void metrics_reader_free(struct metrics_reader *reader)
{
	headgate_client_free(&reader->client);
}
