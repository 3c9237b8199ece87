# SPDX-License-Identifier: GPL-2.0-or-later
# Who gets grants and does not come for them is charged for the time, and holds up nobody longer.
# timeout: 200
. /headgate/guest/shares.sh

# hoard OPTION…: the load of /a; it is stop_loads that ends it.
hoard()
{
	# shellcheck disable=SC2016
	sh -c 'echo $$ >/sys/fs/cgroup/a/cgroup.procs && exec hoard "$@"' hoard "$@" >/run/hoard 2>&1 &
	LOADS="$LOADS $!"
	check "no grant is kept" wait_until 20 grep -q hoard /run/hoard
}

# beside OPTION…: what /b gets of the engine beside a /a that hoards
beside()
{
	load /b --duration 2ms --depth 0
	hoard "$@"
	warm_up
	snapshot from
	sleep 10
	snapshot to
	stop_loads
	percent=$(awk -v b="$(busy from to /b)" 'BEGIN { printf "%.3f", b / 1e8 }')
}

hg_start
t_begin hoarding__the_policy_is_taken
policy_of /a=100 /b=100
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2

t_begin hoarding__a_grant_kept_for_ever_is_taken_back
beside --tasks 1
check_within "percent of the engine" "$percent" 97 101
figure hoarding__kept_for_ever "$percent" percent

t_begin hoarding__grants_kept_for_long_cost_their_time
beside --tasks 8 --hold 30000000
echo "   engine time of /a: $(busy from to /a) ns"
check_within "percent of the engine" "$percent" 40 60
figure hoarding__8_tasks "$percent" percent

t_begin hoarding__grants_given_back_late_cost_their_time
beside --tasks 2 --hold 15000000 --spoil
echo "   engine time of /a: $(busy from to /a) ns"
check_within "percent of the engine" "$percent" 40 101
figure hoarding__2_tasks_that_give_back "$percent" percent

# Half a second, of which 20 ms count: at 10 % they close the cap for 0.2 s and not for 5.
t_begin hoarding__a_grant_kept_while_nobody_waits_costs_no_more
headgate agent set /a --max 10%
hoard --tasks 1 --hold 500000000 --spoil
snapshot from
sleep 10
snapshot to
stop_loads
check_within "tickets of /a in 10 s" "$(grew from to /a 4)" 8 40
figure hoarding__tickets_while_nobody_waits "$(grew from to /a 4)" tickets

hg_stop
