# SPDX-License-Identifier: GPL-2.0-or-later
# An agent whose job came to a lane without a grant waits there next; it can neither keep such
# debts on a lane that is idle, nor buy its way past a contended lane with them.
# timeout: 200
. /headgate/bin/robust.sh

# waits_of NAME LEAST COMMAND…: of its jobs on the contended lane, so many per cent waited there
waits_of()
{
	what=$1 least=$2
	shift 2
	jobs=$(ledger /a jobs "$busy") tickets=$(ledger /a tickets "$busy")
	check "$what fails" "$@"
	jobs=$(($(ledger /a jobs "$busy") - jobs)) tickets=$(($(ledger /a tickets "$busy") - tickets))
	check_within "jobs" "$jobs" 100 1000000
	percent=$((100 * tickets / (jobs + !jobs)))
	check_within "percent of the jobs of $what that waited on their lane" "$percent" "$least" 105
	figure "debt_$what" "$percent" '%'
}

# The first lane that /a has is idle, and its very first job had no lane to wait for.
t_begin a_debt_on_an_idle_lane_ends
load_module simgpu devices=2
gate_up a=100 b=100
in_cgroup a simload --engine 1 --jobs 1 >/dev/null
idle=$(headgate lane list --json | sed -n 's/^ *"id": \([0-9]*\).*/\1/p')
load b b
check "no ticket ever waits" wait_until 30 contended
busy=$(lane_id)
waits_of alternate 95 in_cgroup a sneak --threads 1 --duration 2000000 --seconds 4 alternate
check_within "tickets on the idle lane, for each 100 jobs there" \
	$((100 * $(ledger /a tickets "$idle") / $(ledger /a jobs "$idle"))) 95 105

t_begin files_of_which_nothing_is_known_wait_where_their_agent_owes
waits_of fresh 95 in_cgroup a sneak --threads 1 --duration 2000000 fresh
loads_end
nothing_lost

# A job that did not wait, then one whose wait is for both: it is ahead until that is over.
t_begin hints_that_were_made_wrong_are_made_up_for
load a a sneak --threads 1 --duration 2000000 prepared
check "nothing is prepared" wait_until 60 grep -q prepared /tmp/a
load b b
check "no ticket ever waits" wait_until 30 contended
# shellcheck disable=SC2154 # load sets it
go_on() { kill -USR1 "$pid_a" && load_wait a; }
waits_of prepared 45 go_on
loads_end
nothing_lost

# Each buffer that is moved is a job without a ticket, on engine 0 where nobody else is.
t_begin jobs_on_an_idle_lane_buy_no_admission_to_another
# shellcheck disable=SC2034 # robust.sh reads it
STATS=/sys/kernel/debug/simgpu/e1/stats
load b b simload --engine 1 --duration 5ms --depth 4 --processes 4 --seconds 600 --verify
load a a simload --engine 1 --duration 5ms --depth 4 --processes 16 --seconds 600 --verify
load a m mover --threads 4 "$(node simgpu.1)"
check "no ticket ever waits" wait_until 60 contended
goes_on "no buffer is moved" 100 unticketed
share=$(share_of /a /b 8)
check_within "share of /a" "$share" 47 53
figure debt_bought_share "$share" '%'
loads_end
nothing_lost
gate_down
