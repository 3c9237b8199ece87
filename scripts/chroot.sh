#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# chroot.sh                    a Debian 13 with a compiler and kbuild's tools, in the cache
# chroot.sh run DIR COMMAND…   runs COMMAND in it; it may write to DIR and nothing else
#
# Modules for a kernel of Debian 13 want that release's compiler, and its libraries for objtool
# and resolve_btfids; kernels with cooperative matrices want its glslc, and the Mesa of its backports
# to run them. On Debian 13 there is nothing to make, and run runs COMMAND as it is.
#
# The command sees the tree's /usr, and under their own names DIR and the kernels of the cache:
# what the compiler says of a file holds outside too.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

SUITE=trixie
PACKAGES=gcc-14,make,pahole,libelf1t64,libssl3t64,zlib1g,bash,dash,coreutils,grep,sed,gawk,findutils
PACKAGES+=,glslc,spirv-tools,libvulkan1,mesa-vulkan-drivers/$SUITE-backports

# build STORE MIRROR: the recipe; the tree is made again when it changes.
build()
{
	as_root rm -rf "$1/new"
	as_root mmdebstrap --quiet --variant=extract --mode=root --include="$PACKAGES" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
		"$SUITE" "$1/new" "deb $2 $SUITE main" "deb $2 $SUITE-backports main" >"$1/build.log" 2>&1 ||
		die "mmdebstrap failed; see $1/build.log, then run this again"
	# The packages are unpacked, not configured: what their scripts would have made.
	as_root ln -sf gawk "$1/new/usr/bin/awk"
	as_root rm -rf "$1"/new/usr/share/{doc,man,locale,info}
	# Of Mesa's drivers, and of what compilers link with, only what is used.
	as_root find "$1/new/usr/lib" \( -name 'libvulkan_*.so' ! -name 'libvulkan_lvp.so' -o -name 'libSPIRV-Tools*.a' \) -delete
}

# inside DIR COMMAND…
inside()
{
	local dir=$1
	shift
	[ -d "$tree" ] || die "there is no Debian 13 to build in; run scripts/setup.sh"
	command -v bwrap >/dev/null || die "there is no bwrap (package bubblewrap); run scripts/setup.sh"
	exec bwrap --die-with-parent --ro-bind "$tree/usr" /usr --symlink usr/bin /bin --symlink usr/sbin /sbin \
		--symlink usr/lib /lib --symlink usr/lib64 /lib64 --dev /dev --proc /proc --tmpfs /tmp \
		--ro-bind "$HG_CACHE/kernel" "$HG_CACHE/kernel" --bind "$dir" "$dir" --setenv PATH /usr/bin -- "$@"
}

release
store=$HG_CACHE/chroot
tree=$store/$SUITE-$({ declare -f build; echo "$PACKAGES"; } | sha256sum | cut -c 1-16)
case ${1:-} in
'') ;;
run)
	[ $# -gt 2 ] || die "usage: chroot.sh run DIR COMMAND…"
	[ -d "$2" ] || die "there is no folder $2"
	shift
	[ "$CODENAME" = "$SUITE" ] || inside "$@"
	shift
	exec "$@"
	;;
*) die "usage: chroot.sh [run DIR COMMAND…]" ;;
esac

[ "$CODENAME" != "$SUITE" ] || exit 0
lock chroot
if [ ! -d "$tree" ]; then
	archive=$(mirror)
	[ -n "$archive" ] || die "apt knows no Debian source for $CODENAME main; add one and run this again"
	mkdir -p "$store"
	say "unpacking a compiler and kbuild's tools of Debian 13 (half a minute)"
	build "$store" "$archive"
	as_root find "$store" -mindepth 1 -maxdepth 1 -type d ! -name new -exec rm -rf {} +
	as_root mv "$store/new" "$tree"
fi
say "Debian 13 to build in: $(du -sh "$tree" | cut -f 1)"
