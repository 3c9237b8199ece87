// SPDX-License-Identifier: GPL-2.0-or-later
#include "history_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "counts.h"
#include "history_rollup.h"
#include "history_write.h"
#include "log.h"

#define ROLL_UP_S 3600
/* systemd gives a service 90 s to stop. */
#define END_S 10

struct history_thread {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	bool has_job, busy, end;
	struct history_job job;
	/* of the thread alone */
	struct history_db db;
	bool open;
	struct headgate_config_history config;	/* of the file that is open */
	struct history_events events;		/* not written yet */
	int64_t rolled_up_s;
	char told[sizeof(((struct history_db *)NULL)->error)];	/* the error that was logged */
};

static void close_file(struct history_thread *t)
{
	if (t->open)
		history_close(&t->db);
	t->open = false;
}

/* Once, not every 10 s. */
static void tell(struct history_thread *t)
{
	counts_add(COUNT_HISTORY_ERRORS);
	if (strcmp(t->told, t->db.error))
		log_warning("history: %s; the sharing goes on, and writing is tried again", t->db.error);
	strcpy(t->told, t->db.error);
}

static int open_file(struct history_thread *t)
{
	int ret;

	if (t->open && !history_is_in_place(&t->db)) {
		log_notice("history: %s was moved away or removed: a new one is begun", t->config.path);
		close_file(t);
	}
	if (t->open)
		return 0;
	ret = history_open(&t->db, t->config.path, true);
	if (ret) {
		tell(t);
		history_close(&t->db);
		return ret;
	}
	t->open = true;
	t->rolled_up_s = 0;
	log_debug("history: %s is open", t->config.path);
	return 0;
}

static int roll_up(struct history_thread *t)
{
	int64_t now = time(NULL);
	int ret;

	if (now >= t->rolled_up_s && now - t->rolled_up_s < ROLL_UP_S)
		return 0;
	ret = history_roll_up(&t->db, now, t->config.keep_s);
	if (ret)
		tell(t);
	else
		t->rolled_up_s = now;
	return ret;
}

static void drop_events(struct history_thread *t)
{
	history_events_drop(&t->events, t->events.count);
	t->events.lost = 0;
}

static void write_job(struct history_thread *t, struct history_job *job)
{
	if (!job->config.enabled) {
		close_file(t);
		drop_events(t);
		return;
	}
	if (open_file(t))
		return;
	if (history_write(&t->db, job->has_totals ? &job->totals : NULL, &t->events)) {
		tell(t);
		/* It may be another file by now, or one that was mended. */
		return close_file(t);
	}
	drop_events(t);
	/* All is well only if this is, too: what fails each time is told once. */
	if (roll_up(t))
		return;
	if (t->told[0])
		log_notice("history: %s is written again; nothing was lost meanwhile", t->config.path);
	t->told[0] = '\0';
}

static void do_job(struct history_thread *t, struct history_job *job)
{
	if (strcmp(t->config.path, job->config.path) || t->config.enabled != job->config.enabled)
		close_file(t);
	t->config = job->config;
	history_events_move(&t->events, &job->events);
	write_job(t, job);
	if (job->has_totals)
		history_totals_free(&job->totals);
}

static void *run(void *data)
{
	struct history_thread *t = data;
	struct history_job job;

	pthread_mutex_lock(&t->mutex);
	for (;;) {
		while (!t->has_job && !t->end)
			pthread_cond_wait(&t->changed, &t->mutex);
		if (!t->has_job)
			break;
		job = t->job;
		t->has_job = false;
		t->busy = true;
		pthread_mutex_unlock(&t->mutex);
		do_job(t, &job);
		pthread_mutex_lock(&t->mutex);
		t->busy = false;
		pthread_cond_broadcast(&t->changed);
	}
	pthread_mutex_unlock(&t->mutex);
	close_file(t);
	drop_events(t);
	return NULL;
}

int history_thread_new(struct history_thread **thread)
{
	struct history_thread *t = calloc(1, sizeof(*t));
	pthread_condattr_t monotonic;
	sigset_t all, before;
	int ret;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&t->thread, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret)
		free(t);
	else
		*thread = t;
	return ret;
}

bool history_thread_idle(struct history_thread *t)
{
	bool idle;

	pthread_mutex_lock(&t->mutex);
	idle = !t->has_job && !t->busy;
	pthread_mutex_unlock(&t->mutex);
	return idle;
}

/* Not by the time of day, which can be set. */
static struct timespec end_time(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_S;
	return until;
}

bool history_thread_settle(struct history_thread *t)
{
	struct timespec until = end_time();
	int ret = 0;

	pthread_mutex_lock(&t->mutex);
	while ((t->has_job || t->busy) && !ret)
		ret = pthread_cond_timedwait(&t->changed, &t->mutex, &until);
	pthread_mutex_unlock(&t->mutex);
	return !ret;
}

void history_thread_put(struct history_thread *t, struct history_job *job)
{
	pthread_mutex_lock(&t->mutex);
	t->job = *job;
	t->has_job = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->mutex);
}

void history_thread_free(struct history_thread *t)
{
	struct timespec until;

	if (!t)
		return;
	pthread_mutex_lock(&t->mutex);
	t->end = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->mutex);
	until = end_time();
	if (pthread_clockjoin_np(t->thread, NULL, CLOCK_MONOTONIC, &until)) {
		log_warning("history: the disk does not answer; what it has not got is counted at the next start");
		return; /* it is still at work on @t */
	}
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->mutex);
	free(t);
}
