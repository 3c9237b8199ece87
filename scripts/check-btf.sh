#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check-btf.sh MODULE: fails unless the module has BTF with headgate's kfunc.
#
# Without BTF the module loads, its kfuncs are silently absent, and no program
# can ask the gate: so it must not be built at all.
set -eu

module=${1:?usage: scripts/check-btf.sh MODULE}
readelf -SW "$module" | grep -q ' \.BTF ' || {
	echo "$module has no BTF: install dwarves (pahole), see that vmlinux lies in the kernel headers' folder, and build again" >&2
	rm -f "$module"
	exit 1
}
nm "$module" | grep -q ' bpf_headgate_admit$' || {
	echo "$module lacks the kfunc bpf_headgate_admit" >&2
	exit 1
}
