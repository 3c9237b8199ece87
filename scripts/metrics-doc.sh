#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Generate the list of metrics in Documentation/metrics.rst from the table of headgated.
#
#   scripts/metrics-doc.sh          write it
#   scripts/metrics-doc.sh --check  fail with a diff where the committed page differs
set -eu

cd "$(dirname "$0")/.."
page=Documentation/metrics.rst
begin='.. The list begins here.' end='.. The list ends here.'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iuserspace/daemon \
	-o "$work/metrics_rst" scripts/metrics_rst.c userspace/daemon/metrics_table.c
"$work/metrics_rst" >"$work/list"
if ! grep -qxF "$begin" "$page" || ! grep -qxF "$end" "$page"; then
	echo "$page has no lines '$begin' and '$end'" >&2
	exit 1
fi
awk -v begin="$begin" -v end="$end" -v list="$work/list" '
	$0 == end { inside = 0 }
	!inside
	$0 == begin { inside = 1; print ""; while ((getline line < list) > 0) print line; print "" }
' "$page" >"$work/metrics.rst"
if [ "${1:-}" = --check ]; then
	diff -u "$page" "$work/metrics.rst" || {
		echo "$page is not what the table says; run 'make generate'" >&2
		exit 1
	}
else
	cmp -s "$work/metrics.rst" "$page" || cp "$work/metrics.rst" "$page"
fi
