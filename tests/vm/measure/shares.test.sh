# SPDX-License-Identifier: GPL-2.0-or-later
# Shares of one saturated lane over 10 s of GPU time, worst agent, in points.
# timeout: 400
. /headgate/guest/shares.sh

# shares NAME SIZES PATH=DUE…: each agent a saturating thread; SIZES are taken in turn.
shares()
{
	name=$1 sizes=$2
	shift 2
	t_begin "$name"
	for due in "$@"; do
		load "${due%=*}" --duration "${sizes%% *}" --depth 0
		sizes="${sizes#* } ${sizes%% *}"
	done
	snapshots
	check_shares 1.0 from to "$@"
	check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
	figure "$name" "$SHARE_ERROR" points
	stop_loads
}

# both NAME PATH=WEIGHT…: with equal job sizes, and with unequal ones.
both()
{
	of=$1
	shift
	t_begin "${of}__the_policy_is_taken"
	policy_of "$@"
	check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" $#
	shares "${of}__equal_jobs" 2ms "$@"
	shares "${of}__unequal_jobs" "0.5ms 20ms" "$@"
}

hg_start
both share_50_50 /s/a=100 /s/b=100
both share_75_25 /s/a=300 /s/b=100
both share_25_75 /s/a=100 /s/b=300
both share_90_10 /s/a=900 /s/b=100
both share_10_90 /s/a=100 /s/b=900
both share_1_2_4 /s/a=100 /s/b=200 /s/c=400
both share_of_eight /s/a=100 /s/b=100 /s/c=50 /s/d=200 /s/e=400 /s/f=25 /s/g=300 /s/h=150

# Two levels: x gets 1/4, of which a gets 1/4; y gets 3/4, of which c gets 1/3.
new_cgroup /x/a
new_cgroup /x/b
new_cgroup /y/c
new_cgroup /y/d
t_begin two_levels__the_policy_is_taken
policy <<END
[agent /x]
weight = 100
[agent /y]
weight = 300
[agent /x/a]
weight = 100
[agent /x/b]
weight = 300
[agent /y/c]
weight = 100
[agent /y/d]
weight = 200
END
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 6
shares two_levels__equal_jobs "2ms" /x/a=6.25 /x/b=18.75 /y/c=25 /y/d=50
shares two_levels__unequal_jobs "0.5ms 20ms" /x/a=6.25 /x/b=18.75 /y/c=25 /y/d=50

hg_stop
