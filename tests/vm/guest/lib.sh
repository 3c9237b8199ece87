# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What a test file (tests/vm/*.test.sh) may use; it runs in the guest, under busybox sh
# or dash. A test goes from t_begin to the next t_begin or the end of the file.

# The kernel's complaints; any of them, seen while a test runs, fails that test.
# tests/vm/run scans the whole console for the same.
T_COMPLAINTS=$(cat /headgate/guest/complaints)

# t_begin NAME: begins a test; the name is a sentence, weight_zero__is_rejected.
t_begin()
{
	t_end
	T_NAME=$1 T_REASON='' T_CHECKS=0 T_SKIP=
	echo "$1" >/run/t_name
	echo >>/run/t_count
	echo "begin $1" >&7
	dmesg -c >/dev/null
	echo "headgate-test: $1" >/dev/kmsg
	trap t_exit EXIT
}

# t_end: ends the open test, if any, and tells the host its verdict.
t_end()
{
	[ -n "${T_NAME:-}" ] || return 0
	dmesg -c >/run/t_log
	t_complaint=$(grep -E -m 1 -e "$T_COMPLAINTS" /run/t_log)
	[ -z "$t_complaint" ] || fail "the kernel said: $t_complaint"
	if [ -n "$T_REASON" ]; then
		echo "not ok $T_NAME: $T_REASON" >&7
	elif [ -n "$T_SKIP" ]; then
		echo "skip $T_NAME: $T_SKIP" >&7
	elif [ "$T_CHECKS" = 0 ]; then
		echo "not ok $T_NAME: it checks nothing" >&7
	else
		echo "ok $T_NAME" >&7
	fi
	rm -f /run/t_name
	T_NAME=
}

t_exit()
{
	t_status=$?
	[ $t_status = 0 ] || [ -z "${T_NAME:-}" ] || fail "the test file ended with status $t_status"
	t_end
	exit 0
}

# fail REASON: the first reason is the one reported; the test goes on.
fail()
{
	T_CHECKS=$((T_CHECKS + 1))
	: "${T_REASON:=$(echo "$*" | tr '\n' ' ')}"
	echo "FAIL $T_NAME: $*"
}

# ok: one check passed.
ok() { T_CHECKS=$((T_CHECKS + 1)); }

# skip REASON: the test cannot run here.
skip() { T_SKIP=$*; }

# check WHAT COMMAND…: the command must succeed.
check()
{
	t_what=$1
	shift
	if "$@"; then ok; else fail "$t_what"; fi
}

# check_fails WHAT COMMAND…: the command must fail.
check_fails()
{
	t_what=$1
	shift
	if "$@"; then fail "$t_what"; else ok; fi
}

# check_eq WHAT GOT WANT
check_eq() { if [ "$2" = "$3" ]; then ok; else fail "$1: got '$2', want '$3'"; fi; }

# check_within WHAT GOT LOW HIGH: numbers, bounds included.
check_within()
{
	if awk -v g="$2" -v l="$3" -v h="$4" 'BEGIN { exit !(g != "" && g + 0 >= l && g + 0 <= h) }'; then
		ok
	else
		fail "$1: got '$2', want $3 to $4"
	fi
}

# figure NAME VALUE UNIT: a measurement for the host's summary.
figure() { echo "figure $1 $2 $3" >&7; }

# row DRIVER CLIENT TICKETS JOBS DUE GOT CLOSURE: of the table that make check ends with; the share
# of the agent that is owed least, due and got, and the closure error are in percent.
row() { echo "row $*" >&7; }

# load_module NAME [PARAMETER=VALUE…]: the module and what it needs; nothing if it is loaded.
load_module() { modprobe "$@"; }

# gpu_sched_policy N: gpu_sched afresh with that policy: 0 round robin, 1 FIFO, and on 7.3 2 fair.
# Call it before a driver that uses gpu_sched is loaded. It lasts until the end of the file.
gpu_sched_policy()
{
	modinfo gpu_sched | grep -q "sched_policy:.* $1 = " ||
		{ echo "gpu_sched of this kernel has no policy $1"; return 1; }
	[ ! -d /sys/module/gpu_sched ] || rmmod gpu_sched || return 1
	modprobe gpu_sched sched_policy="$1"
	[ "$(cat /sys/module/gpu_sched/parameters/sched_policy)" = "$1" ]
}

# new_cgroup PATH: below /sys/fs/cgroup, the parents too.
new_cgroup() { mkdir -p "/sys/fs/cgroup/$1"; }

# in_cgroup PATH COMMAND…: the command, and what it starts, in that cgroup.
in_cgroup() ( exec_in_cgroup "$@" )

# exec_in_cgroup PATH COMMAND…: the shell becomes the command. For the background, where $! is
# then the command itself: in_cgroup would leave a shell between, which takes the signals.
exec_in_cgroup()
{
	t_cgroup=/sys/fs/cgroup/$1
	shift
	# sh -c for its own pid: $$ in a subshell is the parent's.
	exec sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$t_cgroup" "$@"
}

# as_nobody COMMAND…: with no privilege at all. (By path: busybox has a lesser setpriv.)
as_nobody() { /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"; }

# wait_until SECONDS COMMAND…: polls until the command succeeds; fails after SECONDS.
wait_until()
{
	t_deadline=$(($(t_now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(t_now_ms)" -lt $t_deadline ] || return 1
		busybox usleep 20000
	done
}

t_now_ms() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }
