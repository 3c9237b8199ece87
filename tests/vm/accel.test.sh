# SPDX-License-Identifier: GPL-2.0-or-later
# A device with an accel node, of another major than DRM's, is gated and metered as others are.
# timeout: 300
. /headgate/bin/robust.sh

# number KEY: of the only device that headgate knows
number() { headgate device list --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^,\"]*\).*/\1/p"; }

t_begin an_accel_device_has_no_other_node
load_module simgpu accel=1
gate_up a=100 b=100
node=$(accel_node simgpu)
check "no accel node" wait_until 60 test -c "$node"
check_eq "major" "$(stat -c %t "$node")" "$(printf %x 261)"
check_fails "there is a render node" test -e /sys/devices/platform/simgpu/drm

t_begin submissions_through_an_accel_node_take_tickets_and_are_metered
in_cgroup a simload --duration 2ms --jobs 30 --verify >/tmp/a
check_eq "simload: status" $? 0
in_cgroup b simload32 --node "$node" --duration 1ms --jobs 20 --verify >/tmp/b
check_eq "simload32: status" $? 0
check_eq "tickets" "$(number tickets)" 50
check_eq "jobs" "$(number jobs)" 50
check_eq "jobs without a ticket" "$(number jobs_unticketed)" 0
check_within "engine time of a" "$(ledger /a busy_ns)" 60000000 1e12
check_eq "jobs of a" "$(ledger /a jobs)" 30
check_eq "jobs of b" "$(ledger /b jobs)" 20
nothing_lost

t_begin device_list_tells_of_the_accel_node
headgate device list >/tmp/list
check "no accel node: $(cat /tmp/list)" grep -qE '^simgpu +simgpu +accel0 +sched +50 +enforced$' /tmp/list
check "no accel node in JSON" sh -c 'headgate device list --json | grep -q "\"/dev/accel/accel0\""'

t_begin who_contends_for_an_accel_device_is_held
load a a
load b b
check "no ticket ever waits" wait_until 60 contended
goes_on "a stands still" 50 ledger /a jobs
goes_on "b stands still" 50 ledger /b jobs
loads_end
check_eq "jobs without a ticket" "$(number jobs_unticketed)" 0
nothing_lost
gate_down
