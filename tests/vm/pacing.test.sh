# SPDX-License-Identifier: GPL-2.0-or-later
# Pacing freezes agents, and whatever happens nobody stays frozen.
# timeout: 600
. /headgate/bin/robust.sh

conf=/etc/headgate/headgate.conf
FREEZE_A=/sys/fs/cgroup/a/cgroup.freeze

# pace BY: the policy file. Nobody is let through for his patience's sake.
pace()
{
	mkdir -p /etc/headgate
	printf '[gate]\nmax-wait = 1h\n[driver simgpu]\npace = %s\n[agent /a]\nweight = 1\n[agent /b]\nweight = 1000\n' "$1" >$conf
}

is_frozen() { [ "$(cat $FREEZE_A 2>/dev/null)" = 1 ]; }
remembered() { [ -s /run/headgate/frozen ]; }
# By its name, which is not that of the program.
guard() { grep -l '^headgate-guard$' /proc/[0-9]*/comm 2>/dev/null | head -n 1 | cut -d / -f 3; }
has_guard() { [ -n "$(guard)" ]; }
no_guard() { ! has_guard; }

# nobody_is_frozen: and nobody is again.
nobody_is_frozen()
{
	check "the guard does not end" wait_until 60 no_guard
	check_eq "cgroup.freeze of /a and /b" "$(cat $FREEZE_A /sys/fs/cgroup/b/cgroup.freeze | tr '\n' ' ')" "0 0 "
	check_fails "something is remembered as frozen" remembered
}

# start: not by the pins, which may be those of the one before.
start()
{
	pacing_starts=$(starts)
	headgated 2>>/tmp/headgated.log &
	DAEMON=$!
	check "the gate does not come up" wait_until 60 at_least $((pacing_starts + 1)) starts
}
starts() { grep -c 'the gate is attached' /tmp/headgated.log; }

# Of simgpu: other tests may have left other devices.
verdict()
{
	headgate device list --json | awk -F '"' '$2 == "driver" { is = $4 == "simgpu" }
		is && $2 == "enforceability" { print $4 }'
}
verdict_is() { [ "$(verdict)" = "$1" ]; }

# loads A: of agent /a in that cgroup, and of /b. Few and long jobs: it is they that are
# contended, not the processor.
loads()
{
	load "$1" a simload --duration 5ms --depth 2 --seconds 600 --verify
	load b b simload --duration 5ms --depth 2 --seconds 600 --verify
}

load_module simgpu
load_module headgate
new_cgroup a
new_cgroup b
: >/tmp/headgated.log

# What /a does is done below it, in a cgroup that is no agent.
new_cgroup a/below
for source in ledger fdinfo; do
	t_begin who_is_ahead__is_frozen_and_thawed_by_$source
	pace $source
	start
	tickets=$(ledger /a tickets)
	loads a/below
	check "nobody is frozen" wait_until 60 is_frozen
	goes_on "what was frozen does not run" 3 ledger /a jobs
	check_eq "tickets of /a" "$(ledger /a tickets)" "$tickets"
	check "device list does not say paced" wait_until 60 verdict_is paced

	t_begin sigkill_of_headgated__leaves_nobody_frozen_by_$source
	check "nobody is frozen" wait_until 60 is_frozen
	kill -KILL $DAEMON
	wait $DAEMON
	nobody_is_frozen
	check_eq "device list" "$(verdict)" observed
	headgate status >/tmp/status
	check_eq "status" $? 3
	check "status: $(cat /tmp/status)" grep -q 'the policy has paced are shared by nobody' /tmp/status
	goes_on "what was frozen does not run" 10 ledger /a jobs

	t_begin headgated_started_again__thaws_what_a_dead_guard_left_by_$source
	start
	check "nobody is frozen" wait_until 60 is_frozen
	# The guard is stopped first, so that it cannot do its work, and is there until headgated is gone,
	# which would have another.
	stopped_while_frozen()
	{
		pid=$(guard)
		[ -n "$pid" ] || return 1
		kill -STOP "$pid"
		wait_until 30 grep -q '^State:.T' "/proc/$pid/status"
		is_frozen && return
		kill -CONT "$pid"
		return 1
	}
	check "nobody is frozen" wait_until 60 stopped_while_frozen
	kill -KILL "$DAEMON" "$pid"
	wait "$DAEMON"
	check "the guard does not end" wait_until 60 no_guard
	check "the list is empty" remembered
	check "it was thawed by nobody" is_frozen
	check "headgated --thaw" headgated --thaw
	nobody_is_frozen

	t_begin dead_guard__is_replaced_by_$source
	start
	check "no guard" wait_until 60 has_guard
	check "nobody is frozen" wait_until 60 is_frozen
	old=$(guard)
	kill -KILL "$old"
	new_guard() { now=$(guard); [ -n "$now" ] && [ "$now" != "$old" ]; }
	check "no new guard" wait_until 60 new_guard
	check "nobody is frozen by the new one" wait_until 60 is_frozen
	goes_on "what the old one froze does not run" 5 ledger /a jobs

	t_begin reload_without_pacing__thaws_all_and_gates_by_$source
	check "nobody is frozen" wait_until 60 is_frozen
	pace no
	kill -HUP $DAEMON
	nobody_is_frozen
	goes_on "no tickets at the gate" 20 ledger /b tickets
	check "the driver is said to be paced" wait_until 60 test ! -e /run/headgate/paced

	t_begin reload_with_pacing__takes_the_gate_away_by_$source
	pace $source
	kill -HUP $DAEMON
	check "nobody is frozen" wait_until 60 is_frozen
	tickets=$(ledger /b tickets)
	goes_on "no jobs" 20 ledger /b jobs
	check_eq "tickets of /b" "$(ledger /b tickets)" "$tickets"

	kill -TERM $DAEMON
	wait $DAEMON
	loads_end
	nobody_is_frozen
done
rmdir /sys/fs/cgroup/a/below

t_begin tickets_that_wait_when_pacing_begins__are_let_through
pace no
start
load a a simload --duration 5ms --depth 4 --processes 3 --seconds 600 --verify
load b b simload --duration 5ms --depth 4 --processes 3 --seconds 600 --verify
check "nobody waits at the gate" wait_until 60 contended /a /b
pace fdinfo
kill -HUP $DAEMON
nobody_waits() { [ "$(waiting)" = 0 ]; }
check "they wait on" wait_until 60 nobody_waits
goes_on "no jobs" 20 ledger /b jobs
check_eq "waiting" "$(waiting)" 0

t_begin tickets_that_wait_when_the_gate_goes__are_let_through
pace no
kill -HUP $DAEMON
check "nobody waits at the gate" wait_until 60 contended /a /b
kill -TERM $DAEMON
wait $DAEMON
# Agents that headgated has not set stay.
rm -f /run/headgate/agents
headgated --detach
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2
check "they wait on" wait_until 60 nobody_waits
loads_end

pace yes
start
loads a
t_begin frozen_agent__may_be_killed_and_its_cgroup_removed
check "nobody is frozen" wait_until 60 is_frozen
# shellcheck disable=SC2154 # load() sets it
kill -KILL "$pid_a"
wait "$pid_a"
LOADS=$(echo "$LOADS" | sed 's/ a\>//')
check "the cgroup does not go" wait_until 60 rmdir /sys/fs/cgroup/a
new_cgroup a
goes_on "headgated does not go on" 20 ledger /b jobs
check "headgated died" kill -0 $DAEMON

t_begin frozen_by_somebody_else__stays_frozen
load a a simload --duration 5ms --depth 2 --seconds 600
check "nobody is frozen" wait_until 60 is_frozen
# A stop thaws what is paced; what is then frozen by hand stays so beside a new headgated.
kill -TERM $DAEMON
wait $DAEMON
nobody_is_frozen
echo 1 >$FREEZE_A
start
goes_on "the other does not run" 100 ledger /b jobs
kill -TERM $DAEMON
wait $DAEMON
check "it was thawed" is_frozen
echo 0 >$FREEZE_A

t_begin own_cgroup__is_never_frozen
exec_in_cgroup a headgated 2>>/tmp/headgated.log &
DAEMON=$!
check "the gate does not come up" wait_until 60 has_guard
goes_on "it stands still" 200 ledger /b jobs
check_fails "it was frozen" is_frozen
check_fails "something was frozen" remembered
loads_end
nothing_lost
gate_down
nobody_is_frozen
