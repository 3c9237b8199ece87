#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Proof that the tests of the history and of budgets can fail: breaks a copy in one line at a time, and expects
# the test that is named to notice.
#
#	history_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='history_test history_rollup_test history_kill_test history_damage_test history_owner_test history_file_test
	history_hazard_test history_thread_test report_test report_print_test money_test
	budget_test budget_count_test budget_past_test budget_file_test override_test config_budget_test
	budget_text_test budget_cgroups_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

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
mutate warned-when-it-is-over lib/budget.c 's/else if (!over \&\& state->used >= warn_at/else if (state->used >= warn_at/' budget_test
mutate told-at-each-look lib/budget.c 's/^\t\tstate->over_at = budget->limit;/\t\t;/' budget_test
mutate told-again-for-a-lower-limit lib/budget.c 's/if (over \&\& budget->limit > state->over_at)/if (over \&\& budget->limit != state->over_at)/' budget_test
mutate warned-at-each-look lib/budget.c 's/^\t\tstate->warned_at = warn_at;/\t\t;/' budget_test
mutate over-beyond-the-limit-alone lib/budget.c 's/bool over = state->used >= budget->limit;/bool over = state->used > budget->limit;/' budget_test
mutate over-for-ever lib/budget.c 's/^\tstate->over = over;/\tstate->over |= over;/' budget_test
mutate eased-silently lib/budget.c 's/^\tif (state->over \&\& !over)/\tif (false)/' budget_test
mutate clock-set-back-renews lib/budget.c 's/if (end_s >= state->start_s)/if (false)/' budget_test
mutate wrong-clock-holds-for-years lib/budget.c 's/if (end_s >= state->start_s)/if (true)/' budget_test
mutate last-second-is-the-next-period lib/budget.c 's/now_s < state->end_s)/now_s < state->end_s - 1)/' budget_test
mutate renewed-silently lib/budget.c 's/return told \&\& !state->warned_at/return 0 \&\& !state->warned_at/' budget_test
mutate months-of-thirty-days lib/budget.c 's/^\t\*end_s = timegm(&month);/\t*end_s = *start_s + 30 * S_PER_DAY;/' budget_test
mutate days-before-1970 lib/budget.c 's/return time_s - ((time_s % width_s) + width_s) % width_s;/return time_s - time_s % width_s;/' budget_test
mutate money-is-rounded lib/budget.c 's/ \* ns + state->rest;/ * ns;/' budget_test
mutate sums-run-over lib/budget.c 's/^\t\tstate->used = UINT64_MAX;/\t\t;/' budget_test
mutate budgets-are-the-same-for-any-period lib/budget.c 's/a->per == b->per \&\& //' budget_test
mutate below-is-not-covered daemon/budget_count.c "s/slash = strrchr(above, '\/');/slash = NULL;/" budget_count_test
mutate all-below-are-acted-upon daemon/budget_count.c 's/^\t\tif (headgate_budget_agent_in(agent, record))/\t\tif (false)/' budget_count_test
mutate cgroups-are-alone daemon/budget_count.c 's/^\t\tif (agent->id == id)/\t\tif (i == 0 \&\& agent->id == id)/' budget_count_test
mutate records-share-a-bit daemon/budget_count.c 's/agent->budgets\[i \/ 64\]/agent->budgets[0]/' budget_count_test
mutate cgroups-limits-are-for-ever daemon/budget_cgroups.c 's/ \&\& !limits_differ(&record->budget, budget))/)/' budget_cgroups_test
mutate cgroups-begin-anew daemon/budget_cgroups.c 's/if (!headgate_budget_same(&record->budget, budget))$/if (true)/' budget_cgroups_test
mutate cgroups-outlive-agents daemon/budget_cgroups.c 's/bool there = of_cgroup \&\& is_agent(.*/bool there = of_cgroup;/' budget_cgroups_test
mutate cgroups-not-looked-at-lose-it daemon/budget_cgroups.c 's/(!cgroup || cgroup->says)/(cgroup \&\& cgroup->says)/' budget_cgroups_test
mutate bad-words-take-it-away daemon/budget_cgroups.c 's/(!cgroup || cgroup->says)/(!cgroup || budget)/' budget_cgroups_test
mutate bad-words-are-told-each-time daemon/budget_cgroups.c 's/if (cgroup->told \&\& !strcmp(cgroup->told, what))/if (false)/' budget_cgroups_test
mutate room-for-any-number daemon/budget_cgroups.c 's/if (count == HEADGATE_BUDGET_CGROUPS_MAX)/if (false)/' budget_cgroups_test
mutate cgroups-run-programs lib/config_budget_text.c 's/"warn", "act" };/"warn", "act", "exec" };/' budget_text_test
mutate cgroups-do-nothing lib/config_budget_text.c 's/budget->act = HEADGATE_BUDGET_FLOOR;/;/' budget_text_test
mutate labels-are-not-handed-down daemon/budget_count.c 's/agent = agent->parent_id ? headgate_budgets_find(budgets, agent->parent_id) : NULL;/agent = NULL;/' budget_count_test
mutate strangers-are-lost daemon/budget_count.c 's/^\tcount = drop_unknown(.*/\t(void)drop_unknown;/' budget_count_test
mutate what-is-gone-is-forgotten-at-once daemon/budget_count.c 's/(agent->there || is_seen(/(agent->there \&\& is_seen(/' budget_count_test
mutate modules-are-the-same daemon/budget_count.c 's/if (\*budgets->instance \&\& strcmp(budgets->instance, instance))/if (false)/' budget_count_test
mutate first-look-counts-all daemon/budget_count.c 's/^\tif (\*budgets->instance)$/\tif (true)/' budget_count_test
mutate lanes-cost-as-devices daemon/budget_count.c 's/ns \/ price->lanes/ns/' budget_count_test
mutate any-money-is-money daemon/budget_count.c 's/if (price->price \&\& !strcmp(price->price->currency, budget->currency))/if (price->price)/' budget_count_test
mutate since-then-is-left-out daemon/budget_learn.c 's/^\t\tbudget_growth(past->seen.*/\t\t(void)add_since, (void)since, (void)n_seen;/' budget_past_test
mutate seen-of-another-module daemon/budget_learn.c 's/size_t n_seen = strcmp(past->instance, budgets->instance) ? 0 : past->n_seen;/size_t n_seen = past->n_seen;/' budget_past_test
mutate told-by-others daemon/budget_learn.c 's/^\t\t    strcmp(name, budget->name))/\t\t    false)/' budget_past_test
mutate rows-of-before daemon/budget_past.c 's/span_s\[\] = { since->since_s\[per\]/span_s[] = { since->since_s[per] - 3600/' budget_past_test
mutate rows-of-later daemon/budget_past.c 's/since->until_s\[per\] };/since->until_s[per] + 86400 };/' budget_past_test
mutate any-new-period-is-known lib/budget.c 's/.known = state->end_s == start_s }/.known = true }/' budget_test
mutate retired-labels daemon/budget_learn.c 's/return \*row->owner ? !strcmp(row->owner, budget->of) :/return/' budget_past_test
mutate devices-have-the-time-of-lanes daemon/budget_past.c 's/ \* time->time_ns \/ time->lanes_ns/ * 1/' budget_past_test
mutate weakest-holds daemon/override.c 's/return a < b ? a : b;/return a > b ? a : b;/' override_test
mutate reasons-stay daemon/override.c 's/overrides->items\[i\]\.id//; s/|| agent->reasons\[i\]\.round == round/|| true/' override_test
mutate cap-of-nothing-is-none daemon/override.c 's/ \/ HEADGATE_PPM ?: 1;/ \/ HEADGATE_PPM;/' override_test
mutate caps-are-loosened daemon/override.c 's/if (!policy->max_quota_ns || quota_ns < policy->max_quota_ns)/if (true)/' override_test
mutate weights-are-raised daemon/override.c 's/if (override->weight \&\& override->weight < policy->weight)/if (override->weight)/' override_test
mutate money-of-no-price lib/config_budget.c 's/else if (!has_price(/else if (false \&\& !has_price(/' config_budget_test
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

verdict histories
