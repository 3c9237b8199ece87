#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# newer.sh DIR: prints what to put before a command that works in DIR to have it from a Debian whose
# glslc ($GLSLC) knows cooperative matrices: this one ("env"), or Debian 13's that setup.sh unpacks. Nothing
# if there is neither.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)

knows_matrices()
{
	"$@" -fshader-stage=compute -o /dev/null - 2>/dev/null <<'END'
#version 450
#extension GL_KHR_cooperative_matrix : require
void main() { }
END
}

if knows_matrices "${GLSLC:-glslc}"; then
	echo env
elif knows_matrices "$HERE/chroot.sh" run "$1" glslc; then
	echo "$HERE/chroot.sh run $1"
fi
