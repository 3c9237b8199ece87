# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands of Documentation/bpftool.rst and what they print; after shares.sh.
# A command is a line of a literal block that begins with "# "; its output follows it.

BPFTOOL_DOC=/headgate/doc/bpftool.rst

# doc_scene: what the document's output is of. The longest jobs are all of one agent.
doc_scene()
{
	sysctl -qw kernel.bpf_stats_enabled=1
	hg_start
	new_cgroup ml.slice/editor.service
	new_cgroup ml.slice/train-1.service
	policy <<END
[gate]
observe = 4096
[agent ml.slice/*]
END
	in_cgroup ml.slice/train-1.service simload --duration 300ms --depth 2 --jobs 5
	load ml.slice/train-1.service --duration 20ms --depth 4 --jobs 40
	load ml.slice/editor.service --duration 2ms --jobs 100
	for doc_pid in $LOADS; do
		wait "$doc_pid"
	done
	LOADS=
	wait_until 60 nothing_lives
}

# doc_commands: one a line.
doc_commands() { sed -n 's/^    # //p' $BPFTOOL_DOC; }

# doc_expected N: the output that the document has for its N-th command.
doc_expected()
{
	awk -v want="$1" '
		/^    # / { n++; next }
		/^    / && n == want { print }
		/^[^ ]/ && n == want { exit }' $BPFTOOL_DOC
}

# doc_shape: output without what differs from one machine to the next: numbers, dates, tags, the
# order of rows.
doc_shape()
{
	sed -E 's/[0-9]{4}-[0-9-]+T[0-9:+-]+/DATE/g; s/\b[0-9a-f]{16}\b/TAG/g
		s/ *-?\b[0-9]+(\.[0-9]+)?/ N/g; s/[ 	]+/ /g; s/^ //; s/ $//; /^$/d' | sort -u
}

# doc_filled: the document, with what the commands print now.
doc_filled()
{
	awk '
		/^    # / {
			print
			command = substr($0, 7) " 2>&1"
			while ((command | getline line) > 0) {
				gsub(/\t/, "        ", line)
				sub(/ +$/, "", line)
				if (line != "")
					print "    " line
			}
			close(command)
			skip = 1
			next
		}
		skip && /^    / { next }
		{ skip = 0; print }' $BPFTOOL_DOC
}
