# SPDX-License-Identifier: GPL-2.0-or-later
# Who mixes jobs of next to nothing with long ones gets many in before it is known what they cost.
# They pile up in the scheduler for seconds, and hold the others up as long; but he pays for them.
# timeout: 200
. /headgate/bin/robust.sh

# Piles that end well within the time that is measured.
t_begin jobs_whose_cost_cannot_be_told_are_paid_for
load_module simgpu queue_limit=64
gate_up a=100 b=100
load b b simload --duration 5ms --depth 4 --processes 4 --seconds 600 --verify
load a a sneak --threads 16 --duration 20000000 --seconds 600 mixed
check "no ticket ever waits" wait_until 60 contended
share=$(share_of /a /b 50)
figure bypass_estimate "$share" '%'
check_within "share of /a" "$share" 35 65
loads_end
nothing_lost
gate_down
