// SPDX-License-Identifier: GPL-2.0-or-later
/* What budgets do is taken back in full, whatever interferes: the module, a person, a kill. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "budget_act.h"
#include "budget_count.h"
#include "freezer.h"
#include "frozen.h"
#include "home.h"
#include "watch.h"

#define ID 7

/* ---- the module ---- */

static struct headgate_agent agent;
static int error;	/* of what is sent */

int headgate_agent_set(struct headgate_client *client, const struct headgate_policy *policy)
{
	(void)client;
	assert_int_equal(policy->id, ID);
	if (error)
		return error;
	agent.weight = policy->weight;
	agent.max_quota_ns = policy->max_quota_ns;
	agent.max_period_ns = policy->max_period_ns;
	return 0;
}

const char *headgate_client_error(const struct headgate_client *client)
{
	(void)client;
	return "it does not want to";
}

const struct headgate_price *headgate_config_price(const struct headgate_config *config,
						   const char *device, int64_t day)
{
	(void)config;
	(void)device;
	(void)day;
	return NULL;
}

/* ---- cgroup.freeze, and a person who resumes the agent when it is about to be frozen ---- */

static bool frozen, resumed, person_resumes, person_pauses, is_detached;
static int marks, open_error;

static int open_freezer(uint64_t id)
{
	assert_int_equal(id, ID);
	return open_error ?: dup(STDIN_FILENO);
}

const struct frozen_place frozen_host = { .open = open_freezer };

int frozen_get(int freezer)
{
	(void)freezer;
	return frozen;
}

int headgate_freezer_freeze(int freezer, bool freeze)
{
	(void)freezer;
	if (freeze && person_resumes) {
		resumed = true;
		marks = 0;
	}
	if (freeze && is_detached)
		marks = 0;
	/* Marks, and then freezes, which is undone by what we are about to do. */
	if (!freeze && person_pauses)
		marks |= HEADGATE_FREEZER_PERSON;
	frozen = freeze;
	return 0;
}

int headgate_freezer_marks(int freezer)
{
	(void)freezer;
	return marks;
}

int headgate_freezer_mark(int freezer, int who)
{
	(void)freezer;
	marks |= who;
	return 0;
}

int headgate_freezer_unmark(int freezer, int who)
{
	(void)freezer;
	marks &= ~who;
	return 0;
}

bool headgate_freezer_resumed(int freezer)
{
	(void)freezer;
	return resumed;
}

int headgate_freezer_renew(int freezer)
{
	(void)freezer;
	resumed = false;
	return 0;
}

int headgate_freezer_held(const char *file, uint64_t id)
{
	(void)file;
	(void)id;
	return 0;
}

/* ---- looks ---- */

struct world {
	struct headgate_budgets known;
	struct overrides overrides;
	struct headgate_config config;
};

static void begin(struct world *w, enum headgate_budget_act act, uint32_t cap_ppm)
{
	*w = (struct world){ .known.n_records = 1 };
	w->known.records = calloc(1, sizeof(*w->known.records));
	w->known.records->budget = (struct headgate_budget){
		.name = strdup("n"), .of = strdup("/a"), .limit = 1, .act = act, .cap_ppm = cap_ppm,
	};
	agent = (struct headgate_agent){ .id = ID, .path = "/a", .weight = 300 };
	error = 0;
	frozen = false;
	resumed = false;
	person_resumes = false;
	person_pauses = false;
	is_detached = false;
	marks = 0;
	open_error = 0;
}

static void end(struct world *w)
{
	overrides_free(&w->overrides);
	headgate_budgets_free(&w->known);
}

/* What is known when it is to be saved is what a headgated has that is killed then. */
static void save(void *data)
{
	struct world *w = data;

	assert_int_equal(headgate_budgets_save("b", &w->known), 0);
}

static void look(struct world *w, bool over)
{
	const struct headgate_agents agents = { &agent, 1 };

	w->known.records->state.over = over;
	assert_true(budget_agents(&w->known, &agents, &w->config, NULL, true) >= 0);
	assert_int_equal(budget_plan(&w->known, &w->overrides), 0);
	budget_act(&w->known, &w->overrides, NULL, &w->config, &agents, save, w);
}

/* It is not over any more, and that is all that is left of it. */
static void expect_cap_taken_back(struct world *w)
{
	look(w, false);
	assert_int_equal(agent.max_quota_ns, 0);
	end(w);
}

/* It is over its limit, and has been looked at once. */
static void begin_over(struct world *w, enum headgate_budget_act act, uint32_t cap_ppm)
{
	begin(w, act, cap_ppm);
	look(w, true);
}

static void expect_paused(void)
{
	assert_true(frozen && marks == HEADGATE_FREEZER_BUDGET);
}

static void expect_running(void)
{
	assert_true(!frozen && !marks);
}

static void begin_paused(struct world *w)
{
	begin_over(w, HEADGATE_BUDGET_PAUSE, 0);
	expect_paused();
}

/* Killed, and there is another, who has what was saved last. */
static void kill_it(struct world *w)
{
	end(w);
	*w = (struct world){ 0 };
	assert_int_equal(headgate_budgets_load("b", &w->known), 0);
}

static void what_the_module_refuses__is_tried_again(void **state)
{
	struct world w;

	(void)state;
	begin(&w, HEADGATE_BUDGET_FLOOR, 0);
	error = -ENOMEM;
	look(&w, true);
	assert_int_equal(agent.weight, 300);
	error = 0;
	look(&w, true);
	assert_int_equal(agent.weight, 1);
	/* It is not given back, for now. */
	error = -EINTR;
	look(&w, false);
	look(&w, false);
	assert_int_equal(agent.weight, 1);
	error = 0;
	look(&w, false);
	assert_int_equal(agent.weight, 300);
	assert_int_equal(w.known.n_held, 0);
	end(&w);
}

static void refused_change__is_no_persons(void **state)
{
	struct world w;

	(void)state;
	begin_over(&w, HEADGATE_BUDGET_CAP, 200000);
	assert_int_equal(agent.max_quota_ns, agent.max_period_ns / 5);
	w.known.records->budget.cap_ppm = 100000;
	error = -ENOMEM;
	look(&w, true);
	w.known.records->budget.cap_ppm = 50000;
	look(&w, true);
	assert_int_equal(agent.max_quota_ns, agent.max_period_ns / 5);
	error = 0;
	expect_cap_taken_back(&w);
}

static void killed_when_it_had_sent__takes_back_all(void **state)
{
	struct world w;

	(void)state;
	begin_over(&w, HEADGATE_BUDGET_CAP, 200000);
	/* Another agent comes: each has less. It is sent, and no more is done. */
	w.known.records->budget.cap_ppm = 100000;
	look(&w, true);
	assert_int_equal(agent.max_quota_ns, agent.max_period_ns / 10);
	kill_it(&w);
	look(&w, true);
	expect_cap_taken_back(&w);
	/* The same, but nothing was sent. */
	begin_over(&w, HEADGATE_BUDGET_CAP, 200000);
	w.known.records->budget.cap_ppm = 100000;
	error = -EINTR;
	look(&w, true);
	error = 0;
	kill_it(&w);
	expect_cap_taken_back(&w);
}

static void what_a_person_sets__is_had_afterwards(void **state)
{
	struct world w;

	(void)state;
	begin_over(&w, HEADGATE_BUDGET_FLOOR, 0);
	agent.weight = 400;
	look(&w, true);
	assert_int_equal(agent.weight, 1);
	kill_it(&w);
	look(&w, true);
	assert_int_equal(agent.weight, 1);
	look(&w, false);
	assert_int_equal(agent.weight, 400);
	end(&w);
}

static void person_who_resumes_in_between__wins(void **state)
{
	struct world w;

	(void)state;
	begin_paused(&w);
	/* Thawed by whoever has the cgroup, and by a person when it is about to be frozen again. */
	frozen = false;
	person_resumes = true;
	look(&w, true);
	assert_true(!frozen && !marks && resumed);
	person_resumes = false;
	look(&w, true);
	expect_running();
	/* That was for this period. */
	look(&w, false);
	look(&w, true);
	expect_paused();
	look(&w, false);
	expect_running();
	end(&w);
}

/* It thaws for good: afterwards nobody would know of an agent that was frozen once more. */
static void detach_in_between__wins(void **state)
{
	struct world w;

	(void)state;
	begin_paused(&w);
	/* The other headgated takes the mark and thaws between this one's look and its freeze. */
	frozen = false;
	is_detached = true;
	look(&w, true);
	expect_running();
	end(&w);
}

static void person_who_pauses_in_between__wins(void **state)
{
	struct world w;

	(void)state;
	begin_paused(&w);
	person_pauses = true;
	look(&w, false);
	assert_true(frozen && marks == HEADGATE_FREEZER_PERSON);
	end(&w);
}

/* For want of a descriptor, say: afterwards nobody else would know of it. */
static void agent_that_cannot_be_thawed_now__is_thawed_later(void **state)
{
	struct world w;

	(void)state;
	begin_paused(&w);
	open_error = -EMFILE;
	look(&w, false);
	assert_true(frozen);
	/* Also by the next headgated. */
	save(&w);
	kill_it(&w);
	assert_int_equal(w.known.n_held, 1);
	open_error = 0;
	look(&w, false);
	expect_running();
	assert_int_equal(w.known.n_held, 0);
	end(&w);
}

static void agent_that_went__is_not_kept(void **state)
{
	struct world w;

	(void)state;
	begin_paused(&w);
	open_error = -ESTALE;
	look(&w, false);
	assert_int_equal(w.known.n_held, 0);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(what_the_module_refuses__is_tried_again),
		IN_HOME(refused_change__is_no_persons),
		IN_HOME(killed_when_it_had_sent__takes_back_all),
		IN_HOME(what_a_person_sets__is_had_afterwards),
		IN_HOME(person_who_resumes_in_between__wins),
		IN_HOME(detach_in_between__wins),
		IN_HOME(person_who_pauses_in_between__wins),
		IN_HOME(agent_that_cannot_be_thawed_now__is_thawed_later),
		IN_HOME(agent_that_went__is_not_kept),
	};

	return cmocka_run_group_tests_name("budget_act", tests, NULL, NULL);
}
