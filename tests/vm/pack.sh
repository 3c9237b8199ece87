# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Builds the guest's initramfs; sourced by run. Two cpio archives, which the kernel unpacks
# one over the other: the base (busybox, Debian's modules; made once) and the project's own.

# Modules that tests may load, with what these need; the rest of Debian's stay out.
GUEST_MODULES=(virtio_pci virtio_console virtio_blk ext4 crc32c_generic drm gpu-sched drm_shmem_helper
	drm_kms_helper drm_exec drm_ttm_helper virtio-gpu vgem sch_fq)
GUEST_PROGRAMS=(bpftool strace setpriv)

# libraries FILE…: the shared libraries these need, each once.
libraries() { ldd "$@" 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | grep -v ':$' | sort -u; }

# pack TREE OUT: not compressed, since unpacking would cost the guest more than reading.
pack() { (cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio -0 -o -H newc --quiet -R 0:0) >"$2"; }

# base_tree KERNEL: sets BASE, which holds tree/ and base.cpio.
base_tree()
{
	local kernel=$1 version hash tree applet file lib module
	version=$(cat "$kernel/version")
	hash=$(cat "$(realpath "${BASH_SOURCE[0]}")" <(dpkg-query -W busybox-static strace bpftool libc6) | sha256sum | cut -c 1-12)
	BASE=$HG_BUILD/vm/base-$version-$hash
	[ ! -e "$BASE/base.cpio" ] || return 0
	say "building the guest's base"
	rm -rf "$HG_BUILD"/vm/base-"$version"-*
	tree=$BASE/tree
	mkdir -p "$tree"/{proc,sys,dev,run,tmp,root,newroot,etc,var/tmp,usr/{bin,lib,lib64}}
	ln -s bin "$tree/usr/sbin"
	for file in bin sbin lib lib64; do
		ln -s "usr/$file" "$tree/$file"
	done
	printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$tree/etc/group"
	cp /bin/busybox "$tree/usr/bin/busybox"
	for applet in $(busybox --list); do
		[ -e "$tree/usr/bin/$applet" ] || ln -s busybox "$tree/usr/bin/$applet"
	done
	for file in "${GUEST_PROGRAMS[@]}"; do
		file=$(PATH=$PATH:/usr/sbin command -v "$file")
		cp -L --remove-destination "$file" "$tree/usr/bin/"
		libraries "$file" | while read -r lib; do
			install -D "$lib" "$tree/$lib"
		done
	done
	# What the project's own programs may need of libc.
	for file in libc libm libdl libpthread librt libresolv; do
		install -D -t "$tree/usr/lib/x86_64-linux-gnu" /lib/x86_64-linux-gnu/"$file".so.[0-9]
	done
	mkdir -p "$tree/usr/lib/modules/$version/kernel"
	for module in "${GUEST_MODULES[@]}"; do
		modprobe -d "$(dirname "$(realpath "$kernel/vmlinux")")" -S "$version" --show-depends "$module" 2>/dev/null || true
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
		module=$tree/usr/lib/modules/$version/kernel/${file##*/}
		case $file in
		*.xz) xz -dc "$file" >"${module%.xz}" ;;
		*) cp "$file" "$module" ;;
		esac
	done
	cp "$kernel"/modules/modules.{builtin,builtin.modinfo,order} "$tree/usr/lib/modules/$version/"
	depmod -b "$tree" "$version"
	pack "$tree" "$BASE/base.cpio"
}

# project_tree KERNEL TREE: what the project built, its tests and the guest's scripts.
project_tree()
{
	local kernel=$1 tree=$2 version file
	version=$(cat "$kernel/version")
	mkdir -p "$tree"/headgate/{bin,lib,ebpf,tests,job}
	cp -r "$HG_ROOT/tests/vm/guest" "$tree/headgate/guest"
	install -D -m 0644 -t "$tree/headgate/doc" "$HG_ROOT/Documentation"/{bpftool,canary,inference,metrics,stalls}.rst
	install -D -m 0644 -t "$tree/headgate/units" "$HG_ROOT"/userspace/{daemon,infer}/*.service
	# A file, no link: switch_root wants to see the /init of an initramfs.
	cp "$HG_ROOT/tests/vm/guest/init" "$tree/init"
	for file in "$HG_BUILD"/bin/*; do
		if [ ! -f "$file" ] || [ ! -x "$file" ]; then
			continue
		fi
		cp -L "$file" "$tree/headgate/bin/"
		# libc is the guest's own: the base has it, and so has the virgl guest.
		libraries "$file" | grep -vE '/(ld-linux|lib(c|m|dl|pthread|rt|resolv)\.so)' | xargs -r cp -L -t "$tree/headgate/lib" || true
	done
	[ ! -d "$HG_BUILD/ebpf" ] || (cd "$HG_BUILD/ebpf" && find . -name '*.bpf.o' -exec cp --parents -t "$tree/headgate/ebpf" {} +)
	[ ! -d "$HG_BUILD/infer-tests/layer" ] || install -D -m 0755 -t "$tree/headgate/layer" "$HG_BUILD"/infer-tests/layer/*.{so,json}
	[ ! -d "$HG_BUILD/vm/files" ] || cp -r "$HG_BUILD/vm/files/." "$tree/headgate/"
	# Hard links of the base's modules, for depmod only: they are packed already.
	mkdir -p "$tree/usr/lib/modules"
	cp -al "$BASE/tree/usr/lib/modules/$version" "$tree/usr/lib/modules/"
	mkdir "$tree/usr/lib/modules/$version/extra"
	for file in headgate simgpu; do
		file=$(find "$HG_BUILD/kmod/${kernel##*/}" -name "$file.ko" -print -quit 2>/dev/null || true)
		[ -z "$file" ] || cp "$file" "$tree/usr/lib/modules/$version/extra/"
	done
	# depmod writes new files and renames them, so the base's keep what they hold.
	ln -s usr/lib "$tree/lib"
	depmod -b "$tree" "$version"
	rm "$tree/lib"
	rm -rf "$tree/usr/lib/modules/$version/kernel"
}
