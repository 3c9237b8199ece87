# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What memory headgate holds; a test file sources it: . /headgate/guest/memory.sh

# handed_out: bytes that the slab caches headgate uses and the per-cpu allocator have handed out.
# What a processor holds ready counts as handed out; shrinking gives that back.
handed_out()
{
	for cache in /sys/kernel/slab/kmalloc-* /sys/kernel/slab/headgate_*; do
		echo 1 >"$cache/shrink"
	done
	awk '$1 == "Percpu:" { sum += $2 * 1024 }
		$1 ~ /^(kmalloc|headgate)/ { sum += $2 * $4 }
		END { printf "%.0f\n", sum }' /proc/slabinfo /proc/meminfo
}

# kept: the least of ten looks. Each looks at its own forks too, which take a slab here and there
# that counts as handed out, and what RCU frees takes its time.
kept()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.3
		handed_out
	done | sort -n | head -n 1
}
