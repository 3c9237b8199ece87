# SPDX-License-Identifier: GPL-2.0-or-later
# Devices are unbound while tickets wait and jobs run, and come back: nothing is lost, each job is
# in the ledger of the device that it was submitted to, and what is gone does not pile up.
# timeout: 500
. /headgate/bin/robust.sh

DRIVER=/sys/bus/platform/drivers/simgpu

unbind() { echo simgpu >$DRIVER/unbind; }
bind() { echo simgpu >$DRIVER/bind; }

# devices KEY GONE: that number of each device that is gone (true), or is not (false).
devices()
{
	headgate device list --json | awk -v key="$1" -v want="$2" '
		{ gsub(/[",]/, "") }
		$1 == "gone:" { g = $2 }
		$1 == key ":" && g == want && $2 != "null" { print $2 }'
}

# flow_jobs DEVICE: jobs done, of all flows of that device.
flow_jobs()
{
	headgate flow list --json | awk -v want="$1" '
		{ gsub(/[",]/, "") }
		$1 == "device_id:" { d = $2 }
		$1 == "jobs:" && d == want { n += $2 }
		END { print n + 0 }'
}

says() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "/tmp/$1" | tail -n 1; }
jobs_live_are() { [ "$(now_status jobs_live)" = "$1" ]; }
nobody_is_left() { [ "$(now_status tickets_live)" = 0 ] && [ "$(now_status jobs_live)" = 0 ]; }

# books_are_closed: nothing is left, nothing was lost, and each job seen was done.
books_are_closed()
{
	wait_until 30 nobody_is_left ||
		fail "left over: $(now_status tickets_live) tickets, $(now_status jobs_live) jobs"
	for key in failed_open jobs_unmetered jobs_lost; do
		check_eq "$key" "$(now_status $key)" 0
	done
	for id in $(devices id true) $(devices id false); do
		check_eq "jobs done of device $id" "$(flow_jobs "$id")" \
			"$(headgate device list --json | awk -v want="$id" '
				{ gsub(/[",]/, "") }
				$1 == "id:" { d = $2 }
				$1 == "jobs:" && d == want { print $2 }')"
	done
}

t_begin tickets_that_wait_are_let_through_when_the_device_goes
load_module simgpu timeout_ms=0
gate_up a=100 b=100
# An hour of engine time each: without the device's end nobody else would get in for as long.
load a a simload --duration 3600s --depth 3 --jobs 3
load b b simload --duration 3600s --depth 3 --jobs 3
check "no ticket ever waits" wait_until 60 contended /a /b
check_eq "devices that are gone" "$(devices id true)" ""
check "unbind" unbind
for name in a b; do
	eval "check 'simload $name does not end' wait_until 60 sh -c \"! kill -0 \$pid_$name 2>/dev/null\""
	load_gone $name
	check "simload $name met no ENODEV: $(cat /tmp/$name)" grep -q "errno 19" /tmp/$name
done
check_eq "device that is gone" "$(devices id true)" 1
check_eq "jobs that it had" "$(devices jobs true)" $(($(says a submitted) + $(says b submitted)))
check_within "engine time until then" \
	"$(headgate lane list --json | sed -n 's/.*"busy_ns": \([0-9]*\),/\1/p')" 1000000 1e12
check_eq "agent of a kept flow" "$(headgate flow list --json | grep -c '"agent": "/a"')" 1
books_are_closed

t_begin a_device_that_comes_back_is_another_and_is_gated
check "bind" bind
in_cgroup a simload --duration 1ms --jobs 20 --verify >/tmp/a
check_eq "simload: status" $? 0
check_eq "device" "$(devices id false)" 2
check_eq "tickets" "$(devices tickets false)" 20
check_eq "jobs without a ticket" "$(devices jobs_unticketed false)" 0
check_eq "the one before is kept" "$(devices id true)" 1
check "device list does not tell" sh -c 'headgate device list | grep -qE "^simgpu +simgpu +- .* gone$"'
books_are_closed

t_begin a_job_that_waits_on_is_followed_to_its_end
load a a replug --never --threads 1 --seconds 400
check "no job waits" wait_until 60 jobs_live_are 1
check "unbind" unbind
check "bind" bind
in_cgroup b simload --duration 1ms --jobs 5 --verify >/tmp/b
check "jobs are left" wait_until 30 jobs_live_are 1
check_eq "jobs done of its device" "$(flow_jobs 2)" 20
loads_end
check "it is not done" wait_until 60 jobs_live_are 0
check_eq "jobs done of its device" "$(flow_jobs 2)" 21
books_are_closed

t_begin devices_may_go_and_come_under_load
load a a replug --threads 4 --seconds 400
load b b replug --threads 3 --duration 1000000 --jobs 100 --seconds 400
load a c simload --duration 300us --depth 0 --seconds 400
round=0
while [ $round -lt 60 ]; do
	round=$((round + 1))
	[ $((round % 10)) != 0 ] ||
		check "no ticket waits in round $round" wait_until 30 sh -c 'headgate lane list --json | grep -q "\"waiting\": [1-9]"'
	at_work() { [ "$(devices jobs false)" -gt 20 ] 2>/dev/null; }
	check "round $round: nobody submits" wait_until 60 at_work
	unbind || fail "round $round: unbind"
	bind || fail "round $round: bind"
	[ -z "$T_REASON" ] || break
done
check_eq "rounds" $round 60
check_within "devices that are kept" "$(devices id true | wc -l)" 1 9
for name in a b; do
	eval "kill -TERM \$pid_$name"
	load_wait $name
	check_within "times that $name met the end of a device" "$(says $name gone)" 1 1e9
done
load_gone c # with the device that it was at
books_are_closed

t_begin the_driver_may_be_removed_and_its_ledger_stays
in_cgroup a simload --duration 1ms --jobs 20 --verify >/tmp/a
gone=$(devices id false)
check "rmmod" wait_until 60 rmmod simgpu
check_eq "jobs of the device that is gone" "$(flow_jobs "$gone")" \
	"$(devices jobs true | tail -n 1)"
load_module simgpu
in_cgroup b simload --duration 1ms --jobs 20 --verify >/tmp/a
check_eq "tickets" "$(devices tickets false)" 20
books_are_closed

t_begin headgate_may_be_removed_while_a_gone_device_has_a_job
load a a replug --never --threads 1 --seconds 400
check "no job waits" wait_until 60 jobs_live_are 1
check "unbind" unbind
gate_down
check "rmmod headgate" wait_until 60 rmmod headgate
check "bind" bind
load_module headgate
loads_end
check_eq "tickets" "$(now_status tickets_live)" 0
