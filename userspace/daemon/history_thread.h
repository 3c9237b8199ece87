/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that writes the history, so that nobody waits for the disk. */
#ifndef HEADGATE_DAEMON_HISTORY_THREAD_H
#define HEADGATE_DAEMON_HISTORY_THREAD_H

#include "config.h"
#include "history_totals.h"

/**
 * struct history_job - what is to be written, or done
 * @totals: to be counted, if @has_totals
 * @events: to be told
 * @config: file and times; another file is opened anew
 */
struct history_job {
	struct history_totals totals;
	bool has_totals;
	struct history_events events;
	struct headgate_config_history config;
};

struct history_thread;

int history_thread_new(struct history_thread **thread);

/* Whether it has nothing to do: then a job may be put, whose contents it takes. */
bool history_thread_idle(struct history_thread *thread);
void history_thread_put(struct history_thread *thread, struct history_job *job);

/* Waits until it is idle, but not for ever: false, it is not. */
bool history_thread_settle(struct history_thread *thread);

/* Waits until it is done, but not for ever for a disk that does not answer. */
void history_thread_free(struct history_thread *thread);

#endif
