# Agents are frozen, traced, moved, re-weighted and removed while their tickets wait.
# timeout: 400
. /headgate/bin/robust.sh

frozen() { grep -q "^frozen $2" "/sys/fs/cgroup/$1/cgroup.events"; }

t_begin a_frozen_agent_blocks_nobody_and_goes_on_when_thawed
gate_up a=100 b=100 c=100 p=100 p/x=100 p/y=300
load b b
load a a
check "no ticket ever waits" wait_until 60 contended /a /b
for i in 1 2 3 4 5 6 7 8; do
	echo 1 >/sys/fs/cgroup/b/cgroup.freeze
	check "b does not freeze" wait_until 30 frozen b 1
	[ $i != 4 ] || {
		goes_on "the other agent stands still beside a frozen one" 150 ledger /a jobs
		tickets=$(ledger /b tickets)
		goes_on "the other agent does not go on" 50 ledger /a jobs
		check_eq "tickets of the frozen agent" "$(ledger /b tickets)" "$tickets"
	}
	busybox usleep "$(between 0 100000)"
	echo 0 >/sys/fs/cgroup/b/cgroup.freeze
	[ $((i % 4)) != 0 ] || goes_on "b does not go on when thawed" 50 ledger /b jobs
done
loads_end
nothing_lost

t_begin tracers_may_come_and_go
load b b
load a a
check "no ticket ever waits" wait_until 60 contended /a /b
for signal in TERM KILL TERM KILL TERM; do
	pids=$(sed 's/^/-p /' /sys/fs/cgroup/b/cgroup.procs)
	rm -f /tmp/strace
	# shellcheck disable=SC2086
	strace -f -e trace=ioctl -o /tmp/strace $pids &
	tracer=$!
	check "a tracer saw no held submission" wait_until 60 grep -q ERESTARTNOINTR /tmp/strace
	kill -$signal $tracer
	wait $tracer
done
goes_on "who was traced does not go on" 50 ledger /b jobs
loads_end
nothing_lost

t_begin a_traced_waiter_waits_and_does_not_spin
in_cgroup a strace -f -e trace=ioctl -o /tmp/strace simload --duration 100ms --depth 0 --jobs 20 --verify
check_eq "simload: status" $? 0
# One restart for each time that it was held; signals of the tracer's may add a few.
check_within "restarts for 20 submissions" "$(grep -c ERESTARTNOINTR /tmp/strace)" 1 60
nothing_lost

t_begin submissions_of_32_bit_programs_are_held_and_complete
load b b simload32 --duration 2ms --depth 4 --processes 3 --seconds 600 --verify
load a a simload32 --duration 2ms --depth 1 --threads 6 --seconds 600 --verify
check "no ticket ever waits" wait_until 60 contended /a /b
in_cgroup a torment32 --seconds 4 nested >/tmp/torment
check_eq "torment32: status" $? 0
goes_on "b does not go on" 100 ledger /b jobs
loads_end
check_eq "jobs that passed no gate" "$(unticketed)" 0
check_within "tickets that waited" "$(ledger /b wait_ns)" 1000000 1e18
nothing_lost

t_begin tasks_may_move_between_agents_while_they_wait
load b b
load a a
check "no ticket ever waits" wait_until 60 contended /a /b
tasks=$(cat /sys/fs/cgroup/a/cgroup.procs)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	for to in /c /p/x / /a; do
		for task in $tasks; do
			echo "$task" >"/sys/fs/cgroup$to/cgroup.procs" || fail "$task does not move"
		done
		busybox usleep "$(between 0 50000)"
	done
done
goes_on "who was moved does not go on" 50 ledger /a jobs
goes_on "who stayed does not go on" 50 ledger /b jobs
loads_end
nothing_lost

t_begin weights_may_change_a_hundred_times_a_second
load b b
load a a
load p/x x
check "no ticket ever waits" wait_until 60 contended /a /b /p/x
weights --rate 100 --seconds 8 /a /b /p /p/x >/tmp/weights
check_eq "weights: status" $? 0
cat /tmp/weights
check_within "changes" "$(sed 's/.*changes=\([0-9]*\).*/\1/' /tmp/weights)" 50 1000000
goes_on "a does not go on" 50 ledger /a jobs
goes_on "b does not go on" 50 ledger /b jobs
goes_on "p/x does not go on" 50 ledger /p/x jobs
check_within "share of two agents of equal weight afterwards" "$(share_of /a /b 5)" 35 65
loads_end
nothing_lost

t_begin agents_may_be_deleted_while_their_tickets_wait
load b b
load p/x x
load p/y y
for i in 1 2 3 4 5 6 7 8; do
	for agent in /b /p /p/x; do
		check "no ticket ever waits" wait_until 60 contended
		check "agent del $agent" headgate agent del $agent
		[ $((i % 4)) != 0 ] || goes_on "jobs stand still without agent $agent" 20 engine completed
		check "agent set $agent" headgate agent set $agent --weight "$(between 1 1000)"
	done
done
for agent in /b /p/x /p/y; do
	goes_on "agent $agent does not go on" 20 ledger $agent jobs
done
loads_end
nothing_lost

t_begin cgroups_may_be_removed_under_load
agents=$(now_status agents)
load b b
for i in 1 2 3 4 5; do
	new_cgroup d/e
	check "agent set" headgate agent set /d --weight 100
	check "agent set" headgate agent set /d/e --weight 100
	in_cgroup d simload --depth 4 --processes 3 >/dev/null &
	in_cgroup d/e simload --depth 4 --processes 3 >/dev/null &
	goes_on "d does not run" 5 ledger /d jobs
	goes_on "d/e does not run" 5 ledger /d/e jobs
	check "no ticket ever waits" wait_until 60 contended
	echo 1 >/sys/fs/cgroup/d/cgroup.kill
	check "cgroup does not go" wait_until 30 rmdir /sys/fs/cgroup/d/e
	check "cgroup does not go" wait_until 30 rmdir /sys/fs/cgroup/d
	goes_on "b does not go on" 20 ledger /b jobs
done
agents_are() { [ "$(now_status agents)" = "$1" ]; }
check "agents of removed cgroups stay" wait_until 30 agents_are "$agents"
loads_end
nothing_lost
gate_down
