#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check-btf.sh MODULE: fails unless the module has BTF with headgate's kfunc.
#
# Without BTF the module loads, its kfuncs are silently absent, and no program
# can ask the gate: so it must not be built at all. Nor where its BTF has a
# struct file of its own beside the kernel's, which the verifier then refuses.
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
# The names of its members are in the module's BTF only if the struct is.
if readelf -p .BTF "$module" | grep f_iocb_flags >/dev/null; then
	echo "$module has a struct file of its own in its BTF: pahole could not merge it with the kernel's; use another version of pahole (with libbpf 1.6 or newer) or of gcc" >&2
	rm -f "$module"
	exit 1
fi
