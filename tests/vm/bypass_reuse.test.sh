# SPDX-License-Identifier: GPL-2.0-or-later
# What the gate has learned of an open file is not taken for the next one at the same address.
# timeout: 200
. /headgate/bin/robust.sh

TRACING=/sys/kernel/tracing

# closed: "INODE CLIENT" of each file that was closed; a client is what the gate knows a file by.
closed() { sed -n 's/.*drm_closed: .*inode=\([^ ]*\) client=\([^ ]*\).*/\1 \2/p' $TRACING/trace; }

# reused: clients at the address of the one before, which was another node's. Inodes are compared
# as text: as numbers, two that lie within 2 KiB are the same to awk.
reused() { closed | awk '($2 in at) && at[$2] "" != $1 "" { n++ } { at[$2] = $1 } END { print n + 0 }'; }

# Where the kernel puts a file is its own affair; once in many it has other plans for a while.
squat_until_reused()
{
	said=$(in_cgroup a squat "$(node vgem)" "$(node simgpu)" 40) || fail "squat ended with status $?"
	files=$((files + ${said#*=}))
	[ "$(reused)" -gt 0 ]
}

t_begin a_file_in_the_place_of_another_drivers_passes_the_gate
files=0
load_module vgem
gate_up a=100
# shellcheck disable=SC2016
echo 'p:drm_closed drm_release inode=$arg1:x64 client=filp->private_data:x64' >$TRACING/kprobe_events
echo 1 >$TRACING/events/kprobes/drm_closed/enable
check "no address was used again" wait_until 90 squat_until_reused
echo 0 >$TRACING/events/kprobes/drm_closed/enable
check_eq "files that were seen" "$(closed | wc -l)" $((2 * files))
echo >$TRACING/kprobe_events
check_eq "jobs that passed no gate" "$(unticketed)" 0
check_eq "tickets" "$(ledger /a tickets)" "$files"
nothing_lost
gate_down
