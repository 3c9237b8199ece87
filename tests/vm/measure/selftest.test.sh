# SPDX-License-Identifier: GPL-2.0-or-later
# The helpers of these tests fail when they should. No GPU time: the snapshots are made up.
. /headgate/guest/shares.sh

# refuses WHAT COMMAND…: the check must fail; that it did is the only check that counts.
refuses()
{
	# shellcheck disable=SC2034 # lib.sh reads them
	refused=$(
		what=$1
		shift
		T_REASON='' T_CHECKS=0
		"$@" >/dev/null
		echo "$T_REASON"
	)
	check "accepted: $1" test -n "$refused"
	echo "   refused: $refused"
}

t_begin selftest__a_wrong_share_is_refused
printf '/a 100 1 1 1 0\n/b 100 1 1 1 0\n' >/run/snap.x
printf '/a 500000100 1 1 1 0\n/b 500000100 1 1 1 0\n' >/run/snap.y
check_shares 1.0 x y /a=1 /b=1
refuses "60:40 where 50:50 was had" check_shares 1.0 x y /a=60 /b=40
refuses "51.1:48.9 where 50:50 was had" check_shares 1.0 x y /a=511 /b=489
refuses "shares of nobody" check_shares 1.0 x y /c=1 /d=1
refuses "shares of nothing" check_shares 1.0 x x /a=1 /b=1
refuses "shares of no snapshot" check_shares 1.0 x none /a=1 /b=1

t_begin selftest__a_wrong_share_of_a_real_lane_is_refused
hg_start
policy_of /a=100 /b=100
load /a --duration 2ms --depth 0
load /b --duration 2ms --depth 0
snapshots 2
check_shares 1.0 from to /a=1 /b=1
refuses "1:3 where 1:1 is enforced" check_shares 1.0 from to /a=1 /b=3
stop_loads

hg_stop
