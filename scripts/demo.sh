#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh: builds headgate, boots a stock kernel in QEMU and shows it at work:
# scripts/demo-guest.sh is what happens in there.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
cd "$HG_ROOT"
mkdir -p "$HG_BUILD"

# DEMO_SECONDS: how long each part takes; below 10 Mesa's clients have hardly begun.
seconds=${DEMO_SECONDS:-20}
[[ $seconds =~ ^[1-9][0-9]{1,3}$ ]] ||
	die "DEMO_SECONDS is '$seconds'; give a whole number of seconds from 10 to 9999"

say "building headgate (about 40 s the first time)"
make --no-print-directory -s -j2 SERIES=6.12 all >"$HG_BUILD/demo-build.log" 2>&1 ||
	die "the build failed; see build/demo-build.log"
mkdir -p "$HG_BUILD/vm/files"
cp "$HERE/demo-guest.sh" "$HG_BUILD/vm/files/demo.sh"

say "booting Debian's kernel $(cat "$HG_BUILD/kernel/6.12/version") in QEMU, by software emulation (about 15 s)"
args=(--virgl --timeout $((3 * seconds + 220)))
[ ! -t 0 ] || [ ! -t 1 ] || args+=(--tty)
tests/vm/run "${args[@]}" --cmd "DEMO_SECONDS=$seconds NO_COLOR=${NO_COLOR:+1}; export NO_COLOR; . /headgate/demo.sh"
