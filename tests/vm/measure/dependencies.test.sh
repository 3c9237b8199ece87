# SPDX-License-Identifier: GPL-2.0-or-later
# Jobs that wait for fences that never come cost the other agents nothing.
# timeout: 200
. /headgate/guest/shares.sh

hg_start
t_begin dependencies__the_policy_is_taken
policy_of /a=100 /b=100 /never=100
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 3

load_two()
{
	load /a --duration 2ms --depth 0
	load /b --duration 5ms --depth 0
}

# lost WITH WITHOUT: percent
lost() { awk -v w="$1" -v o="$2" 'BEGIN { printf "%.3f", 100 * (o - w) / o }'; }

t_begin dependencies__never_signalled_fences_cost_others_nothing
load_two
snapshots
stop_loads
a=$(busy from to /a)
b=$(busy from to /b)

# They come first, with all that they can submit, and keep trying.
load /never --duration 1ms --depth 0 --in-fence-never --processes 20 --threads 10
sleep 2
snapshot never
echo "tickets and jobs that never end: $(lives)"
check_within "jobs that never end" "$(lives | cut -d ' ' -f 2)" 2 1000000
load_two
snapshots
check_within "engine time that /a lost, in percent" "$(lost "$(busy from to /a)" "$a")" -1 1
check_within "engine time that /b lost, in percent" "$(lost "$(busy from to /b)" "$b")" -1 1
check_eq "engine time of /never" "$(busy from to /never)" 0
figure dependencies_cost_a "$(lost "$(busy from to /a)" "$a")" percent
figure dependencies_cost_b "$(lost "$(busy from to /b)" "$b")" percent
figure dependencies_jobs_blocked "$(lives | cut -d ' ' -f 2)" jobs

t_begin dependencies__all_is_reaped_when_the_processes_are_killed
stop_loads -KILL
check_eq "tickets and jobs that are left" "$(lives)" "0 0"
check_eq "jobs that the meter lost" "$(headgate status --json | sed -n 's/.*"jobs_lost": \([0-9]*\).*/\1/p')" 0

t_begin dependencies__the_agent_has_its_share_again
load_two
load /never --duration 2ms --depth 0
snapshots
check_shares 1.0 from to /a=1 /b=1 /never=1
figure dependencies_share_error_afterwards "$SHARE_ERROR" points
stop_loads

hg_stop
