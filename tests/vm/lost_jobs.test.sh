# Jobs that hang or fail are the device's affair: the lane goes on, and they are counted.
# timeout: 200
. /headgate/bin/robust.sh

t_begin jobs_that_fail_are_counted_and_stop_nobody
load_module simgpu timeout_ms=1000
gate_up a=100 b=100
load a a
load b b simload --duration 2ms --depth 4 --processes 2 --fail-every 5 --jobs 200 --seconds 600 --verify
check "no ticket ever waits" wait_until 60 contended /a /b
load_wait b
failed=$(sed -n 's/.*failed=\([0-9]*\).*/\1/p' /tmp/b)
check_eq "failed jobs of b, by its own count" "$failed" 80
check_eq "failed jobs of b, in the ledger" "$(ledger /b failed)" "$failed"
goes_on "a does not go on" 50 ledger /a jobs
loads_end
nothing_lost
check_eq "failed jobs of a" "$(ledger /a failed)" 0

t_begin a_job_that_hangs_is_reset_and_stops_nobody
resets=$(engine resets)
load a a
load b b simload --duration 2ms --depth 4 --processes 2 --hang-every 25 --jobs 100 --seconds 600 --verify
load_wait b
hung=$(sed -n 's/.*failed=\([0-9]*\).*/\1/p' /tmp/b)
check_eq "hung jobs of b, by its own count" "$hung" 8
check_eq "failed jobs of b, in the ledger" "$(ledger /b failed)" $((failed + hung))
check_within "resets of the device" $(($(engine resets) - resets)) 1 100
goes_on "a does not go on" 50 ledger /a jobs
# Whose it is does not matter: the next one hangs.
for _ in 1 2 3; do
	before=$(engine failed)
	echo 1 >/sys/kernel/debug/simgpu/e0/hang_next
	check "no job hangs" wait_until 60 at_least $((before + 1)) engine failed
done
goes_on "a does not go on" 50 ledger /a jobs
loads_end
nothing_lost
check_eq "failed jobs, in the ledger" $(($(ledger /a failed) + $(ledger /b failed))) "$(engine failed)"
gate_down
