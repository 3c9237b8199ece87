# SPDX-License-Identifier: GPL-2.0-or-later
# What the gate has learned of an open file is not taken for the next one at the same address.
. /headgate/bin/robust.sh

TRACING=/sys/kernel/tracing

# reused: addresses at which files of two nodes were opened, one after the other
reused()
{
	sed -n 's/.*drm_opened: .*inode=\([^ ]*\) file=\([^ ]*\).*/\1 \2/p' $TRACING/trace |
		awk '($2 in at) && at[$2] != $1 && !seen[$2]++ { n++ } { at[$2] = $1 } END { print n + 0 }'
}

t_begin a_file_in_the_place_of_another_drivers_passes_the_gate
load_module vgem
gate_up a=100
# shellcheck disable=SC2016
echo 'p:drm_opened drm_open inode=$arg1:x64 file=$arg2:x64' >$TRACING/kprobe_events
echo 1 >$TRACING/events/kprobes/drm_opened/enable
in_cgroup a squat "$(node vgem)" "$(node simgpu)" 100
check_eq "squat: status" $? 0
echo 0 >$TRACING/events/kprobes/drm_opened/enable
check_within "addresses that were used again" "$(reused)" 1 1000
echo >$TRACING/kprobe_events
check_eq "jobs that passed no gate" "$(unticketed)" 0
check_eq "tickets" "$(ledger /a tickets)" 100
nothing_lost
gate_down
