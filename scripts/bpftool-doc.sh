#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bpftool-doc.sh: runs the commands of Documentation/bpftool.rst in a guest and puts what they
# print into the document. What is built is used as it is.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"

page=$HG_ROOT/Documentation/bpftool.rst
new=$HG_BUILD/bpftool.rst
# shellcheck disable=SC2016 # for the guest to expand
"$HG_ROOT/tests/vm/run" --cmd '
	. /headgate/guest/shares.sh
	. /headgate/guest/bpftool_doc.sh
	doc_scene >/dev/null
	echo "--- the document"
	doc_filled
	echo "--- its end"' >"$new.out"
sed -n '/^--- the document$/,/^--- its end$/{ /^---/!p }' "$new.out" | tr -d '\r' >"$new"
[ "$(wc -l <"$new")" -ge "$(grep -c '^    # ' "$page")" ] || die "the guest printed no document; see $new.out"
cp "$new" "$page"
