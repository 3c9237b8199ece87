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
