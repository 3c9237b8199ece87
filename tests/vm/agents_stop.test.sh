# Agents are paused, resumed and killed, beside pacing too.
# kernels: one; it is about user space
# timeout: 480
. /headgate/bin/robust.sh

FREEZE_A=/sys/fs/cgroup/a/cgroup.freeze
state() { headgate agent list | awk -v agent="$1" '$1 == agent { print $(NF - 3), $(NF - 2), $(NF - 1) }' | grep -oE '[a-z]{4,}'; }
is() { [ "$(state "$1")" = "$2" ]; }
frozen() { grep -q '^frozen 1' /sys/fs/cgroup/a/cgroup.events; }
is_frozen() { [ "$(cat $FREEZE_A)" = 1 ]; }
remembered() { [ -s /run/headgate/frozen ]; }
jobs_of() { ledger "$1" jobs; }
# says SENTENCE COMMAND…: it fails, by that sentence alone.
says()
{
	s_want=$1
	shift
	"$@" >/tmp/says.out 2>/tmp/says
	s_status=$?
	check_eq "what '$*' says" "$(cat /tmp/says /tmp/says.out)" "headgate: $s_want"
	[ $s_status != 0 ] || fail "'$*' ended with status 0"
}

gate_up a=100 b=100
load a a
t_begin paused_agent__stands_still_and_goes_on
check "no jobs" wait_until 60 sh -c 'headgate flow list --json | grep -q "\"jobs\": [1-9]"'
check_eq "what pause says" "$(headgate agent pause /a)" "paused /a"
check "it is not frozen when pause ends" frozen
check "state: $(state /a)" wait_until 60 is /a paused
check_eq "paused again" "$(headgate agent pause /a --json | tr -d ' \n')" '{"schema_version":1,"paused":"/a"}'
check_eq "what resume says" "$(headgate agent resume /a)" "resumed /a"
check_fails "it is frozen" frozen
before=$(jobs_of /a)
more() { [ "$(jobs_of /a)" -gt "$before" ]; }
check "no jobs" wait_until 60 more
check "state: $(state /a)" wait_until 60 is /a working

t_begin kill__ends_all_processes_and_says_how_many
mkdir /sys/fs/cgroup/a/below
in_cgroup a/below sleep 1000 &
below_pid=$!
check "it does not come" wait_until 60 grep -q . /sys/fs/cgroup/a/below/cgroup.procs
n=$(cat /sys/fs/cgroup/a/cgroup.procs /sys/fs/cgroup/a/below/cgroup.procs | wc -l)
check_eq "what it says" "$(headgate agent kill /a)" "killed $n processes of /a"
check_eq "processes" "$(cat /sys/fs/cgroup/a/cgroup.procs /sys/fs/cgroup/a/below/cgroup.procs)" ""
wait $below_pid
check_eq "nobody is left" "$(headgate agent kill /a)" "killed 0 processes of /a"
check "it is no agent" state /a
load_gone a
rmdir /sys/fs/cgroup/a/below

t_begin paused_agent__can_be_killed
exec_in_cgroup a sleep 1000 &
check "it does not come" wait_until 60 grep -q . /sys/fs/cgroup/a/cgroup.procs
headgate agent pause /a
check_eq "json" "$(headgate agent kill /a --json | tr -d ' \n')" '{"schema_version":1,"killed":"/a","processes":1}'
wait $!
headgate agent resume /a

t_begin root_and_own_cgroup__are_refused
# The daemon is in the root cgroup, this tool as well.
for verb in pause kill; do
	says "cannot $verb /: that is the root cgroup, with all processes of this host" headgate agent $verb /
	says "cannot $verb /a: this command runs in it" in_cgroup a headgate agent $verb /a
	says "cannot $verb /b: headgated runs in it" sh -c "echo $DAEMON >/sys/fs/cgroup/b/cgroup.procs; headgate agent $verb /b"
	echo "$DAEMON" >/sys/fs/cgroup/cgroup.procs
done
says "cannot resume /: that is the root cgroup, with all processes of this host" headgate agent resume /
check_eq "who is in it may let it go on" "$(in_cgroup a headgate agent resume /a)" "resumed /a"
check "headgated died" kill -0 "$DAEMON"
says "'a' is no cgroup: a path begins with a slash, which is the cgroup v2 root; an id is a number" headgate agent pause a
new_cgroup c
check_fails "a cgroup that is no agent was paused" headgate agent pause /c
check_eq "freeze" "$(cat /sys/fs/cgroup/c/cgroup.freeze)" 0

t_begin frozen_above__is_told_by_resume
mkdir -p /sys/fs/cgroup/c/d
headgate agent set /c/d
echo 1 >/sys/fs/cgroup/c/cgroup.freeze
says "/c/d is frozen still: a cgroup above it is, or it was frozen anew" headgate agent resume /c/d
check "state: $(state /c/d)" wait_until 60 is /c/d paused
stat -c %i /sys/fs/cgroup/c >/run/headgate/frozen
check "pacing froze it above: $(state /c/d)" wait_until 60 is /c/d waiting
: >/run/headgate/frozen
check "state: $(state /c/d)" wait_until 60 is /c/d paused
echo 0 >/sys/fs/cgroup/c/cgroup.freeze

t_begin paused_agent_that_is_none_any_more__goes_on
freeze_c=/sys/fs/cgroup/c/cgroup.freeze
for name in /c "$(stat -c %i /sys/fs/cgroup/c)"; do
	headgate agent set /c
	check "pause" headgate agent pause /c
	headgate agent del /c
	check_eq "it is paused" "$(cat $freeze_c)" 1
	check_eq "what resume says" "$(headgate agent resume "$name")" "resumed /c"
	check_eq "it goes on" "$(cat $freeze_c)" 0
done
says "cannot resume /nowhere: there is no such cgroup" headgate agent resume /nowhere
# Whoever held it was killed.
stat -c %i /sys/fs/cgroup/c >/run/headgate/frozen
echo 1 >$freeze_c
check_eq "what resume says" "$(headgate agent resume /c)" "resumed /c"
check_eq "it goes on" "$(cat $freeze_c)" 0
: >/run/headgate/frozen

t_begin kill_where_there_is_no_cgroup_kill__says_what_to_do
# As an older kernel has it: a folder instead of the file system.
mkdir -p /tmp/older/a
HEADGATE_CGROUP_ROOT=/tmp/older headgate agent kill /a 2>/tmp/says
check_eq "exit status" $? 1
check_eq "what it says" "$(cat /tmp/says)" \
	"headgate: cannot kill /a: it has no cgroup.kill, which Linux 5.14 brought; kill the processes in /tmp/older/a/cgroup.procs"

t_begin pause_in_the_midst_of_pacing__stays_when_pacing_lets_go
printf '[driver simgpu]\npace = ledger\n[agent /a]\nweight = 1\n[agent /b]\nweight = 1000\n' >/etc/headgate/headgate.conf
kill -HUP "$DAEMON"
load a a simload --duration 5ms --depth 2 --seconds 600 --verify
load b b simload --duration 5ms --depth 2 --seconds 600 --verify
check "nobody is frozen" wait_until 60 is_frozen
is_paused() { is /a paused; }
is_not_paused() { ! is_paused; }
# next_look: headgated has looked at all agents once more.
next_look()
{
	seen=$(stat -c %y /run/headgate/states)
	looked() { [ "$(stat -c %y /run/headgate/states)" != "$seen" ]; }
	check "headgated does not look" wait_until 60 looked
}
for _ in 1 2 3 4 5; do
	next_look
	check "it is not held" wait_until 60 is_frozen
	check_fails "what pacing freezes is paused" is_paused
done
paused_while_it_is_held()
{
	headgate agent pause /a >/dev/null && remembered && return
	headgate agent resume /a >/dev/null
	return 1
}
check "it is not held" wait_until 60 paused_while_it_is_held
check "state: $(state /a)" wait_until 60 is /a paused
# shellcheck disable=SC2154 # load() sets it
kill -TERM "$pid_b"
load_wait b
forgotten() { ! remembered; }
check "pacing does not let go" wait_until 60 forgotten
# What it had submitted before.
no_job_lives() { [ "$(now_status jobs_live)" = 0 ]; }
check "its jobs do not end" wait_until 60 no_job_lives
before=$(jobs_of /a)
check "it was thawed" is_frozen
# headgated that stops thaws what it holds.
kill -TERM "$DAEMON"
wait "$DAEMON"
headgated --thaw
check "it was thawed by the end of headgated" is_frozen
check_eq "jobs" "$(jobs_of /a)" "$before"

t_begin resumed_agent__is_paced_again
headgated 2>>/tmp/headgated.log &
DAEMON=$!
load b b simload --duration 5ms --depth 2 --seconds 600 --verify
check "no pacing" wait_until 60 test -e /run/headgate/pacing
check "resume" headgate agent resume /a
check "no jobs" wait_until 60 more
check "it is not frozen any more" wait_until 60 is_frozen
check "nobody is held" wait_until 60 remembered
# While pacing holds it, resume is no thaw, and pause and resume leave it to pacing.
for _ in 1 2 3 4 5 6 7 8; do
	check "nobody is held" wait_until 60 remembered
	headgate agent pause /a >/dev/null || fail "pause failed"
	headgate agent resume /a >/dev/null || fail "resume failed"
done
before=$(jobs_of /a)
check "it stays frozen" wait_until 60 more
check "it is not paced" wait_until 60 is_frozen
# A look may have found it in the midst of a pause.
check "it is paused" wait_until 60 is_not_paused
for _ in 1 2 3; do
	next_look
	check_fails "it is paused" is_paused
done
loads_end
check "somebody is held" wait_until 60 forgotten
check_fails "it stays frozen" is_frozen
