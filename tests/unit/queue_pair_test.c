// SPDX-License-Identifier: GPL-2.0
/* Anticipation, step by step: one that thinks beside one with a deep queue. */
#include "../../kmod/queue_internal.h"
#include "lane_model.h"
#include "property.h"

u64 seed;

/* A flow on a lane beside another, both of which the test drives itself. */
struct pair {
	struct queue_settings settings;
	struct queue queue;
	struct queue_flow thinker, other;
	u64 now, next;
};

#define PAIR_COST	(4 * MS)
#define PAIR_THINK	(MS / 2)

static bool granted(struct pair *p, struct queue_flow *f, struct queue_charge *c)
{
	if (queue_pick(&p->queue, p->now, &p->next) != f)
		return false;
	queue_grant(f, p->now, c);
	return true;
}

static void execute(struct pair *p, struct queue_charge *c, u64 cost)
{
	queue_run(c, p->now);
	p->now += cost;
	queue_done(c, cost, p->now);
}

/* One job of the thinker, and it thinks: that is all it has. */
static void turn(struct pair *p, u64 cost)
{
	struct queue_charge c;

	queue_enqueue(&p->thinker, p->now);
	assert_true(granted(p, &p->thinker, &c));
	execute(p, &c, cost);
}

/* A long job of the other; the thinker, if it has nothing, submits meanwhile. */
static void turn_of_other(struct pair *p)
{
	struct queue_charge c;

	assert_true(granted(p, &p->other, &c));
	queue_run(&c, p->now);
	p->now += PAIR_THINK;
	if (!p->thinker.waiting)
		queue_enqueue(&p->thinker, p->now);
	p->now += 20 * MS - PAIR_THINK;
	queue_done(&c, 20 * MS, p->now);
}

/* The other has overdrawn by a long job, the thinker is known to think briefly, and does. */
static struct pair *pair_new(void)
{
	static const struct queue_settings settings = { .horizon_ns = QUEUE_HORIZON_NS };
	struct pair *p = calloc(1, sizeof(*p));
	struct queue_charge c;
	unsigned int turns;

	assert_non_null(p);
	p->settings = settings;
	p->now = SEC;
	queue_init(&p->queue, &p->settings);
	queue_flow_init(&p->thinker, &p->queue, NULL, 100, SLICE_BATCH, NULL);
	queue_flow_init(&p->other, &p->queue, NULL, 100, SLICE_BATCH, NULL);
	for (turns = 0; turns < 100; turns++)
		queue_enqueue(&p->other, p->now);
	for (turns = 0; !p->queue.held_for; turns++) {
		assert_true(turns < 50);
		if (!p->thinker.waiting) {
			turn_of_other(p);
			continue;
		}
		assert_true(granted(p, &p->thinker, &c));
		execute(p, &c, PAIR_COST);
		queue_pick(&p->queue, p->now, &p->next);
	}
	assert_ptr_equal(p->queue.held_for, &p->thinker);
	return p;
}

static void pair_free(struct pair *p)
{
	while (p->other.waiting)
		queue_dequeue(&p->other, p->now);
	while (p->thinker.waiting)
		queue_dequeue(&p->thinker, p->now);
	queue_flow_exit(&p->thinker);
	queue_flow_exit(&p->other);
	queue_assert(!heap_first(&p->queue.stayers));
	free(p);
}

static void lane__idles_for_a_thinker_until_it_should_have_come(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c;
	u64 until = p->next;

	(void)state;
	assert_true(until > p->now + PAIR_THINK && until < p->now + 2 * PAIR_THINK);
	p->now = until - 1;
	assert_null(queue_pick(&p->queue, p->now, &p->next));
	assert_int_equal(p->next, until);
	p->now = until;
	assert_true(granted(p, &p->other, &c));
	execute(p, &c, 20 * MS);
	pair_free(p);
}

static void thinker_that_comes__goes_first_and_pays_for_its_job_alone(void **state)
{
	struct pair *p = pair_new();
	s64 lead = p->other.v - p->thinker.v;
	u64 held = p->thinker.held_ns;

	(void)state;
	p->now += PAIR_THINK;
	turn(p, PAIR_COST);
	assert_int_equal(p->thinker.held_ns - held, PAIR_THINK);
	/* Both have half of the lane: a job counts twice in virtual time. */
	assert_int_equal(lead - (p->other.v - p->thinker.v), 2 * PAIR_COST);
	pair_free(p);
}

static void thinker_that_does_not_come__pays_for_the_time(void **state)
{
	struct pair *p = pair_new();
	s64 lead = p->other.v - p->thinker.v;
	u64 from = p->now;

	(void)state;
	p->now = p->next;
	/* Seen before it has left: by the pick that lets the other go. */
	queue_think_account(&p->queue, p->now);
	queue_think_expire(&p->queue, p->now);
	assert_false(p->thinker.active);
	assert_int_equal(-p->thinker.v, lead / 2 - (s64)(p->now - from));
	pair_free(p);
}

static void tickets_without_jobs__end_the_wait(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c;

	(void)state;
	p->now += PAIR_THINK;
	queue_enqueue(&p->thinker, p->now);
	assert_true(granted(p, &p->thinker, &c));
	queue_done(&c, 0, p->now);
	assert_true(granted(p, &p->other, &c));
	execute(p, &c, 20 * MS);
	pair_free(p);
}

static void job_not_much_longer_than_the_thinking__goes_meanwhile(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c;

	(void)state;
	/* The next job of the other is taken to cost less than twice what is left to wait. */
	p->other.cost.mean_ns = 2 * PAIR_THINK;
	assert_true(granted(p, &p->other, &c));
	execute(p, &c, 2 * PAIR_THINK);
	pair_free(p);
}

static void lane__does_not_idle_for_one_whose_cap_is_closed(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c;
	struct queue_cap cap;

	(void)state;
	queue_cap_init(&cap);
	queue_cap_set(&cap, MS, 100 * MS, p->now);
	p->thinker.cap = &cap;
	cap.used_ns = MS;
	assert_true(granted(p, &p->other, &c));
	execute(p, &c, 20 * MS);
	p->thinker.cap = NULL;
	pair_free(p);
}

/* Who would have come long ago, but that nobody asked, is not owed what others had since. */
static void thinker_that_nobody_asked_for__is_not_owed(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c[2];
	unsigned int i;

	(void)state;
	while (p->other.waiting)
		queue_dequeue(&p->other, p->now);
	/* Jobs without tickets, and never none outstanding: no pick, and nobody comes. */
	queue_force(&p->other, p->now, &c[0]);
	for (i = 0; i < 100; i++) {
		queue_force(&p->other, p->now, &c[1]);
		execute(p, &c[0], 20 * MS);
		queue_charge_move(&c[0], &c[1]);
	}
	execute(p, &c[0], 20 * MS);
	queue_enqueue(&p->thinker, p->now);
	queue_enqueue(&p->other, p->now);
	assert_true(queue_flow_ahead(&p->other, p->now) <= 40 * MS);
	pair_free(p);
}

/* Its job does not end: others are held back for as long as it could be expected to. */
static void hung_job_of_a_thinker__holds_up_nobody_for_long(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c, d;
	u64 start;

	(void)state;
	p->now += PAIR_THINK;
	queue_enqueue(&p->thinker, p->now);
	assert_true(granted(p, &p->thinker, &c));
	queue_run(&c, p->now);
	start = p->now;
	p->now += PAIR_COST;
	assert_null(queue_pick(&p->queue, p->now, &p->next));
	assert_true(p->next > p->now && p->next <= start + 2 * PAIR_COST);
	p->now = p->next;
	assert_true(granted(p, &p->other, &d));
	queue_done(&d, 0, p->now);
	queue_done(&c, p->now - start, p->now);
	pair_free(p);
}

/* What a late timer let the lane idle for too long is taken from the next time. */
static void late_timer__counts_against_the_thinker(void **state)
{
	struct pair *p = pair_new();
	s64 before = p->thinker.holdable_ns;

	(void)state;
	p->now += 30 * MS;
	queue_enqueue(&p->thinker, p->now);
	assert_true(p->thinker.holdable_ns == before - (s64)(30 * MS));
	pair_free(p);
}

/* The other has overdrawn when its cap closes: that is not forgiven when it opens again. */
static void overdraft__outlasts_a_closed_cap(void **state)
{
	struct pair *p = pair_new();
	struct queue_cap cap;
	u64 ahead;

	(void)state;
	queue_cap_init(&cap);
	queue_cap_set(&cap, MS, 100 * MS, p->now);
	p->other.cap = &cap;
	cap.used_ns = MS;
	ahead = queue_flow_ahead(&p->other, p->now);
	assert_true(ahead > 2 * MS);
	assert_true(queue_cap_throttle(&p->other, p->now));
	queue_settle(&p->other, p->now);
	assert_false(p->other.active);
	queue_cap_set(&cap, 0, 0, p->now);
	queue_enqueue(&p->thinker, p->now);
	queue_pick(&p->queue, p->now, &p->next);
	assert_true(p->other.active && queue_flow_ahead(&p->other, p->now) > ahead / 2);
	p->other.cap = NULL;
	pair_free(p);
}

static void changed_thinking__is_followed_within_a_few_jobs(void **state)
{
	struct pair *p = pair_new();
	unsigned int i;

	(void)state;
	/* Three times as long as before: the third time it is taken for what it is. */
	for (i = 0; i < 3; i++) {
		p->now += 3 * PAIR_THINK;
		turn(p, PAIR_COST);
	}
	assert_int_equal(p->thinker.think.mean_ns, 3 * PAIR_THINK);
	assert_true(p->thinker.thinking);
	/* Much longer than its jobs take: twice, and nobody waits for it any more. */
	for (i = 0; i < 3; i++) {
		p->now += 20 * PAIR_COST;
		turn(p, PAIR_COST);
	}
	assert_false(p->thinker.thinking);
	pair_free(p);
}

/* Who is granted without a pick ends it as well: an agent that is gone, a gate that is. */
static void grant_without_a_pick__ends_the_wait(void **state)
{
	struct pair *p = pair_new();
	struct queue_charge c;
	u64 held = p->thinker.held_ns;

	(void)state;
	p->now += PAIR_THINK / 2;
	queue_grant(&p->other, p->now, &c);
	assert_int_equal(p->thinker.held_ns - held, PAIR_THINK / 2);
	p->now += 30 * SEC;
	execute(p, &c, 20 * MS);
	queue_enqueue(&p->thinker, p->now);
	assert_int_equal(p->thinker.held_ns - held, PAIR_THINK / 2);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lane__idles_for_a_thinker_until_it_should_have_come),
		cmocka_unit_test(thinker_that_comes__goes_first_and_pays_for_its_job_alone),
		cmocka_unit_test(thinker_that_does_not_come__pays_for_the_time),
		cmocka_unit_test(tickets_without_jobs__end_the_wait),
		cmocka_unit_test(job_not_much_longer_than_the_thinking__goes_meanwhile),
		cmocka_unit_test(lane__does_not_idle_for_one_whose_cap_is_closed),
		cmocka_unit_test(thinker_that_nobody_asked_for__is_not_owed),
		cmocka_unit_test(hung_job_of_a_thinker__holds_up_nobody_for_long),
		cmocka_unit_test(late_timer__counts_against_the_thinker),
		cmocka_unit_test(overdraft__outlasts_a_closed_cap),
		cmocka_unit_test(changed_thinking__is_followed_within_a_few_jobs),
		cmocka_unit_test(grant_without_a_pick__ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
