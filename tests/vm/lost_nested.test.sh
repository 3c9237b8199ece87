# SPDX-License-Identifier: GPL-2.0-or-later
# Agents within agents that go while their jobs are still on the engine.
# timeout: 200
. /headgate/bin/robust.sh

lives() { headgate status --json | grep -cE '"(tickets|jobs)_live": [1-9]'; }
nothing_lives() { [ "$(lives)" = 0 ]; }

# nested: an agent in an agent, a job of the inner one that takes 3 s
nested()
{
	new_cgroup /p/c
	headgate agent set /p --weight 100 && headgate agent set /p/c --weight 100
	in_cgroup /p/c simload --duration 3s --jobs 1 >/tmp/load &
	wait_until 30 sh -c 'headgate status --json | grep -q "\"jobs_live\": 1"'
}

t_begin a_parent_agent__may_go_before_the_last_job_of_its_child
load_module simgpu timeout_ms=20000
load_module headgate
headgated 2>/tmp/log &
daemon=$!
wait_until 60 test -e /sys/fs/bpf/headgate/v1/links/learn_lane
for _ in 1 2 3; do
	nested
	check "the child is not deleted" headgate agent del /p/c
	check "the parent is not deleted" headgate agent del /p
	check "the job is not finished" wait_until 60 nothing_lives
done
check "a job was lost: $(cat /tmp/load)" wait_until 20 grep -q "completed=1" /tmp/load

t_begin cgroups_of_nested_agents__may_go_before_their_last_job
nested
echo 1 >/sys/fs/cgroup/p/cgroup.kill
wait_until 60 rmdir /sys/fs/cgroup/p/c
check "the parent's cgroup does not go" wait_until 60 rmdir /sys/fs/cgroup/p
check "an agent stays" wait_until 60 sh -c 'headgate status --json | grep -q "\"agents\": 0"'
check "something lives on" wait_until 60 nothing_lives
kill $daemon
wait $daemon
headgated --detach 2>/dev/null
