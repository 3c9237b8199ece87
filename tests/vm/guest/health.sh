# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The health of simgpu, for measurements; a test file sources it after shares.sh.

# shellcheck disable=SC2034 # for who sources this
KNOBS=/sys/kernel/debug/simgpu/e0

# health KEY: of simgpu, in device health --json; what its probe learned too.
health() { headgate device health --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }

# state, is_in STATE. It is polled often: without a process for each look.
state() { STATE='' && [ -e /run/headgate/health ] && read -r _ _ STATE _ </run/headgate/health; }
is_in() { state && [ "$STATE" = "$1" ]; }
is_not_ok() { state && [ "$STATE" != ok ]; }

# learns WHERE: until it knows what its work takes there.
learns()
{
	for _ in $(seq 100); do
		learned=$(health "learned_$1")
		[ "${learned:-0}" -lt 60 ] || return 0
		sleep 2
	done
	return 1
}

seconds() { cut -d ' ' -f 1 /proc/uptime; }

# within SECONDS COMMAND…: as wait_until, ten times a second.
within()
{
	tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		busybox usleep 100000
	done
}
