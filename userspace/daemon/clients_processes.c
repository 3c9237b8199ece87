// SPDX-License-Identifier: GPL-2.0-or-later
/* Laps over all cgroups, which find processes that have come, moved or gone. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "clients_internal.h"

static struct process *process_find(struct clients *c, pid_t pid)
{
	struct process *p;

	LIST_FOREACH(p, &c->by_pid[(unsigned int)pid % BUCKETS], bucket)
		if (p->pid == pid)
			return p;
	return NULL;
}

static void process_make(struct clients *c, pid_t pid, uint64_t agent_id, int64_t now)
{
	struct process *p = NULL;

	if (c->n_processes < CLIENTS_PROCESSES_MAX)
		p = calloc(1, sizeof(*p));
	if (!p) {
		c->losses.processes++;
		return;
	}
	p->pid = pid;
	p->agent_id = agent_id;
	p->lap = c->lap;
	p->met_ns = now;
	p->new = c->lap_before_ns;
	LIST_INIT(&p->clients);
	LIST_INSERT_HEAD(&c->by_pid[(unsigned int)pid % BUCKETS], p, bucket);
	/* Its files come first. */
	TAILQ_INSERT_HEAD(&c->processes, p, entry);
	c->n_processes++;
}

void process_free(struct clients *c, struct process *p)
{
	LIST_REMOVE(p, bucket);
	TAILQ_REMOVE(&c->processes, p, entry);
	c->n_processes--;
	free(p);
}

static void meet(struct clients *c, pid_t pid, uint64_t agent_id, int64_t now)
{
	struct process *p = process_find(c, pid);

	if (!p) {
		process_make(c, pid, agent_id, now);
		return;
	}
	p->lap = c->lap;
	if (p->agent_id == agent_id)
		return;
	/* As if it had just come: it may have been looked at seldom. */
	p->agent_id = agent_id;
	p->met_ns = now;
	p->due_ns = now;
}

/* Fails for one that is gone, and for a threaded one, whose processes are told above it. */
static void read_cgroup(struct clients *c, const struct clients_cgroup *cgroup, int64_t now)
{
	char path[PATH_MAX];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", c->cgroup_root, cgroup->path);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%d", &pid) == 1)
		if (pid > 0) /* 0: of a pid namespace that is not below ours */
			meet(c, pid, cgroup->agent_id, now);
	fclose(file);
}

/* Who was not found in this lap, nor in the one before, during which it may have moved. */
static void drop_gone(struct clients *c, int64_t now)
{
	struct process *p, *next;

	for (p = TAILQ_FIRST(&c->processes); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (c->lap - p->lap < 2)
			continue;
		while (!LIST_EMPTY(&p->clients))
			client_lose(LIST_FIRST(&p->clients), now);
		process_free(c, p);
	}
}

void processes_look(struct clients *c, int64_t now)
{
	if (!c->lap_ns)
		c->lap_ns = now;
	if (c->next_cgroup >= c->n_cgroups && now - c->lap_ns >= CLIENTS_PROCS_NS) {
		drop_gone(c, now);
		c->lap++;
		c->lap_before_ns = c->lap_ns;
		c->lap_ns = now;
		c->next_cgroup = 0;
	}
	for (int i = 0; i < CLIENTS_PROCS_MAX * c->ticks && c->next_cgroup < c->n_cgroups; i++)
		read_cgroup(c, &c->cgroups[c->next_cgroup++], now);
}
