#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh [--update] [SERIES]: a Debian kernel of SERIES (6.12) and its headers, unpacked
# in the cache and linked from build/kernel/SERIES. Nothing is installed on the host.
#
#   headers   the directory for make -C … M=…    vmlinuz, vmlinux   the kernel, packed and as ELF
#   modules   lib/modules/VERSION                version            what uname -r says in the guest
#
# The version in the cache is kept; --update takes the newest that apt offers. Status 3: apt
# offers none of that series, as when backports has gone on to the next.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

UPDATE=
series=6.12
for arg; do
	case $arg in
	--update) UPDATE=1 ;;
	[0-9]*.[0-9]*) series=$arg ;;
	*) die "usage: kernel.sh [--update] [SERIES]" ;;
	esac
done
# A kernel of the plain flavour: not rt, cloud, unsigned or dbg.
# parts: the packages that have the kernel and its modules; later ones split them.
case $series in
6.12) pattern='6\.12\.[0-9.]+\+deb1[23](\.[0-9]+)*-amd64' suite='' parts=(image) ;;
7.3) pattern='7\.3\.[0-9.]+\+deb13(\.[0-9]+)*-amd64' suite=trixie parts=(base binary modules) ;;
*) die "no kernel pattern for series $series; add one to scripts/kernel.sh" ;;
esac
store=$HG_CACHE/kernel/$series

# newest_offered: the newest image whose headers are offered too.
newest_offered()
{
	apt-cache "${APT_OPTS[@]}" pkgnames linux- | awk -v p="^linux-(image|headers)-$pattern\$" '
		$0 ~ p { v = $0; sub(/^linux-(image|headers)-/, "", v); if (++n[v] == 2) print v }' |
	sort -V | tail -n 1
}

# extract_elf VMLINUZ OUT: the ELF inside; each compressor's magic number is tried.
extract_elf()
{
	local magic offset
	while read -r magic command; do
		# shellcheck disable=SC2013
		for offset in $(LC_ALL=C grep -abo -P "$magic" "$1" | cut -d: -f1); do
			# The payload is followed by other data, so the tools complain: look at what came out.
			tail -c +$((offset + 1)) "$1" | $command >"$2" 2>/dev/null || true
			[ "$(head -c 4 "$2" | tr -d '\0')" = $'\177ELF' ] && return
		done
	done <<-'END'
		\xfd7zXZ\x00 xz -dc --single-stream
		\x28\xb5\x2f\xfd zstd -dcq
		\x02\x21\x4c\x18 lz4 -dc
		\x1f\x8b\x08 gzip -dc
	END
	die "no ELF kernel found in $1"
}

# unpack VERSION: fills $store/VERSION.
unpack()
{
	local v=$1 tree=$store/$1.new package
	local base=${v%-amd64}
	rm -rf "$tree"
	mkdir -p "$tree"
	: >"$tree/packages"
	for package in "${parts[@]/%/-$v}" headers-"$v" headers-"$base"-common kbuild-"$base"; do
		package=linux-$package
		local pv
		pv=$(apt-cache "${APT_OPTS[@]}" madison "$package" | awk '{ print $3; exit }')
		[ -n "$pv" ] || die "apt offers no $package; run kernel.sh --update"
		fetch_deb "$package" "$pv" "$store/debs"
		say "unpacking $package"
		dpkg-deb -x "$DEB" "$tree"
		printf '%s %s\n' "$package" "$pv" >>"$tree/packages"
	done
	rm -rf "$tree/usr/share/doc"
	# Debian 13 has its modules in /usr/lib, and its tools look in /lib.
	[ -e "$tree/lib" ] || ln -s usr/lib "$tree/lib"
	# Newer packages have the kernel beside its modules.
	if [ ! -e "$tree/boot" ]; then
		mkdir "$tree/boot"
		ln -s "../lib/modules/$v/vmlinuz" "$tree/boot/vmlinuz-$v"
	fi
	# One file names /usr/src; the links between the packages are relative and hold.
	sed -i "s,/usr/src/linux-,$store/$v&," "$tree/usr/src/linux-headers-$v/Makefile"
	say "extracting vmlinux"
	extract_elf "$tree/boot/vmlinuz-$v" "$tree/vmlinux"
	printf '%s\n' "$v" >"$tree/version"
	depmod -b "$tree" "$v"
	rm -rf "${store:?}/$v"
	mv "$tree" "$store/$v"
	rm -f "$store"/debs/*.deb "$store"/debs/*.sha256
}

lock kernel
mkdir -p "$store"
version=$(cat "$store/current" 2>/dev/null || true)
if [ -n "$UPDATE" ] || [ ! -e "$store/$version/version" ]; then
	release
	private_apt "${suite:-$CODENAME}"
	apt_update
	version=$(newest_offered)
	if [ -z "$version" ]; then
		say "apt offers no kernel $series for $APT_SUITE; check the host's apt sources"
		exit 3
	fi
	[ -e "$store/$version/version" ] || unpack "$version"
	printf '%s\n' "$version" >"$store/current"
fi

link=$HG_BUILD/kernel/$series
mkdir -p "$link"
tree=$store/$version
ln -sfn "$tree/usr/src/linux-headers-$version" "$link/headers"
ln -sfn "$tree/boot/vmlinuz-$version" "$link/vmlinuz"
ln -sfn "$tree/vmlinux" "$link/vmlinux"
ln -sfn "$tree/lib/modules/$version" "$link/modules"
cmp -s "$tree/version" "$link/version" || cp "$tree/version" "$link/version"
say "kernel $version"
