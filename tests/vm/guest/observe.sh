# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of the observation, after shares.sh: . /headgate/guest/observe.sh

V1=/sys/fs/bpf/headgate/v1

# agent_id AGENT: its cgroup's id.
agent_id() { stat -c %i "/sys/fs/cgroup$1"; }

# seen AGENT KEY: a counter of map agents, or "wait", "queue", "run" for what that histogram
# holds in all; summed over lanes. Nothing if the agent is not there. AGENT may be an id.
seen()
{
	case $1 in
	/*) observe_id=$(agent_id "$1") ;;
	*) observe_id=$1 ;;
	esac
	bpftool map dump pinned $V1/maps/agents | awk -v want="$observe_id" -v key="$2" '
		{ gsub(/[]",:{}[]/, " ") }
		$1 == "agent" { a = $2; if (a == want) found = 1 }
		NF == 1 && $1 ~ /^(wait|queue|run)$/ { histogram = $1 }
		a != want { next }
		$1 == key && NF == 2 { sum += $2 }
		$1 == "count" && histogram == key { for (i = 2; i <= NF; i++) sum += $i }
		END { if (found) printf "%.0f\n", sum }'
}

# lost KEY: a counter of map losses.
lost() { bpftool map dump pinned $V1/maps/losses | sed -n "s/^ *\"$1\": \([0-9]*\).*/\1/p"; }

# ledger AGENT KEY: of the module, summed over lanes.
ledger()
{
	headgate flow list --json | awk -v agent="$1" -v key="$2" '
		{ gsub(/[",]/, "") }
		$1 == "agent:" { a = $2 }
		$1 == key ":" && a == agent { v += $2 }
		END { printf "%.0f\n", v }'
}

# check_books AGENT: what was seen of it is what the ledger has, and the histograms hold it all.
check_books()
{
	for observe_key in tickets jobs failed busy_ns; do
		check_eq "$observe_key of $1" "$(seen "$1" $observe_key)" "$(ledger "$1" $observe_key)"
	done
	check_eq "waits of $1" "$(seen "$1" wait)" "$(seen "$1" tickets)"
	check_eq "times in the queue of $1" "$(seen "$1" queue)" "$(seen "$1" jobs)"
	check_eq "run times of $1" "$(($(seen "$1" run) + $(seen "$1" unrun)))" "$(seen "$1" jobs)"
}

# rows AGENT: its rows in the table. headers: lines of its head.
rows() { awk -v id="$(agent_id "$1")" '$1 == id' $V1/agents; }
headers() { grep -c '^ *AGENT ' $V1/agents; }

# link_id NAME: of the link pinned there.
link_id() { bpftool link show pinned "$V1/links/$1" | sed -n '1s/:.*//p'; }
