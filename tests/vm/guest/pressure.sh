# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How pressure grows; a test file sources it after shares.sh: . /headgate/guest/pressure.sh

# pressure NAME: a line "GROUP SOME FULL WAITING RUNNING" for each, in ns; GROUP is agent:/a, lane:1, device:1.
pressure()
{
	headgate pressure --json | awk '
		{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "some:" || $1 == "full:" { kind = $1 }
		$1 == "total_ns:" { total[kind] = $2 }
		$1 == "running:" {
			id = v["scope:"] == "agent" ? v["agent:"] : v[v["scope:"] "_id:"]
			printf "%s:%s %.0f %.0f %d %d\n", v["scope:"], id, total["some:"], total["full:"], v["waiting:"], $2
		}' >"/run/pressure.$1"
	now_ns >"/run/pressure.$1.at"
}

now_ns() { awk '{ printf "%.0f\n", $1 * 1000000000 }' /proc/uptime; }

# pressures [SECONDS]: from and to, so many seconds (10) apart.
pressures()
{
	warm_up
	pressure from
	sleep "${1:-10}"
	pressure to
}

# pressed GROUP some|full: in percent of the time between from and to; no lines of GROUP, no percent.
pressed()
{
	pressed_field=2
	[ "$2" = some ] || pressed_field=3
	awk -v g="$1" -v f=$pressed_field -v a="$(cat /run/pressure.from.at)" -v b="$(cat /run/pressure.to.at)" '
		$1 != g { next }
		NR == FNR { d -= $f; next }
		{ d += $f; seen = 1 }
		END { if (seen) printf "%.3f\n", 100 * d / (b - a) }' /run/pressure.from /run/pressure.to
}

# check_pressed GROUP SOME_LOW SOME_HIGH FULL_LOW FULL_HIGH: in percent.
check_pressed()
{
	pressed_some=$(pressed "$1" some) pressed_full=$(pressed "$1" full)
	echo "   $1: some $pressed_some, full $pressed_full"
	check_within "some of $1 in percent" "$pressed_some" "$2" "$3"
	check_within "full of $1 in percent" "$pressed_full" "$4" "$5"
}

# nothing_waits: of no group.
nothing_waits() { pressure now; awk '$4 || $5 { bad = 1; print } END { exit bad || !NR }' /run/pressure.now; }
