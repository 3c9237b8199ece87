# SPDX-License-Identifier: GPL-2.0-or-later
# Agents go while their tasks are just being admitted: each race of the two, many times over.
# timeout: 300
. /headgate/bin/robust.sh

# Short jobs and many tasks: the lane's queue changes all the time.
# storm AGENT NAME
storm() { load "$1" "$2" simload --duration 100us --depth 2 --processes 2 --threads 4 --seconds 600 --verify; }

removals() { sed -n 's/^churn removals=\([0-9]*\).*/\1/p' /tmp/churn; }

# Flows of agents, those that are gone among them; cgroups that are gone and held by something.
flows() { headgate flow list --forget-gone >/dev/null; headgate flow list --json | grep -c '"agent_id": [1-9]'; }
held() { sed -n 's/^nr_dying_descendants //p' /sys/fs/cgroup/cgroup.stat; }
nothing_stays() { [ "$(flows)" = 0 ] && [ "$(held)" = 0 ]; }

# no_agents: without any, nothing is left of those that were
no_agents()
{
	for agent in /a/x /a /b; do
		check "agent del $agent" headgate agent del $agent
	done
	wait_until 30 nothing_stays || fail "$(flows) flows and $(held) removed cgroups stay"
	kill -HUP "$DAEMON"
	check "the agents do not come back" wait_until 30 has_weight /b 100
}

t_begin admission_and_agent_del_may_meet
gate_up a=100 a/x=100 b=100
storm a a
storm a/x x
storm b b
check "no ticket ever waits" wait_until 60 contended /a /a/x /b
churn --seconds 10 policy /a /a/x >/tmp/churn
check_eq "churn: status" $? 0
check_within "agents removed" "$(removals)" 200 1000000
for agent in /a /a/x /b; do
	goes_on "agent $agent does not go on" 20 ledger $agent jobs
done
loads_end
nothing_lost
no_agents

t_begin admission_and_rmdir_may_meet
storm a a
storm a/x x
storm b b
check "no ticket ever waits" wait_until 60 contended /a /a/x /b
churn --seconds 10 cgroup /a/x >/tmp/churn
check_eq "churn: status" $? 0
check_within "cgroups removed" "$(removals)" 20 1000000
loads_end
nothing_lost
no_agents
gate_down
