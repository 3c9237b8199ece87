# Waiters are killed, stopped and interrupted: no submission is lost, fails or stays behind.
# timeout: 300
. /headgate/bin/robust.sh

# disturb MODE: disturbed submitters in /a beside honest ones in /b.
disturb()
{
	load b b
	load a a
	check "no ticket ever waits" wait_until 60 contended /a /b
	in_cgroup a torment --workers 4 --seconds "${2:-8}" "$1" >/tmp/torment
	check_eq "torment $1: status" $? 0
	cat /tmp/torment
	check_within "times disturbed" "$(sed 's/.*torments=\([0-9]*\).*/\1/' /tmp/torment)" 50 1000000
	check_within "jobs submitted" "$(sed 's/.*submitted=\([0-9]*\).*/\1/' /tmp/torment)" 30 1000000
	goes_on "the others do not go on" 50 ledger /b jobs
	loads_end
	nothing_lost
}

t_begin killed_waiters_leave_nothing_behind
gate_up a=100 b=100
disturb kill

t_begin a_waiter_killed_between_grant_and_submission_leaves_nothing_behind
# Alone on the device: nobody waits after it who would find what it left.
in_cgroup a timeout 100 tracekill 5
check_eq "tracekill: status" $? 0
nothing_lost

t_begin stopped_waiters_block_nobody_and_lose_nothing
disturb stop

t_begin a_handler_without_sa_restart_is_never_seen_by_the_submission
disturb alarm

t_begin a_handler_with_sa_restart_is_never_seen_by_the_submission
disturb alarm-restart

t_begin a_handler_may_jump_out_of_a_held_submission
disturb longjmp
check_within "jumps" "$(sed 's/.*jumped=\([0-9]*\).*/\1/' /tmp/torment)" 20 1000000

t_begin a_handler_may_submit_while_a_submission_is_held
disturb nested
check_within "jobs of handlers" "$(sed 's/.*nested=\([0-9]*\).*/\1/' /tmp/torment)" 20 1000000

gate_down
