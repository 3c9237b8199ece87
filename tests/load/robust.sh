# shellcheck shell=sh
# What the tests lost_* and bypass_* share; they source it as /headgate/bin/robust.sh.
# All of them run agents on engine 0 of a simgpu, so that its lane is contended.

LINKS=/sys/fs/bpf/headgate/v1/links
STATS=/sys/kernel/debug/simgpu/e0/stats

# gate_up AGENT=WEIGHT…: modules, cgroups, policy file and daemon.
gate_up()
{
	load_module simgpu
	load_module headgate
	policy "$@"
	headgated 2>>/tmp/headgated.log &
	DAEMON=$!
	check "the gate does not come up" wait_until 60 test -e $LINKS/learn_lane
}

# policy AGENT=WEIGHT…: the policy file, and the cgroups.
policy()
{
	mkdir -p /etc/headgate
	for r_agent in "$@"; do
		new_cgroup "${r_agent%=*}"
		printf '[agent %s]\nweight = %s\n' "${r_agent%=*}" "${r_agent#*=}"
	done >/etc/headgate/headgate.conf
}

# load AGENT NAME [COMMAND…]: in the background, in the agent's cgroup and
# /tmp/NAME is what it prints. Without a command, simload with several processes: the lane is
# contended and tickets wait as long as two agents do that. $pid_NAME is its pid.
load()
{
	r_agent=$1 r_name=$2
	shift 2
	[ $# -gt 0 ] || set -- simload --duration 2ms --depth 4 --processes 3 --seconds 600 --verify
	exec_in_cgroup "$r_agent" "$@" >"/tmp/$r_name" 2>&1 &
	eval "pid_$r_name=$!"
	LOADS="$LOADS $r_name"
}
LOADS=

# load_wait NAME: until it has ended, and checks that it is content: no submission failed, and
# each job has ended just once.
load_wait()
{
	eval "wait \$pid_$1"
	r_status=$?
	cat "/tmp/$1"
	if [ $r_status = 0 ]; then
		ok
	else
		fail "load $1 ended with status $r_status: $(tail -n 2 "/tmp/$1")"
	fi
	LOADS=$(echo "$LOADS" | sed "s/ $1\>//")
}

# load_gone NAME: until it has ended, by itself and however.
load_gone()
{
	eval "wait \$pid_$1"
	LOADS=$(echo "$LOADS" | sed "s/ $1\>//")
}

# loads_end: ends all that still runs.
loads_end()
{
	for r_name in $LOADS; do
		eval "kill -TERM \$pid_$r_name" 2>/dev/null
	done
	for r_name in $LOADS; do
		load_wait "$r_name"
	done
}

# now_status KEY: a number or word of headgate status.
now_status() { headgate status --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^,\"]*\).*/\1/p"; }

# node DEVICE: the render node of simgpu or vgem, which newer kernels have on the faux bus.
node() { echo /sys/devices/*/"$1"/drm/renderD* | sed 's#.*/#/dev/dri/#'; }

# accel_node DEVICE: the accel node of simgpu.
accel_node() { echo /sys/devices/*/"$1"/accel/accel* | sed 's#.*/#/dev/accel/#'; }

# engine KEY: a number of engine 0 of the simgpu.
engine() { sed -n "s/^$1 //p" $STATS; }

# ledger AGENT KEY [LANE]: a number of the agent on a lane, engine 0's without LANE; 0 if it has
# none.
ledger()
{
	headgate flow list --json | awk -v agent="$1" -v key="$2" -v lane="${3:-$(lane_id)}" '
		{ gsub(/[",]/, "") }
		$1 == "agent:" { a = $2 }
		$1 == "lane_id:" { l = $2 }
		$1 == key ":" && a == agent && l == lane { v = $2 }
		END { printf "%.0f", v }'
}

# lane_id: the lane of engine 0.
lane_id()
{
	headgate lane list --json | awk -v name="$(engine name)" '
		{ gsub(/[",]/, "") }
		$1 == "id:" { id = $2 }
		$1 == "name:" && $2 == name { print id; exit }'
}

# waiting: tickets that wait for engine 0, now.
waiting()
{
	headgate lane list --json | awk -v name="$(engine name)" '
		{ gsub(/[",]/, "") }
		$1 == "name:" { n = $2 }
		$1 == "waiting:" && n == name { print $2; exit }'
}

# contended [AGENT…]: a ticket waits, and each of these has a job or a ticket that waits. An agent
# alone lets its own tickets wait too, while the load of another has not begun.
contended()
{
	[ "$(waiting)" -gt 0 ] 2>/dev/null || return 1
	for r_agent in "$@"; do
		[ $(($(ledger "$r_agent" outstanding) + $(ledger "$r_agent" waiting))) -gt 0 ] || return 1
	done
}

# drained: no ticket or job is left in the module, and no job in the device.
drained()
{
	[ "$(now_status tickets_live)" = 0 ] && [ "$(now_status jobs_live)" = 0 ] &&
		[ "$(engine in_hardware)" = 0 ]
}

# at_least N COMMAND…: what the command prints is a number of at least N.
at_least()
{
	r_least=$1
	shift
	[ "$("$@")" -ge "$r_least" ] 2>/dev/null
}

# goes_on WHAT N COMMAND…: the number that the command prints grows by N, in good time.
goes_on()
{
	r_what=$1 r_more=$2
	shift 2
	r_from=$("$@")
	check "$r_what" wait_until 60 at_least $((${r_from:-0} + r_more)) "$@"
}

# nothing_lost: at the end of each test, when all load has ended.
nothing_lost()
{
	wait_until 60 drained ||
		fail "left over: $(now_status tickets_live) tickets, $(now_status jobs_live) jobs, $(engine in_hardware) in the device"
	check_eq "jobs that ended" "$(($(engine completed) + $(engine failed) + $(engine cancelled)))" \
		"$(engine submitted)"
	for r_key in failed_open jobs_unmetered jobs_lost; do
		check_eq "$r_key" "$(now_status $r_key)" 0
	done
}

# share_of A B SECONDS: the share of A in what A and B get of engine 0 meanwhile, per cent.
share_of()
{
	r_a=$(ledger "$1" busy_ns) r_b=$(ledger "$2" busy_ns)
	sleep "$3"
	r_a=$(($(ledger "$1" busy_ns) - r_a)) r_b=$(($(ledger "$2" busy_ns) - r_b))
	awk -v a=$r_a -v b=$r_b 'BEGIN { printf "%.1f", a + b ? 100 * a / (a + b) : -1 }'
}

# gate_down: at the end of each file, since a link that was just unpinned still holds the module.
gate_down()
{
	kill -TERM "$DAEMON" 2>/dev/null
	wait "$DAEMON"
	headgated --detach
}

# agent_weight AGENT: nothing if the cgroup is no agent.
agent_weight()
{
	headgate agent list --json | awk -v agent="$1" '
		{ gsub(/[",]/, "") }
		$1 == "path:" { a = $2 }
		$1 == "weight:" && a == agent { print $2 }'
}

has_weight() { [ "$(agent_weight "$1")" = "$2" ]; }

# unticketed: jobs of agents that passed no gate.
unticketed() { headgate device list --json | sed -n 's/.*"jobs_unticketed": \([0-9]*\).*/\1/p' | head -n 1; }

# between MIN MAX: a random number.
between() { echo $(($1 + $(od -An -N4 -tu4 /dev/urandom) % ($2 - $1 + 1))); }
