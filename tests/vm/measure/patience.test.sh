# SPDX-License-Identifier: GPL-2.0-or-later
# max-wait is a way out for a flow that is stuck, none for one that has many threads.
. /headgate/guest/shares.sh

engine_percent()
{
	warm_up
	engine_from=$(engine_stat busy_ns)
	sleep 10
	echo $((($(engine_stat busy_ns) - engine_from) / 100000000))
}

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
percent=$(engine_percent)
stop_loads -KILL
check_within "percent of the engine" "$percent" 4 6
figure patience_cap_5_percent_100_threads "$percent" percent
hg_stop
