# SPDX-License-Identifier: GPL-2.0-or-later
# Shares of a device with an accel node, worst agent, in points.
# timeout: 200
. /headgate/guest/shares.sh

hg_start accel=1
t_begin accel__the_policy_is_taken
policy_of /a=100 /b=300
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2

t_begin accel__shares_follow_weights
load /a --duration 2ms --depth 0
load /b --duration 5ms --depth 0
snapshots
check_shares 1.0 from to /a=1 /b=3
check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
figure accel_share_25_75 "$SHARE_ERROR" points
stop_loads

hg_stop
