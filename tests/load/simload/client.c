// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <math.h>

#include "../simgpu.h"
#include "client.h"
#include "options.h"
#include "run.h"
#include "syncobj.h"

static uint64_t next_duration(struct client *c)
{
	double u, d;

	if (opt.pareto <= 0)
		return opt.duration;
	/* Mean opt.duration: scale x_m = mean * (a - 1) / a. */
	u = (rand_r(&c->seed) + 1.0) / (RAND_MAX + 2.0);
	d = opt.duration * (opt.pareto - 1) / opt.pareto / pow(u, 1 / opt.pareto);
	return d > opt.longest ? opt.longest : d;
}

/* Returns 0, or -1 when the client should end. */
static int submit(struct client *c)
{
	struct drm_simgpu_sync in = { .handle = c->never };
	struct drm_simgpu_submit s = {
		.engine = opt.engine,
		.duration_ns = next_duration(c),
		.in_syncs = c->never ? (uintptr_t)&in : 0,
		.in_count = !!c->never,
		.out_sync = c->sync ? c->sync[c->head % opt.depth] : 0,
	};
	uint64_t n = c->head + 1;
	int64_t start;

	if (opt.fail_every && n % opt.fail_every == 0)
		s.flags |= SIMGPU_SUBMIT_FAIL;
	if (opt.hang_every && n % opt.hang_every == 0)
		s.flags |= SIMGPU_SUBMIT_HANG;

	start = now_ns();
	s.stamp = start;
	while (ioctl(c->fd, DRM_IOCTL_SIMGPU_SUBMIT, &s)) {
		/* A signal of ours may break the sleep; anything else is odd. */
		if (errno == EINTR && !run_stopped)
			continue;
		result_error(c->result, errno, "submit", errno == EINTR);
		return -1;
	}
	histogram_add(&c->result->ioctl, now_ns() - start);
	if (c->since)
		c->since[c->head % opt.depth] = start;
	c->head++;
	c->result->submitted++;
	c->result->requested_ns += s.duration_ns;
	return 0;
}

/* Waits for the oldest job in flight. Returns 0, or -1 to end. */
static int reap(struct client *c)
{
	unsigned int i = c->tail % opt.depth;
	/* A job in flight at the end is still waited for, unless it cannot end. */
	int err = syncobj_wait(c->fd, c->sync[i], opt.never ? run_deadline : INT64_MAX);

	if (err == -ETIME)
		return -1;
	if (err) {
		result_error(c->result, -err, "wait", false);
		return -1;
	}
	histogram_add(&c->result->done, now_ns() - c->since[i]);
	c->tail++;
	err = simgpu_error(c->fd, c->sync[i]);
	if (!err) {
		c->result->completed++;
		return 0;
	}
	if (err > 0) {
		result_error(c->result, err, "sync_file", false);
		return -1;
	}
	c->result->failed++;
	result_error(c->result, -err, "job", true);
	return 0;
}

/* Waits until no more than @most jobs are in flight. Returns 0, or -1 to end. */
static int reap_to(struct client *c, uint64_t most)
{
	while (c->sync && c->head - c->tail > most) {
		if (reap(c))
			return -1;
		if (opt.think && !opt.burst)
			run_sleep_until(now_ns() + opt.think);
	}
	return 0;
}

static bool more(struct client *c)
{
	return (!opt.jobs || c->head < opt.jobs) && !run_is_over();
}

static void work(struct client *c)
{
	int64_t tick;

	run_sleep_until(opt.begin);
	tick = now_ns();
	while (more(c)) {
		if (opt.period) {
			run_sleep_until(tick);
			tick += opt.period;
			if (!more(c))
				break;
		}
		if (submit(c) || reap_to(c, opt.period ? 0 : opt.depth - 1))
			return;
		if (opt.burst && c->head % opt.burst == 0) {
			if (reap_to(c, 0))
				return;
			run_sleep_until(now_ns() + opt.think);
		}
	}
	while (c->sync && c->tail < c->head)
		if (reap(c))
			return;
}

void client_run(struct client *c)
{
	unsigned int i;
	int err = 0;

	if (opt.depth) {
		c->sync = calloc(opt.depth, sizeof(*c->sync));
		c->since = calloc(opt.depth, sizeof(*c->since));
		if (!c->sync || !c->since)
			err = -ENOMEM;
		for (i = 0; i < opt.depth && !err; i++)
			err = syncobj_create(c->fd, &c->sync[i]);
	}
	if (!err && opt.never)
		err = syncobj_create_never(c->fd, &c->never);
	if (err)
		result_error(c->result, -err, "set-up", false);
	else
		work(c);
	free(c->sync);
	free(c->since);
}
