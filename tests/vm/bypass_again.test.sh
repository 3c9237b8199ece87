# SPDX-License-Identifier: GPL-2.0-or-later
# A task that submits as it did before is let in the short way, by what is known of it: not when
# it works for another agent by now.
# timeout: 480
. /headgate/bin/robust.sh

# move FROM TO: all tasks of a cgroup
move()
{
	while read -r pid; do
		echo "$pid" >"/sys/fs/cgroup$2/cgroup.procs"
	done <"/sys/fs/cgroup$1/cgroup.procs"
}

# only_counts AGENT OTHER: from now on tickets are the agent's, and no longer the other's
only_counts()
{
	goes_on "no ticket of $1" 5 ledger "$1" tickets
	was=$(ledger "$2" tickets)
	goes_on "no ticket of $1" 20 ledger "$1" tickets
	check_eq "tickets of $2" "$(ledger "$2" tickets)" "$was"
}

t_begin a_task_that_moves__submits_for_the_agent_where_it_is
gate_up a=100 b=100
new_cgroup b/x
load a a simload --duration 1ms --think 1ms --seconds 600 --verify
goes_on "no ticket of /a" 20 ledger /a tickets
move /a /b
only_counts /b /a
move /b /a
only_counts /a /b

t_begin a_task_submits_for_an_agent_that_came_or_went_meanwhile
move /a /b/x
only_counts /b /a
check "agent set" headgate agent set /b/x --weight 100
only_counts /b/x /b
check "agent del" headgate agent del /b/x
goes_on "no ticket of /b" 20 ledger /b tickets
check_eq "jobs that passed no gate" "$(unticketed)" 0
loads_end
nothing_lost
gate_down
