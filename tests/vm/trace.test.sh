# What "headgate trace" records is what the ledger has, to the nanosecond, and its file is whole however it ends.
# timeout: 300

load_module headgate
load_module simgpu
for agent in a b c; do
	new_cgroup $agent
	headgate agent set /$agent
done
headgated 2>/tmp/log &
daemon=$!
wait_until 60 grep -q "the gate is attached" /tmp/log
# The lanes are there, and tickets wait for them, from the second job on.
for engine in 0 1; do
	in_cgroup a simload --engine $engine --duration 1ms --jobs 1 >/dev/null
done

idle() { ! headgate flow list --json | grep -qE '"(outstanding|waiting)": [1-9]'; }

# record FILE OPTIONS…: the recorder runs as $recorder, and the ledger before is in /tmp/before.
record()
{
	check "jobs are left" wait_until 60 idle
	headgate flow list --json >/tmp/before
	headgate trace -o "$@" >/tmp/told 2>/tmp/errors &
	recorder=$!
	wait_until 60 grep -q "recording to" /tmp/errors || fail "does not record: $(cat /tmp/errors)"
}

# stop SIGNAL [STATUS]: the recorder ends by that signal; the ledger after is in /tmp/after.
stop()
{
	check "jobs are left" wait_until 60 idle
	headgate flow list --json >/tmp/after
	kill -"$1" $recorder
	wait $recorder
	check_eq "exit status" $? "${2:-0}"
}

# agrees FILE: with itself and the ledger; what it tells of itself is in /tmp/facts.
agrees() { tracecheck "$1" /tmp/before /tmp/after >/tmp/facts 2>/tmp/wrong || fail "$(cat /tmp/wrong)"; }

fact() { sed -n "s/^$1=//p" /tmp/facts; }

# some_jobs N: of an agent that is alone.
some_jobs() { in_cgroup b simload --duration 50us --depth 4 --jobs "$1" >/dev/null; }

t_begin trace__has_each_job_of_the_ledger_once
coalesce=/sys/kernel/debug/simgpu/e0/coalesce
echo 3000000 >$coalesce
record /tmp/t1
# Long ones: its fence goes with it, and some run until its queue does too.
exec_in_cgroup c simload --in-fence-never --duration 200ms --depth 5 --jobs 5 --seconds 600 >/dev/null &
never=$!
check "no job waits for its fence" wait_until 60 sh -c 'headgate flow list --json | grep -q "\"outstanding\": 5"'
# At one time, so that one waits for the other.
begin=$(($(cut -d . -f 1 /proc/uptime) + 5))s
in_cgroup a simload --begin $begin --duration 700us --depth 8 --jobs 60 --threads 2 >/dev/null &
loads=$!
in_cgroup b simload --begin $begin --duration 1ms --jobs 50 --fail-every 9 >/dev/null &
loads="$loads $!"
in_cgroup c simload --duration 300us --engine 1 --depth 3 --jobs 60 >/dev/null &
loads="$loads $!"
in_cgroup a simload --duration 2ms --engine 1 --depth 2 --jobs 20 --hang-every 20 >/dev/null &
loads="$loads $!"
simload --duration 400us --depth 4 --jobs 30 >/dev/null &
loads="$loads $!"
kill -KILL $never
for load in $loads; do
	wait "$load"
done
stop INT
echo 0 >$coalesce
agrees /tmp/t1
check_eq "complete" "$(fact complete)" true
check_eq "agents" "$(fact agents)" 3
check_eq "engines" "$(fact engines)" 2
check_within "jobs that never ran" "$(fact never_ran)" 1 5
check_within "jobs" "$(fact jobs)" 265 400
# 5 of b, one that hung, and those of the killed process that did not run.
check_within "jobs that failed" "$(fact failed)" 6 30
check_within "waits" "$(fact waits)" 1 400
check "no two jobs were done at one time" sh -c \
	'grep -o "\"lane_id\":[0-9]*,\"queued_at.*\"done_at\":[0-9]*" /tmp/t1 | sed "s/,.*,/,/" | sort | uniq -d | grep -q .'
for name in "device 1: simgpu" simgpu-e0 simgpu-e1 /a /b /c "(ungoverned)" "simgpu-e0 of device 1" \
	"simgpu-e0 of device 1: gate" "simgpu-e0 of device 1 (2)"; do
	check "nothing is called $name" grep -qF "\"args\":{\"name\":\"$name\"}" /tmp/t1
done
for name in run queued wait "never ran" "failed: EIO" "failed: ETIME"; do
	check "no slice is called $name" grep -qF "\"ph\":\"X\",\"name\":\"$name\"" /tmp/t1
done
check "the summary says something else" grep -qE "^$(fact jobs) jobs \($(fact failed) failed, $(fact never_ran) never ran\) of 3 agents on 2 engines in .*: /tmp/t1 " /tmp/told
check "losses are not told" grep -qx "Nothing was lost." /tmp/told

t_begin checker_of_traces__knows_right_from_wrong
cp /tmp/t1 /tmp/right
check "the right one" tracecheck /tmp/right /tmp/before /tmp/after >/dev/null
# broken SED WHY: what sed makes of it is refused, and for that.
broken()
{
	sed "$1" /tmp/right >/tmp/broken
	! cmp -s /tmp/right /tmp/broken || fail "sed $1 changes nothing"
	check_fails "taken after sed $1" tracecheck /tmp/broken /tmp/before /tmp/after >/dev/null 2>/tmp/wrong
	grep -q "$2" /tmp/wrong || fail "sed $1 is refused for another reason: $(cat /tmp/wrong)"
}
job=$(grep -n '"cat":"job"' /tmp/right | tail -n 1 | cut -d : -f 1)
engine=$(grep -n '"cat":"engine"' /tmp/right | head -n 1 | cut -d : -f 1)
broken "${job}d" "^tracecheck: jobs is"
broken "${job}p" "overlap"
broken "${engine}d" "engine time of a flow"
broken "${engine}s/\"dur\":\([0-9]*\)\./\"dur\":1\1./" "length of engine time"
broken "$(grep -n thread_name /tmp/right | head -n 1 | cut -d : -f 1)s/thread_name/thread_game/" "has not one name"
broken "\$s/}\$//" "is no JSON"
sed 's/"busy_ns": \([0-9]\)/"busy_ns": 1\1/' /tmp/after >/tmp/other
check_fails "another ledger is taken" tracecheck /tmp/right /tmp/before /tmp/other >/dev/null 2>&1

t_begin trace_ended_by_sigterm__is_whole
record /tmp/t2
some_jobs 20
stop TERM
agrees /tmp/t2
check_eq "jobs" "$(fact jobs)" 20
check_fails "others may read it" as_nobody cat /tmp/t2 2>/dev/null

t_begin trace_ended_by_its_duration__is_whole
record /tmp/t3 --duration 1500ms --json
simload --duration 20ms --depth 4 --seconds 100 >/dev/null &
load=$!
wait $recorder
check_eq "exit status" $? 0
kill $load
wait $load
check "what of it" tracecheck /tmp/t3 >/tmp/facts
check_within "ns that it took" $(($(fact end_ns) - $(fact begin_ns))) 1500000000 60000000000
check "no JSON of it" grep -qE '^\{"schema_version":1,"file":"/tmp/t3","bytes":[0-9]+,"complete":true,"jobs":'"$(fact jobs)", /tmp/told

t_begin trace_to_standard_output__is_that_alone
record -
some_jobs 20
stop INT
agrees /tmp/told
check_eq "jobs" "$(fact jobs)" 20
check "no summary" grep -q "^20 jobs .* standard output" /tmp/errors
# A reader that has gone.
(headgate trace -o - --duration 300ms 2>/tmp/errors; echo $? >/tmp/status) | :
check_eq "exit status without a reader" "$(cat /tmp/status)" 1
check_eq "what it says" "$(tail -n 1 /tmp/errors)" "headgate: cannot write to standard output: Broken pipe"

t_begin trace_of_one_agent_or_device__has_that_alone
record /tmp/t4 --agent /b
in_cgroup a simload --duration 100us --jobs 15 >/dev/null
some_jobs 10
stop INT
check "what of it" tracecheck /tmp/t4 >/tmp/facts
check_eq "jobs" "$(fact jobs)" 10
check_eq "agents" "$(fact agents)" 1
check_fails "/a is in it" grep -q '"/a"' /tmp/t4
record /tmp/t5 --device simgpu
some_jobs 10
stop INT
agrees /tmp/t5
check_eq "jobs" "$(fact jobs)" 10
check_eq "unknown agent" "$(headgate trace -o /tmp/t6 --agent /none 2>&1 | grep -c '^headgate: cannot trace /none: ')" 1
check_eq "unknown device" "$(headgate trace -o /tmp/t6 --device 7 2>&1)" \
	"headgate: there is no device '7' to which somebody has submitted: see headgate device list"
check_fails "a file was made" test -e /tmp/t6

t_begin agent_that_comes_and_goes__is_named_all_the_same
record /tmp/t7
headgate run --name passing -- simload --duration 20ms --jobs 20 >/dev/null
stop INT
check "what of it" tracecheck /tmp/t7 >/tmp/facts
check_eq "jobs" "$(fact jobs)" 20
check "its name" grep -qF '"args":{"name":"/headgate/passing"}' /tmp/t7

t_begin events_that_found_the_buffer_full__are_counted
record /tmp/t8 --buffer 4K
kill -STOP $recorder
some_jobs 200
kill -CONT $recorder
some_jobs 10
stop INT
agrees /tmp/t8
check_eq "complete" "$(fact complete)" false
check_within "jobs lost" "$(fact jobs_buffer_full)" 100 209
check_eq "jobs and lost" $(($(fact jobs) + $(fact jobs_buffer_full))) 210
check "the file does not show it" grep -qE '"ph":"i","name":"lost [0-9]+ events"' /tmp/t8
check "it is not told" grep -qE '^Lost: [0-9]+ jobs \([0-9.]+ [mu]?s of engine time\) and [0-9]+ admissions' /tmp/told

t_begin full_disk__ends_a_trace_that_is_whole
mkdir -p /tmp/small
mount -t tmpfs -o size=300k tmpfs /tmp/small
record /tmp/small/t9
in_cgroup b simload --duration 20us --depth 8 --jobs 4000 >/dev/null &
load=$!
wait $recorder
check_eq "exit status" $? 1
kill $load 2>/dev/null
wait $load
check "no sentence" grep -qE '^headgate: cannot write on to /tmp/small/t9: No space left on device: the file is whole, but ends early, with [0-9]+ jobs$' /tmp/errors
check_eq "sentences" "$(grep -vc 'recording to' /tmp/errors)" 1
check "the file is not whole" tracecheck /tmp/small/t9 >/tmp/facts
check_eq "complete" "$(fact complete)" false
check_within "jobs" "$(fact jobs)" 100 2000
check_within "jobs for which there was no room" "$(fact jobs_unwritten)" 1 4000
umount /tmp/small
mount -t tmpfs -o size=4k tmpfs /tmp/small
dd if=/dev/zero of=/tmp/small/full bs=4k count=1 2>/dev/null
record /tmp/small/t10
some_jobs 10
stop INT 1
check "no sentence" grep -qx 'headgate: cannot write to /tmp/small/t10: No space left on device: the file was taken away' /tmp/errors
check_fails "a file is left" test -e /tmp/small/t10
umount /tmp/small
record /dev/full --duration 100ms 2>/dev/null
wait $recorder
check "no sentence about a device" grep -qx 'headgate: cannot write to /dev/full: No space left on device' /tmp/errors

t_begin what_cannot_be__is_said_in_a_sentence
# refuses STATUS SENTENCE OPTIONS…
refuses()
{
	refuse_status=$1 sentence=$2
	shift 2
	headgate trace "$@" >/tmp/stdout 2>/tmp/errors
	check_eq "exit status of trace $*" $? "$refuse_status"
	check_eq "trace $*" "$(cat /tmp/errors)" "headgate: $sentence"
}
echo mine >/tmp/mine
refuses 1 "/tmp/mine exists: name another file, or remove it" -o /tmp/mine
check_eq "the file" "$(cat /tmp/mine)" mine
ln -s /dev/null /tmp/trace_link
refuses 1 "/tmp/trace_link exists: name another file, or remove it" -o /tmp/trace_link
rm /tmp/trace_link
refuses 1 "cannot make /tmp/none/t: No such file or directory" -o /tmp/none/t
refuses 2 "--duration 'soon' is not a time from 1ms to 720h, such as 10s" --duration soon
refuses 2 "--buffer '7X' is not a size from 4K to 1G, such as 8M" --buffer 7X
refuses 2 "--buffer '2G' is not a size from 4K to 1G, such as 8M" --buffer 2G
as_nobody headgate trace -o /tmp/nobody >/tmp/stdout 2>/tmp/errors
check_eq "exit status of nobody" $? 1
check_eq "nobody" "$(cat /tmp/errors)" "headgate: cannot trace: needs CAP_SYS_ADMIN: run as root"

t_begin module__stays_until_a_trace_ends
kill $daemon
wait $daemon
headgated --detach 2>/dev/null
record /tmp/t11
simload --duration 1ms --jobs 5 >/dev/null
check_fails "the module goes" rmmod headgate 2>/dev/null
stop INT
agrees /tmp/t11
check_eq "jobs" "$(fact jobs)" 5
check "it does not go afterwards" wait_until 60 rmmod headgate
headgate trace -o /tmp/t12 >/tmp/stdout 2>/tmp/errors
check_eq "exit status without the module" $? 4
check_eq "without the module" "$(cat /tmp/errors)" \
	"headgate: the module headgate is not loaded: run modprobe headgate (see headgate status)"
check_fails "a file was made" test -e /tmp/t12

# Their time is not in one piece, and inferred: no job has more than it was with the engine.
t_begin trace_of_queues_that_are_served_in_slices__agrees_too
check "rmmod simgpu" wait_until 60 rmmod simgpu
load_module headgate
load_module simgpu sched_per_queue=1
for agent in a b; do
	headgate agent set /$agent
done
headgated 2>/tmp/log2 &
wait_until 60 grep -q "the gate is attached" /tmp/log2
in_cgroup a simload --duration 1ms --jobs 1 >/dev/null
record /tmp/t13
in_cgroup a simload --duration 5ms --depth 4 --jobs 30 --processes 3 >/dev/null &
load=$!
in_cgroup b simload --duration 500us --depth 4 --jobs 100 --processes 3 >/dev/null
wait $load
stop INT
agrees /tmp/t13
check_eq "jobs" "$(fact jobs)" 390
