# SPDX-License-Identifier: GPL-2.0-or-later
# Contexts, threads and processes of one agent gain it nothing.
# timeout: 200
. /headgate/guest/shares.sh

hg_start
t_begin contexts__the_policy_is_taken
policy_of /a=100 /b=100
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2

# against NAME OPTION…: many against one process, in points off 50:50
against()
{
	name=$1
	shift
	t_begin "$name"
	load /a --duration 2ms --depth 0 "$@"
	load /b --duration 2ms --depth 0
	snapshots
	check_shares 0.5 from to /a=1 /b=1
	check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
	figure "$name" "$SHARE_ERROR" points
	stop_loads
}

against contexts__16_processes_against_1 --processes 16
against contexts__16_threads_against_1 --threads 16
# 16 that submit and wait saturate as well, with one job in flight each.
against contexts__16_waiting_processes_against_1 --processes 16 --depth 1

hg_stop
