# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A headgated that a test starts, stops and kills, and what it says; a test file sources it. LOG is where it writes.

# agent PATH KEY: of agent list --json.
agent() { headgate agent list --json | awk -v agent="$1" -v key="$2:" '{ gsub(/[",]/, "") }
	$1 == "path:" { a = $2 } $1 == key && a == agent { print $2 }'; }
has() { [ "$(agent "$1" "$2")" = "$3" ]; }
is_frozen() { [ "$(cat "/sys/fs/cgroup/$1/cgroup.freeze")" = "$2" ]; }

# logged PATTERN: so many lines.
logged() { grep -cE "$1" "$LOG"; }
is_logged() { [ "$(logged "$1")" -ge 1 ]; }

start()
{
	start_n=$(logged 'the gate is attached')
	headgated 2>>"$LOG" &
	DAEMON=$!
	check "headgated does not come up" wait_until 60 attached
}
attached() { [ "$(logged 'the gate is attached')" -gt "$start_n" ]; }
stop() { kill "$DAEMON"; wait "$DAEMON"; }
kill_it() { kill -KILL "$DAEMON"; wait "$DAEMON" 2>/dev/null; }
