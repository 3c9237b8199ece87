# SPDX-License-Identifier: GPL-2.0-or-later
# What the observation tells is what the ledger has; it outlives headgated, is root's, and the
# gate does not need it.
# timeout: 420
. /headgate/guest/shares.sh
. /headgate/guest/observe.sh

# attached: the observation is there, and the gate.
attached() { [ -e "$V1/jobs" ] && [ -e "$V1/links/learn_lane" ]; }

# more_jobs N: that many of /a were seen.
more_jobs() { [ "$(seen /a jobs)" -ge "$1" ]; }

# has_room N: so many rows, and the programs that fill them.
has_room() { grep -q "the observation is attached, with room for $1 rows" "$HG_LOG"; }

# next_headgated: with the policy on standard input, after the one before was killed.
next_headgated()
{
	HG_PID=''
	: >"$HG_LOG"
	policy
}

# reloaded: the pins that were removed are back, and headgated has read its policy since.
reloaded()
{
	[ ! -e "$V1/links/observe_job" ] || [ ! -e "$V1/jobs" ] || return 0
	kill -HUP "$HG_PID"
	return 1
}

# loads_done: waits for the loads to end by themselves.
loads_done()
{
	for pid in $LOADS; do
		wait "$pid" || fail "a load ended with status $?"
	done
	LOADS=''
	check "tickets or jobs are left: $(lives)" wait_until 60 nothing_lives
}

# The engine hangs until a job has had 10 s: time enough to look at what is queued behind it.
hg_start timeout_ms=10000

t_begin tables_without_a_row__have_a_head
new_cgroup a
new_cgroup b/c
policy <<END
[gate]
observe = 4096
[agent a]
[agent b/c]
END
check "there is no observation" attached
check_eq "heads" "$(headers)" 1
check_eq "lines" "$(wc -l <"$V1/agents")" 2
check_eq "lines of jobs" "$(wc -l <"$V1/jobs")" 2
check_eq "losses" "$(tail -n 1 "$V1/agents")" "lost: 0 rows forgotten, 0 tickets and 0 jobs not booked"

t_begin histograms__add_up_to_the_ledger
load a --duration 2ms --depth 4 --jobs 200
load a --duration 1ms --depth 1 --jobs 40 --fail-every 4
load b/c --duration 500us --depth 2 --jobs 150
loads_done
check_eq "jobs of /a" "$(seen /a jobs)" 240
check_eq "failed jobs of /a" "$(seen /a failed)" 10
check_eq "jobs of /b/c" "$(seen /b/c jobs)" 150
check_books /a
check_books /b/c

t_begin work_of_no_agent__is_agent_0
load / --duration 100us --jobs 30
loads_done
check_eq "jobs" "$(seen 0 jobs)" 30
check_eq "tickets" "$(seen 0 tickets)" 0
check_eq "rows" "$(grep -c '(ungoverned)$' "$V1/agents")" 1

t_begin the_longest_jobs__are_in_order
load b/c --duration 900ms --jobs 1
loads_done
awk '$1 + 0 > 0 { print $2 }' "$V1/jobs" >/tmp/ranks
check_eq "ranks" "$(wc -l </tmp/ranks)" 32
check_eq "order" "$(sort -rn /tmp/ranks | sha256sum)" "$(sha256sum </tmp/ranks)"
check_within "the longest, us" "$(head -n 1 /tmp/ranks)" 900000 100000000
check_eq "whose it is" "$(awk '$1 == 1 { print $NF }' "$V1/jobs")" /b/c

t_begin jobs_that_never_ran__are_told_apart
# Short ones, so that many are let in; then the engine hangs, and all but a few stay in the scheduler.
load a --duration 100us --jobs 50
loads_done
queued()
{
	[ "$(awk '{ v[$1] = $2 } END { print v["submitted"] - v["completed"] - v["failed"] - v["cancelled"] - v["in_hardware"] }' \
		/sys/kernel/debug/simgpu/e0/stats)" -ge 3 ]
}
echo 1 >/sys/kernel/debug/simgpu/e0/hang_next
load a --duration 100us --depth 0 --jobs 200
check "nothing is queued" wait_until 60 queued
stop_loads -KILL
check_within "jobs that never ran" "$(seen /a unrun)" 1 200
check_books /a

t_begin table__shows_path_and_times
check_eq "heads" "$(headers)" 1
check_eq "rows of /a" "$(rows /a | wc -l)" 1
check_eq "tickets jobs failed" "$(rows /a | awk '{ print $3, $4, $5 }')" \
	"$(seen /a tickets) $(seen /a jobs) $(seen /a failed)"
check_eq "ms" "$(rows /a | awk '{ print $6 }')" $(($(seen /a busy_ns) / 1000000))
check_eq "path" "$(rows /b/c | awk '{ print $NF }')" /b/c
# A job of 0.5 ms takes no less, and the upper edge of a bucket is told.
check_within "median of run times" "$(rows /b/c | awk '{ print $10 }')" 525 100000
check_eq "columns are aligned" "$(awk '/AGENT|\// { print index($0, $NF) }' "$V1/agents" | sort -u | wc -l)" 1

t_begin observation__is_roots_alone
for path in "$V1/agents" "$V1/jobs" "$V1/maps/agents" "$V1/maps/top_jobs" "$V1/maps/losses" "$V1/links/observe_job" "$V1/links/observe_ticket"; do
	check_eq "mode of $path" "$(stat -c '%a %u' "$path")" "600 0"
	check_fails "nobody sees $path" as_nobody test -e "$path"
done
for path in $V1 "$V1/maps" "$V1/links"; do
	check_eq "mode of $path" "$(stat -c '%a %u' "$path")" "700 0"
done
check_fails "nobody reads the table" as_nobody cat "$V1/agents"
check_fails "nobody dumps the map" as_nobody bpftool map dump pinned "$V1/maps/agents"

t_begin observation__outlives_headgated_and_goes_on_under_the_next
before=$(seen /a jobs) link=$(link_id observe_job)
load a --duration 200us --depth 2 --seconds 600
kill -KILL "$HG_PID"
wait "$HG_PID"
check "it stops without headgated" wait_until 60 more_jobs $((before + 50))
for i in 1 2 3; do
	next_headgated <<END
[gate]
observe = 4096
[agent a]
[agent b/c]
END
	check_eq "link of round $i" "$(link_id observe_job)" "$link"
	kill -KILL "$HG_PID"
	wait "$HG_PID"
done
before=$(seen /a jobs)
check "it stops under the next headgated" wait_until 60 more_jobs $((before + 50))
stop_loads
check_books /a

t_begin another_size__begins_anew_and_each_event_is_booked_once
next_headgated <<END
[gate]
observe = 100
[agent a]
[agent b/c]
END
check "it has another size" has_room 100
check "its map is of another size" sh -c "bpftool map show pinned '$V1/maps/agents' | grep -q 'max_entries 100 '"
check_eq "rows of the map before" "$(rows /a | wc -l)" 0
check_fails "the link of the programs before" test "$(link_id observe_job)" = "$link"
was=$(ledger /a jobs)
load a --duration 200us --depth 2 --jobs 300
loads_done
check_eq "jobs seen" "$(seen /a jobs)" $(($(ledger /a jobs) - was))
check_eq "jobs done" "$(seen /a jobs)" 300

t_begin one_row__has_one_head
check_eq "heads" "$(headers)" 1
check_eq "lines" "$(wc -l <"$V1/agents")" 3

t_begin a_link_that_somebody_removed__is_there_again_after_a_reload
was=$(ledger /a jobs)
rm "$V1/links/observe_job" "$V1/jobs"
check "something is not there" wait_until 60 reloaded
load a --duration 200us --depth 2 --jobs 50
loads_done
check_eq "jobs seen" "$(seen /a jobs)" 350
check_eq "tickets seen" "$(seen /a tickets)" 350
check_eq "jobs done" "$(ledger /a jobs)" $((was + 50))

t_begin agent_that_is_gone__shows_so
id=$(agent_id /a)
rmdir /sys/fs/cgroup/a
check_eq "row" "$(awk -v id="$id" '$1 == id { print $4, $NF }' "$V1/agents")" "350 (gone)"
check_eq "the longest jobs" "$(awk -v id="$id" '$6 == id { print $NF }' "$V1/jobs" | sort -u)" "(gone)"

t_begin a_name_of_a_cgroup__writes_no_codes_to_the_terminal
bad=$(printf 'x\033[31m y')
mkdir "/sys/fs/cgroup/$bad"
headgate agent set "/$bad" >/dev/null
load "$bad" --duration 100us --jobs 5
loads_done
check_eq "paths" "$(awk '/\/x/ { print $NF }' "$V1/agents")" "y"
check "the name is not there" grep -q '/x?\[31m y$' "$V1/agents"
deep=1/2/3/4/5/6/7/8/9/10/11/12/13
new_cgroup $deep
headgate agent set /$deep >/dev/null
load $deep --duration 100us --jobs 5
loads_done
check "a deep path is not cut" grep -q ' /\.\.\./2/3/4/5/6/7/8/9/10/11/12/13$' "$V1/agents"

t_begin what_a_small_map_forgets__is_counted
policy <<END
[gate]
observe = 2
[agent s*]
END
check "it has another size" wait_until 60 has_room 2
for i in 1 2 3 4 5 6; do
	new_cgroup s$i
	headgate agent set /s$i >/dev/null
	load s$i --duration 100us --jobs 10
	loads_done
done
left=$(awk '$1 + 0 > 0' "$V1/agents" | wc -l)
check_within "rows" "$left" 1 2
# Six, but for a row that was forgotten while its agent still ran.
check_within "made" "$(lost made)" 6 11
check_eq "losses" "$(tail -n 1 "$V1/agents")" "lost: $(($(lost made) - left)) rows forgotten, 0 tickets and 0 jobs not booked"
check_eq "the last one is there" "$(seen /s6 jobs)" 10

t_begin without_its_key__it_is_taken_away_and_the_gate_stays
policy <<END
[agent s*]
END
for path in agents jobs maps/agents maps/top_jobs maps/losses links/observe_job links/observe_ticket; do
	check "$path is there" wait_until 60 test ! -e "$V1/$path"
done
check "the gate is gone" test -e "$V1/links/gate_ioctl"
load s1 --duration 100us --jobs 10
loads_done
check_eq "tickets" "$(ledger /s1 tickets)" 20
hg_stop

t_begin a_gate__does_without_an_observation_that_fails
mkdir -m 0700 /sys/fs/bpf/headgate
mkdir -m 0700 "$V1"
mkdir "$V1/agents" # where the table would be
policy <<END
[gate]
observe = 100
[agent s*]
END
check_eq "sentences" "$(grep -c 'there is no observation .*; the gate does not need it' "$HG_LOG")" 1
check_fails "half of it is left" test -e "$V1/links/observe_job"
was=$(ledger /s1 tickets)
load s1 --duration 100us --jobs 10
loads_done
check_eq "tickets" "$(ledger /s1 tickets)" $((was + 10))
rmdir "$V1/agents"
hg_stop
check_fails "something is pinned" test -e /sys/fs/bpf/headgate
