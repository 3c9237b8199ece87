#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Generate Documentation/drivers.rst from the driver table and what lowers it.
#
#   scripts/drivers-doc.sh          write the page
#   scripts/drivers-doc.sh --check  fail with a diff where the committed page differs
set -eu

cd "$(dirname "$0")/.."
page=Documentation/drivers.rst
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iuserspace/lib -Iuserspace/ctl -Iinclude -Iinclude/uapi \
	-o "$work/drivers_rst" scripts/drivers_rst.c \
	userspace/lib/bypass.c userspace/lib/drivers.c userspace/lib/units.c userspace/lib/virtio.c \
	userspace/ctl/evidence.c
"$work/drivers_rst" >"$work/drivers.rst"
if [ "${1:-}" = --check ]; then
	diff -u "$page" "$work/drivers.rst" || {
		echo "$page is not what the tables say; run 'make generate'" >&2
		exit 1
	}
else
	cmp -s "$work/drivers.rst" "$page" || cp "$work/drivers.rst" "$page"
fi
