// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "serve.h"

/* ---- users ---- */

struct infer_user *infer_user_get(struct infer_service *service, uid_t uid)
{
	struct infer_user *user = service->users;

	while (user && user->uid != uid)
		user = user->next;
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return NULL;
		user->uid = uid;
		/* Between the last two that were given a place. */
		user->served = service->given ? service->given - 1 : 0;
		user->next = service->users;
		service->users = user;
	}
	user->agents++;
	return user;
}

void infer_user_put(struct infer_service *service, struct infer_user *user)
{
	struct infer_user **at = &service->users;

	if (--user->agents)
		return;
	while (*at != user)
		at = &(*at)->next;
	*at = user->next;
	free(user);
}

/* ---- order ---- */

/* A worker that gives up its place is nobody's share any more. */
static void count_shares(struct infer_service *service)
{
	for (struct infer_user *user = service->users; user; user = user->next)
		user->share = 0;
	for (struct infer_process *p = service->workers; p; p = p->next)
		if (p->agent && !p->retired)
			p->agent->user->share++;
}

static bool comes_before(const struct infer_agent *one, const struct infer_agent *other)
{
	if (one->user->share != other->user->share)
		return one->user->share < other->user->share;
	if (one->user->served != other->user->served)
		return one->user->served < other->user->served;
	return one->waits < other->waits;
}

/* By shares as they are counted, of those that are not; NULL: none waits. */
static struct infer_agent *first_of(struct infer_service *service)
{
	struct infer_agent *first = NULL;

	for (struct infer_agent *agent = service->agents; agent; agent = agent->next)
		if (agent->waits && !agent->counted && (!first || comes_before(agent, first)))
			first = agent;
	return first;
}

static struct infer_agent *next_of(struct infer_service *service)
{
	for (struct infer_agent *agent = service->agents; agent; agent = agent->next)
		agent->counted = false;
	count_shares(service);
	return first_of(service);
}

bool infer_share_ask(struct infer_agent *agent)
{
	if (!agent->waits)
		agent->waits = ++agent->service->asked;
	return next_of(agent->service) == agent;
}

void infer_share_leave(struct infer_agent *agent)
{
	agent->waits = 0;
}

void infer_share_give(struct infer_agent *agent, struct infer_process *worker, const struct infer_process *old)
{
	infer_share_leave(agent);
	worker->given = old ? old->given : infer_now_ns();
	if (old)
		return;
	agent->service->given += 2;
	agent->user->served = agent->service->given;
}

/* ---- places that are free ---- */

/* As far as it can be told without asking the kernel anything. */
static bool has_room(const struct infer_service *service)
{
	if (service->n_workers < service->policy.workers)
		return true;
	for (const struct infer_process *p = service->workers; p; p = p->next)
		if (!p->jobs.count)
			return true;
	return false;
}

void infer_share_settle(struct infer_service *service)
{
	struct infer_agent *next, *last = NULL;

	/* One that is the first still could not be given one. */
	while (has_room(service) && (next = next_of(service)) && next != last) {
		last = next;
		infer_agent_dispatch(next);
	}
}

/* ---- places that are made free ---- */

static bool stands_still(const struct infer_process *process, uint64_t now)
{
	return process->kept && now >= process->kept + process->service->policy.hang_ns;
}

/* Whether @process is to give up its place for one of @user's agents. */
static bool must_yield(const struct infer_process *process, const struct infer_user *user, uint64_t now)
{
	const struct infer_user *its;

	if (!process->agent || process->retired || process->yields)
		return false;
	its = process->agent->user;
	if (its->share > user->share + 1)
		return true;
	return (its == user || its->share > user->share) && now >= process->given + INFER_SHARE_TURN_NS;
}

/* Of the user that has most, one that stands still or else has had its place for longest. */
static bool is_rather(const struct infer_process *one, const struct infer_process *other, uint64_t now)
{
	uint32_t share = one->agent->user->share, others = other->agent->user->share;
	bool still = stands_still(one, now);

	if (share != others)
		return share > others;
	return still != stands_still(other, now) ? still : one->given < other->given;
}

/* A place for @agent, some time: whether it is promised. */
static bool promise(struct infer_agent *agent, uint64_t now)
{
	struct infer_process *who = NULL;
	struct infer_user *its;

	for (struct infer_process *p = agent->service->workers; p; p = p->next)
		if (must_yield(p, agent->user, now) && (!who || is_rather(p, who, now)))
			who = p;
	if (!who)
		return false;
	its = who->agent->user;
	its->share--;
	/* It may have as few then, and does not come before whom it is for. */
	if (its->served < agent->user->served)
		its->served = agent->user->served;
	if (stands_still(who, now))
		who->yields = true;
	else
		infer_process_retire(who);
	return true;
}

static void end_those_that_stand_still(struct infer_service *service, uint64_t now)
{
	struct infer_process *p = service->workers;

	while (p) {
		p->yields = p->yields || (p->agent && p->retired && stands_still(p, now));
		if (!p->yields) {
			p = p->next;
			continue;
		}
		infer_process_end(p, true);
		/* Which may have ended any other. */
		p = service->workers;
	}
}

void infer_share_tick(struct infer_service *service, uint64_t now)
{
	struct infer_agent *agent;
	uint32_t free = 0;

	infer_share_settle(service);
	agent = next_of(service);
	if (!agent)
		return;
	for (struct infer_process *p = service->workers; p; p = p->next)
		free += p->agent && p->retired;
	/* Who has no right to one: others may, to one of their own user's. */
	for (; agent; agent = first_of(service)) {
		agent->counted = true;
		if (free)
			free--;
		else if (!promise(agent, now))
			continue;
		agent->user->share++;
	}
	end_those_that_stand_still(service, now);
	infer_share_settle(service);
}
