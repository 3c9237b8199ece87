# SPDX-License-Identifier: GPL-2.0-or-later
# 200 devices come and go, and leave nothing in the kernel's memory.
# timeout: 400
. /headgate/guest/shares.sh
. /headgate/guest/memory.sh

ROUNDS=200
# Of a round: a tenth of what a device, its lane and its flow take.
MOST=400

DRIVER=/sys/bus/platform/drivers/simgpu

# rounds N: so many times a device is submitted to, and goes
rounds()
{
	round=0
	while [ $round -lt "$1" ]; do
		round=$((round + 1))
		in_cgroup /a simload --duration 100us --jobs 3 --verify >/run/simload || fail "simload in round $round"
		echo simgpu >$DRIVER/unbind || fail "unbind in round $round"
		echo simgpu >$DRIVER/bind || fail "bind in round $round"
		[ -z "$T_REASON" ] || break
	done
}

gone() { headgate device list --json | grep -c '"gone": true'; }

hg_start
t_begin hotplug__the_policy_is_taken
policy_of /a=100
# A ticket that stays, as those of tasks that live on do.
exec_in_cgroup /a replug --threads 1 --duration 5000000 --jobs 100000 --seconds 1000 >/run/replug &
task=$!
rounds 20
before=$(kept)
check_within "devices that are gone and listed" "$(gone)" 8 9

t_begin hotplug__a_device_that_has_gone_leaves_nothing
rounds $ROUNDS
after=$(kept)
check_within "devices that are gone and listed" "$(gone)" 8 9
figure hotplug_memory_per_device $(((after - before) / ROUNDS)) bytes
check_within "bytes left of a device" $(((after - before) / ROUNDS)) -100000 $MOST

t_begin hotplug__a_ticket_that_stayed_is_used_on
kill -TERM $task
check "replug: $(cat /run/replug)" wait $task
check_within "devices that it saw go" "$(sed 's/.*gone=\([0-9]*\).*/\1/' /run/replug)" 20 1000
hg_stop
