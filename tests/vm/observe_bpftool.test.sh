# SPDX-License-Identifier: GPL-2.0-or-later
# What Documentation/bpftool.rst shows is what its commands print.
# timeout: 240
. /headgate/guest/shares.sh
. /headgate/guest/bpftool_doc.sh

no_rows() { [ "$(wc -l </sys/fs/bpf/headgate/v1/agents)" = 2 ]; }

doc_scene
doc_commands >/tmp/commands

t_begin the_document__has_its_commands
check_within "commands" "$(wc -l </tmp/commands)" 10 30
check "no bpftool is among them" grep -q '^bpftool ' /tmp/commands
n=1
# The last one prints nothing.
while [ $n -lt "$(wc -l </tmp/commands)" ]; do
	check_fails "command $n has no output" test -z "$(doc_expected $n)"
	n=$((n + 1))
done

n=0
while read -r command; do
	n=$((n + 1))
	t_begin "bpftool_document__command_${n}_prints_what_is_shown"
	echo "$command"
	# Not by its status: bpftool link show pinned shows the link and ends with an error. A real one
	# is a line that is not in the document.
	sh -c "$command" >/tmp/printed 2>&1
	doc_shape </tmp/printed >/tmp/is
	doc_expected $n | doc_shape >/tmp/shown
	diff /tmp/shown /tmp/is
	check_eq "shape of '$command'" "$(cat /tmp/is)" "$(cat /tmp/shown)"
done </tmp/commands

t_begin bpftool_document__counting_begins_anew_after_the_last_command
check "the rows of before are there" wait_until 60 no_rows

t_begin bpftool_document__only_numbers_and_order_may_differ
check_eq "shape" "$(printf '"jobs": 5,\n"lane": 1\n' | doc_shape)" "$(printf ' "lane": 77\n\t"jobs": 0,\n' | doc_shape)"
check_fails "another name goes unseen" test "$(echo '"jobs": 5,' | doc_shape)" = "$(echo '"failed": 5,' | doc_shape)"
check_fails "a shorter list goes unseen" test "$(echo '[1,2,3]' | doc_shape)" = "$(echo '[1,2]' | doc_shape)"
check_fails "the document's output is empty" test -z "$(doc_expected 1)"
hg_stop
