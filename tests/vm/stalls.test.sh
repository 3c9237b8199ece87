# Stalls: each is told once with whose it is and what waits behind it, and once that it is over.
# timeout: 900
. /headgate/bin/robust.sh

LOG=/tmp/headgated.log
HOOKS=/tmp/hooks
BEGAN='^headgated: stall: ' OVER='^headgated: stall over after [0-9.]+ m?s: '

# told PATTERN: lines of the log about stalls that begin, or are over, by ERE.
told() { grep -cE "$1" $LOG; }
is_told() { [ "$(told "$1")" -ge 1 ]; }
# reload: what the files say is in force.
reload()
{
	stalls_policies=$(told 'policy in force')
	kill -HUP "$DAEMON"
	check "the policy is not in force" wait_until 60 at_least $((stalls_policies + 1)) told 'policy in force'
}

# log_anew: what was told so far is of no interest any more.
log_anew() { : >$LOG; rm -f $HOOKS/*; }

# hook FIELD KIND EVENT: a field that the program was given in its first run for that.
hook() { sed -n "s/^HEADGATE_$1=//p" "$HOOKS/$2.$3" | head -n 1; }
runs() { grep -c ^HEADGATE_STALL= "$HOOKS/$1.$2"; }

# stall FIELD KIND: of stall list --json.
stall() { headgate stall list --json | awk -F '": ' -v want="\"$2\"," -v key="$1" '
	/"kind"/ { is = $2 == want } is && $1 ~ "\"" key "$" { gsub(/[",]/, "", $2); print $2 }'; }
is_open() { [ "$(stall kind "$1")" = "$1" ]; }
none_open() { [ "$(headgate stall list)" = "No stalls." ]; }

start()
{
	headgated 2>>$LOG &
	DAEMON=$!
	check "headgated does not come up" wait_until 60 is_told "the gate is attached"
}

rm -rf /etc/headgate $HOOKS
mkdir -p /etc/headgate/conf.d $HOOKS
cat >/tmp/on-stall <<'X'
#!/bin/sh
{
	env
	echo "arguments=$#"
	grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
	ls -l /proc/$$/fd | grep -o '[0-9]* -> [^ ]*$'
} >>"/tmp/hooks/$HEADGATE_STALL.$HEADGATE_EVENT.new"
mv "/tmp/hooks/$HEADGATE_STALL.$HEADGATE_EVENT.new" "/tmp/hooks/$HEADGATE_STALL.$HEADGATE_EVENT" # whole
X
chmod +x /tmp/on-stall
cat >/etc/headgate/conf.d/stall.conf <<'X'
[gate]
max-wait = 1h
[stall]
exec = /tmp/on-stall
exec-timeout = 1m
[driver simgpu]
deadline = 9m
[agent a]
deadline = 3s
X
log_anew

t_begin job_that_hangs__is_told_once_with_whose_it_is_and_what_waits
load_module simgpu timeout_ms=20000 depth=4
gate_up a=100 b=100
headgate events >/tmp/events &
events=$!
load b b
check "no ticket ever waits" wait_until 60 contended
load a a simload --duration 1ms --hang-every 1 --jobs 1
check "nothing is told: $(cat $LOG)" wait_until 60 is_told "$BEGAN"
cat $LOG
late='([3-9]|1[0-9])(\.[0-9]+)?' # until the device resets it
line="a job of process [0-9]+ \(simload\) of agent /a is with engine $(engine name) \(lane $(lane_id)\) of device simgpu for $late s, its deadline was 3 s; [0-9]+ tickets? of [12] agents? waits? behind it"
check_eq "told as it should be: $(grep stall $LOG)" "$(told "$BEGAN$line\$")" 1
pid=$(sed -n 's/.*a job of process \([0-9]*\).*/\1/p' $LOG)
check "process $pid is none of /a" grep -q "^$pid\$" /sys/fs/cgroup/a/cgroup.procs

t_begin stall_that_is_open__is_listed
check "it is not listed" wait_until 15 is_open job
headgate stall list
check_eq "agent" "$(stall agent job)" /a
check_eq "pid" "$(stall pid job)" "$pid"
check_eq "comm" "$(stall comm job)" simload
check_eq "device" "$(stall device job)" simgpu
check_eq "lane_id" "$(stall lane_id job)" "$(lane_id)"
check_eq "engine" "$(stall engine job)" "$(engine name)"
check_within "waiting" "$(stall waiting job)" 1 100
check_within "age" "$(stall age_ns job)" 3000000000 20000000000
check_eq "in the table" "$(headgate stall list | awk '$1 == "job" { print $2, $3, $4, $5 }')" "/a $pid simload simgpu"
check_eq "judged" "$(headgate stall list --json | grep -c '"judged": true')" 1

t_begin headgated_that_was_killed__does_not_tell_it_again
kill -KILL "$DAEMON"
wait "$DAEMON"
headgate stall list 2>/tmp/stderr | grep -q "^job " || fail "it is not listed without headgated"
check "no note" grep -q "headgated, which judges stalls, is not at work" /tmp/stderr
sed -i '/the gate is attached/d' $LOG
start
check "it is not listed" wait_until 15 is_open job
check_eq "times it was told" "$(told "${BEGAN}a job")" 1
check_eq "times it was over" "$(told "$OVER")" 0
check "it is not over: $(cat $LOG)" wait_until 60 is_told "${OVER}the job of process $pid \(simload\) of agent /a at engine"
check_eq "times it was told" "$(told "${BEGAN}a job")" 1
check_eq "times it was over" "$(told "${OVER}the job")" 1

t_begin job_that_was_reset__has_failed
check "no failure is told" wait_until 60 is_told "${BEGAN}jobs of process $pid.* of agent /a fail on engine .*: Timer expired; "
check_eq "failures told" "$(told "${BEGAN}jobs of")" 1
case $(uname -r) in
6.12*) check_eq "wedged, which 6.12 does not tell" "$(told wedged)" 0 ;;
*)
	check "not told: $(cat $LOG)" wait_until 60 is_told "${BEGAN}device simgpu is wedged; "
	check "not over: $(cat $LOG)" wait_until 60 is_told "${OVER}device simgpu was wedged\$"
	check_eq "wedged, told" "$(told "${BEGAN}device")" 1
	;;
esac
load_wait a

t_begin program__has_the_stall_in_its_environment
has_run() { [ -e "$HOOKS/$1.$2" ]; }
check "it was not run for the end" wait_until 60 has_run job end
check "it was not run for the failure" wait_until 60 has_run failed begin
cat $HOOKS/job.begin
check_eq "runs for the begin" "$(runs job begin)" 1
check_eq "runs for the end" "$(runs job end)" 1
check_eq "AGENT" "$(hook AGENT job begin)" /a
check_eq "AGENT_ID" "$(hook AGENT_ID job begin)" "$(stat -c %i /sys/fs/cgroup/a)"
check_eq "PID" "$(hook PID job begin)" "$pid"
check_eq "COMM" "$(hook COMM job begin)" simload
check_eq "DEVICE" "$(hook DEVICE job begin)" simgpu
check_eq "LANE" "$(hook LANE job begin)" "$(lane_id)"
check_eq "ENGINE" "$(hook ENGINE job begin)" "$(engine name)"
check_within "AGE_USEC" "$(hook AGE_USEC job begin)" 3000000 20000000
check_within "WAITING" "$(hook WAITING job begin)" 1 100
check_eq "DEADLINE_USEC" "$(hook DEADLINE_USEC job begin)" 3000000
check_within "AGE_USEC at the end" "$(hook AGE_USEC job end)" 12000000 120000000
check_eq "ERROR" "$(hook ERROR failed begin)" 62
check_eq "MESSAGE" "headgated: $(hook MESSAGE job begin)" "$(grep -E "${BEGAN}a job" $LOG)"
check_eq "arguments" "$(sed -n 's/^arguments=//p' $HOOKS/job.begin)" 0
check_eq "signals that are not as by default" "$(grep -c '^Sig...:[[:space:]]*0000000000000000$' $HOOKS/job.begin)" 3
check_eq "variables" "$(sed -n 's/^\([A-Z_]*\)=.*/\1/p' $HOOKS/job.begin | grep -cvE '^(HEADGATE_[A-Z_]*|PATH|PWD|SHLVL|OLDPWD)$')" 0
check_eq "its input" "$(sed -n 's/^0 -> //p' $HOOKS/job.begin)" /dev/null
check_eq "descriptors of headgated" "$(grep -cE -- '-> (socket|anon_inode|/sys|/run)' $HOOKS/job.begin)" 0
# followed WHAT: lines of the follower of events about that job.
followed() { grep -cE " stall-report /a job device [0-9]+ lane $(lane_id) pid $pid: $1" /tmp/events; }
check "the end is no event" wait_until 60 at_least 1 followed "over after "
check_eq "events" "$(followed "begun after $late s, [0-9]+ tickets wait")" 1
check_eq "events of the end" "$(followed "over after ")" 1
kill $events
loads_end
check "still open: $(headgate stall list)" wait_until 60 none_open
check_eq "failures told as over" "$(told "${OVER}1 failed job of process $pid( \(simload\))? of agent /a at engine")" 1

t_begin jobs_that_fail__are_one_stall
log_anew
load a a simload --duration 5ms --fail-every 2 --seconds 600
check "nothing is told" wait_until 60 is_told "${BEGAN}jobs of process [0-9]+ \(simload\) of agent /a fail on engine $(engine name) .*: Input/output error; nothing waits behind it\$"
goes_on "jobs do not go on failing" 50 ledger /a failed
loads_end
check "it is not over" wait_until 60 is_told "${OVER}[0-9]+ failed jobs of process"
check_eq "failures it tells" "$(sed -nE 's/.*: ([0-9]+) failed jobs of .*/\1/p' $LOG)" "$(($(ledger /a failed) - 1))"
check_eq "told" "$(told stall)" 2

t_begin jobs_cancelled_with_their_process__hide_none_that_failed
log_anew
failed=$(engine failed) cancelled=$(engine cancelled)
simload --duration 100ms --fail-every 1 --depth 64 --jobs 1000 >/dev/null 2>&1 &
killed=$!
check "no job fails" wait_until 60 at_least $((failed + 2)) engine failed
kill -KILL $killed
wait $killed
check "nothing is told: $(cat $LOG)" wait_until 60 is_told "${BEGAN}jobs of process [0-9]+ (\(simload\) )?of no agent fail on engine $(engine name) .*: Input/output error; "
check "it is not over" wait_until 60 is_told "${OVER}[0-9]+ failed jobs of process"
check "no job was cancelled" at_least $((cancelled + 10)) engine cancelled
check_eq "failures it tells" "$(sed -nE 's/.*: ([0-9]+) failed jobs of .*/\1/p' $LOG)" $(($(engine failed) - failed))

t_begin ticket_that_starves__is_one_stall
log_anew
headgate settings --max-wait 100ms >/dev/null
headgate agent set /b --max 1ms/10s >/dev/null
load b b simload --duration 20ms --seconds 600
check "nothing is told" wait_until 60 is_told "${BEGAN}a ticket of process [0-9]+ \(simload\) of agent /b starves at engine $(engine name) \(lane $(lane_id)\) of device simgpu, after [0-9.]+ m?s; "
goes_on "no more are let through in debt" 5 ledger /b forced
check_eq "told" "$(told stall)" 1
headgate agent set /b --max max >/dev/null
headgate settings --max-wait 1h >/dev/null
goes_on "b does not go on" 50 ledger /b jobs
check "it is not over" wait_until 60 is_told "${OVER}tickets of process [0-9]+ \(simload\) of agent /b at engine"
loads_end
check_eq "told" "$(told stall)" 2
check "it was not run for the end" wait_until 60 has_run ticket end
check_eq "count" "$(hook COUNT ticket end)" "$(ledger /b forced)"

t_begin program_that_sleeps_for_ever__is_killed
log_anew
cat >/tmp/on-stall <<'X'
#!/bin/sh
sleep 100000 &
echo $$ $! >>/tmp/hooks/sleepers
wait
X
sed -i 's/^exec-timeout = .*/exec-timeout = 3s/' /etc/headgate/conf.d/stall.conf
reload
load a a simload --duration 1ms --fail-every 1 --jobs 1
load_wait a
check "it is not killed: $(cat $LOG)" wait_until 60 is_told 'the program of an event, process [0-9]+, ran for 3 s, and is killed'
read -r sleeper sleep <$HOOKS/sleepers
# Whose child it is by then may not reap it.
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
check "it is there still" wait_until 60 gone "$sleeper"
check "what it started is there still" wait_until 60 gone "$sleep"
check_eq "process that was killed" "$(sed -nE 's/.*process ([0-9]+), ran for.*/\1/p' $LOG)" "$sleeper"
printf '#!/bin/sh\n' >/tmp/on-stall

t_begin deadline__is_worked_out_of_what_jobs_take
rm /etc/headgate/conf.d/stall.conf
printf '[gate]\nobserve = 64\nmax-wait = 1h\n[stall]\ndeadline = 1s\n' >/etc/headgate/conf.d/stall.conf
reload
check "no observation" wait_until 60 test -e /sys/fs/bpf/headgate/v1/agents
load b b simload --duration 100ms --jobs 25
load_wait b
log_anew
load b b simload --duration 1ms --hang-every 1 --jobs 1
# 20 times the upper edge of a bucket: 2^27 ns as a rule.
check "nothing is told: $(cat $LOG)" wait_until 60 is_told "${BEGAN}a job of .* of agent /b .*, its deadline was (2.68|5.37|10.7) s; nothing waits behind it\$"
load_wait b
check "it is not over" wait_until 60 is_told "${OVER}the job of"
# Where the device said that it is wedged, a job shows that it works.
load b b simload --duration 1ms --jobs 5
load_wait b
check "still open: $(headgate stall list)" wait_until 60 none_open

t_begin job_that_came_to_the_engine_first__is_told_not_the_one_queued_before_it
printf '[gate]\nmax-wait = 1h\n[stall]\ndeadline = 3s\n' >/etc/headgate/conf.d/stall.conf
reload
log_anew
overtake >/tmp/overtake &
overtake=$!
check "nothing is told: $(cat $LOG)" wait_until 60 is_told "${BEGAN}a job of process [0-9]+ \(overtake\) of no agent is with .*, its deadline was 3 s; "
read -r _ second </tmp/overtake
check_eq "process, of $(cat /tmp/overtake)" "$(sed -nE 's/.*: stall: a job of process ([0-9]+) .*/\1/p' $LOG)" "$second"
wait $overtake || fail "overtake has not come to an end"
check "it is not over" wait_until 60 is_told "${OVER}the job of process $second"
case $(uname -r) in
6.12*) ;;
*) check "wedged is not told" wait_until 60 is_told "${BEGAN}device simgpu is wedged; " ;;
esac
# A job shows that it works.
load b b simload --duration 1ms --jobs 5
load_wait b
check "still open: $(headgate stall list)" wait_until 60 none_open

t_begin plain_contention__is_no_stall
rm /etc/headgate/conf.d/stall.conf
policy a=100 b=100 c=100 d=100 e=100 f=100 g=100 h=100
log_anew
reload
headgate settings --max-wait 10s >/dev/null
has_agents() { [ "$(headgate agent list --json | grep -c '"path"')" = 8 ]; }
check "agents are not there" wait_until 60 has_agents
for agent in a b c d e f g h; do
	load $agent $agent
done
for agent in a b c d e f g h; do
	goes_on "$agent does not go on" 100 ledger /$agent jobs
done
check "no ticket waits" wait_until 60 contended
looks() { stat -c %Y /run/headgate/stalls; }
goes_on "headgated does not look" 25 looks
loads_end
check_eq "told" "$(told stall)" 0
check "stalls: $(headgate stall list)" none_open
nothing_lost
gate_down
check "the history has no stall" grep -aq 'stall-over' /var/lib/headgate/history.db
rm -r /etc/headgate
