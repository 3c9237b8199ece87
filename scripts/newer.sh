#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# newer.sh DIR: prints what to put before a command that works in DIR to have it from a Debian whose
# glslc knows cooperative matrices: this one ("env"), or Debian 13's that setup.sh unpacks. Nothing
# if there is neither.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)

knows_matrices()
{
	"$@" glslc -fshader-stage=compute -o /dev/null - 2>/dev/null <<'END'
#version 450
#extension GL_KHR_cooperative_matrix : require
void main() { }
END
}

for in in env "$HERE/chroot.sh run $1"; do
	# shellcheck disable=SC2086 # its words
	! knows_matrices $in || { echo "$in"; break; }
done
