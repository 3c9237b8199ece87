// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_seed.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct budget_seed {
	char *file;
	struct budget_since since;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	struct budget_past past;
	bool done;
	bool left;		/* nobody waits any more: whoever is last frees it */
};

static void free_all(struct budget_seed *seed)
{
	budget_past_free(&seed->past);
	pthread_cond_destroy(&seed->changed);
	pthread_mutex_destroy(&seed->mutex);
	free(seed->file);
	free(seed);
}

static void *run(void *data)
{
	struct budget_seed *seed = data;
	struct budget_past past;
	bool left;

	budget_past_read(&past, seed->file, &seed->since);
	pthread_mutex_lock(&seed->mutex);
	seed->past = past;
	seed->done = true;
	left = seed->left;
	pthread_cond_broadcast(&seed->changed);
	pthread_mutex_unlock(&seed->mutex);
	if (left)
		free_all(seed);
	return NULL;
}

static int start(struct budget_seed *seed)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int ret;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&thread, &detached, run, seed);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return ret;
}

struct budget_seed *budget_seed_start(const char *file, const struct budget_since *since)
{
	struct budget_seed *seed = calloc(1, sizeof(*seed));
	pthread_condattr_t monotonic;

	if (!seed)
		return NULL;
	seed->since = *since;
	seed->file = strdup(file);
	pthread_mutex_init(&seed->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&seed->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (seed->file && !start(seed))
		return seed;
	free_all(seed);
	return NULL;
}

const struct budget_past *budget_seed_wait(struct budget_seed *seed, unsigned int ms)
{
	struct timespec until;
	bool done;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&seed->mutex);
	while (!seed->done && ms && !ret)
		ret = pthread_cond_timedwait(&seed->changed, &seed->mutex, &until);
	done = seed->done;
	pthread_mutex_unlock(&seed->mutex);
	return done ? &seed->past : NULL;
}

void budget_seed_free(struct budget_seed *seed)
{
	bool done;

	if (!seed)
		return;
	pthread_mutex_lock(&seed->mutex);
	done = seed->done;
	seed->left = true;
	pthread_mutex_unlock(&seed->mutex);
	if (done)
		free_all(seed);
}
