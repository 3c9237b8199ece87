# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# headgated with all it can do switched on, for as long as one likes, beside a light load that changes; a test
# file sources it after shares.sh and closure.sh. day SECONDS EVERY takes a sample each EVERY seconds.

DAY_DB=/var/lib/headgate/history.db
DAY_SOCKET=/run/headgate/metrics.sock
DAY_SAMPLES=/run/day.samples
DAY_STARTED='' # pids

# day_policy: one that differs a little each time.
day_policy()
{
	day_reloads=$((${day_reloads:-0} + 1))
	cat <<END
[gate]
observe = 1024
[agent /*]
[agent /a]
weight = $((100 + day_reloads % 7 * 50))
[agent /b]
class = interactive
max = $((50 + day_reloads % 3 * 10))%
[agent /short/*]
owner = anna
[price *]
per-gpu-hour = 2.49 EUR
[history]
path = $DAY_DB
keep-10s = 1h
keep-1m = 2h
keep-1h = 1h
keep-1d = 1d
[metrics]
listen = unix:$DAY_SOCKET
[stall]
deadline = 2s
exec = /run/day.told
[brownout]
exec = /run/day.told
shed = brown
pause = dark
drain = dark
fail-over = brown
[budget short]
owner = anna
gpu-time = 100ms
per = hour
act = floor
exec = /run/day.told
[budget dear]
project = soak
money = 0.000020
per = hour
act = cap 50%
[budget day]
agent = **
gpu-time = 1h
per = day
act = none
END
}

# day_scrapes: as Prometheus does.
day_scrapes()
{
	while sleep 15; do
		scrape $DAY_SOCKET 'Accept: application/openmetrics-text' >/run/day.scraped || echo "not served" >>/run/day.unserved
	done
}

# day_passer N: an agent with a label of its own that has some jobs, one of which fails, and goes. Names come again, or
# the history would have more of them each hour.
day_passer()
{
	set -- $(($1 % 97))
	new_cgroup "/short/n$1"
	setxattr "/sys/fs/cgroup/short/n$1" user.headgate.project soak
	in_cgroup "/short/n$1" simload --duration 10ms --period 500ms --jobs 8 --fail-every 5 >/dev/null
	rmdir "/sys/fs/cgroup/short/n$1"
}

day_passers()
{
	day_n=0
	while sleep "$1"; do
		day_n=$((day_n + 1))
		day_passer $day_n
	done
}

# background COMMAND…: one of the test's own, until day_ends.
day_background()
{
	"$@" &
	DAY_STARTED="$DAY_STARTED $!"
}

# day_slabs: objects that the module has.
day_slabs()
{
	for cache in /sys/kernel/slab/headgate_*; do
		echo 1 >"$cache/shrink"
	done
	awk '$1 ~ /^headgate_/ && $1 !~ /headgate_(job|ticket)$/ { n += $2 } END { print n + 0 }' /proc/slabinfo
}

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# day_sample: a line of KiB of anonymous memory, KiB resident, file descriptors, threads, objects of the module,
# KiB of the history and of its log.
day_sample()
{
	# shellcheck disable=SC2012 # names of numbers
	awk -v fds="$(ls "/proc/$HG_PID/fd" | wc -l)" -v slabs="$(day_slabs)" -v db="$(size_of $DAY_DB)" \
		-v wal="$(size_of $DAY_DB-wal)" '$1 == "RssAnon:" { anon = $2 } $1 == "VmRSS:" { rss = $2 } $1 == "Threads:" { threads = $2 }
		END { printf "%d %d %d %d %d %.0f %.0f\n", anon, rss, fds, threads, slabs, db / 1024, wal / 1024 }' "/proc/$HG_PID/status" |
		tee -a $DAY_SAMPLES
}

# day_column N FROM: of the samples from the FROM-th on.
day_column() { awk -v n="$1" -v from="$2" 'NR >= from { print $n }' $DAY_SAMPLES; }
# day_growth N FROM: between the greatest of the first and the greatest of the last third of these.
day_growth()
{
	day_column "$1" "$2" | awk '{ v[NR] = $1 } END { third = int(NR / 3)
		for (i = 1; i <= NR; i++) {
			if (i <= third && v[i] > first) first = v[i]
			if (i > NR - third && v[i] > last) last = v[i]
		}
		printf "%d\n", last - first }'
}

day_stretch()
{
	lanes from
	sleep "$1"
	lanes to
	closure from to
}

day_begins()
{
	# A day of the calendar ends after a quarter of it, so that rows of hours become rows of a day.
	date -s '2026-01-01 18:00:00' >/dev/null
	rm -rf /var/lib/headgate $DAY_SAMPLES /run/day.unserved
	# shellcheck disable=SC2016 # the program's own
	printf '#!/bin/sh\necho "${HEADGATE_EVENT:-stall}" >>/run/day.events\n' >/run/day.told
	chmod 755 /run/day.told
	hg_start engines=2
	for day_a in p a b short; do
		new_cgroup /$day_a
	done
	day_policy >/run/policy
	policy </run/policy
	start_load /p simprobe simgpu --allowed 2000000
	load /a --duration 80ms --period 2s
	load /b --engine 1 --pareto 1.5 --duration 20ms --period 3s
	load / --engine 1 --duration 20ms --period 5s
}

day_ends()
{
	# shellcheck disable=SC2086
	kill $DAY_STARTED
	stop_loads
	# The last look is taken between the two.
	lanes before
	kill "$HG_PID"
	wait "$HG_PID"
	day_status=$?
	lanes after
	HG_PID=''
}

# day_flat FROM KIB OBJECTS: from the FROM-th sample on nothing grew; memory by no more than so many KiB, and what
# the module has by so many objects.
day_flat()
{
	check "there are too few samples to tell" [ "$(day_column 1 "$1" | wc -l)" -ge 6 ]
	set -- "$1" "$2" "$3" "$(day_growth 1 "$1")" "$(day_growth 3 "$1")" "$(day_growth 4 "$1")" "$(day_growth 5 "$1")"
	figure soak_day_memory "$(day_column 1 1 | sort -n | tail -n 1)" "KiB at most"
	figure soak_day_memory_growth "$4" "KiB from sample $1 on"
	figure soak_day_history "$(day_column 6 1 | sort -n | tail -n 1)" "KiB at most"
	check "memory grew by $4 KiB: $(day_column 1 1 | tr '\n' ' ')" [ "$4" -le "$2" ]
	check "file descriptors: $(day_column 3 1 | tr '\n' ' ')" [ "$5" -le 0 ]
	check "threads: $(day_column 4 1 | tr '\n' ' ')" [ "$6" -le 0 ]
	check "objects of the module: $(day_column 5 1 | tr '\n' ' ')" [ "$7" -le "$3" ]
}

# day_of DEVICE-JSON KEY: of its only device.
day_of() { sed -n "s/^ *\"$1\": \([0-9]*\).*/\1/p" | awk '{ s += $1 } END { printf "%.0f", s }'; }

# day_lane_time NAME FACTOR: ns of the lane with the most, of lanes NAME, times a factor.
day_lane_time() { awk -v f="$2" '$2 > t { t = $2 } END { printf "%.0f", f * t }' "/run/lanes.$1"; }

# day SECONDS EVERY PASSERS FROM KIB OBJECTS: so long, with a sample each EVERY seconds and a passer each PASSERS;
# what may grow from when on, as of day_flat.
day()
{
	t_begin "soak_day__headgated_runs_for_${1}_s_and_the_ledger_closes"
	day_begins
	day_background day_scrapes
	day_background day_passers "$3"
	day_i=0 day_worst=0
	while [ $((day_i * $2)) -lt "$1" ]; do
		day_i=$((day_i + 1))
		day_error=$(day_stretch "$2")
		check_within "closure error in percent of stretch $day_i" "$day_error" 0 "$CLOSURE_GOAL"
		day_worst=$(awk -v a="$day_worst" -v b="$day_error" 'BEGIN { print (a > b ? a : b) }')
		day_sample=$(day_sample)
		echo "   $day_i: closure $day_error %; anonymous resident fds threads objects history wal: $day_sample"
		# By SIGHUP, another one each time.
		day_policy >/run/policy
		policy </run/policy
	done
	figure soak_day_closure_error "$day_worst" percent
	check_fails "metrics were not served" test -e /run/day.unserved
	check_eq "jobs that the meter lost" "$(headgate status --json | sed -n 's/.*"jobs_lost": \([0-9]*\).*/\1/p')" 0
	check "no program was run" grep -q . /run/day.events
	sort /run/day.events | uniq -c
	sed 's/[0-9][0-9]*/N/g' "$HG_LOG" | sort | uniq -c | sort -rn | head -n 40
	headgate device health
	headgate budget list

	t_begin soak_day__nothing_grows
	day_flat "$4" "$5" "$6"
	check_eq "pid of headgated" "$(pidof headgated | tr ' ' '\n' | grep -cx "$HG_PID")" 1

	t_begin soak_day__the_history_has_all_of_it
	day_ends
	check_eq "exit status of headgated" "$day_status" 0
	headgate report --since 7d --by device --format json >/run/day.report
	check_within "ns of the device in the history" "$(day_of time_ns </run/day.report)" \
		"$(day_lane_time before 0.9999)" "$(day_lane_time after 1.0001)"
	headgated --detach >>"$HG_LOG" 2>&1
}
