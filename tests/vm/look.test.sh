# SPDX-License-Identifier: GPL-2.0-or-later
# Who looks again and again is told of the flows that have changed, and headgated shows what has.
# timeout: 240

load_module headgate
load_module simgpu
new_cgroup a
new_cgroup b
mkdir -p /etc/headgate
printf '[agent /a]\n[agent /b]\n' >/etc/headgate/headgate.conf

dumps() { headgate status --json | awk -F '[:,]' '/"flow_dumps"/ { print $2 + 0 }'; }
# since DUMPS: how many flows are told; of no agent there is one.
since() { nlfuzz send flow-get -d "changed-since=u32:$1" | awk '$1 == "ok" { print $2 }'; }
# Between the two, what has left since the dump before is told.
none_is_told() { headgate flow list >/dev/null; [ "$(since "$(dumps)")" = 1 ]; }
has_a_job() { headgate flow list --json | grep -q '"outstanding": 1'; }
changes() { headgate status --json | awk -F '[:,]' '/"agents_changes"/ { print $2 + 0 }'; }
changes_are() { [ "$(changes)" = "$1" ]; }
has_owner() { headgate agent list --json | grep -q '"owner": "anna"'; }
state() { headgate agent list --json | awk -F '"' -v a="$1" '$2 == "path" { p = $4 } $2 == "state" && p == a { print $4 }'; }
is() { [ "$(state "$1")" = "$2" ]; }

t_begin flow_that_has_not_changed__is_left_out
headgate agent set /a --weight 100
headgate agent set /b --weight 100
for agent in a b; do
	in_cgroup $agent simload --duration 1ms --jobs 2 >/dev/null
done
first=$(dumps)
check_eq "since the first" "$(since 0)" 3
check_eq "since one before this one" "$(since "$first")" 3
check "it is told for ever" wait_until 30 none_is_told
before=$(dumps)
check_eq "since the last" "$(since "$before")" 1

t_begin flow_that_has_had_something__is_told
in_cgroup a simload --duration 1ms --jobs 1 >/dev/null
check_eq "flows" "$(since "$before")" 2

t_begin flow_that_has_something__is_told
# As long as this file needs it.
exec_in_cgroup b simload --in-fence-never --depth 1 --jobs 1 --seconds 600 >/dev/null &
job=$!
check "no job is there" wait_until 60 has_a_job
before=$(dumps)
check_eq "flows" "$(since "$before")" 2
check_eq "flows, again" "$(since "$(dumps)")" 2
kill -KILL $job
wait $job
check "it is told for ever" wait_until 30 none_is_told

t_begin agents__have_a_count_of_their_changes
count=$(changes)
headgate agent list >/dev/null
check_eq "after a look" "$(changes)" "$count"
headgate agent set /a --weight 300
check_eq "after a change" "$(changes)" $((count + 1))
headgate agent del /a
check_eq "after an agent went" "$(changes)" $((count + 2))
new_cgroup c
headgate agent set /c
check_eq "after one came" "$(changes)" $((count + 3))
rmdir /sys/fs/cgroup/c
check "the removal of a cgroup is none" wait_until 30 changes_are $((count + 4))

t_begin agent_that_is_frozen_by_hand__is_shown_as_paused
headgated >/run/log 2>&1 &
check "headgated does not come up" wait_until 60 grep -q 'gate is attached' /run/log
in_cgroup a sleep 1000 &
check "it is not idle" wait_until 30 is /a idle
echo 1 >/sys/fs/cgroup/a/cgroup.freeze
check "it is not paused" wait_until 30 is /a paused
echo 0 >/sys/fs/cgroup/a/cgroup.freeze
check "it is paused yet" wait_until 30 is /a idle

t_begin agent_below_one_that_is_frozen__is_shown_as_paused
new_cgroup a/below
headgate agent set /a/below
check "it is not idle" wait_until 30 is /a/below idle
echo 1 >/sys/fs/cgroup/a/cgroup.freeze
check "it is not paused" wait_until 30 is /a/below paused
echo 0 >/sys/fs/cgroup/a/cgroup.freeze
check "it is paused yet" wait_until 30 is /a/below idle

t_begin label_that_is_set_later__is_shown
setxattr /sys/fs/cgroup/a user.headgate.owner anna
check "there is no owner" wait_until 30 has_owner
