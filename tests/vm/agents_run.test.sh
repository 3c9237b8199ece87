# Agents for one command, and shells in agents that are there.
# kernels: one; it is about user space
# timeout: 300

rm -rf /etc/headgate
load_module headgate

t_begin agent_run__is_run
check_eq "cgroup" "$(headgate agent run --name one cat /proc/self/cgroup)" 0::/headgate/one
check_eq "agent" "$(headgate agent run --parent /x --name one --weight 250 --class interactive --max 30ms/100ms -- \
	headgate agent list | awk '$1 == "/x/one" { print $2, $3, $5 }')" "250 interactive 30%"
headgate agent run sh -c 'exit 7'
check_eq "exit status" $? 7
headgate agent run sh -c 'kill -KILL $$'
check_eq "exit status after SIGKILL" $? 137
rm -f /tmp/ready
headgate agent run --name slow sh -c 'trap "exit 33" TERM; : >/tmp/ready; while :; do sleep 1; done' &
check "it does not start" wait_until 60 test -e /tmp/ready
kill -TERM $!
wait $!
check_eq "exit status after SIGTERM: the command's own" $? 33
check_eq "cgroups left" "$(find /sys/fs/cgroup/headgate /sys/fs/cgroup/x -mindepth 1 -type d)" ""
no_agents() { ! headgate agent list | grep -q '^/'; }
check "agents are left" wait_until 60 no_agents

t_begin shell__is_in_the_agent
new_cgroup a
headgate agent set /a
# shellcheck disable=SC2016
printf '#!/bin/sh\ncat /proc/self/cgroup\nread word && echo "$word"\nexit 9\n' >/tmp/shell
chmod +x /tmp/shell
echo typed >/tmp/typed
SHELL=/tmp/shell headgate agent shell /a </tmp/typed >/tmp/out 2>&1
check_eq "exit status" $? 9
check_eq "what it says" "$(tr '\n' ' ' </tmp/out)" "0::/a typed "
check_eq "without SHELL" "$(echo 'cat /proc/self/cgroup' | env -u SHELL headgate agent shell /a)" 0::/a
check_eq "by id" "$(echo 'cat /proc/self/cgroup' | env -u SHELL headgate agent shell "$(headgate agent list | awk '$1 == "/a" { print $NF }')")" 0::/a
check_eq "agent" "$(headgate agent list | grep -c '^/a ')" 1

t_begin shell_that_cannot_be__is_told
shell_says() # STATUS SENTENCE COMMAND…
{
	s_status=$1 s_want=$2
	shift 2
	"$@" </dev/null >/tmp/says 2>&1
	check_eq "exit status of '$*'" $? "$s_status"
	check_eq "what '$*' says" "$(cat /tmp/says)" "headgate: $s_want"
}
shell_says 127 "cannot run '/nowhere': No such file or directory" env SHELL=/nowhere headgate agent shell /a
shell_says 126 "cannot run '/etc/passwd': Permission denied" env SHELL=/etc/passwd headgate agent shell /a
headgate agent pause /a >/dev/null
shell_says 125 "/a is paused, and so would the shell be: headgate agent resume /a" headgate agent shell /a
headgate agent resume /a >/dev/null
new_cgroup none
headgate agent shell /none </dev/null >/tmp/says 2>&1
check_eq "exit status for a cgroup that is no agent: $(cat /tmp/says)" $? 125
check_eq "lines" "$(grep -c '^headgate: cannot run a shell in /none: ' /tmp/says)" 1
new_cgroup a/below
# One that charges nothing: memory's pages would keep the cgroups of later files for long.
echo +misc >/sys/fs/cgroup/cgroup.subtree_control
echo +misc >/sys/fs/cgroup/a/cgroup.subtree_control
shell_says 125 "cannot run a shell in /a: it hands resources on to cgroups below it (cgroup.subtree_control), and can have no processes of its own then: choose one below" headgate agent shell /a
