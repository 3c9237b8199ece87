// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>

#include "../simgpu.h"
#include "client.h"
#include "options.h"
#include "worker.h"

/*
 * With depth 0 nobody waited for the jobs, so ask the device until it has none
 * of ours left. Then every job must have ended in exactly one way.
 */
static bool verify(int fd, struct result *first)
{
	struct drm_simgpu_info info;
	const struct drm_simgpu_counts *c = &info.client_jobs;
	uint64_t submitted = 0, last = 0, ended;
	int64_t since = now_ns();
	unsigned int i;

	for (i = 0; i < opt.threads; i++)
		submitted += first[i].submitted;
	for (;;) {
		memset(&info, 0, sizeof(info));
		info.engine = opt.engine;
		if (ioctl(fd, DRM_IOCTL_SIMGPU_INFO, &info)) {
			result_error(first, errno, "info", false);
			return false;
		}
		ended = c->completed + c->failed + c->cancelled;
		if (ended != last)
			since = now_ns();
		last = ended;
		/* Give up when nothing has ended for longer than a time-out. */
		if (ended >= submitted || opt.never ||
		    now_ns() - since > 10 * NSEC_PER_SEC)
			break;
		usleep(2000);
	}
	if (opt.never)
		return c->submitted == submitted && !ended;
	if (c->submitted == submitted && ended == submitted)
		return true;
	fprintf(stderr, "simload: verify: submitted %" PRIu64 ", device says %" PRIu64
		", ended %" PRIu64 "\n", submitted, (uint64_t)c->submitted, ended);
	return false;
}

static void note_busy(int fd, struct result *first)
{
	struct drm_simgpu_info info = { .engine = opt.engine };

	if (ioctl(fd, DRM_IOCTL_SIMGPU_INFO, &info))
		result_error(first, errno, "info", false);
	first->busy_ns = info.client_busy_ns;
}

struct thread {
	struct client client;
	pthread_t id;
	bool started;
};

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	client_run(&t->client);
	return NULL;
}

/* The first client is the worker's own thread. */
static void run_clients(struct thread *t, struct result *first)
{
	unsigned int i;
	int err;

	for (i = 1; i < opt.threads; i++) {
		err = pthread_create(&t[i].id, NULL, thread_main, &t[i]);
		if (err)
			result_error(first, err, "thread", false);
		t[i].started = !err;
	}
	client_run(&t[0].client);
	for (i = 1; i < opt.threads; i++)
		if (t[i].started)
			pthread_join(t[i].id, NULL);
}

int worker_main(unsigned int index, struct result *first)
{
	struct thread *t;
	unsigned int i;
	int fd;

	fd = opt.node ? simgpu_open_node(opt.node) : simgpu_find(opt.card);
	if (fd < 0) {
		result_error(first, -fd, "open", false);
		return EXIT_UNEXPECTED;
	}
	t = calloc(opt.threads, sizeof(*t));
	if (!t)
		return EXIT_UNEXPECTED;
	for (i = 0; i < opt.threads; i++)
		t[i].client = (struct client){
			.fd = fd,
			.result = first + i,
			.seed = opt.seed + index * opt.threads + i,
		};
	run_clients(t, first);
	if (opt.verify && !verify(fd, first))
		first->verify_failed = true;
	note_busy(fd, first);
	close(fd);
	free(t);
	return 0;
}
