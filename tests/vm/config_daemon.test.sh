# The policy file and the cgroups of the host: what headgated makes of them while it runs.
# kernels: one; it is about user space
# timeout: 400

rm -rf /etc/headgate
mkdir -p /etc/headgate/conf.d
conf=/etc/headgate/headgate.conf
daemon=

# agents: "PATH WEIGHT" of each agent in the module, sorted.
agents() { headgate agent list | awk '$NF ~ /^[0-9]+$/ { print $1, $2 }' | sort | tr '\n' ';'; }
agents_are() { [ "$(agents)" = "$1" ]; }
check_agents()
{
	wait_until 60 agents_are "$1" || fail "agents: got '$(agents)', want '$1'"
	ok
}
attached() { [ -e /sys/fs/bpf/headgate/v1/links/gate_ioctl ] && [ -e /sys/fs/bpf/headgate/v1/links/learn_lane ]; }
logged() { wait_until 60 grep -qF "$1" /tmp/log || fail "the log lacks '$1': $(tail -n 5 /tmp/log)"; ok; }

start()
{
	rm -f /tmp/log
	headgated 2>>/tmp/log & # reload() empties the log while it is open
	daemon=$!
	check "the gate is not attached" wait_until 60 grep -q "the gate is attached" /tmp/log
}

# stop: how it ended is left in $stopped.
stop()
{
	kill -TERM $daemon
	wait $daemon
	stopped=$?
}

reload() { : >/tmp/log; kill -HUP $daemon; }

t_begin missing_module__is_told_in_a_sentence
headgated 2>/tmp/log
check_eq "exit status" $? 1
check_eq "what it says" "$(cat /tmp/log)" \
	"headgated: headgate.ko is not loaded; load it (modprobe headgate), then start headgated again"
check_fails "it left its pid" test -e /run/headgate/headgated.pid

# may_not COMMAND…: it says that it may not, and what to do.
may_not()
{
	"$@" 2>/tmp/stderr
	check_eq "exit status of $*" $? 1
	check_eq "what $* says" "$(cat /tmp/stderr)" \
		"headgated: --detach needs CAP_SYS_ADMIN: run as root; nothing was detached"
}

# What nobody cannot see is not "nothing to detach".
t_begin detach_of_nobody_without_module__says_that_it_may_not
may_not as_nobody headgated --detach

load_module headgate

t_begin nobody__is_told_to_be_root
as_nobody headgated 2>/tmp/log
check_eq "exit status" $? 1
logged "must run as root"

t_begin cgroups_that_match__become_agents
new_cgroup ml/one
new_cgroup ml/two
new_cgroup other
cat >$conf <<'X'
[gate]
max-wait = 7s
[agent ml/*]
weight = 200
[agent ml/two]
weight = 50
X
start
check_agents "/ml/one 200;/ml/two 50;"
check "setting" wait_until 60 sh -c 'headgate settings --json | grep -q "\"max_wait_ns\": 7000000000"'
check "the gate is not attached" attached

t_begin new_cgroup__becomes_an_agent_and_goes_with_it
new_cgroup ml/three
check_agents "/ml/one 200;/ml/three 200;/ml/two 50;"
rmdir /sys/fs/cgroup/ml/three
check_agents "/ml/one 200;/ml/two 50;"
# Another cgroup of the same name is another agent.
new_cgroup ml/three
check_agents "/ml/one 200;/ml/three 200;/ml/two 50;"
rmdir /sys/fs/cgroup/ml/three
# Many at once, and those below others are no match.
for i in 1 2 3 4 5 6 7 8 9; do
	new_cgroup ml/m$i/deep
done
check_agents "$(for i in 1 2 3 4 5 6 7 8 9; do printf '/ml/m%d 200;' $i; done)/ml/one 200;/ml/two 50;"
for i in 1 2 3 4 5 6 7 8 9; do
	rmdir /sys/fs/cgroup/ml/m$i/deep /sys/fs/cgroup/ml/m$i
done
check_agents "/ml/one 200;/ml/two 50;"

t_begin reload__changes_policy
printf '[agent ml/*]\nweight = 300\n' >$conf
reload
check_agents "/ml/one 300;/ml/two 300;"
check "what no section names any more stays" agents_are "/ml/one 300;/ml/two 300;"
printf '[agent ml/one]\nweight = 300\n' >$conf
reload
check_agents "/ml/one 300;"

t_begin reload_with_errors__keeps_the_old_policy
held=$(headgate agent list --json | grep -v '"state'; headgate settings --json)
printf '[gate]\nhorizon = 9ms\n[agent ml/*]\nweight = 77\n[agent other]\nweight = 0\nclass = x\n' >$conf
reload
logged "$conf:6: weight:"
logged "$conf:7: class:"
logged "the old policy stays in force"
check_eq "what the module holds" "$(headgate agent list --json | grep -v '"state'; headgate settings --json)" "$held"
# It stays the policy for cgroups that come.
new_cgroup ml/four
rmdir /sys/fs/cgroup/ml/one
new_cgroup ml/one
check_agents "/ml/one 300;"
check "headgated did not survive" kill -0 $daemon

t_begin drop_ins__are_read_in_the_order_of_their_names
printf '[agent ml/*]\nweight = 1\nclass = interactive\n' >$conf
printf '[agent ml/one]\nweight = 20\n' >/etc/headgate/conf.d/20-b.conf
printf '[agent ml/*]\nweight = 10\n' >/etc/headgate/conf.d/10-a.conf
printf '[agent ml/*]\nweight = 99\n' >/etc/headgate/conf.d/30-c.conf.off
reload
check_agents "/ml/four 10;/ml/one 20;/ml/two 10;"
check_eq "class, which only the first sets" "$(headgate agent list | awk '$1 == "/ml/one" { print $3 }')" interactive
printf '[agent ml/*]\nweight = 30\n' >/etc/headgate/conf.d/20-c.conf
reload
check_agents "/ml/four 30;/ml/one 30;/ml/two 30;"
rm /etc/headgate/conf.d/*

t_begin agent_set_by_hand__is_left_alone
headgate agent set /other --weight 5
reload
check_agents "/ml/four 1;/ml/one 1;/ml/two 1;/other 5;"

t_begin second_headgated__refuses
headgated 2>/tmp/second
check_eq "exit status" $? 1
check_eq "what it says" "$(cat /tmp/second)" \
	"headgated: headgated is running already, as process $daemon; stop it first"
check "the first did not survive" kill -0 $daemon
check_eq "pid file" "$(cat /run/headgate/headgated.pid)" $daemon
check "the gate went" attached

t_begin clean_stop__leaves_gate_and_agents
stop
check_eq "exit status" $stopped 0
logged "the kernel goes on enforcing"
check_fails "its pid file stays" test -e /run/headgate/headgated.pid
check "the gate went" attached
check_agents "/ml/four 1;/ml/one 1;/ml/two 1;/other 5;"
headgate status >/tmp/status
check_eq "exit status of headgate status" $? 0
check "status does not say that the daemon is gone" grep -q "headgated does not run" /tmp/status

t_begin next_headgated__resyncs
new_cgroup ml/five
printf '[agent ml/*]\nweight = 8\n' >$conf
start
check_agents "/ml/five 8;/ml/four 8;/ml/one 8;/ml/two 8;/other 5;"

t_begin killed_headgated__can_be_started_again
kill -KILL $daemon
wait $daemon 2>/dev/null
check "the gate went" attached
start
check_agents "/ml/five 8;/ml/four 8;/ml/one 8;/ml/two 8;/other 5;"

t_begin detach_of_nobody__says_that_it_may_not
may_not as_nobody headgated --detach
may_not as_nobody unshare -U -r headgated --detach
may_not /usr/bin/setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin headgated --detach
check "the gate went" attached
check_agents "/ml/five 8;/ml/four 8;/ml/one 8;/ml/two 8;/other 5;"

t_begin detach__takes_gate_and_agents_away_and_leaves_those_of_others
check "--detach fails" headgated --detach
check_fails "the gate stays" attached
check_fails "pins stay" test -e /sys/fs/bpf/headgate
check_agents "/other 5;"
# The one that runs keeps its hands off until it is told.
logged "the gate was detached by somebody"
check_fails "it attached the gate by itself" attached
check_fails "it set agents by itself" test "$(agents)" != "/other 5;"
reload
check "the gate is not attached again" wait_until 60 attached
check_agents "/ml/five 8;/ml/four 8;/ml/one 8;/ml/two 8;/other 5;"

t_begin detach__lets_the_module_go
stop
check "--detach fails" headgated --detach
# What --detach waits for, for some seconds, are workers; and headgated that runs may be reading.
check "the module does not unload" wait_until 60 rmmod headgate
check "--detach without anything to detach fails" headgated --detach

t_begin module_that_comes_back__is_taken_up
load_module headgate
start
check "--detach fails" headgated --detach
check "the module does not unload" wait_until 60 rmmod headgate
logged "headgate.ko is gone"
: >/tmp/log
load_module headgate
logged "headgate.ko is back"
check "the gate is not attached again" wait_until 60 attached
check_agents "/ml/five 8;/ml/four 8;/ml/one 8;/ml/two 8;"
stop
check_eq "exit status" $stopped 0
headgated --detach
