# SPDX-License-Identifier: GPL-2.0-or-later
# What an idle agent keeps of the kernel's memory, with all that the allocators round up.
# timeout: 300
. /headgate/guest/shares.sh
. /headgate/guest/memory.sh

AGENTS=1000
GOAL=1024 # for an agent and a lane
# What it is today and a margin, so that it does not grow unseen.
MOST=1300
# struct queue_flow alone: less, and we look at the wrong caches.
LEAST=232

# each FROM TO: bytes for an agent
each() { echo $((($2 - $1) / AGENTS)); }

flows() { headgate flow list --json | grep -c '"agent": "/crowd/'; }

# all_is_back: but for the noise, an eighth of what an agent itself takes
all_is_back()
{
	left=$(($(kept) - empty))
	[ "$left" -lt $((16 * AGENTS)) ]
}

come_and_go()
{
	crowd agents $AGENTS && crowd submit $AGENTS 0 && crowd submit $AGENTS 1 && crowd forget $AGENTS
}

# What the rest of the kernel takes meanwhile, and keeps, it takes once; a leak comes each time.
again()
{
	empty=$(kept)
	check "the agents did not come and go" come_and_go
	wait_until 15 all_is_back
}

hg_start engines=2
# Whatever the kernel keeps of cgroups, tasks and sockets is there before, and so are the totals of
# agents that went, of which headgate keeps so many and no more.
crowd make $AGENTS
come_and_go
flows

t_begin memory__agents_are_made_and_submit
empty=$(kept)
check "agents were refused" crowd agents $AGENTS
agents=$(kept)
check "submissions failed" crowd submit $AGENTS 0
one_lane=$(kept)
check "submissions failed" crowd submit $AGENTS 1
two_lanes=$(kept)
check_eq "flows of the agents" "$(flows)" $((2 * AGENTS))

t_begin memory__of_an_idle_agent_has_not_grown
first=$(each "$empty" "$one_lane")
further=$(each "$one_lane" "$two_lanes")
figure memory_agent_itself "$(each "$empty" "$agents")" bytes
figure memory_agent_on_one_lane "$first" bytes
figure memory_agent_on_each_further_lane "$further" bytes
check_within "bytes of an agent on one lane" "$first" $LEAST $MOST
check_within "bytes of an agent on a further lane" "$further" $LEAST $MOST

t_begin memory__of_an_idle_agent_reaches_its_goal
if [ "$first" -le $GOAL ] && [ "$further" -le $GOAL ]; then
	ok
else
	skip "not reached: $first bytes of $GOAL on one lane, $further on a further one; Documentation/testing.rst says where they go"
fi

t_begin memory__comes_back_when_the_agents_go
check "agents were kept" crowd forget $AGENTS
check_eq "flows of the agents" "$(flows)" 0
if ! wait_until 15 all_is_back; then
	first=$left
	again || again || fail "bytes are left: $first, and when it was done again, $left"
fi
figure memory_left_when_they_went "$left" bytes
