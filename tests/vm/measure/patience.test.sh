# SPDX-License-Identifier: GPL-2.0-or-later
# max-wait is a way out for a flow that is stuck, none for one that has many threads.
. /headgate/guest/shares.sh

t_begin a_cap__holds_whatever_the_number_of_threads_and_however_short_the_patience
hg_start
new_cgroup /a
policy <<END
[gate]
max-wait = 500ms
[agent /a]
max = 5%
END
load /a --duration 10ms --depth 0 --threads 100
percent=$(($(engine_busy) / 100000000)) # of 10 s
stop_loads -KILL
check_within "percent of the engine" "$percent" 4 6
figure patience_cap_5_percent_100_threads "$percent" percent
hg_stop

t_begin a_pause__is_no_wait_at_the_gate
hg_start
new_cgroup /a
new_cgroup /b
policy <<END
[gate]
max-wait = 2s
[agent /a]
weight = 1
[agent /b]
weight = 10000
END
load /a --duration 10ms --depth 2
load /b --duration 10ms --depth 2
forced() { headgate flow list --json | awk '/"agent": "\/a"/ { a = 1 } a && /"forced"/ { gsub(/[^0-9]/, ""); print; exit }'; }
before=0
was_forced() { [ "$(forced)" -gt "$before" ]; }
check "nobody is let through in debt" wait_until 10 was_forced
before=$(forced)
headgate agent pause /a
sleep 3
headgate agent resume /a
sleep 1
check_eq "let through in debt right after the pause" "$(forced)" "$before"
check "nobody is let through in debt" wait_until 5 was_forced
stop_loads -KILL
hg_stop
