# SPDX-License-Identifier: GPL-2.0-or-later
# What headgate adds to one uncontended submission, in instructions (1 ns each here).
# timeout: 200
. /headgate/guest/shares.sh

GOAL=1500
# What it is today and a margin, so that it does not grow unseen.
MOST=1625
# The same where the gate has to read for which queue it is.
MOST_TURNS=2650
# The same of what the observation adds.
MOST_OBSERVED=850
ROUNDS=300
WARM_UP=50 # of submitcost, before each run
OBSERVED=/sys/fs/bpf/headgate/v1/agents

# cost NAME CGROUP [OPTION…]: sets IOCTL, the caller's own path, and ROUND, all contexts.
cost()
{
	cost_name=$1
	cost_cgroup=$2
	shift 2
	load_fifo=$(in_cgroup "$cost_cgroup" submitcost --fifo "$@" $ROUNDS)
	load_round=$(in_cgroup "$cost_cgroup" submitcost "$@" $ROUNDS)
	IOCTL=${load_fifo#*ioctl=} IOCTL=${IOCTL%% *}
	ROUND=${load_round#*round=}
	echo "   $cost_name: ioctl $IOCTL, round $ROUND"
	check_within "instructions in the ioctl" "$IOCTL" 500 100000
}

# added NAME: what that is more than stock in the same cgroup. The scheduler's own cost
# grows with the depth of a cgroup (PSI), so it must be the same one.
added()
{
	figure "cost_${1}_ioctl" $((IOCTL - stock_ioctl)) instructions
	figure "cost_${1}_whole_path" $((ROUND - stock_round)) instructions
}

# seen JOBS: that many of /a
seen() { awk -v n="$1" '$NF == "/a" && $3 == n && $4 == n { ok = 1 } END { exit !ok }' "$OBSERVED"; }

# stock_of CGROUP: what it is without headgate
stock_of() { read -r stock_ioctl stock_round <"/run/stock.$(echo "${1#/}" | tr / .)"; }

load_module simgpu
new_cgroup /a
new_cgroup /d/e/f/g/h

t_begin cost__without_headgate
for cgroup in / /a /d/e/f/g/h; do
	cost "stock in $cgroup" $cgroup
	echo "$IOCTL $ROUND" >"/run/stock.$(echo "${cgroup#/}" | tr / .)"
done
figure cost_stock_submit_ioctl "$IOCTL" instructions
cost turns /a --turns
echo "$IOCTL $ROUND" >/run/stock.turns
cost info / --info
info_ioctl=$IOCTL
cost version / --version
version_ioctl=$IOCTL

t_begin cost__module_without_gate
load_module headgate
stock_of /
cost module /
added module_without_gate

t_begin cost__gate
policy <<END
[agent /a]
[agent /d]
END
check_fails "there is an observation" test -e "$OBSERVED"
cost ungoverned /
added ungoverned
cost info / --info
figure cost_ioctl_that_submits_nothing $((IOCTL - info_ioctl)) instructions
cost version / --version
figure cost_ioctl_of_drm_itself $((IOCTL - version_ioctl)) instructions

t_begin cost__governed_submission
stock_of /a
cost governed /a
snapshot cost
check_eq "tickets of the two runs" "$(awk '$1 == "/a" { print $4 }' /run/snap.cost)" $((2 * (ROUNDS + WARM_UP)))
added governed
added_now=$((ROUND - stock_round))
check_within "instructions that headgate adds to a submission" $added_now 1 $MOST

t_begin cost__governed_submission_reaches_its_goal
if [ $added_now -le $GOAL ]; then
	ok
else
	skip "not reached: $added_now instructions of $GOAL; Documentation/testing.rst says where they go"
fi

t_begin cost__governed_submission_from_deep_below_its_agent
stock_of /d/e/f/g/h
cost deep /d/e/f/g/h
added governed_deep

# The gate reads from the argument which engine it is, each time.
t_begin cost__governed_submissions_to_two_engines_in_turn
stock_of turns
cost turns /a --turns
added governed_turns
check_within "instructions that headgate adds" $((ROUND - stock_round)) $added_now $MOST_TURNS

t_begin cost__observation
governed=$added_now
policy <<END
[gate]
observe = 4096
[agent /a]
[agent /d]
END
check "there is no observation" wait_until 20 test -e "$OBSERVED"
stock_of /a
cost observed /a
figure cost_observation $((ROUND - stock_round - governed)) instructions
check_within "instructions that observation adds to a submission" $((ROUND - stock_round - governed)) 1 $MOST_OBSERVED
check "it has not seen the two runs" seen $((2 * (ROUNDS + WARM_UP)))

hg_stop
