#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh: builds headgate, boots a stock kernel in QEMU and shows it at work:
# scripts/demo-guest.sh is what happens in there.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
cd "$HG_ROOT"

say "building headgate"
make --no-print-directory -s -j2 all >"$HG_BUILD/demo-build.log" 2>&1 ||
	die "the build failed; see build/demo-build.log"
mkdir -p "$HG_BUILD/vm/files"
cp "$HERE/demo-guest.sh" "$HG_BUILD/vm/files/demo.sh"

say "booting $(cat "$HG_BUILD/kernel/6.12/version") in QEMU: software emulation, some 10 s"
# DEMO_SECONDS: how long each part takes
show="DEMO_SECONDS=${DEMO_SECONDS:-20}; . /headgate/demo.sh"
if [ -t 0 ] && [ -t 1 ]; then
	tests/vm/run --virgl --timeout 280 --tty --cmd "$show"
else
	tests/vm/run --virgl --timeout 280 --cmd "$show"
fi
