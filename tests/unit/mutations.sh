#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Proof that the tests of the queue and of pressure can fail: breaks a copy in one line
# at a time, and expects the tests to notice.
#
#	mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
# The cheap ones first: a queue is tried until one of them notices.
tests='heap_test queue_test queue_cap_test queue_fence_test queue_calls_test queue_think_test queue_pair_test queue_horizon_test queue_lanes_test queue_alone_test'
# Without sanitizers: the assertions are what is on trial, and it is faster.
flags='-std=gnu11 -D_GNU_SOURCE'
caught=0 missed=0

# name, file, sed expression
mutate() {
	name=$1 file=$2 expression=$3
	tree=$work/$name

	rm -rf "$tree"
	mkdir -p "$tree/kmod" "$tree/tests/unit"
	cp "$top"/kmod/heap.[ch] "$top"/kmod/fifo.h "$top"/kmod/queue*.[ch] "$top"/kmod/pressure_time.[ch] \
		"$tree/kmod/"
	(cd "$top/tests/unit" && cp Makefile run.sh heap_test.c pressure_test.c lane_model.[ch] property.h queue* \
		"$tree/tests/unit/")
	sed -i "$expression" "$tree/kmod/$file"
	if cmp -s "$top/kmod/$file" "$tree/kmod/$file"; then
		echo "$name: the expression no longer matches anything in $file" >&2
		exit 1
	fi
	if [ -n "${MATCH_ONLY:-}" ]; then
		rm -rf "$tree"
		return
	fi
	case $file in
	pressure*) candidates=pressure_test ;;
	*) candidates=$tests ;;
	esac
	for test in $candidates; do
		if ! make -s -C "$tree/tests/unit" O="$tree/build" names="$test" flags="$flags" \
			build >>"$tree/log" 2>&1; then
			echo "$name: does not compile, see $tree/log" >&2
			exit 1
		fi
		# One that hangs computes; how long others let it wait says nothing.
		if ! prlimit --cpu=60 "$tree/build/unit/$test" >>"$tree/log" 2>&1; then
			echo "caught: $name (by $test)"
			caught=$((caught + 1))
			rm -rf "$tree"
			return
		fi
	done
	[ "$name" = none ] || echo "MISSED: $name"
	missed=$((missed + 1))
}

# The unbroken queue must pass, or being caught proves nothing.
mutate none heap.c '1s/$/ /'
[ "$missed" -eq 1 ] || [ -n "${MATCH_ONLY:-}" ] || { echo "the tests fail without any mutation" >&2; exit 1; }
missed=0

mutate cost-is-not-charged queue_charge.c 's/queue_charge_flow(f, cost, give);/queue_charge_flow(f, give, give);/'
mutate estimate-is-not-charged queue_charge.c 's/queue_charge_flow(f, c->est_ns, 0);/queue_charge_flow(f, 0, 0);/'
mutate charge-ignores-the-weight queue_vtime.c 's/return queue_mul_div(ns, HW_ONE, hw);/return ns;/'
mutate anybody-is-eligible queue.c 's/return f->v - ROUNDING_NS <= vtime;/return f->v - ROUNDING_NS <= vtime || true;/'
mutate deadline-is-never-renewed queue_vtime.c 's/^\t\tf->deadline = f->v + slice;/\t\tf->deadline = f->v + 1 + 0 * slice;/'
mutate cap-is-never-closed queue_cap.c 's/if (unpaid(cap) < cap->quota_ns)/if (unpaid(cap) < cap->quota_ns + SERVICE_MAX)/'
mutate debt-ends-with-the-period queue_cap.c 's/cap->used_ns -= paid;/cap->used_ns = 0;/'
mutate blocked-jobs-fill-the-lane queue_charge.c 's/^\t\tq->low_ns -= c->low_ns;\n\t\tc->state = QUEUE_CHARGE_BLOCKED/&/; s/^\t\tq->runnable--;$/\t\tq->runnable -= 0;/'
mutate blocked-jobs-are-not-limited queue_internal.h 's/return f->blocked \&\& f->outstanding/return false \&\& f->outstanding/'
mutate sleepers-hoard queue_vtime.c 's|ahead = max(ahead, -(s64)to_virtual(bound, f->hw));|ahead = -(s64)to_virtual(SERVICE_MAX, f->hw) + 0 * (s64)bound;|'
mutate overdraft-is-forgiven queue_vtime.c 's|ahead -= min_t(u64, ahead, now - f->left_at);|ahead = now ? 0 : 0;|'
mutate lane-is-fed-job-by-job queue.c 's/if (behind + left <= room)/if (!q->runnable)/'
mutate horizon-is-endless queue.c 's/max_t(u64, queue_horizon(q), 1) - 1/U64_MAX/'
mutate horizon-is-that-of-the-settings queue_internal.h 's/^\t\tq->doubt -= q->doubt .*/\t\t;/'
mutate handover-is-not-measured queue_horizon.c 's/q->handover_ns += min(/q->handover_ns += 0 * min(/; s/q->handover_ns = min_t(/q->handover_ns = 0 * min_t(/'
mutate late-ends-are-not-seen queue_horizon.c 's/max(2 \* q->batch_ns, q->late_ns)/q->late_ns/'
mutate thinkers-leave queue_think.c 's/^\tqueue_stay(f, now + min(soon, longest(f)));/\tqueue_stay(f, now);/'
mutate who-is-ahead-leaves-at-once queue.c 's/if (ahead > ROUNDING_NS/if (false \&\& ahead > ROUNDING_NS/'
mutate lane-never-idles-for-a-thinker queue_think.c 's/^\tif (!n)$/\tif (true)/'
mutate jobs-go-behind-those-of-thinkers queue_think.c 's/^\telse if (c \&\& c->flow == g)$/\telse if (false)/'
mutate idling-is-free queue_think.c 's/f->holdable_ns -= ns;/;/'
mutate idling-in-vain-is-free queue_think.c 's/queue_charge_flow(f, f->held_now_ns, 0);/queue_charge_flow(f, 0, 0);/'
mutate thinkers-are-waited-for-however-short-the-job queue_think.c 's/2 \* left >= f->cost.mean_ns || //'
mutate empty-tickets-prolong-the-wait queue_think.c 's/^\tif (!cost)$/\tif (false)/'
mutate a-hung-thinker-holds-up-all queue_think.c 's/until = queue_started(q, c) + queue_at_most(&g->cost);/until = U64_MAX - 1;/'
mutate nobody-asks-for-thinkers queue_think.c '/^void queue_think_submitted/,/^}/s/queue_think_expire(q, now);/;/'
mutate grants-without-a-pick-prolong-the-wait queue_charge.c 's/^\tqueue_think_account(f->queue, now);.*/\t;/'
mutate late-timers-are-forgiven queue_think.c 's/f->holdable_ns -= ns;/f->holdable_ns -= min_t(s64, ns, max_t(s64, f->holdable_ns, 0));/'
mutate the-cap-of-a-thinker-is-ignored queue_think.c 's/ || !queue_cap_open(g, now))/)/'
mutate thinking-is-learnt-once queue_think.c 's/^\tqueue_learn(&f->think, thought);/\tif (!f->think.mean_ns)\n\t\tqueue_learn(\&f->think, thought);/'
mutate weights-are-stale queue_vtime.c 's/f->generation == q->generation)/true)/'
mutate own-work-is-free queue_tree.c 's/u64 hw = queue_div((u64)HW_ONE \* QUEUE_WEIGHT_DEFAULT, f->level_sum);/u64 hw = HW_ONE;/'
mutate heap-forgets-the-children heap.c 's/if (below)$/if (false)/'
mutate short-way-ignores-the-others queue_charge.c 's/if (f->waiting || q->nr_active > f->active || heap_first(&q->heaps\[QUEUE_THROTTLED\]))/if (f->waiting)/'
mutate short-way-ignores-the-cap queue_charge.c 's/!queue_cap_open(f, now))$/false)/'
mutate who-lingers-stays queue_vtime.c 's/if (last \&\& last->lingers)/if (false)/'
mutate two-are-as-good-as-alone queue_internal.h 's/^\tif (!queue_alone(f))$/\tif (!f->active || f->queue->nr_active > 2)/'
mutate what-was-granted-alone-is-free queue_vtime.c 's/queue_charge_flow(f, rest, 0);/queue_charge_flow(f, 0 * rest, 0);/'
mutate charges-of-before-are-kept queue_vtime.c 's/credit_ns < f->owing_ns)/false)/'
mutate charges-of-before-are-forgotten queue_vtime.c 's/if (f->owing_ns > 0 \&\& credit_ns < f->owing_ns)/if (true)/; s/max_t(s64, credit_ns, 0), f->owing_ns/0 * credit_ns, 1/'
mutate the-time-alone-is-charged queue_charge.c 's/min(cost, now - f->met_at)/cost/'
mutate outstanding-without-end queue_internal.h 's/f->outstanding >= OUTSTANDING_MAX/false/'

mutate some-is-full pressure_time.h 's/ || !p->running)/ || true)/'
mutate the-last-period-is-lost pressure_time.c 's/^\tcount(p, p->period_end);$/\t;/'
mutate periods-without-change-are-skipped pressure_time.c 's/^\t\taverage(p->average\[kind\], pressure_has(p, kind) ? ONE : 0, n);$/\t\t;/'
mutate idle-periods-do-not-decay pressure_time.c 's/pressure_has(p, kind) ? ONE : 0, n/ONE, n/'
mutate totals-stop-in-long-waits pressure_time.c 's/p->total_ns\[kind\] += n \* PRESSURE_PERIOD_NS/;/'
mutate averages-are-of-one-length pressure_time.c 's/keep = power(decay\[i\], n)/keep = power(decay[0], n)/'
mutate a-clock-that-goes-back-counts pressure_time.c 's/until > p->since ? until - p->since : 0/until - p->since/'
mutate the-window-before-is-forgotten pressure_time.c 's/^\tw->before_ns = grown;/\t;/'
mutate who-looks-late-sees-more pressure_time.c 's/grown = queue_mul_div(grown, w->size_ns, past);/;/'

[ -n "${MATCH_ONLY:-}" ] || echo "$caught of $((caught + missed)) broken queues caught"
[ "$missed" -eq 0 ]
