#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# virgl-image.sh [--path]: the root file system of the virgl guest, a Debian tree with Mesa, systemd
# and the client of virgl/, as an ext4 image in the cache; --path only says where it is or would be.
# Built again when the recipe changes: this file, the client or the host's release. The kernel,
# its modules and all of the project's own come by the initramfs, so they are no part of it.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/../../scripts/lib.sh"

PACKAGES=base-files,bash,dash,coreutils,grep,sed,gawk,findutils,util-linux,procps,kmod,busybox-static,strace,libc-bin
PACKAGES+=,libegl1,libegl-mesa0,libgles2,libgl1-mesa-dri,libgbm1
PACKAGES+=,systemd,dbus,libcap2-bin
# The inference kernels: the loader, lavapipe, and a client of the service.
PACKAGES+=,libvulkan1,mesa-vulkan-drivers,curl
PACKAGES+=,gcc,libc6-dev,linux-libc-dev,libegl-dev,libgles-dev,libgbm-dev,libdrm-dev

release
recipe=$(cat "$HERE/virgl-image.sh" "$HERE/virgl/gles_client.c" - <<<"$CODENAME" | sha256sum | cut -c 1-16)
store=$HG_CACHE/virgl
image=$store/$CODENAME-$recipe.img
[ "${1:-}" != --path ] || { echo "$image"; exit; }
lock virgl
if [ -e "$image" ]; then
	touch -c "$image"
	say "virgl image is there"
	exit
fi

mkdir -p "$store"
tree=$store/tree
archive=$(mirror)
[ -n "$archive" ] || die "apt knows no Debian source for $CODENAME main; add one and run this again"
as_root rm -rf "$tree"
say "building a tree of $CODENAME with Mesa (about a minute)"
as_root mmdebstrap --quiet --variant=extract --mode=root --include="$PACKAGES" \
	--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
	"$CODENAME" "$tree" "$archive" >"$store/build.log" 2>&1 ||
	die "mmdebstrap failed; see $store/build.log, then run this again"
# The packages are unpacked, not configured: what their scripts would have made.
as_root rm -rf "$tree"/usr/share/{doc,man,locale,info} "$tree"/var/{cache,lib/apt}
as_root ln -sf dash "$tree/usr/bin/sh"
as_root ln -sf gawk "$tree/usr/bin/awk"
as_root mkdir -p "$tree"/{headgate,lib/modules,proc,sys,dev,run,tmp}
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' | as_root tee "$tree/etc/passwd" >/dev/null
printf 'root:x:0:\nnogroup:x:65534:\n' | as_root tee "$tree/etc/group" >/dev/null
as_root chroot "$tree" systemd-sysusers 2>>"$store/build.log"
as_root chroot "$tree" /sbin/ldconfig
say "building the client in it"
as_root install -D -t "$tree/usr/src" "$HERE/virgl/gles_client.c"
as_root chroot "$tree" gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o /usr/bin/gles_client /usr/src/gles_client.c -lEGL -lGLESv2 -lgbm
say "making the image"
rm -f "$store/new"
# Another clone may be at another recipe; what nobody has asked for in a week goes.
find "$store" -name '*.img' -mtime +7 -delete
truncate -s 2G "$store/new"
as_root /sbin/mke2fs -q -F -t ext4 -O '^has_journal,^metadata_csum' -E lazy_itable_init=1,nodiscard -d "$tree" "$store/new"
as_root rm -rf "$tree"
mv "$store/new" "$image"
say "virgl image: $(du -h "$image" | cut -f 1)"
