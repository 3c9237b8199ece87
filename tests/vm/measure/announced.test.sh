# SPDX-License-Identifier: GPL-2.0-or-later
# Jobs that are known since their fence was made: what they are charged, and that one whose
# fence does not signal holds its own agent alone. On vgem, as in fence_init.test.sh.
# timeout: 200
. /headgate/guest/shares.sh
. /headgate/guest/submissions.sh
. /headgate/guest/closure.sh

# vgem_load CGROUP OPTION…
vgem_load()
{
	announced_cgroup=$1
	shift
	start_load "$announced_cgroup" vgemload "$@"
}

jobs_live() { [ "$(lives | cut -d " " -f 2)" -ge "$1" ]; }
seen() { in_cgroup /b vgemload >/dev/null; [ "$(jobs_of /b)" -ge 1 ]; }
jobs_of() { snapshot now; awk -v a="$1" '$1 == a { n = $3 } END { print n + 0 }' /run/snap.now; }

# percent PART WHOLE
percent() { awk -v p="$1" -v w="$2" 'BEGIN { printf "%.3f", w ? 100 * p / w : 0 }'; }

load_module vgem
load_module headgate

t_begin announced__a_job_costs_the_time_to_its_signal
policy_of /a=100 /b=100
check "vgem is gated" gate_vgem
wait_until 30 seen || fail "no job of vgem is seen"
snapshot from
in_cgroup /b vgemload --jobs 200 --hold 5 >/dev/null
snapshot to
check_within "engine time of 200 jobs of 5 ms, in ms" $(($(busy from to /b) / 1000000)) 1000 1040

t_begin announced__fences_that_do_not_come_cost_others_little
vgem_load /b --jobs 1000000 --hold 2
snapshots
stop_loads
alone=$(busy from to /b)
check_within "engine time of /b alone, in percent" "$(percent "$alone" 10000000000)" 90 100
vgem_load /a --jobs 100 --never
vgem_load /a --jobs 100 --never
vgem_load /b --jobs 1000000 --hold 2
snapshots
beside=$(busy from to /b)
held=$(busy from to /a)
check_within "engine time that /b lost, in percent" "$(percent $((alone - beside)) "$alone")" -1 10
# What they hold up is charged to them.
check_within "engine time of both, in percent" "$(percent $((beside + held)) 10000000000)" 90 100.5
figure announced_lost "$(percent $((alone - beside)) "$alone")" percent
figure announced_charged_to_who_waits "$(percent "$held" 10000000000)" percent
stop_loads -KILL
check_eq "tickets and jobs that are left" "$(lives)" "0 0"

# They are with the engine until they are overdue, idle it is afterwards.
t_begin announced__the_ledger_closes_over_fences_that_do_not_come
lanes from
vgem_load /a --jobs 100 --never
wait_until 20 jobs_live 2 || fail "no job of /a"
in_cgroup /b vgemload --jobs 100 --hold 5 >/dev/null
lanes to
check_within "closure error in percent" "$(closure from to)" 0 "$CLOSURE_GOAL"
figure announced_closure_error "$(closure from to)" percent
stop_loads -KILL
check_eq "tickets and jobs that are left" "$(lives)" "0 0"

t_begin announced__long_jobs_are_charged_in_full
# Each is taken to wait before it is done, when others want in.
vgem_load /a --jobs 20 --hold 400
vgem_load /b --jobs 1000000 --hold 2
snapshots
stop_loads
both=$(($(busy from to /a) + $(busy from to /b)))
check_within "engine time of both, in percent" "$(percent "$both" 10000000000)" 90 100.5
figure announced_share_of_long_jobs "$(percent "$(busy from to /a)" "$both")" percent

hg_stop
wait_until 20 rmmod vgem || echo "vgem does not go"
