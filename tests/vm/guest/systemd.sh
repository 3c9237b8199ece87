#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# systemd.sh ROOT: makes the root that systemd is about to run on: its tests are a unit, which it
# boots to, and headgate is installed as `make install PREFIX=/usr` does it. In the initramfs.
root=$1
units=$root/etc/systemd/system

tr -d - <"$root/proc/sys/kernel/random/uuid" >"$root/etc/machine-id"
mkdir -p "$units" "$root/etc/systemd/system.conf.d"
cat >"$units/headgate-test.service" <<'END'
[Unit]
Description=headgate's tests
DefaultDependencies=no
Wants=systemd-journald.socket
After=systemd-journald.socket

[Service]
ExecStart=/headgate/guest/main
StandardOutput=null
StandardError=null
OOMPolicy=continue
END
# Its libraries come with it, and are none of the root's.
cat >"$root/etc/systemd/system.conf.d/headgate.conf" <<'END'
[Manager]
DefaultEnvironment=LD_LIBRARY_PATH=/headgate/lib
END
cp /headgate/units/*.service "$root/usr/lib/systemd/system/"
ln -sf /headgate/bin/headgated "$root/usr/sbin/headgated"
ln -sf /headgate/bin/headgate "$root/usr/bin/headgate"
mkdir -p "$root/usr/libexec/headgate"
ln -sf /headgate/bin/headgate-infer "$root/usr/libexec/headgate/headgate-infer"
