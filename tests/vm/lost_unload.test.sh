# headgate.ko goes and comes fifty times under load, or UNLOAD_ROUNDS of the kernel's command line:
# submissions run ungoverned meanwhile, and none is lost.
# timeout: 500
. /headgate/bin/robust.sh

t_begin the_module_may_be_removed_and_inserted_many_times_under_load
gate_up a=100 b=100
load a a simload --duration 5ms --depth 4 --processes 2 --seconds 900 --verify
load b b simload32 --duration 5ms --depth 1 --threads 3 --seconds 900 --verify
load a c torment --workers 2 --duration 5000000 --seconds 900 stop
held() { headgate lane list --json | grep -q '"waiting": [1-9]'; }
unlost() { ! headgate status --json | grep -E '"(failed_open|jobs_unmetered|jobs_lost)": [1-9]'; }
rounds=${UNLOAD_ROUNDS:-50} round=0
while [ $round -lt "$rounds" ]; do
	round=$((round + 1))
	wait_until 60 held || fail "round $round: no ticket waits"
	unlost || fail "round $round: jobs or tickets were lost"
	headgated --detach 2>/dev/null || fail "round $round: headgated --detach"
	wait_until 60 rmmod headgate || fail "round $round: rmmod"
	from=$(engine completed)
	wait_until 60 at_least "$((from + 3))" engine completed ||
		fail "round $round: jobs stand still without the module"
	load_module headgate || fail "round $round: insmod"
	kill -HUP "$DAEMON"
	wait_until 60 test -e "$LINKS/learn_lane" || fail "round $round: the gate does not come back"
	[ -z "$T_REASON" ] || break
done
check_eq "rounds" "$round" "$rounds"
loads_end
nothing_lost
gate_down
