#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Generate the netlink tables and the uapi header from the YNL specification.
#
#   scripts/ynl.sh TOOLS          write the generated files
#   scripts/ynl.sh TOOLS --check  fail with a diff where a committed file differs
#
# TOOLS is a kernel source tree, or the part of one that holds tools/net/ynl
# and Documentation/netlink.
set -eu

tools=$(cd "${1:?usage: scripts/ynl.sh TOOLS [--check]}" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The generator looks for the schemas one level above the specification, and
# walks up to a MAINTAINERS file to print a path: give it both.
mkdir -p "$work/Documentation/netlink/specs"
touch "$work/MAINTAINERS"
cp "$tools"/Documentation/netlink/genetlink*.yaml "$work/Documentation/netlink/"
# Older generators take no names of constants as limits: give each its value.
awk '$1 == "name:" { name = $2 }
	$1 == "value:" { value[name] = $2 }
	($1 == "min:" || $1 == "max:") && $2 in value { sub($2, value[$2]) }
	{ print }' "$top/Documentation/netlink/headgate.yaml" >"$work/Documentation/netlink/specs/headgate.yaml"

generate() { # generate FILE MODE...
	local file=$1
	shift
	mkdir -p "$work/$(dirname "$file")"
	(cd "$work" && python3 "$tools/tools/net/ynl/ynl-gen-c.py" \
		--spec Documentation/netlink/specs/headgate.yaml \
		-o "$file" "$@") >/dev/null
	# Where the specification lives in this tree.
	sed -i 's#netlink/specs/headgate#netlink/headgate#' "$work/$file"
	# The generator knows no flags of groups. Events tell what others do.
	sed -i 's#\[HEADGATE_NLGRP_EVENTS\] = { "events", }#[HEADGATE_NLGRP_EVENTS] = { "events", GENL_MCAST_CAP_SYS_ADMIN }#' "$work/$file"
	if [ "${check:-}" ]; then
		diff -u "$top/$file" "$work/$file" || {
			echo "$file is not what Documentation/netlink/headgate.yaml generates; run 'make generate'" >&2
			exit 1
		}
	else
		cmp -s "$work/$file" "$top/$file" || cp "$work/$file" "$top/$file"
	fi
}

[ "${2:-}" = --check ] && check=1
generate include/uapi/linux/headgate.h --mode uapi --header
generate kmod/netlink_gen.h --mode kernel --header
generate kmod/netlink_gen.c --mode kernel --source
