#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Proof that the tests of the history can fail: breaks a copy in one line at a time, and expects
# the test that is named to notice.
#
#	history_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
# Without sanitizers: the assertions are what is on trial, and it is faster.
flags="-std=gnu11 -D_GNU_SOURCE -Iinclude -Iinclude/uapi -Itests/unit"
caught=0 missed=0

rm -rf "$work"
mkdir -p "$work/tests"
cp -r "$top/userspace" "$top/include" "$work/"
cp -r "$top/tests/unit" "$work/tests/"

# build TEST: 0 if it compiles; what has not changed is there already.
build() { make -s -C "$work/tests/unit" O="$work/build" names="$1" flags="$flags" build >>"$work/log" 2>&1; }
passes() { timeout 120 "$work/build/unit/$1" >>"$work/log" 2>&1; }

for test in history_test history_rollup_test history_kill_test history_damage_test history_owner_test \
	history_file_test history_hazard_test history_thread_test report_test report_print_test money_test; do
	build "$test" || { echo "$test does not compile, see $work/log" >&2; exit 1; }
	passes "$test" || { echo "$test fails without any mutation" >&2; exit 1; }
done

# mutate NAME FILE EXPRESSION TEST
mutate()
{
	cp "$work/userspace/$2" "$work/whole"
	sed -i "$3" "$work/userspace/$2"
	if cmp -s "$work/whole" "$work/userspace/$2"; then
		echo "$1: the expression no longer matches anything in $2" >&2
		exit 1
	fi
	if ! build "$4"; then
		echo "$1: does not compile, see $work/log" >&2
		exit 1
	fi
	if passes "$4"; then
		echo "MISSED: $1"
		missed=$((missed + 1))
	else
		echo "caught: $1 (by $4)"
		caught=$((caught + 1))
	fi
	cp "$work/whole" "$work/userspace/$2"
	build "$4"
}

mutate two-transactions daemon/history_write.c 's/^\t\tret = keep_lanes(w);/\t\tret = history_end(w->db, 0) ?: history_begin(w->db) ?: keep_lanes(w);/' history_kill_test
mutate what-was-seen-is-not-kept daemon/history_flows.c 's/HISTORY_SEEN_FLOW_SET, "iiiiiaa", (int64_t)flow->lane_id/HISTORY_SEEN_FLOW_SET, "iiiiiaa", (int64_t)flow->lane_id + 1000/' history_test
mutate instances-are-the-same daemon/history_write.c 's/^\tsame = ret \&\& .*/\tsame = ret;/' history_test
mutate what-is-gone-is-left-out daemon/history_flows.c 's/add(flow->gone ? &flow->left : &flow->live, &sums);/add(flow->gone ? \&(struct sums){} : \&flow->live, \&sums);/' history_test
mutate forgotten-counts-against-the-next daemon/history_flows.c 's/(flow->gone || !seen->gone) \&\& increment/increment/' history_test
mutate forgotten-is-counted-again daemon/history_flows.c '/increment(now, &seen->live, &grown)/,/^\t}/s/settle(lane, &seen->left);/;/' history_test
mutate one-of-two-is-all daemon/history_flows.c 's/if (seen->flows <= 1)/if (true)/' history_test
mutate nothing-is-lost daemon/history_flows.c 's/if (!lost\[0\] \&\& !lost\[1\])/if (true)/' history_test
mutate lost-is-lost-again daemon/history_flows.c 's/lane->lost\[0\] += lost\[0\];/;/' history_test
mutate agents-have-no-names daemon/history_names.c 's/w->events->items\[i\].agent_id == id/w->events->items[i].agent_id == id + 1/' history_test
mutate pressure-goes-back daemon/history_pressure.c 's/if (seen \&\& some >= seen->some_ns \&\& full >= seen->full_ns)/if (seen)/' history_test
mutate time-of-a-device-is-a-sum daemon/history_write.c 's/if (time > \*time_ns)/*time_ns += time;\n\tif (false)/' history_test
mutate rows-are-copied-up daemon/history_rollup.c 's/ret = history_put(db, HISTORY_DROP + table, "ii", (int64_t)level, until_s);/ret = level < 3 ? 0 : history_put(db, HISTORY_DROP + table, "ii", (int64_t)level, until_s);/' history_rollup_test
mutate rolled-up-rows-replace lib/history_sql.c 's/^#define ADD(_column) .*/#define ADD(_column) _column " = excluded." _column/' history_rollup_test
mutate a-column-is-forgotten lib/history_sql.c 's/sum(failed), sum(forced)"$/sum(failed), 0"/' history_rollup_test
mutate all-that-is-old-is-dropped daemon/history_rollup.c 's/if (until_s > eldest + history_width_s\[level\])/if (false)/' history_rollup_test
mutate newer-versions-are-written lib/history_db.c 's/if (\*version > (int64_t)history_version)/if (false)/' history_damage_test
mutate others-are-taken-over lib/history_db.c 's/if (application != HISTORY_APPLICATION_ID .*/if (false)/' history_damage_test
mutate all-may-read-it lib/history_file.c 's/^#define FILE_MODE.*/#define FILE_MODE 0644/' history_damage_test
mutate readers-write lib/history_db.c 's/ret = connect_unchanging(db) ?: examine/ret = ret ?: examine/' history_damage_test
mutate units-are-left-over lib/money.c 's/for (int64_t i = 0; i < left; i++)/for (int64_t i = 0; false; i++)/' report_test
mutate largest-remainders-are-the-first lib/money.c 's/^\tif (x->left != y->left)/\tif (false)/' money_test
mutate costs-are-cut-off lib/money.c 's/ \* ns + NS_PER_HOUR \/ 2) / * ns) /' money_test
mutate idle-is-free ctl/report_read.c 's/^\t\tidle.idle_ns = .*/\t\tidle.idle_ns = 0 * busy;/' report_test
mutate prices-hold-for-ever lib/config_price.c 's/price->from_day <= day \&\& //' report_test
mutate pieces-overlap lib/history_sql.c 's/\.slot < ?2 "/.slot <= ?2 "/' report_test
mutate owners-are-nobody daemon/history_names.c 's/\*owner ? owner : HISTORY_NO_OWNER/HISTORY_NO_OWNER/' history_owner_test
mutate who-went-had-no-owner daemon/history_flows.c 's/if (seen \&\& !history_is_there(w, id))/if (seen \&\& !path)/' history_owner_test
mutate who-was-nobody-stays-so daemon/history_flows.c 's/if (!path || seen->agent != nobody)/if (true)/' history_owner_test
mutate earlier-totals-are-new daemon/history_write.c 's/^\t\tif (later)/\t\tif (false)/' history_hazard_test
mutate a-wrong-clock-takes-all-events lib/history_sql.c 's/min(?1, (SELECT min(time_ns) FROM event) + 86400000000000)/?1/' history_hazard_test
mutate rows-are-dropped-later daemon/history_rollup.c '/history_width_s\[level + 1\], until_s);/s/$/\n\tret = history_end(db, ret) ?: history_begin(db);/' history_kill_test
mutate half-a-roll-up-is-kept daemon/history_rollup.c 's/return history_end(db, ret);/return history_end(db, 0);/' history_hazard_test
mutate agents-are-kept-for-ever daemon/history_rollup.c 's/return ret ? ret : drop_agents(db);/(void)drop_agents;\n\treturn ret;/' history_hazard_test
mutate keys-stay-off daemon/history_rollup.c 's/on = history_keys(db, true);/on = 0;/' history_hazard_test
mutate agents-that-are-there-are-forgotten lib/history_sql.c 's/ UNION SELECT agent FROM seen_flow)/)/' history_hazard_test
mutate versions-below-none lib/history_db.c 's/if (\*version < 0)/if (false)/' history_damage_test
mutate readers-see-no-writer lib/history_db.c 's/if (!db->unchanging || !is_written(db))/if (true)/' history_damage_test
mutate losses-are-of-1970 daemon/history_events.c 's/events->lost_ns = time_ns;/(void)time_ns;/' history_hazard_test
mutate roll-ups-are-told-each-time daemon/history_thread.c 's/if (roll_up(t))/if (roll_up(t) \&\& false)/' history_thread_test
mutate files-stay-where-they-were daemon/history_thread.c 's/if (t->open \&\& !history_is_in_place(&t->db))/if (false)/' history_thread_test
mutate nobody-waits-for-the-writer daemon/history_thread.c 's/while ((t->has_job || t->busy) \&\& !ret)/while (false)/' history_thread_test
mutate links-of-folders-are-not-followed lib/history_file.c 's/real = realpath(folder, NULL);/real = strdup(folder);/' history_file_test
mutate others-have-names-for-it lib/history_file.c 's/ || st.st_nlink > 1)/)/' history_file_test
mutate files-of-others-are-taken lib/history_file.c 's/!S_ISREG(st.st_mode) || !is_trusted(&st) ||/!S_ISREG(st.st_mode) ||/' history_file_test
mutate anything-is-a-file lib/history_file.c 's/!S_ISREG(st.st_mode) || //' history_file_test
mutate folders-of-all-are-taken lib/history_file.c 's/ || (st.st_mode & S_IWOTH))/)/' history_file_test
mutate formulas-run ctl/report_print.c 's/bool formula = /bool formula = false \&\& /' report_print_test
mutate long-paths-are-cut ctl/report_focus.c 's/^#define ROOM .*/#define ROOM 640/' report_print_test
mutate sums-begin-anew ctl/report_group.c 's/if (too_much)/if (false)/' report_print_test

echo "$caught of $((caught + missed)) broken histories caught"
[ "$missed" -eq 0 ]
