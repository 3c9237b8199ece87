/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated device: it serves its clients' jobs in turn, or as they came, one after the other;
 * a frozen client submits nothing more, and what it had queued is served all the same.
 */
#ifndef HEADGATE_PACE_DEVICE_H
#define HEADGATE_PACE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace_model.h"

#define MS PACE_NS_PER_MS
#define CLIENTS_MAX 6
#define FIFO_SIZE 4096

/* depth: jobs it keeps with the device. */
struct client {
	uint64_t parent_id;
	uint32_t weight;
	int64_t job_ns;
	unsigned int depth;
	bool idle;				/* submits nothing */
	bool held;				/* may not be frozen */
	bool gone;
	/* of the device */
	uint64_t busy_ns;
	unsigned int queued;
	int64_t left_ns;			/* of its first job, when that was begun */
};

struct device {
	struct pace_model model;
	struct client clients[CLIENTS_MAX];
	size_t count;
	int64_t now_ns;
	bool fifo;				/* serves jobs as they came */
	uint8_t order[FIFO_SIZE];		/* client of each job, a ring */
	size_t head, tail;
	size_t turn;
	struct client *running;
	/* found out */
	int64_t frozen_ns[CLIENTS_MAX];		/* without anything queued, up to now */
	int64_t longest_ns[CLIENTS_MAX];
	int64_t idle_ns;
};

/* Client @i is agent @i + 1. It has had its first look. */
struct device *new_device(const struct client *clients, size_t count);
/* None was frozen for too long. */
void free_device(struct device *d);

/* From one step to the next, and how long each has been frozen with nothing queued. */
void run_for(struct device *d, int64_t ns);

/* NULL: the model does not know it. */
struct pace_agent *agent_of(struct device *d, size_t i);
bool frozen(struct device *d, size_t i);

/* What each has had until now, and per cent of what all got since then. */
void take(struct device *d, uint64_t *busy);
double share(struct device *d, const uint64_t *before, size_t i);

#endif
