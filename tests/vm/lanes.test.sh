# SPDX-License-Identifier: GPL-2.0-or-later
# Schedulers that come and go do not make lanes without end, gate or no gate.
# timeout: 300
. /headgate/bin/robust.sh

names() { headgate lane list --json | sed -n 's/.*"name": "\(.*\)",/\1/p'; }
lanes() { names | wc -l; }

# lane_of AGENT: name of the lane that its flow with jobs is on
lane_of()
{
	lane=$(headgate flow list --json | awk -v agent="$1" '
		{ gsub(/[",]/, "") }
		$1 == "agent:" { a = $2 }
		$1 == "lane_id:" { l = $2 }
		$1 == "jobs:" && a == agent && $2 > 0 { print l }')
	headgate lane list --json | awk -v lane="$lane" '
		{ gsub(/[",]/, "") }
		$1 == "id:" { id = $2 }
		$1 == "name:" && id == lane { print $2 }'
}

t_begin without_a_gate_a_device_has_64_lanes_and_one_for_the_rest
load_module simgpu sched_per_queue=1 engines=1
load_module headgate
# All are open at once, so that each has a scheduler of another address.
simload --processes 100 --depth 1 --duration 1ms --seconds 600 >/tmp/simload 2>&1 &
crowd=$!
all_are() { [ "$(lanes)" -ge 65 ]; }
check "there are but $(lanes)" wait_until 120 all_are
goes_on "jobs stand still" 200 engine completed
check_eq "lanes" "$(lanes)" 65
check_eq "lane of the rest" "$(names | grep -c '^others$')" 1
kill -TERM $crowd
check "simload: $(cat /tmp/simload)" wait $crowd
check "jobs are left" wait_until 60 drained
check_eq "jobs of the lanes" "$(headgate lane list --json | awk -F '[:,]' '/"jobs"/ { n += $2 } END { print n }')" \
	"$(engine completed)"

t_begin with_a_gate_the_queues_of_a_class_are_one_lane
gate_up a=100 b=100
in_cgroup a simload --duration 1ms --jobs 20 --verify >/tmp/a
check_eq "simload: status" $? 0
in_cgroup b simload32 --duration 1ms --processes 5 --jobs 10 --verify >/tmp/b
check_eq "simload32: status" $? 0
check_eq "lane of a" "$(lane_of /a)" simgpu-e0-q
check_eq "lane of b" "$(lane_of /b)" simgpu-e0-q
check_eq "lanes" "$(lanes)" 65
check_eq "jobs without a ticket" "$(unticketed)" 0
nothing_lost

t_begin a_device_that_the_gate_knows_has_one_lane_from_the_start
gate_down
rmmod headgate
check "rmmod simgpu" wait_until 60 rmmod simgpu
load_module simgpu sched_per_queue=1 engines=2
gate_up a=100 b=100
simload --duration 1ms --processes 10 --jobs 2 --verify >/tmp/a
check_eq "simload: status" $? 0
in_cgroup a simload --engine 1 --duration 1ms --processes 10 --jobs 2 --verify >/tmp/a
check_eq "simload: status" $? 0
check_eq "lanes" "$(names | sort | tr '\n' ' ')" "simgpu-e0-q simgpu-e1-q "
check "device list" sh -c 'headgate device list | grep -qE "^simgpu +simgpu_queues .* enforced$"'

t_begin queues_of_two_agents_wait_for_each_other_and_may_be_killed
load b b
load a a
check "no ticket ever waits" wait_until 60 sh -c 'headgate lane list --json | grep -q "\"waiting\": [1-9]"'
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	exec_in_cgroup a simload --depth 0 --processes 4 --seconds 100 >/dev/null 2>&1 &
	busybox usleep "$(between 0 100000)"
	kill -KILL $!
done

loads_end
nothing_lost
gate_down

# younger: jobs of all lanes but the eldest
younger() { headgate lane list --json | awk -F '[:,]' '/"jobs"/ { if (seen++) n += $2 } END { print n + 0 }'; }

# As those have whose first ioctls are none that the gate judges.
t_begin flows_from_before_the_gate_go_on_in_the_eldest_lane
rmmod headgate
check "rmmod simgpu" wait_until 60 rmmod simgpu
load_module simgpu sched_per_queue=1 engines=1
load_module headgate
new_cgroup a
check "no agent without a gate" headgate agent set /a --weight 100
in_cgroup a simload --duration 1ms --processes 20 --jobs 20 --verify >/tmp/a
check_eq "simload: status" $? 0
check_within "flows of a" "$(headgate flow list --json | grep -c '"/a"')" 2 20
before=$(younger)
gate_up a=100
in_cgroup a simload --duration 1ms --processes 5 --jobs 20 --verify >/tmp/a
check_eq "simload: status" $? 0
check_eq "jobs that went to younger lanes" $(($(younger) - before)) 0
gate_down
