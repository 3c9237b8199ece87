# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which ioctls are submissions is data; a test file sources it: . /headgate/guest/submissions.sh

# submissions_zeros N: so many bytes of zeros, in hex
submissions_zeros() { printf ' 00%.0s' $(seq "$1"); }

# submission NAME-IN-HEX LENGTH NR FLAGS: an entry of the table.
submission()
{
	# shellcheck disable=SC2046,SC2086
	bpftool map update pinned /sys/fs/bpf/headgate/v1/maps/submissions \
		key hex $1 $(submissions_zeros $((28 - $2))) "$3" 00 00 00 \
		value hex "$4" 00 00 00 $(submissions_zeros 12) # no tag
}

# gate_vgem: FENCE_ATTACH, 0x41, becomes a submission whose job is the fence that is made
# (HEADGATE_ADMIT_FENCE and _FENCE_INIT: 5).
gate_vgem() { submission "76 67 65 6d" 4 41 05; }
