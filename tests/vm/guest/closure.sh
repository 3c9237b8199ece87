# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether the ledger closes; a test file sources it after shares.sh: . /headgate/guest/closure.sh

# shellcheck disable=SC2034
CLOSURE_GOAL=0.5 # percent

# lanes NAME: a line "LANE TIME IDLE RUNNING BUSY JOBS" for each, in ns.
lanes()
{
	headgate lane list --json | awk '{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "waiting:" { print v["id:"], v["time_ns:"], v["idle_ns:"], v["running_ns:"], v["busy_ns:"], v["jobs:"] }' >"/run/lanes.$1"
}

# closure FROM TO: the worst lane's difference between its time and what is accounted for, in percent.
closure()
{
	awk 'NR == FNR { t[$1] = $2; a[$1] = $3 + $4 + $5; next }
		{ d = ($3 + $4 + $5 - a[$1]) / ($2 - t[$1]) - 1; if (d < 0) d = -d; if (d > worst) worst = d; n++ }
		END { printf "%.4f\n", n ? 100 * worst : 100 }' "/run/lanes.$1" "/run/lanes.$2"
}

# in_lane LANE FIELD FROM TO: how a field of lanes grew.
in_lane() { awk -v l="$1" -v f="$2" '$1 == l { d = (NR == FNR) ? $f : $f - d } END { printf "%.0f\n", d }' "/run/lanes.$3" "/run/lanes.$4"; }
