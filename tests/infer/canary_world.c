// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "canary_world.h"

#define SECOND UINT64_C(1000000000)
/* More than the caches hold. */
#define WALK_BYTES (64u << 20)

static void count(const struct headgate_health_device *device, enum headgate_health_state before,
		  void *data)
{
	struct canary_world *world = data;

	(void)device;
	(void)before;
	world->changes++;
}

enum headgate_health_state world_judge(struct canary_world *world,
				       const struct infer_canary_result *result)
{
	struct headgate_device item = { .id = 1, .name = "device" };
	struct headgate_devices devices = { &item, 1 };
	struct headgate_lanes lanes = { 0 };
	struct headgate_flows flows = { 0 };
	struct headgate_jobs jobs = { 0 };
	struct headgate_stalls stalls = { 0 };
	struct headgate_health_look look = {
		.devices = &devices, .lanes = &lanes, .flows = &flows, .jobs = &jobs,
		.stalls = &stalls,
		.limits = { HEADGATE_HEALTH_DEGRADED_DEFAULT, HEADGATE_HEALTH_BROWN_DEFAULT },
		.tell = count, .data = world,
	};
	struct headgate_health_device *device = headgate_health_get(&world->health, "device");
	struct headgate_probe *probe;

	if (!world->now_ns)
		world->now_ns = 1000 * SECOND;
	if (!device || headgate_probe_get(device, "canary", &probe))
		abort();
	headgate_probe_begins(probe, 55, 7, SECOND, world->now_ns);
	headgate_probe_ends(device, probe, result->outcome, result->time_ns, world->now_ns);
	world->now_ns += SECOND;
	look.now_ns = world->now_ns;
	look.now_s = (int64_t)(world->now_ns / SECOND);
	if (headgate_health_look(&world->health, &look))
		abort();
	return headgate_health_find(&world->health, "device")->state;
}

double world_factor(const struct canary_world *world)
{
	const struct headgate_health_device *device = headgate_health_find(&world->health, "device");

	return device ? device->factor : 0;
}

void world_end(struct canary_world *world)
{
	headgate_health_clear(&world->health);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static _Noreturn void burn(int number, unsigned int longest_ms)
{
	unsigned short dice[3] = { 1, 2, (unsigned short)number };
	volatile unsigned char *memory = calloc(1, WALK_BYTES);
	volatile double sum = 0;

	while (memory && getppid() != 1) {
		uint64_t until = now_ms() + 1 + (uint64_t)(erand48(dice) * longest_ms);
		int kind = (int)(erand48(dice) * 3);

		while (now_ms() < until) {
			if (!kind)
				usleep(1000);
			for (unsigned int i = 0; kind == 1 && i < 100000; i++)
				sum += i * 0.5;
			for (unsigned int i = 0; kind == 2 && i < WALK_BYTES; i += 64 * 16)
				memory[i]++;
		}
	}
	_exit(0);
}

void load_begin(struct canary_load *load, int n, unsigned int longest_ms)
{
	pid_t parent = getpid();

	for (load->n = 0; load->n < n && load->n < LOADS_MAX; load->n++) {
		pid_t pid = fork();

		if (pid < 0)
			abort();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (nice(19) == -1 || getppid() != parent)
				_exit(1);
			burn(load->n, longest_ms);
		}
		load->pids[load->n] = pid;
	}
}

void load_end(struct canary_load *load)
{
	for (int i = 0; i < load->n; i++)
		kill(load->pids[i], SIGKILL);
	for (int i = 0; i < load->n; i++)
		waitpid(load->pids[i], NULL, 0);
}
