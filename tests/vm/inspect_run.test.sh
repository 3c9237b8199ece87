# headgate run: an agent for one command, of which nothing is left; and headgate events.
# timeout: 300

rm -rf /etc/headgate
load_module headgate
load_module simgpu
headgated 2>/tmp/log &
daemon=$!
wait_until 60 grep -q "the gate is attached" /tmp/log

# check_gone: neither cgroup nor agent of a run is left.
check_gone()
{
	check "cgroups are left: $(ls /sys/fs/cgroup/headgate 2>/dev/null)" wait_until 60 no_cgroup
	check "agents are left: $(headgate agent list)" wait_until 60 \
		sh -c 'nlfuzz send agent-get -d | grep -qx "ok 0"'
}

no_cgroup() { [ -z "$(find /sys/fs/cgroup/headgate -mindepth 1 -type d 2>/dev/null)" ]; }
no_process() { [ -z "$(cat "$@")" ]; }
listeners() { [ "$(awk '$2 == 16 && $4 != "00000000"' /proc/net/netlink | wc -l)" -ge "$1" ]; }
is_agent() { headgate agent list | grep -qE "^$1 "; }
# runs NAME: the one process of the one run is that command, and no longer headgate that is about to become it.
runs() { grep -qx "$1" "/proc/$(cat /sys/fs/cgroup/headgate/*/cgroup.procs)/comm"; } 2>/dev/null

# run_slowly ARGUMENT…: headgate run in the background, its pid in $run; returns when it is an agent.
run_slowly()
{
	headgate run "$@" >/tmp/out 2>/tmp/err &
	run=$!
	check "it is no agent: $(cat /tmp/err)" wait_until 60 is_agent "/headgate/[^ ]*"
	check "the command does not run" wait_until 60 runs sleep
}

t_begin run__puts_the_command_in_an_agent_of_its_own
check_eq "cgroup" "$(headgate run --name one cat /proc/self/cgroup)" 0::/headgate/one
check_eq "agent" "$(headgate run --name one --weight 250 --class interactive --max 20% \
	headgate agent list | awk '$1 == "/headgate/one" { print $2, $3, $5 }')" "250 interactive 20%"
check_eq "below another" "$(headgate run --parent /x/y --name two cat /proc/self/cgroup)" 0::/x/y/two
check_gone

t_begin run__passes_the_exit_status_through
for status in 0 1 2 7 124 255; do
	headgate run sh -c "exit $status"
	check_eq "exit status" $? $status
done
headgate run sh -c 'kill -KILL $$' # of itself
check_eq "exit status after SIGKILL" $? 137
headgate run sh -c 'kill -SEGV $$'
check_eq "exit status after SIGSEGV" $? 139
headgate run /nowhere 2>/tmp/err
check_eq "exit status of a command that is not there" $? 127
headgate run /etc/passwd 2>/tmp/err
check_eq "exit status of a file that is no program" $? 126
check "no sentence" grep -q "^headgate: cannot run '/etc/passwd': " /tmp/err
check_gone

t_begin run__passes_input_output_and_arguments_through
check_eq "output" "$(echo 'in put' | headgate run -- sed -e 's/in/--weight  &/')" "--weight  in put"
check_eq "json" "$(headgate run --json --name j sh -c 'exit 3' 2>&1 | grep -oE '"exit_status": *3')" '"exit_status":3'
check_gone

t_begin run__meters_the_command
headgate run --name load simload --duration 100us --jobs 7 >/dev/null &
wait $!
check_eq "exit status" $? 0
check "the jobs are in no total" wait_until 60 sh -c 'headgate lane list --json | grep -q "\"jobs\": 7"'
check_gone

t_begin sigterm__is_passed_on_to_the_command
# Before the trap is set the signal would be the shell's end.
rm -f /tmp/traps
headgate run sh -c 'trap "exit 33" TERM; : >/tmp/traps; while :; do sleep 1; done' &
run=$!
check "it does not start" wait_until 60 test -e /tmp/traps
kill -TERM $run
wait $run
check_eq "exit status: the command's own" $? 33
check_gone

t_begin sigint__ends_the_command_and_cleans_up
# In the foreground: a shell has its background jobs ignore SIGINT, and they hand that down.
{
	# Until the command runs there are two of the name headgate.
	wait_until 60 runs sleep
	kill -INT "$(pidof headgate)"
} 2>/dev/null &
headgate run --name int sleep 100
check_eq "exit status" $? 130
check_gone

t_begin sigkill_of_the_command__cleans_up
run_slowly sleep 100
# The one process in it is the command.
kill -KILL "$(cat /sys/fs/cgroup/headgate/*/cgroup.procs)"
wait $run
check_eq "exit status" $? 137
check_gone

t_begin what_the_command_leaves_running__is_killed
headgate run --name fork sh -c 'sleep 1000 & echo $! >/tmp/left; exit 5'
check_eq "exit status" $? 5
check "the process is left" wait_until 60 test ! -d "/proc/$(cat /tmp/left)"
check_gone

t_begin second_run_of_a_name__is_refused
run_slowly --name twin sleep 100
headgate run --name twin true 2>/tmp/err
check_eq "exit status" $? 125
check_eq "what it says" "$(cat /tmp/err)" "headgate: cgroup /headgate/twin exists: choose another --name"
check "the first is no agent any more" is_agent /headgate/twin
kill -TERM $run
wait $run
check_gone

t_begin sigkill_of_run_itself__leaves_an_agent_that_goes_with_its_cgroup
run_slowly --name orphan sleep 100
kill -KILL $run
wait $run 2>/dev/null
check "the agent went while its cgroup is there" is_agent /headgate/orphan
echo 1 >/sys/fs/cgroup/headgate/orphan/cgroup.kill
check "the cgroup cannot be removed" wait_until 60 rmdir /sys/fs/cgroup/headgate/orphan
check_gone

t_begin events__show_a_stall_and_an_agent_that_goes
new_cgroup long
new_cgroup short
headgate agent set /long
headgate agent set /short
headgate settings --max-wait 50ms
headgate events >/tmp/events 2>&1 &
text=$!
headgate events --json >/tmp/events.json 2>&1 &
json=$!
# They are subscribed when their sockets are members of a group.
check "nobody listens" wait_until 60 listeners 3
# Jobs that are longer than the longest wait: whoever comes next waits that long.
in_cgroup long simload --duration 400ms --depth 8 --jobs 30 >/dev/null &
check "no job runs" wait_until 60 sh -c 'headgate lane list --json | grep -q "\"outstanding\": [1-9]"'
in_cgroup short simload --duration 1ms --depth 8 --jobs 8 >/dev/null &
check "no stall is shown" wait_until 60 \
	grep -qE '^[0-9T:+-]+ stall /(long|short) lane [0-9]+ pid [0-9]+: let through in debt after [0-9.]+ ?m?s' /tmp/events
check "no stall as JSON" wait_until 60 grep -qE '"event": ?"stall".*"agent": ?"/(long|short)".*"wait_ns": ?[0-9]{8,}' /tmp/events.json
check "the daemon logs no stall" wait_until 60 grep -q "stall: a ticket of process [0-9]* (.*) of agent /" /tmp/log
check "no flow counts it" sh -c 'headgate flow list --json | grep -q "\"forced\": [1-9]"'
check "the jobs do not end" wait_until 120 no_process /sys/fs/cgroup/long/cgroup.procs /sys/fs/cgroup/short/cgroup.procs
check "the cgroup cannot be removed" wait_until 60 rmdir /sys/fs/cgroup/short
check "no agent-gone is shown" wait_until 60 grep -qE '^[0-9T:+-]+ agent-gone /short$' /tmp/events
check "no agent-gone as JSON" wait_until 60 grep -qE '"event": ?"agent-gone".*"agent": ?"/short"' /tmp/events.json

t_begin events__name_an_agent_that_came_and_went_unseen
mkdir -p /sys/fs/cgroup/above/brief
headgate agent set /above/brief
rmdir /sys/fs/cgroup/above/brief
check "no path" wait_until 60 grep -qE '^[0-9T:+-]+ agent-gone /above/brief$' /tmp/events
check "no path as JSON" wait_until 60 grep -qE '"event": ?"agent-gone".*"agent": ?"/above/brief"' /tmp/events.json
check "the daemon has no path" wait_until 60 grep -qE 'agent /above/brief \(cgroup id [0-9]+\), set by hand, is gone' /tmp/log

t_begin events__end_with_the_module
kill $daemon
wait $daemon
headgated --detach 2>/dev/null
check "the module does not unload" wait_until 60 rmmod headgate
wait $text
check_eq "exit status" $? 4
wait $json
check_eq "exit status with --json" $? 4
check "no sentence" grep -q "not loaded: run modprobe headgate" /tmp/events
