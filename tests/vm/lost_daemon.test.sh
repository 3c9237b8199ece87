# headgated dies, the gate is taken away and comes back: under load, and nothing is lost.
# timeout: 300
. /headgate/bin/robust.sh

t_begin enforcement_outlives_headgated
gate_up a=100 b=300
load a a
load b b
check "no ticket ever waits" wait_until 60 contended /a /b
kill -KILL "$DAEMON"
wait "$DAEMON"
check_fails "headgated is dead" pidof headgated
check_within "share of /b, due 75 %, without headgated" "$(share_of /b /a 8)" 65 85
check_eq "jobs that passed no gate" "$(unticketed)" 0

t_begin headgated_takes_over_from_a_dead_one_and_nobody_slips_by
# Killed at any time of its start, too.
for i in 1 2 3 4 5 6; do
	headgated 2>>/tmp/headgated.log &
	DAEMON=$!
	busybox usleep "$(between 50000 900000)"
	kill -KILL $DAEMON
	wait $DAEMON
done
policy a=100 b=100 c=50
headgated 2>>/tmp/headgated.log &
DAEMON=$!
check "a change of policy is not seen" wait_until 60 has_weight /b 100
check "a cgroup made meanwhile is no agent" wait_until 60 has_weight /c 50
check_within "share of /b, due 50 %" "$(share_of /b /a 8)" 40 60
check_eq "jobs that passed no gate" "$(unticketed)" 0
loads_end
nothing_lost

t_begin the_gate_may_be_detached_and_attached_under_load
load a a
load b b
load c c simload --duration 2ms --depth 0 --threads 2 --seconds 600 --verify
for i in 1 2 3 4 5 6; do
	check "no ticket ever waits" wait_until 60 contended /a /b
	if [ $((i % 2)) = 0 ]; then
		check "headgated --detach" headgated --detach
	else
		rm -r /sys/fs/bpf/headgate/v1/links
	fi
	check_fails "the gate is still there" test -e "$LINKS"/gate_ioctl
	goes_on "jobs stand still without a gate" 50 engine completed
	kill -HUP $DAEMON
	check "the gate does not come back" wait_until 60 test -e "$LINKS"/learn_lane
	goes_on "no tickets with a new gate" 30 ledger /a tickets
	goes_on "no tickets with a new gate" 30 ledger /b tickets
done
check_within "share of /b, due 50 %" "$(share_of /b /a 8)" 35 65
loads_end
nothing_lost
gate_down
