#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# setup.sh [OPTION…]: from a bare Debian 12 or 13 to a machine that builds and tests headgate:
# packages by apt, the kernels (kernel.sh) and what builds modules for the newer one (chroot.sh),
# the kernel's own tools, Prometheus, the virgl guest's image. Safe to run again, and quick then.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
guest=1 newer=7.3
usage()
{
	cat <<'END'
usage: scripts/setup.sh [OPTION…]
Makes a Debian 12 or 13 build and test headgate: packages by apt, and in the cache folder two
kernels with their headers, a compiler for the newer one, and the image of a guest with Mesa.
Takes some minutes and 4 GB of disk the first time, seconds after that; needs root or sudo.
  --no-guest  without the guest's image, which the demo and the virgl tests need
  --no-newer  without the newer kernel, 7.3, which only the tests need
END
}

for arg; do
	case $arg in
	--no-guest) guest= ;;
	--no-newer) newer= ;;
	-h|--help) usage; exit ;;
	*) usage >&2; exit 2 ;;
	esac
done

PACKAGES=(
	# the module, the BPF programs, user space
	build-essential dwarves clang-19 llvm-19 pkg-config
	libnl-3-dev libnl-genl-3-dev libsystemd-dev libsqlite3-dev libmicrohttpd-dev
	# the inference kernels: shaders, the loader, JSON of requests, and what fuzzes their readers
	glslc spirv-tools libvulkan-dev libvulkan1 libjson-c-dev libclang-rt-19-dev
	# manual pages
	python3-docutils
	# checks
	libcmocka-dev sparse shellcheck systemd python3 python3-yaml python3-jsonschema strace
	# the virtual machines
	libegl1 libegl-mesa0 libgl1-mesa-dri libgles2 libgbm1
	busybox-static mmdebstrap cpio kmod xz-utils zstd e2fsprogs util-linux
	# downloads
	curl ca-certificates debian-archive-keyring
)
# From backports on Debian 12, whose own are too old: libbpf 1.1, bpftool for 6.1, QEMU 7.2, lavapipe
# 22.3, whose loops end after 65,535 rounds. What these want of their own version is named too: apt
# looks for that in the release alone.
NEWER=(libbpf-dev bpftool libdrm-dev qemu-system-x86 qemu-system-gui qemu-system-common qemu-system-data seabios
	mesa-vulkan-drivers)

# lacking PACKAGE…: those not installed.
lacking()
{
	local have
	have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | awk '$2 == "installed" { print $1 }') || true
	comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

# too_old PACKAGE…: those not installed in a version from backports.
too_old()
{
	local package version
	for package; do
		version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || true)
		case $version in
		*~bpo12*) ;;
		*) echo "$package" ;;
		esac
	done
}

packages()
{
	local want=() file
	if [ "$CODENAME" = bookworm ]; then
		PACKAGES+=(bubblewrap) # for chroot.sh
		mapfile -t want < <(too_old "${NEWER[@]}" | sed 's,$,/bookworm-backports,')
		# An old keyring lacks the keys of Debian 13.
		[ -e /usr/share/keyrings/debian-archive-trixie-automatic.gpg ] || want+=(debian-archive-keyring)
	else
		PACKAGES+=("${NEWER[@]}")
	fi
	mapfile -O ${#want[@]} -t want < <(lacking "${PACKAGES[@]}")
	# 32-bit clients for the tests: the C library and the part of gcc for -m32, of gcc's own
	# version; not gcc-multilib, which conflicts with every cross compiler.
	if ! file=$(gcc -m32 -print-file-name=libgcc_eh.a 2>/dev/null) || [ ! -e "$file" ] || [ ! -e /usr/lib32/libc.a ]; then
		want+=(libc6-dev-i386 "lib32gcc-$(gcc_version)-dev")
	fi
	[ ${#want[@]} -gt 0 ] || { say "packages are there"; return; }
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "not root and no sudo; have these installed: ${want[*]}"
	apt_update
	say "installing ${want[*]}"
	# --no-remove: nothing that the host has may go for it.
	as_root env DEBIAN_FRONTEND=noninteractive apt-get "${APT_OPTS[@]}" install -y --no-install-recommends --no-remove \
		-o Dpkg::Progress-Fancy=0 "${want[@]}" >"$HG_CACHE/apt/install.log" 2>&1 ||
		die "apt could not install the packages; see the end of $HG_CACHE/apt/install.log, then run this again"
}

# gcc_version: the release's default; gcc itself may not be there yet.
gcc_version() { [ "$CODENAME" = bookworm ] && echo 12 || echo 14; }

# kernel_tools: checkpatch and YNL out of linux-source, which is not installed for it.
kernel_tools()
{
	local store=$HG_CACHE/kernel-tools version tarball
	if [ ! -e "$store/tree/version" ]; then
		apt_update
		version=$(apt-cache "${APT_OPTS[@]}" madison linux-source-6.12 | awk '{ print $3; exit }')
		[ -n "$version" ] || die "apt offers no linux-source-6.12; check the host's apt sources"
		fetch_deb linux-source-6.12 "$version" "$store"
		say "taking checkpatch and YNL out of it"
		rm -rf "$store/tree" "$store/new"
		mkdir -p "$store/new"
		tarball=./usr/src/linux-source-6.12.tar.xz
		# The files wanted, wherever tar finds them; the rest of the kernel is passed over.
		dpkg-deb --fsys-tarfile "$DEB" | tar -xOf - "$tarball" | xz -dcT0 |
			tar -xf - -C "$store/new" --strip-components=1 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' \
			'*/tools/net/ynl/*' '*/Documentation/netlink/genetlink*.yaml' '*/tools/include/uapi/linux/*.h'
		# YNL looks for the root of the kernel by this name, and without it looks for ever.
		touch "$store/new/MAINTAINERS"
		printf '%s\n' "$version" >"$store/new/version"
		mv "$store/new" "$store/tree"
		rm -f "$store"/*.deb "$store"/*.sha256
	fi
	mkdir -p "$HG_BUILD/kernel"
	ln -sfn "$store/tree" "$HG_BUILD/kernel/tools"
	say "kernel tools $(cat "$store/tree/version")"
}

# prometheus: it and promtool, for the metrics; unpacked and not installed, since the package would
# have the host run it.
prometheus()
{
	local store=$HG_CACHE/prometheus version
	if [ ! -e "$store/tree/version" ]; then
		apt_update
		version=$(apt-cache "${APT_OPTS[@]}" madison prometheus | awk '{ print $3; exit }')
		[ -n "$version" ] || die "apt offers no prometheus; check the host's apt sources"
		fetch_deb prometheus "$version" "$store"
		rm -rf "$store/tree" "$store/new"
		mkdir -p "$store/new"
		dpkg-deb --fsys-tarfile "$DEB" | tar -xf - -C "$store/new" ./usr/bin
		printf '%s\n' "$version" >"$store/new/version"
		mv "$store/new" "$store/tree"
		rm -f "$store"/*.deb "$store"/*.sha256
	fi
	ln -sfn "$store/tree" "$HG_BUILD/prometheus"
	say "prometheus $(cat "$store/tree/version")"
}

# newer_kernel: backports goes on to the next series; what runs on this one is left out then.
newer_kernel()
{
	local status=0
	"$HERE/kernel.sh" "$newer" || status=$?
	case $status in
	0) "$HERE/chroot.sh" ;;
	3) say "no kernel $newer, so nothing will be built for it or run on it" ;;
	*) exit $status ;;
	esac
}

[ -z "$guest" ] || [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || "$HG_ROOT/tests/vm/virgl-image.sh" --path >/dev/null 2>&1 ||
	die "needs root or sudo, to install packages and to build the image of a guest"
[ "$(uname -m)" = x86_64 ] || die "this needs an x86-64 machine; the guests and kernels are for that"
release
lock setup
private_apt "$CODENAME"
packages
"$HERE/kernel.sh" 6.12
[ -z "$newer" ] || newer_kernel
kernel_tools
prometheus
[ -z "$guest" ] || "$HG_ROOT/tests/vm/virgl-image.sh"
# What was used, for whoever wants the same again.
dpkg-query -W "${PACKAGES[@]}" "${NEWER[@]}" 2>/dev/null | sort -u >"$HG_BUILD/packages.txt" || true
say "set up"
