# SPDX-License-Identifier: GPL-2.0-or-later
# The history has what the ledger had, however headgated ends, and whatever is wrong with its file.
# kernels: one; it is about user space
# timeout: 600
. /headgate/guest/shares.sh

DB=/var/lib/headgate/history.db
conf=/etc/headgate/headgate.conf
mkdir -p /etc/headgate
# What headgated recorded in the tests before this one is not in these ledgers.
rm -rf /var/lib/headgate

start()
{
	: >"$HG_LOG"
	headgated >>"$HG_LOG" 2>&1 &
	HG_PID=$!
	wait_until 60 grep -q 'gate is attached' "$HG_LOG" || fail "headgated did not start: $(cat "$HG_LOG")"
}

# stop: the last look is taken then.
stop()
{
	kill "$HG_PID"
	wait "$HG_PID"
	HG_PID=''
}

# totals: "AGENT BUSY JOBS TICKETS WAIT FAILED FORCED" of each agent that had any, from JSON of
# flows or of a report; agents that are gone are in one line.
totals()
{
	awk '{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "forced:" {
			a = v["agent:"]
			if (a == "/gone")
				a = "(gone)"
			n[a]
			busy[a] += v["busy_ns:"]; jobs[a] += v["jobs:"]; tickets[a] += v["tickets:"]
			wait[a] += v["wait_ns:"]; failed[a] += v["failed:"]; forced[a] += $2
		}
		END { for (a in n) if (busy[a]) printf "%s %.0f %d %d %.0f %d %d\n",
			a, busy[a], jobs[a], tickets[a], wait[a], failed[a], forced[a] }' | sort
}
ledger() { headgate flow list --json | totals; }
report() { headgate report --since 1d --format json | totals; }

# busy_of NAME…: the time of all of them, from JSON of a report.
busy_of()
{
	awk -v names=" $* " '{ gsub(/[",]/, "") } $1 == "{" { name = "" }
		($1 == "agent:" || $1 == "owner:") && name == "" { name = $2 }
		$1 == "busy_ns:" && index(names, " " name " ") { s += $2 } END { printf "%.0f", s }'
}

# sum FILE…: the same agents of several outputs, added up.
sum()
{
	cat "$@" | awk '{ n[$1]; for (i = 2; i <= 7; i++) s[$1, i] += $i }
		END { for (a in n) { printf "%s", a; for (i = 2; i <= 7; i++) printf " %.0f", s[a, i]; print "" } }' | sort
}
same() { check_eq "$1" "$(cat "$2")" "$(cat "$3")"; }

# busy_beyond NS: the ledger has so much.
busy_beyond() { ledger | awk -v ns="$1" '{ s += $2 } END { exit !(s > ns) }'; }
all_busy() { ledger | awk '{ s += $2 } END { printf "%.0f\n", s }'; }
logged() { wait_until 90 grep -qF "$1" "$HG_LOG" || fail "the log lacks '$1': $(tail -n 5 "$HG_LOG")"; ok; }

hg_start engines=2
new_cgroup agents/a
new_cgroup agents/b
new_cgroup gone
printf '[agent agents/*]\nweight = 200\nowner = anna\n[agent gone]\nweight = 50\n[price *]\nper-gpu-hour = 3600 EUR\n' >$conf

t_begin killed_and_started_again__has_counted_what_the_ledger_has
start
load agents/a --duration 2ms --depth 2 --fail-every 7
load agents/b --duration 1ms --depth 2
load agents/b --engine 1 --duration 3ms --depth 1 --think 2ms
load gone --duration 1ms --depth 1
load / --duration 1ms --depth 1
n=0
while [ $n -lt 5 ]; do
	wait_until 60 busy_beyond $(($(all_busy) + 300000000)) || fail "the loads do not go on"
	kill -KILL "$HG_PID"
	wait "$HG_PID" 2>/dev/null
	wait_until 60 busy_beyond $(($(all_busy) + 100000000)) || fail "the loads do not go on"
	start
	n=$((n + 1))
done
stop_loads
# One goes while nobody looks, and its name was seen before.
kill -KILL "$HG_PID"
wait "$HG_PID" 2>/dev/null
rmdir /sys/fs/cgroup/gone
wait_until 60 sh -c 'headgate flow list --json | grep -q "\"gone\": true"' || fail "the agent does not go"
start
stop
ledger >/run/ledger.1
report >/run/report.1
same "what the history has" /run/report.1 /run/ledger.1
check_eq "agents in it" "$(wc -l </run/report.1)" 4
check_eq "what is left of the one that went" "$(headgate report --format csv | grep -c '^/gone,')" 1
check_eq "mode of the file" "$(stat -c %a $DB)" 640

t_begin report__needs_no_daemon_and_adds_up_to_the_device
headgate report --format json --by device >/run/device
# 3600 EUR an hour: a millionth for each microsecond of the device.
# shellcheck disable=SC2016
check "the device's cost is not that of its time" awk '{ gsub(/[",]/, ""); v[$1] = $2 }
	END { d = v["cost_micros:"] - v["time_ns:"] / 1000; exit !(v["time_ns:"] > 0 && d * d <= 1) }' /run/device
check_eq "costs of agents, ungoverned work and idle time" \
	"$(headgate report --format json | awk '/"cost_micros"/ { gsub(/,/, ""); s += $2 } END { printf "%.0f", s }')" \
	"$(awk '/"cost_micros"/ { gsub(/,/, ""); print $2 }' /run/device)"
check_eq "costs by FOCUS" "$(headgate report --format focus | awk -F, 'NR > 1 { s += $1 } END { printf "%.6f", s }')" \
	"$(headgate report --format csv | tr -d '\r' | awk -F, 'NR > 1 { s += $12 } END { printf "%.6f", s }')"
check_eq "what is anna's" "$(headgate report --by owner --format json | busy_of anna)" \
	"$(headgate report --format json | busy_of /agents/a /agents/b)"
check "nothing is anna's" [ "$(headgate report --by owner --format json | busy_of anna)" -gt 0 ]
as_nobody headgate report >/run/nobody 2>&1
check_eq "exit status for nobody" $? 1
check "nobody is not told why" grep -q "$DB cannot be opened (Permission denied)" /run/nobody

t_begin module_inserted_anew__is_counted_from_zero
headgated --detach >>"$HG_LOG" 2>&1
wait_until 60 grep -q '^0$' /sys/module/headgate/refcnt
check "the module does not unload" rmmod headgate
load_module headgate
start
load agents/a --duration 2ms --depth 2
load agents/b --duration 1ms --depth 2
wait_until 60 busy_beyond 1000000000 || fail "the loads do not go on"
stop_loads
stop
ledger >/run/ledger.2
sum /run/ledger.1 /run/ledger.2 >/run/both
report >/run/report.2
same "what the history has of both" /run/report.2 /run/both

t_begin damaged_history__is_told_and_left_alone_and_the_gate_holds
cp $DB /run/whole
rm -f $DB-wal $DB-shm
printf 'this is no database, and it is longer than a header of SQLite has to be: that is 100 bytes long, I am told' >$DB
cp $DB /run/garbage
start
logged "$DB is damaged (file is not a database): move it away"
check "the gate went" test -e /sys/fs/bpf/headgate/v1/links/gate_ioctl
load agents/a --duration 2ms --depth 2
wait_until 60 busy_beyond $(($(awk '{ s += $2 } END { printf "%.0f", s }' /run/ledger.2) + 100000000)) ||
	fail "nothing is governed"
stop_loads
check "it wrote to what is damaged" cmp $DB /run/garbage
headgate report 2>/run/said
check_eq "exit status of the report" $? 1
check "the report does not say it" grep -q "$DB is damaged" /run/said
# It tries again by itself, and has lost nothing.
cp /run/whole $DB.whole
mv $DB.whole $DB
logged "is written again"
stop
ledger >/run/ledger.2
sum /run/ledger.1 /run/ledger.2 >/run/both
report >/run/report.2
same "what the history has" /run/report.2 /run/both

t_begin full_disk__is_told_and_nothing_is_lost
mkdir -p /run/small
mount -t tmpfs -o size=1m none /run/small
printf '[history]\npath = /run/small/h/history.db\n' >>$conf
dd if=/dev/zero of=/run/small/filler bs=4k 2>/dev/null
start
wait_until 60 grep -qE '/run/small/h.*(disk is full|No space left)' "$HG_LOG" || fail "it is not told: $(cat "$HG_LOG")"
was=$(all_busy)
load agents/b --duration 2ms --depth 2
wait_until 60 busy_beyond $((was + 100000000)) || fail "nothing is governed"
stop_loads
rm /run/small/filler
logged "is written again"
stop
report >/run/report.3
ledger >/run/ledger.3
# A new history has all that this module has counted.
same "what the history has" /run/report.3 /run/ledger.3
umount /run/small

t_begin agents_that_come_and_go_between_two_looks__have_their_owners
printf '[agent agents/*]\nowner = anna\n' >$conf
start
n=0
while [ $n -lt 5 ]; do
	n=$((n + 1))
	new_cgroup agents/brief$n
	wait_until 60 sh -c "headgate agent list --json | grep -q '/agents/brief$n\"'" || fail "brief$n is no agent"
	in_cgroup agents/brief$n simload --duration 1ms --jobs 5 >/dev/null
	wait_until 60 rmdir /sys/fs/cgroup/agents/brief$n
done
all_there() { [ "$(headgate report --format csv | grep -c '^/agents/brief')" = 5 ]; }
wait_until 60 all_there || fail "not all are in the history: $(headgate report --format csv)"
check_eq "those that are anna's" "$(headgate report --format csv | grep -c '^/agents/brief[0-9],anna,')" 5
stop

t_begin folder_that_all_may_write_to__is_told_and_the_gate_holds
mkdir -p /run/all
chmod 1777 /run/all
printf '[history]\npath = /run/all/history.db\n' >>$conf
start
logged "/run/all belongs to another user, or all may write to it"
check_fails "it made a file there" test -e /run/all/history.db
check "the gate went" test -e /sys/fs/bpf/headgate/v1/links/gate_ioctl
stop
headgated --detach >>"$HG_LOG" 2>&1
