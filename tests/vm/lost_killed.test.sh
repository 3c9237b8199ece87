# SPDX-License-Identifier: GPL-2.0-or-later
# Jobs that are queued for a process that was killed, and never run, are their agent's affair.
. /headgate/bin/robust.sh

t_begin jobs_of_a_killed_entity_close_the_lane_to_nobody
load_module simgpu flush=1
gate_up a=100 b=100
load b b
check "no ticket ever waits" wait_until 60 contended
load a a inherit
check "no job is queued for the dead" wait_until 60 grep -q inherit /tmp/a
goes_on "the other agent stands still" 300 ledger /b jobs
check_eq "tickets of the other agent that lost patience" "$(ledger /b forced)" 0
check_eq "jobs that were cancelled" "$(engine cancelled)" 0
loads_end
nothing_lost
check_within "jobs that were cancelled when the file was closed" "$(engine cancelled)" 1 1000
gate_down
