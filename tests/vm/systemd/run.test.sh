# SPDX-License-Identifier: GPL-2.0-or-later
# headgate run where systemd has the cgroups: the agent is a transient scope.
# timeout: 240
. /headgate/bin/robust.sh

rm -rf /etc/headgate
load_module simgpu
load_module headgate

state() { systemctl show -P "$2" "$1"; }
# gone UNIT: systemd knows none of that name.
gone() { [ "$(state "$1" LoadState)" = not-found ]; }
agent() { headgate agent list --json | awk -v agent="$1" -v key="$2:" '{ gsub(/[",]/, "") }
	$1 == "path:" { a = $2 } $1 == key && a == agent { print $2 }'; }
has() { [ "$(agent "$1" "$2")" = "$3" ]; }
no_agents() { ! headgate agent list | grep -q '^/'; }
left() { find /sys/fs/cgroup -path '*/headgate*.slice/*' -type d; }
no_cgroups() { [ -z "$(left)" ]; }
scopes() { systemctl list-units --all --plain --no-legend 'one.scope' 'cat-*.scope'; }
no_scopes() { [ -z "$(scopes)" ]; }

# in_scopes: what holds whatever way systemd is spoken to.
in_scopes()
{
	check_eq "cgroup" "$(headgate run --name one cat /proc/self/cgroup)" 0::/headgate.slice/one.scope
	check_eq "agent" "$(headgate run --name one --weight 250 --class interactive -- headgate agent list |
		awk '$1 == "/headgate.slice/one.scope" { print $2, $3 }')" "250 interactive"
	check_eq "unit" "$(headgate run --name one systemctl show -P Description -P Slice -P ActiveState one.scope | xargs)" \
		"headgate.slice systemctl active"
	headgate run --name one sh -c 'exit 7'
	check_eq "exit status" $? 7
	headgate run --name one sh -c 'kill -KILL $$'
	check_eq "exit status after SIGKILL" $? 137
	headgate run --name one /nowhere 2>/tmp/says
	check_eq "exit status of what is not there" $? 127
	check_eq "what it says" "$(cat /tmp/says)" "headgate: cannot run '/nowhere': No such file or directory"
	check_eq "default name" "$(headgate agent run /bin/cat /proc/self/cgroup | sed 's/[0-9]*\.scope$//')" "0::/headgate.slice/cat-"
	check "cgroups are left: $(left)" wait_until 30 no_cgroups
	check "scopes are left: $(scopes)" wait_until 30 no_scopes
	check "agents are left" wait_until 60 no_agents
}

t_begin without_a_message_bus__it_is_a_scope
check_fails "there is one" systemctl is-active -q dbus.service
in_scopes

t_begin with_a_message_bus__it_is_a_scope
check "it does not start" systemctl start dbus.service
in_scopes

t_begin name_of_a_slice_and_of_odd_letters__is_found
check_eq "slice" "$(headgate run --parent /a.slice/a-b.slice --name one cat /proc/self/cgroup)" 0::/a.slice/a-b.slice/one.scope
check_eq "the same, from the root of the file system" \
	"$(headgate run --parent /sys/fs/cgroup/a.slice --name one cat /proc/self/cgroup)" 0::/a.slice/one.scope
check_eq "root" "$(headgate run --parent / --name one cat /proc/self/cgroup)" 0::/one.scope
check_eq "odd letters" "$(headgate run --name 'a @b' cat /proc/self/cgroup)" '0::/headgate.slice/a\x20\x40b.scope'
check_eq "with its suffix" "$(headgate run --name one.scope cat /proc/self/cgroup)" 0::/headgate.slice/one.scope

t_begin parent_of_ones_own__has_a_plain_cgroup
check_eq "cgroup" "$(headgate run --parent /own --name one cat /proc/self/cgroup)" 0::/own/one
check_eq "no slice is that one" "$(headgate run --parent /a-b.slice --name one cat /proc/self/cgroup)" 0::/a-b.slice/one
check_eq "cgroups left" "$(find /sys/fs/cgroup/own /sys/fs/cgroup/a-b.slice -mindepth 1 -type d)" ""
rmdir /sys/fs/cgroup/own /sys/fs/cgroup/a-b.slice

t_begin run_that_is_signalled__ends_with_its_command
headgate run --name slow sh -c 'trap "exit 33" TERM; : >/tmp/ready; while :; do sleep 1; done' &
RUN=$!
check "it does not start" wait_until 60 test -e /tmp/ready
check "systemd does not have it" systemctl is-active -q slow.scope
check "its processes: $(systemctl show -P ControlGroup slow.scope)" grep -q . /sys/fs/cgroup/headgate.slice/slow.scope/cgroup.procs
check_fails "it is in it itself" grep -qx $RUN /sys/fs/cgroup/headgate.slice/slow.scope/cgroup.procs
# systemd keeps its hands off what it has.
systemctl daemon-reload
check "it is gone after a reload" has /headgate.slice/slow.scope weight 100
headgate run --name slow touch /tmp/was-run >/tmp/says 2>&1
check_eq "exit status of a second one" $? 125
check_eq "what it says" "$(cat /tmp/says)" "headgate: slow.scope exists: choose another --name"
check_fails "it was run" test -e /tmp/was-run
check "the first one is gone" has /headgate.slice/slow.scope weight 100
kill -TERM $RUN
wait $RUN
check_eq "exit status" $? 33
check "the scope" wait_until 30 gone slow.scope

t_begin what_is_left_running__is_killed
headgate run --name left sh -c 'sleep 1000 & echo $! >/tmp/pid'
check_eq "exit status" $? 0
check "it lives" wait_until 30 test ! -e "/proc/$(cat /tmp/pid)" # once systemd has reaped it
check "the scope" wait_until 30 gone left.scope
check "cgroups are left: $(left)" wait_until 30 no_cgroups

t_begin scope_that_is_stopped__ends_the_run
rm -f /tmp/ready
headgate run --name slow sh -c ': >/tmp/ready; sleep 1000' &
RUN=$!
check "it does not start" wait_until 60 test -e /tmp/ready
check "it is not stopped" systemctl stop slow.scope
wait $RUN
check_eq "exit status" $? 143
check "agents are left" wait_until 60 no_agents

t_begin run_that_is_killed__leaves_it_to_systemd
rm -f /tmp/ready
headgate run --name slow sh -c ': >/tmp/ready; read word </tmp/fifo' &
RUN=$!
mkfifo /tmp/fifo
check "it does not start" wait_until 60 test -e /tmp/ready
kill -KILL $RUN
wait $RUN
check "the command went" has /headgate.slice/slow.scope weight 100
echo end >/tmp/fifo
check "the scope" wait_until 30 gone slow.scope
check "agents are left" wait_until 60 no_agents
check "cgroups are left: $(left)" wait_until 30 no_cgroups

t_begin budget_of_a_scope__acts_and_outlives_headgated
mkdir -p /etc/headgate
printf '[history]\nenabled = no\n' >/etc/headgate/headgate.conf
check "headgated does not start: $(systemctl status headgated)" systemctl start headgated
headgate run --name paid --budget '100ms per month, act = pause' -- simload --duration 10ms --jobs 500 &
RUN=$!
is_frozen() { [ "$(cat /sys/fs/cgroup/headgate.slice/paid.scope/cgroup.freeze 2>/dev/null)" = "$1" ]; }
check "it is not paused" wait_until 60 is_frozen 1
is_listed() { headgate budget list | grep -qE '^cgroup#[0-9]+ +cgroup /headgate.slice/paid.scope +.* pause +in force'; }
check "how it is listed: $(headgate budget list)" wait_until 60 is_listed
check "headgated does not start anew" systemctl restart headgated
check "it is free" wait_until 60 is_frozen 1
headgate agent kill /headgate.slice/paid.scope >/dev/null
wait $RUN
check_eq "exit status" $? 137
check "the scope" wait_until 30 gone paid.scope
no_budgets() { [ "$(headgate budget list)" = "No budgets." ]; }
check "budgets" wait_until 60 no_budgets
systemctl stop headgated
headgated --detach
