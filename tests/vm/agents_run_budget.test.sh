# SPDX-License-Identifier: GPL-2.0-or-later
# headgate run --budget: counted from the begin, acted upon, kept by a headgated that comes anew, and gone
# with the agent.
# kernels: one; it is about user space
# timeout: 480
. /headgate/bin/robust.sh
. /headgate/guest/daemon.sh

LOG=/tmp/headgated.log
CONF=/etc/headgate/headgate.conf
STATE=/run/headgate/budgets

# budget PATH KEY: of the budget of that cgroup in budget list --json.
budget() { headgate budget list --json | awk -v want="$1" -v key="\"$2\"" '
	$1 == "\"whom\":" { gsub(/[",]/, "", $2); of_cgroup = $2 == "cgroup" }
	$1 == "\"of\":" { gsub(/[",]/, "", $2); is = of_cgroup && $2 == want }
	is && $1 == key ":" { gsub(/[",]/, "", $2); print $2 }
	$1 == "}," || $1 == "}" { is = 0 }'; }
is() { [ "$(budget "$1" "$2")" = "$3" ]; }

no_budgets() { [ "$(headgate budget list)" = "No budgets." ]; }

# refused STATUS SENTENCE COMMAND…: and it is not run.
refused()
{
	r_status=$1 r_says=$2
	shift 2
	rm -f /tmp/was-run
	"$@" touch /tmp/was-run >/tmp/says 2>&1
	check_eq "exit status of '$*'" $? "$r_status"
	check_eq "what '$*' says" "$(cat /tmp/says)" "headgate: $r_says"
	check_fails "'$*' was run" test -e /tmp/was-run
	check_eq "cgroups left" "$(find /sys/fs/cgroup/headgate -mindepth 1 -type d 2>/dev/null)" ""
}

rm -rf /var/lib/headgate /etc/headgate
mkdir -p /etc/headgate
# A history, if there were one, would not matter.
printf '[history]\nenabled = no\n' >$CONF
: >$LOG
date -s '2026-11-28 12:10:00' >/dev/null
load_module simgpu
load_module headgate

t_begin budget_that_nobody_counts__is_refused
refused 125 "nobody would count the budget, as headgated does not run: systemctl start headgated, or leave out --budget" \
	headgate run --budget '2h per day'
start

t_begin bad_budget__is_refused_before_anything_is_made
refused 2 '--budget: per: "week" is none of hour, day and month' headgate run --budget '2h per week'
refused 2 '--budget: exec is no key of a budget of one cgroup; there are gpu-time, money, per, warn and act' \
	headgate run --budget '2h per day, exec = /bin/sh'
refused 2 '--budget: write how much and for how long, such as "2h per day" or "5.00 EUR per month, act = pause"' \
	headgate agent run --budget '2h'

t_begin budget_that_headgated_cannot_count__is_refused
refused 125 "headgated does not count the budget of /headgate/dear, so nothing is run: no section [price PATTERN] has a price in EUR, so nothing would cost anything" \
	headgate run --name dear --budget '1 EUR per day'
check_eq "told" "$(logged 'agent /headgate/dear: the budget that its cgroup says is left out: no section \[price PATTERN\] has a price in EUR, so nothing would cost anything$')" 1

t_begin command__is_counted_from_its_begin
# shellcheck disable=SC2016 # the command's own
headgate run --name work --weight 300 --budget '2s per day, act = floor' -- sh -c '
	while :; do
		if [ -e /tmp/more ]; then read -r jobs </tmp/more; rm /tmp/more; simload --duration 10ms --jobs $jobs >/dev/null; : >/tmp/done; fi
		busybox usleep 20000
	done' &
RUN=$!
check "it does not begin: $(cat $LOG)" wait_until 60 has /headgate/work weight 300
# more [JOBS]: of 10 ms, or longer on a busy machine.
more()
{
	rm -f /tmp/done
	echo "${1:-30}" >/tmp/more.new
	mv /tmp/more.new /tmp/more
	wait_until 60 test -e /tmp/done
}
check "no budget is listed" wait_until 60 is /headgate/work limit_ns 2000000000
check_eq "its name" "$(budget /headgate/work act) $(budget /headgate/work per) $(budget /headgate/work complete)" "floor day true"
check "how it is listed: $(headgate budget list)" eval \
	"headgate budget list | grep -qE '^cgroup#[0-9]+ +cgroup /headgate/work +.* floor +-'"
check "load" more
all_counted() { is /headgate/work used_ns "$(ledger /headgate/work busy_ns)"; }
check "used: $(budget /headgate/work used_ns), not $(ledger /headgate/work busy_ns)" wait_until 60 all_counted
check "used" [ "$(budget /headgate/work used_ns)" -ge 300000000 ]
check_eq "over" "$(budget /headgate/work over)" false

t_begin spent__is_told_and_acts
# From some 70 % on in small pieces: headgated is to find it between 80 and 100 %.
while [ "$(ledger /headgate/work busy_ns)" -lt 1200000000 ]; do
	check "load" more 10
	[ -z "$T_REASON" ] || break
done
n=0
while [ $n -lt 40 ] && ! is /headgate/work over true; do
	check "load" more 5
	check "used" wait_until 60 all_counted
	n=$((n + 1))
done
check "weight" wait_until 60 has /headgate/work weight 1
check_eq "told" "$(logged '^headgated: budget cgroup#[0-9]+: cgroup /headgate/work used .* of 2 s per day, [0-9]+ %; its agents have the least weight until 2026-11-29T00:00:00Z$')" 1
check_eq "warned" "$(logged '^headgated: budget cgroup#[0-9]+: cgroup /headgate/work used 1\.[0-9]* s of 2 s per day, [89][0-9] %; it is renewed at')" 1

t_begin headgated_that_comes_anew__keeps_it
used=$(budget /headgate/work used_ns)
kill_it
check "load" more
start
check "weight" has /headgate/work weight 1
check "used" wait_until 60 all_counted
check "what was used is forgotten" [ "$(budget /headgate/work used_ns)" -gt "$used" ]
stop
start
check "weight" has /headgate/work weight 1
check "used" all_counted
check_eq "told" "$(logged 'budget cgroup#[0-9]+: .* least weight')" 1

t_begin policy_that_is_read_anew__keeps_it
printf '[history]\nenabled = no\n[budget all]\nagent = headgate/*\ngpu-time = 100h\nper = day\n' >$CONF
kill -HUP "$DAEMON"
reloaded() { headgate budget list | grep -q '^all '; }
check "it is not read" wait_until 60 reloaded
check_eq "over" "$(budget /headgate/work over)" true
check_eq "weight" "$(agent /headgate/work weight)" 1
check "used" all_counted
printf '[history]\nenabled = no\n' >$CONF
kill -HUP "$DAEMON"
gone() { ! reloaded; }
check "it is not read" wait_until 60 gone

t_begin attribute__is_followed_and_told_when_it_is_none
setxattr /sys/fs/cgroup/headgate/work trusted.headgate.budget '2s per day, act = pause'
check "it is not paused" wait_until 60 is_frozen headgate/work 1
check "weight" wait_until 60 has /headgate/work weight 300
setxattr /sys/fs/cgroup/headgate/work trusted.headgate.budget "$(printf 'a\033[2Jb')"
check "it is not told" wait_until 60 is_logged 'agent /headgate/work: the budget that its cgroup says is left out: trusted.headgate.budget: write how much'
check "it is free" is_frozen headgate/work 1
setxattr /sys/fs/cgroup/headgate/work trusted.headgate.budget ''
check "it is paused" wait_until 60 is_frozen headgate/work 0
check "budgets" wait_until 60 no_budgets
check_eq "told" "$(logged 'budget cgroup#[0-9]+: its cgroup does not have it any more$')" 1

t_begin others__cannot_set_it
new_cgroup given
chown -R 65534 /sys/fs/cgroup/given
check "its owner cannot set a word of his own" as_nobody setxattr /sys/fs/cgroup/given user.headgate.owner me
check_fails "its owner can" as_nobody setxattr /sys/fs/cgroup/given trusted.headgate.budget '2h per day'
rmdir /sys/fs/cgroup/given

t_begin end_of_the_agent__takes_it_off
setxattr /sys/fs/cgroup/headgate/work trusted.headgate.budget '2s per day, act = pause'
# It is counted from now on.
check "no budget" wait_until 60 is /headgate/work used_ns 0
check "load" more
kill -TERM $RUN
wait $RUN
check_eq "exit status" $? 143
check_fails "the cgroup" test -e /sys/fs/cgroup/headgate/work
check "budgets" wait_until 60 no_budgets
check "file" wait_until 60 test ! -e $STATE

t_begin paused_command__ends_with_its_run
headgate run --name idle --budget '10ms per hour, act = pause' -- simload --duration 10ms --jobs 10000 &
RUN=$!
paused() { is_frozen headgate/idle 1 2>/dev/null; }
check "it is not paused" wait_until 60 paused
kill -TERM $RUN
headgate agent kill /headgate/idle >/dev/null
wait $RUN
check_eq "exit status" $? 137
check_fails "the cgroup" test -e /sys/fs/cgroup/headgate/idle

t_begin run_that_waits_for_headgated__can_be_ended
kill -STOP "$DAEMON"
rm -f /tmp/was-run
headgate run --name waits --budget '2h per day' touch /tmp/was-run &
RUN=$!
check "it is no agent" wait_until 60 has /headgate/waits weight 100
kill -INT $RUN
wait $RUN
check_eq "exit status" $? 130
check_fails "it was run" test -e /tmp/was-run
check_fails "the cgroup" test -e /sys/fs/cgroup/headgate/waits
kill -CONT "$DAEMON"

t_begin command_that_is_killed_before_it_begins__is_awaited_by_nobody
kill -STOP "$DAEMON"
headgate run --name waits --budget '2h per day' touch /tmp/was-run &
RUN=$!
check "it is no agent" wait_until 60 has /headgate/waits weight 100
kill -KILL "$(cat /sys/fs/cgroup/headgate/waits/cgroup.procs)"
kill -CONT "$DAEMON"
wait $RUN
check_eq "exit status" $? 137
check_fails "it was run" test -e /tmp/was-run
check_fails "the cgroup" test -e /sys/fs/cgroup/headgate/waits
stop
gate_down
