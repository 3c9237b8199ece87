/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a worker when all that there may be are at work.
 *
 * Agents that have none wait for a place, and users take turns: a place that is free goes to an agent of the user with
 * the fewest, of these to the user who was given one longest ago, and of that user's to the agent that waits longest.
 * Who has given one up to another user counts as served when that one was, if that was later.
 * A user is a uid, root's too, however many cgroups it has. An agent's is who asked first, for as long as the
 * agent has requests or a worker. One who comes anew has its turn just before the user that was served last, so coming
 * and going gains nothing, and who has many requests there keeps nobody waiting for all of them.
 *
 * Places are made free as well, for those who wait alone, so nobody is kept from a place that none wants:
 *  - of a user with two more than the one who waits, or still more, at once;
 *  - of a user with one more, or the same user, once the agent has had the place for a turn: so they go round.
 * The worker that gives up its place takes no more requests, and ends after those it has. One that stands still, frozen
 * or held at the gate, would not come to their end: it is ended, and its requests go on when it is its turn again.
 */
#ifndef INFER_SERVE_SHARE_H
#define INFER_SERVE_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* To start a worker and load the weights takes seconds: a turn is long beside that. */
#define INFER_SHARE_TURN_NS (30 * INFER_SECOND)

struct infer_agent;
struct infer_process;
struct infer_service;

/**
 * struct infer_user - as long as it has agents
 * @agents: how many
 * @share: places that it has, as counted last
 * @served: in the order of places that were given, its last, or that of the user for whom it gave one up; it grows
 */
struct infer_user {
	struct infer_user *next;
	uid_t uid;
	uint32_t agents, share;
	uint64_t served;
};

/* infer_user_get(): with one agent more; NULL without memory. */
struct infer_user *infer_user_get(struct infer_service *service, uid_t uid);

/* infer_user_put(): with one agent less. */
void infer_user_put(struct infer_service *service, struct infer_user *user);

/**
 * infer_share_ask() - an agent without a worker wants a place, and waits from now on
 *
 * Return: whether it is the first of those who wait.
 */
bool infer_share_ask(struct infer_agent *agent);

/* infer_share_leave(): it waits no more. */
void infer_share_leave(struct infer_agent *agent);

/* infer_share_give(): a worker is its, in the place of another that it had, or NULL. */
void infer_share_give(struct infer_agent *agent, struct infer_process *worker, const struct infer_process *old);

/* infer_share_settle(): whoever waits, as long as there are places for them. */
void infer_share_settle(struct infer_service *service);

/* infer_share_tick(): makes places free. */
void infer_share_tick(struct infer_service *service, uint64_t now);

#endif
