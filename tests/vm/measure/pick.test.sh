# SPDX-License-Identifier: GPL-2.0-or-later
# What one pick takes, in instructions: the simulator's clock is the guest's (1 ns each here).
# timeout: 300

# pick_ns WORKLOAD: of one pick that found somebody, of 10 and of 10,000 agents.
pick_ns()
{
	simclock --wall 1 --agents 10,10000 --jobs 20000 --workload "$1" --json >/run/simclock
	tr -d ',' </run/simclock | awk '$1 == "\"pick_ns\":" { printf "%.0f ", $2 }'
}

for load in deep decode mixed; do
	t_begin "pick__of_10000_agents_costs_three_times_that_of_10_at_most__$load"
	read -r few many <<END
$(pick_ns $load)
END
	check_within "instructions of a pick with 10 agents" "$few" 1 2000
	figure "pick_${load}_10" "$few" instructions
	figure "pick_${load}_10000" "$many" instructions
	check_within "of 10,000 agents to 10, in percent" $((100 * many / few)) 1 300
done
