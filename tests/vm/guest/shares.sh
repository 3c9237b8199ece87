# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For measurements of shares; a test file sources it: . /headgate/guest/shares.sh
# A measurement: policy, some loads, a snapshot, time, a snapshot, stop_loads.

HG_LOG=/run/headgated.log
LOADS='' # pids

# hg_start: the modules, and nobody has submitted anything yet.
hg_start()
{
	: >"$HG_LOG" # the file before may have left what policy() waits for
	load_module headgate
	load_module simgpu "$@"
}

# policy: puts the policy on standard input in force, and starts headgated for the first one.
policy()
{
	mkdir -p /etc/headgate
	cat >/etc/headgate/headgate.conf
	[ -e "$HG_LOG" ] || : >"$HG_LOG"
	policy_seen=$(policies)
	if [ -n "${HG_PID:-}" ]; then
		kill -HUP "$HG_PID"
	else
		headgated >>"$HG_LOG" 2>&1 &
		HG_PID=$!
	fi
	wait_until 60 policy_is_new || { cat "$HG_LOG"; fail "the policy was not put in force"; }
}

policies() { grep -c 'policy in force' "$HG_LOG"; }
policy_is_new() { [ "$(policies)" -gt "$policy_seen" ] && grep -q 'gate is attached' "$HG_LOG"; }

# policy_of PATH=WEIGHT…: makes these cgroups and puts just them under policy.
policy_of()
{
	for shares_a in "$@"; do
		new_cgroup "${shares_a%=*}"
	done
	for shares_a in "$@"; do
		printf '[agent %s]\nweight = %s\n' "${shares_a%=*}" "${shares_a#*=}"
	done >/run/policy
	policy </run/policy
}

# hg_stop: the gate and the agents go, the module stays and meters.
hg_stop()
{
	kill "$HG_PID"
	wait "$HG_PID"
	HG_PID=''
	headgated --detach >>"$HG_LOG" 2>&1
	# The kernel lets go of the programs a little later.
	wait_until 60 grep -q '^0$' /sys/module/headgate/refcnt || fail "something holds headgate"
	: >"$HG_LOG"
}

# load CGROUP OPTION…: simload in that cgroup; "/" is no agent.
load()
{
	shares_a=$1
	shift
	start_load "$shares_a" simload "$@"
}

# start_load CGROUP COMMAND…: a load in that cgroup, in the background until stop_loads.
# What it prints is in /run/load.N, N counted from 1 after stop_loads.
start_load()
{
	shares_n=$((${shares_n:-0} + 1))
	exec_in_cgroup "$@" >"/run/load.$shares_n" 2>&1 &
	LOADS="$LOADS $!"
}

# stop_loads [-KILL]: ends all loads, and waits until nothing of theirs is left.
stop_loads()
{
	# shellcheck disable=SC2086
	kill "${1:--TERM}" $LOADS 2>/dev/null
	for shares_a in $LOADS; do
		wait "$shares_a"
	done
	LOADS='' shares_n=0
	[ ! -d /sys/module/headgate ] || wait_until 60 nothing_lives || fail "tickets or jobs are left: $(lives)"
}

# lives: "TICKETS JOBS" that the module knows.
lives()
{
	headgate status --json | awk -F '[:,]' '/"tickets_live"/ { t = $2 } /"jobs_live"/ { j = $2 } END { print t + 0, j + 0 }'
}
nothing_lives() { [ "$(lives)" = "0 0" ]; }

# load_says N KEY: a figure of load N's final line.
load_says() { tr ' ' '\n' <"/run/load.$1" | sed -n "s/^$2=//p" | tail -n 1; }

# snapshot NAME: a line "AGENT BUSY JOBS TICKETS WAIT FORCED" for each agent, in ns.
snapshot()
{
	headgate flow list --json | awk '
		{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "forced:" {
			a = v["agent:"]
			n[a]; busy[a] += v["busy_ns:"]; jobs[a] += v["jobs:"]
			tickets[a] += v["tickets:"]; wait[a] += v["wait_ns:"]; forced[a] += $2
		}
		END { for (a in n) printf "%s %.0f %d %d %.0f %d\n", a, busy[a], jobs[a], tickets[a], wait[a], forced[a] }
	' >"/run/snap.$1"
}

# grew FROM TO AGENT FIELD: between two snapshots; fields 2 to 6 as snapshot has them.
grew()
{
	awk -v a="$3" -v f="$4" '$1 != a { next } NR == FNR { d -= $f; next } { d += $f }
		END { printf "%.0f\n", d }' "/run/snap.$1" "/run/snap.$2"
}

# wait_p99 AGENT: of all its waits at the gate so far, in ns.
wait_p99()
{
	headgate flow list --json | awk -v want="$1" '
		{ gsub(/[",]/, "") }
		$1 == "agent:" { a = $2 }
		$1 == "wait_p99_ns:" && a == want { print $2 }'
}

# busy FROM TO [AGENT]: ns of engine time between two snapshots; of all without AGENT.
busy()
{
	awk -v want="${3:-}" 'want != "" && $1 != want { next }
		NR == FNR { d -= $2; next } { d += $2 } END { printf "%.0f\n", d }' "/run/snap.$1" "/run/snap.$2"
}

# share_table FROM TO PATH=DUE…: a line "PATH DUE GOT ERROR" for each, in points of what
# these had together; DUE in any unit.
share_table()
{
	awk -v words="$*" 'BEGIN {
		n = split(words, w, " ")
		file = "/run/snap." w[1]
		while ((getline <file) > 0) was[$1] = $2
		close(file) # the second may be the same
		file = "/run/snap." w[2]
		while ((getline <file) > 0) has[$1] = $2
		for (i = 3; i <= n; i++) {
			split(w[i], p, "="); name[i] = p[1]; due[i] = p[2]; dues += p[2]
			got[i] = has[p[1]] - was[p[1]]; gots += got[i]
		}
		for (i = 3; i <= n; i++) {
			d = 100 * due[i] / dues
			g = gots > 0 ? 100 * got[i] / gots : -100 # nothing had: no share is right
			e = g - d
			if (e < 0)
				e = -e
			printf "%s %.3f %.3f %.3f\n", name[i], d, g, e
		}
	}'
}

# share_error FROM TO PATH=DUE…: the worst of the errors, in points.
share_error() { share_table "$@" | awk '$4 > e { e = $4 } END { printf "%.3f\n", e }'; }

# check_shares MAX FROM TO PATH=DUE…: prints the table; fails beyond MAX points.
# The result is in SHARE_ERROR too.
check_shares()
{
	shares_max=$1
	shift
	share_table "$@" | awk '{ printf "   %-12s due %7.3f %%  got %7.3f %%\n", $1, $2, $3 }'
	SHARE_ERROR=$(share_error "$@")
	check_within "share error in points" "$SHARE_ERROR" 0 "$shares_max"
}

# engine_stat KEY: of simgpu's engine 0, as the device itself counts: busy_ns, completed…
engine_stat() { sed -n "s/^$1 //p" /sys/kernel/debug/simgpu/e0/stats; }

# engine_busy [SECONDS]: ns of engine 0 in so many seconds (10), as the device counts.
engine_busy()
{
	warm_up
	shares_from=$(engine_stat busy_ns)
	sleep "${1:-10}"
	echo $(($(engine_stat busy_ns) - shares_from))
}

# snapshots [SECONDS]: from and to, so many seconds of GPU time (10) apart.
snapshots()
{
	warm_up
	snapshot from
	sleep "${1:-10}"
	snapshot to
}

warm_up() { sleep 1; }
