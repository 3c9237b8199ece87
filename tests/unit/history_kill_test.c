// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A writer is killed 200 times, wherever it is: opening, making tables, in a transaction, rolling
 * up, and started again. What it has counted is then what the ledger had, no more and no less.
 *
 * The ledger is in memory that outlives the writer, as the module's does. The writer itself makes
 * it grow, in a copy that takes the other's place at once.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "history.h"
#include "history_rollup.h"
#include "home.h"

#define FILE_NAME "h.db"
#define KILLS 200
/* Most end within a look, of some milliseconds; some before the first, some after several. */
#define LIFE_US 12000
/* Each fourth has as long as some looks take: on a busy machine no other may have one. */
#define COUNTED_EACH 4
/* The first makes the file, and sees a module go. */
#define LOOKS_OF_FIRST 17
#define PATIENCE_MS 60000

static const int64_t keep[HISTORY_LEVELS] = { 600, 7200, 10 * DAY_S, 1095 * DAY_S };

struct world {
	struct ledger ledger;
	uint64_t all, of_a, time_ns, jobs, events;
	unsigned int instance, looks;
};

static struct {
	struct world worlds[2];
	volatile int current;
} *shared;

static struct world *world(void)
{
	return &shared->worlds[shared->current];
}

static struct world *begin_change(void)
{
	struct world *next = &shared->worlds[!shared->current];
	struct history_totals *totals = &next->ledger.totals;

	*next = *world();
	totals->flows.items = next->ledger.flows;
	totals->lanes.items = next->ledger.lanes;
	totals->devices.items = next->ledger.devices;
	totals->agents.items = next->ledger.agents;
	totals->pressures.items = next->ledger.pressures;
	return next;
}

static void end_change(void)
{
	__atomic_store_n(&shared->current, !shared->current, __ATOMIC_RELEASE);
}

static void insert_module(struct world *w)
{
	char instance[32];

	snprintf(instance, sizeof(instance), "boot:%u", ++w->instance);
	ledger_init(&w->ledger, instance);
	ledger_device(&w->ledger, "gpu0");
	ledger_lane(&w->ledger, 1, "e0");
	ledger_lane(&w->ledger, 1, "e1");
	ledger_agent(&w->ledger, 11, "/a");
	ledger_flow(&w->ledger, 1, 0);
	ledger_flow(&w->ledger, 1, 11);
	ledger_flow(&w->ledger, 2, 11);
}

static void grow_world(unsigned int step)
{
	struct world *w = begin_change();
	struct ledger *ledger = &w->ledger;

	for (size_t i = 0; i < ledger->totals.flows.count; i++) {
		uint64_t ns = 1000 + rand() % 1000;

		if (ledger->flows[i].gone)
			continue;
		ledger_job(ledger, &ledger->flows[i], ns);
		w->all += ns;
		w->jobs++;
		if (ledger->flows[i].agent_id == 11)
			w->of_a += ns;
	}
	/* Agents that come, go, and are forgotten, one after the other. */
	if (step % 4 == 0 && ledger->totals.flows.count < 8)
		ledger_flow(ledger, 1 + rand() % 2, 100 + rand());
	else if (step % 4 == 1)
		ledger->flows[ledger->totals.flows.count - 1].gone = ledger->totals.flows.count > 3;
	else if (step % 4 == 3 && ledger->flows[ledger->totals.flows.count - 1].gone)
		ledger_forget(ledger, &ledger->flows[ledger->totals.flows.count - 1]);
	ledger->lanes[0].time_ns += 10000;
	ledger->lanes[1].time_ns += 10000;
	w->time_ns += 20000;
	ledger->totals.time_s = START_S + (int64_t)w->looks * 7;
	end_change();
}

static void must(struct history_db *db, int ret)
{
	if (!ret)
		return;
	fprintf(stderr, "%s\n", db->error);
	_exit(1);
}

static void write_until_killed(unsigned int seed)
{
	struct history_events events = {};
	struct history_db db;
	struct world *w;

	srand(seed);
	must(&db, history_open(&db, FILE_NAME, true));
	for (unsigned int step = 0;; step++) {
		grow_world(step);
		history_events_add(&events, "stall", 11, "/a", "x");
		must(&db, history_write(&db, &world()->ledger.totals, &events));
		w = begin_change();
		w->looks++;
		w->events++;
		/* A module goes when all was counted: what came after cannot be known. */
		if (step % 16 == 15)
			insert_module(w);
		end_change();
		history_events_drop(&events, events.count);
		if (step % 3 == 0)
			must(&db, history_roll_up(&db, world()->ledger.totals.time_s, keep));
	}
}

/* Until the writer has come so far, however long that takes it. */
static void await_looks(pid_t writer, unsigned int looks)
{
	siginfo_t gone = { 0 };

	for (int ms = 0; ms < PATIENCE_MS && world()->looks < looks && !gone.si_pid; ms++) {
		usleep(1000);
		waitid(P_PID, (id_t)writer, &gone, WEXITED | WNOHANG | WNOWAIT);
	}
}

static void killed_200_times__has_counted_each_nanosecond_once(void **state)
{
	struct history_db db;
	int64_t counted = 0, before;
	unsigned int opened = 0, looks;
	int status;
	pid_t pid;

	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	insert_module(begin_change());
	end_change();
	srand(1);
	for (unsigned int i = 0; i < KILLS; i++) {
		looks = world()->looks;
		pid = fork();
		assert_int_not_equal(pid, -1);
		if (!pid)
			write_until_killed(i);
		if (i % COUNTED_EACH == 0)
			await_looks(pid, looks + (i ? 1 + i % 3 : LOOKS_OF_FIRST));
		usleep(rand() % LIFE_US);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status))
			fail_msg("the writer failed by itself: status %d", status);
		before = counted;
		counted = number(FILE_NAME, "SELECT sum(busy_ns) FROM flow_use");
		assert_true(counted >= before);
		assert_true((uint64_t)counted <= world()->all);
		opened += counted > before;
	}
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	must(&db, history_write(&db, &world()->ledger.totals, NULL));
	history_close(&db);
	printf("%u looks, %u of %u lives counted something\n", world()->looks, opened, KILLS);
	assert_int_equal(number(FILE_NAME, "SELECT sum(busy_ns) FROM flow_use"), world()->all);
	assert_int_equal(number(FILE_NAME, "SELECT sum(jobs) FROM flow_use"), world()->jobs);
	assert_int_equal(number(FILE_NAME, "SELECT sum(busy_ns) FROM flow_use JOIN agent a ON a.id = agent WHERE path = '/a'"),
			 world()->of_a);
	assert_int_equal(number(FILE_NAME, "SELECT sum(time_ns) FROM lane_use"), world()->time_ns);
	assert_int_equal(number(FILE_NAME, "SELECT sum(time_ns) FROM device_use"), world()->time_ns / 2);
	assert_int_equal(number(FILE_NAME, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
	assert_true(opened >= KILLS / COUNTED_EACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(killed_200_times__has_counted_each_nanosecond_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
