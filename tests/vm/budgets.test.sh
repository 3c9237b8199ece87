# SPDX-License-Identifier: GPL-2.0-or-later
# Budgets: told at 80 %, acted upon at 100 %, whatever happens to headgated, and taken back in full.
# kernels: one; it is about user space
# timeout: 900
. /headgate/bin/robust.sh
. /headgate/guest/daemon.sh

LOG=/tmp/headgated.log
TOLD=/tmp/told
CONF=/etc/headgate/headgate.conf
STATE=/run/headgate/budgets
DB=/var/lib/headgate/history.db
JOB=10	# ms of engine time

# use AGENT JOBS: so many of 10 ms.
use() { in_cgroup "$1" simload --duration ${JOB}ms --jobs "$2" >/dev/null || fail "the load in $1 failed"; }

# budget NAME KEY: of budget list --json.
budget() { headgate budget list --json | awk -v want="$1" -v key="\"$2\"" '
	$1 == "\"name\":" { gsub(/[",]/, "", $2); is = $2 == want }
	is && $1 == key ":" { gsub(/[",]/, "", $2); print $2 }'; }
was_written_after() { [ "$(stat -c %y $STATE)" != "$1" ]; }
in_force_is() { [ "$(budget time in_force)" = "$1" ]; }
is_over() { [ "$(budget "$1" over)" = true ]; }
percent_is() { [ "$(budget "$1" percent)" -ge "$2" ]; }

frozen() { cat "/sys/fs/cgroup/$1/cgroup.freeze"; }

# looks N: until headgated has looked that often; each look writes its file anew, or says that it is as it was.
looks()
{
	looks_n=0
	while [ $looks_n -lt "$1" ]; do
		looks_was=$(stat -c %i-%Y $STATE)
		wait_until 40 looked || fail "headgated looks no more"
		looks_n=$((looks_n + 1))
	done
}
looked() { [ "$(stat -c %i-%Y $STATE)" != "$looks_was" ]; }

reload()
{
	reload_n=$(logged 'policy in force')
	kill -HUP "$DAEMON"
	wait_until 40 reloaded || fail "the policy is not read anew"
}
reloaded() { [ "$(logged 'policy in force')" -gt "$reload_n" ]; }

# conf LIMIT ACT [LINE…]: the policy, with more lines.
conf()
{
	cat >$CONF <<E
[agent team/*]
weight = 200
[agent other]
weight = 100
[budget time]
agent = team/*
gpu-time = $1
per = hour
act = $2
exec = /tmp/on-budget
E
	shift 2
	[ $# = 0 ] || printf '%s\n' "$@" >>$CONF
}

# busy PATTERN: what the ledger has of all agents whose path matches, in ns.
busy() { headgate flow list --json | awk -v agents="$1" '{ gsub(/[",]/, "") } $1 == "agent:" { a = $2 }
	$1 == "busy_ns:" && a ~ agents { s += $2 } END { printf "%.0f", s }'; }

# weights WEIGHT: of all agents of the team.
weights() { for w in a b; do has /team/$w weight "$1" || return 1; done; }
caps() { for w in a b; do has /team/$w max_quota_ns "$1" || return 1; done; }

rm -rf /var/lib/headgate /etc/headgate $TOLD
mkdir -p /etc/headgate
: >$LOG
cat >/tmp/on-budget <<E
#!/bin/sh
env | sort >$TOLD.\$\$
mv $TOLD.\$\$ $TOLD.\$HEADGATE_BUDGET.\$HEADGATE_EVENT
echo "\$HEADGATE_BUDGET \$HEADGATE_EVENT" >>$TOLD
E
chmod +x /tmp/on-budget
# No period ends by itself while this runs.
date -s '2026-11-28 12:10:00' >/dev/null
load_module simgpu
load_module headgate
for c in team/a team/b other; do new_cgroup $c; done

t_begin no_budget__is_nothing
printf '[agent team/*]\nweight = 200\n[agent other]\n' >$CONF
start
use team/a 10
check_eq "what is listed" "$(headgate budget list)" "No budgets."
check_fails "there is a file" test -e $STATE
conf 2s floor
reload

t_begin warning__is_told_once_at_80_per_cent
# What it was before the budget came counts: that is in the history.
# Jobs take what they are asked to, or longer on a busy machine.
while [ "$(busy ^/team/)" -lt 1300000000 ]; do
	use team/a 10 || break
done
check "it is told: $(cat $LOG)" [ "$(logged 'budget time:')" = 0 ]
# In small pieces: a job may take longer than it is asked to.
n=0
while [ $n -lt 20 ] && ! is_logged 'budget time:'; do
	use team/b 3
	looks 2
	n=$((n + 1))
done
check "no warning: $(cat $LOG; headgate budget list)" is_logged \
	'^headgated: budget time: agent /team/\* used 1\.[0-9]+ s of 2 s per hour, [89][0-9] %; it is renewed at 2026-11-28T13:00:00Z$'
check_eq "what is used" "$(budget time used_ns)" "$(busy ^/team/)"
check_eq "warnings" "$(logged 'budget time:')" 1
check_eq "weight" "$(agent /team/a weight)" 200
check_eq "in force" "$(budget time in_force)" false
check "the program was not run" wait_until 40 test -e $TOLD.time.warn
check_eq "what it was told" "$(grep -E '^HEADGATE_(ACT|BUDGET|LIMIT|OF|PER|PERIOD_END|UNIT|WHOM)=' $TOLD.time.warn | tr '\n' ' ')" \
	"HEADGATE_ACT=floor HEADGATE_BUDGET=time HEADGATE_LIMIT=2000000000 HEADGATE_OF=/team/* HEADGATE_PER=hour HEADGATE_PERIOD_END=2026-11-28T13:00:00Z HEADGATE_UNIT=ns HEADGATE_WHOM=agent "

t_begin spent__has_the_least_weight_and_the_share_falls
use team/b 40
check "it is not spent: $(headgate budget list)" wait_until 40 is_over time
check "weights" wait_until 40 weights 1
check_eq "told" "$(logged 'budget time: .*; its agents have the least weight until 2026-11-28T13:00:00Z$')" 1
check_eq "weight of another" "$(agent /other weight)" 100
headgate budget list
# The file is written when all of it is done.
check "in force" wait_until 40 in_force_is true
load team/a a
load other o
check "no ticket ever waits" wait_until 40 contended
# 67 % by the policy, 1 % by the budget; more for as long as the other does not come to fill its queue.
share_falls()
{
	share=$(share_of /team/a /other 3)
	echo "share of what is spent: $share %"
	awk -v share="$share" 'BEGIN { exit !(share >= 0 && share <= 20) }'
}
check "its share does not fall: $(headgate agent list)" wait_until 60 share_falls
check "the program was not run" wait_until 40 test -e $TOLD.time.over

t_begin killed__is_in_force_and_told_no_second_time
kill_it
start
check "weights" weights 1
looks 3
check "weights" weights 1
check_eq "told" "$(logged 'budget time: .* least weight until')" 1
check_eq "told to the program" "$(sort $TOLD | tr '\n' ' ')" "time over time warn "
check "it has forgotten: $(headgate budget list)" percent_is time 100

t_begin killed_without_a_history__goes_on
conf 2s floor '[history]' 'enabled = no'
reload
kill_it
start
check "weights" weights 1
looks 2
check "weights" weights 1
check_eq "told" "$(logged 'budget time: .* least weight until')" 1
check "it has forgotten: $(headgate budget list)" percent_is time 100

t_begin policy_read_anew__keeps_it
conf 2s floor '[gate]' 'max-wait = 20s'
reload
check "weights" weights 1
looks 2
check "weights" weights 1

t_begin new_agent_of_the_same_pattern__is_under_it
new_cgroup team/c
check "it is no agent" wait_until 40 has /team/c weight 1
rmdir /sys/fs/cgroup/team/c

t_begin limit_raised__puts_back_what_the_policy_says
conf 100h floor
reload
check "weights" wait_until 40 weights 200
check_eq "told" "$(logged 'budget time: .*; it is not spent any more$')" 1
check "in force" wait_until 40 in_force_is false
looks 2
check "weights" weights 200
loads_end
looks 2
check_eq "what is used, after all of that" "$(budget time used_ns)" "$(busy ^/team/)"

t_begin cap__is_shared_out_among_its_agents
conf 2s 'cap 10%'
reload
check "caps: $(headgate agent list)" wait_until 40 caps 5000000
check "weights" weights 200
check_eq "cap of another" "$(agent /other max_quota_ns)" 0
check_eq "told again" "$(logged 'budget time: .*; its agents together have a cap')" 0
new_cgroup team/c
check "caps of three: $(headgate agent list)" wait_until 40 caps 3333300
check "cap of the new one" wait_until 40 has /team/c max_quota_ns 3333300
rmdir /sys/fs/cgroup/team/c
check "caps of two: $(headgate agent list)" wait_until 40 caps 5000000
conf 100h 'cap 10%'
reload
check "caps" wait_until 40 caps 0

t_begin pause__freezes_and_a_resume_by_a_person_wins
load team/a a
conf 2s pause
reload
check "it is not paused" wait_until 40 is_frozen team/a 1
check "the other is not paused" wait_until 40 is_frozen team/b 1
check_eq "another" "$(frozen other)" 0
check_eq "what resume says" "$(headgate agent resume /team/a)" \
	"resumed /team/a; its budget is spent, but does not pause it again before it is renewed"
looks 3
check_eq "it is paused again" "$(frozen team/a)" 0
# That is nobody's word: a file that whoever has the cgroup may write.
echo 0 >/sys/fs/cgroup/team/b/cgroup.freeze
check "it is free" wait_until 40 is_frozen team/b 1
headgate agent pause /team/b
looks 2
check_eq "a person's pause" "$(frozen team/b)" 1

t_begin paused__is_so_when_headgated_is_killed_and_not_when_it_stops
kill_it
check_eq "it is free" "$(frozen team/b)" 1
start
looks 2
check_eq "the one that was resumed" "$(frozen team/a)" 0
check_eq "the other" "$(frozen team/b)" 1
headgate agent resume /team/b
new_cgroup team/c
check "the new one is free" wait_until 40 is_frozen team/c 1
stop
check_eq "it stands still, and nobody judges" "$(frozen team/c)" 0
start
check "it is free" wait_until 40 is_frozen team/c 1
kill_it
headgated --thaw 2>>$LOG
check_eq "it stands still after --thaw" "$(frozen team/c)" 0
start
check "it is free" wait_until 40 is_frozen team/c 1
loads_end

t_begin period_that_ends__renews_once
date -s '2026-11-28 12:59:58' >/dev/null
check "it is not renewed: $(tail -n 3 $LOG)" wait_until 40 is_logged '^headgated: budget time: renewed: 2 s until 2026-11-28T14:00:00Z$'
check "it stands still" wait_until 40 is_frozen team/c 0
nothing_is_used() { [ "$(budget time percent)" = 0 ]; }
check "percent" wait_until 40 nothing_is_used
# To and fro across the hour: nothing is given a second time.
load team/a a simload --duration ${JOB}ms --jobs 250
check "it is not spent" wait_until 40 is_over time
date -s '2026-11-28 12:59:50' >/dev/null
looks 2
check "it is given anew" is_over time
date -s '2026-11-28 13:10:00' >/dev/null
looks 2
check "it is given anew" is_over time
check_eq "renewed" "$(logged 'budget time: renewed')" 1
check_eq "spent" "$(logged 'budget time: .*; its agents are paused until 2026-11-28T14:00:00Z$')" 1
# The word of a person was for the hour before.
check "it is free" wait_until 40 is_frozen team/a 1
rmdir /sys/fs/cgroup/team/c

t_begin budget_removed__lets_all_go
printf '[agent team/*]\nweight = 200\n[agent other]\n' >$CONF
reload
check "a stands still" wait_until 40 is_frozen team/a 0
check "b stands still" wait_until 40 is_frozen team/b 0
check "there is a file" wait_until 40 test ! -e $STATE
check_eq "told" "$(logged 'budget time: it is not in the policy any more$')" 1
check "the program was not told" wait_until 40 grep -qx \
	'HEADGATE_MESSAGE=budget time: it is not in the policy any more' $TOLD.time.eased
load_wait a

t_begin history__knows_what_was_used_and_told
stop
conf 2s floor
start
# The clock that was set back had a part of it in the hour before.
use team/a 230
check "it is not known: $(headgate budget list)" wait_until 40 is_over time
told=$(logged 'budget time: .* least weight until 2026-11-28T14')
# All that is done is counted after the second look from here.
for look in 1 2; do
	written=$(stat -c %y $STATE)
	check "no look $look" wait_until 40 was_written_after "$written"
done
used=$(budget time used_ns)
stop
# As after a boot.
rm $STATE
start
# A history that is not read within 2 s has its say at a later look.
check "it is forgotten: $(headgate budget list)" wait_until 40 is_over time
check "weights" wait_until 40 weights 1
check_eq "what is used" "$(budget time used_ns)" "$used"
check_eq "told" "$(logged 'budget time: .* least weight until 2026-11-28T14')" "$told"

t_begin clock_that_is_right_after_the_boot__goes_on_where_it_was
stop
rm $STATE
now=$(date '+%F %T')
date -s '2020-01-01 00:00:00' >/dev/null
start
looks 1
check_eq "over in 2020" "$(budget time over)" false
date -s "$now" >/dev/null
# Not when it would ask a history again that does not answer: after a minute.
check "it is forgotten: $(headgate budget list)" wait_until 40 is_over time
check_eq "complete" "$(budget time complete)" true
check_eq "what is used" "$(budget time used_ns)" "$used"
check "weights" wait_until 40 weights 1

t_begin damaged_history__is_told_and_the_rest_goes_on
stop
rm -f $STATE $DB-wal $DB-shm
printf 'this is no database, and it is longer than a header of SQLite has to be: that is 100 bytes long, I am told' >$DB
start
check "it is not told: $(cat $LOG)" wait_until 40 is_logged \
	"budgets: $DB is damaged .*; they are judged by what is known without it"
check "the gate went" test -e "$LINKS/learn_lane"
check_eq "complete" "$(budget time complete)" false
use team/a 230
check "it is not spent: $(headgate budget list)" wait_until 40 is_over time
check "weights" wait_until 40 weights 1

t_begin agent_set_by_hand__gets_back_what_it_had
conf 2s floor '[budget hand]' 'agent = hand' 'gpu-time = 100ms' 'per = day' 'act = floor'
new_cgroup hand
check "set" headgate agent set /hand --weight 300
reload
use hand 12
check "weight" wait_until 40 has /hand weight 1
headgate agent set /hand --weight 400
check "weight" wait_until 40 has /hand weight 1
kill_it
start
looks 2
check_eq "weight" "$(agent /hand weight)" 1
kill_it
headgated --detach 2>>$LOG
check_eq "weight after --detach" "$(agent /hand weight)" 400

t_begin money__is_what_a_report_says
rm -rf /var/lib/headgate $STATE
new_cgroup paid
{
	printf '[agent paid*]\nowner = anna\n[price *]\nper-gpu-hour = 3600 EUR\n'
	printf '[budget money]\nowner = anna\nmoney = 2.00\nper = month\nact = pause\n'
} >$CONF
start
use paid 40
check "nothing costs anything" wait_until 40 percent_is money 19
looks 2
# A millionth for each microsecond of a device with one engine.
us=$(($(busy ^/paid) / 1000))
check_within "money used" "$(budget money used_micros)" $((us - 1)) $((us + 1))
check_eq "currency" "$(budget money currency)" EUR
check_eq "over" "$(budget money over)" false
load paid p simload --duration ${JOB}ms --jobs 250
check "it is not paused" wait_until 40 is_frozen paid 1
new_cgroup paid-again
check "another of the same owner is not paused" wait_until 40 is_frozen paid-again 1
headgated --detach 2>>$LOG
check "headgated does not see it" wait_until 40 is_logged 'the gate was detached by somebody'
check "it stands still" wait_until 40 is_frozen paid 0
load_wait p
check_eq "files that could not be written" "$(logged 'cannot write')" 0
stop
nothing_lost
gate_down
