# What an administrator sees: bpftool on the pinned gate, and each command of headgate.
# timeout: 400

rm -rf /etc/headgate
load_module headgate
load_module simgpu
new_cgroup a
new_cgroup b
headgate agent set /a --weight 300 --max 50%
headgate agent set /b --class interactive
headgated 2>/tmp/log &
daemon=$!
wait_until 60 grep -q "the gate is attached" /tmp/log
maps=/sys/fs/bpf/headgate/v1/maps links=/sys/fs/bpf/headgate/v1/links
in_cgroup a simload --duration 200us --jobs 20 >/dev/null
in_cgroup b simload --duration 200us --jobs 20 >/dev/null
simload --duration 200us --jobs 5 >/dev/null

# is_json: reduces strings and literals to a letter, then innermost objects and lists to one,
# until nothing but a value is left.
is_json()
{
	tr '\n\t' '  ' | awk '{
		gsub(/"([^"\\]|\\.)*"/, "S")
		gsub(/-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null/, "V")
		n = split("[ ] { } : ,", marks, " ")
		for (i = 1; i <= n; i++)
			gsub(" *[" marks[i] "] *", marks[i])
		gsub(/^ +| +$/, "")
		do {
			n = gsub(/\[([SV](,[SV])*)?\]/, "V")
			n += gsub(/\{(S:[SV](,S:[SV])*)?\}/, "V")
		} while (n)
		exit $0 != "V" && $0 != "S"
	}'
}

# shows PATTERN COMMAND…: it succeeds, and a line of what it prints matches.
shows()
{
	pattern=$1
	shift
	"$@" >/tmp/stdout 2>&1
	check_eq "exit status of $*" $? 0
	grep -qE "$pattern" /tmp/stdout || fail "$* shows nothing like '$pattern': $(cat /tmp/stdout)"
}

# shows_json PATTERN COMMAND…: and all of it is JSON.
shows_json()
{
	shows "$@"
	is_json </tmp/stdout || fail "what $* prints is no JSON: $(cat /tmp/stdout)"
	grep -q '"schema_version": *1' /tmp/stdout || fail "$* tells no schema_version"
}

no_escapes() { ! grep -q "$(printf '\033')" /tmp/stdout; }

t_begin checker_of_json__knows_right_from_wrong
for text in '{}' '[]' ' { "a" : [ 1 , 2 ] } ' '{"a": [1, -2.5e3, {"b": "x\"y,{"}], "c": null}' '"x"' '[true,false]'; do
	echo "$text" | is_json || fail "refuses $text"
done
for text in '{' '{"a" 1}' '{"a":}' '[1 2]' '[1,]' '{a: 1}' '{"a": 1} {"b": 2}' '' "{'a': 1}" '{"a": nul}'; do
	! echo "$text" | is_json || fail "takes $text"
done
ok

t_begin bpftool__shows_named_fields_of_every_driver
check "bpftool cannot dump the map" bpftool map dump pinned $maps/submissions >/tmp/dump
check "the dump is no JSON" is_json </tmp/dump
for driver in simgpu amdgpu etnaviv i915 lima msm nouveau panfrost panthor powervr qxl radeon v3d vc4 \
	virtio_gpu vmwgfx xe amdxdna_accel_driver ethosu habanalabs intel_vpu qaic rocket; do
	check "no submission of $driver" grep -qE "\"driver\": \"$driver\"" /tmp/dump
done
names=$(grep -c '"driver":' /tmp/dump)
check_within "submissions" "$names" 24 256
check_eq "numbers" "$(grep -c '"nr":' /tmp/dump)" "$names"
check_eq "flags" "$(grep -c '"flags":' /tmp/dump)" "$names"
# virtio-gpu's EXECBUFFER, 0x42, is measured by fences.
check_eq "virtio_gpu" "$(tr -d ' \n\t' </tmp/dump | grep -oE '"driver":"virtio_gpu","nr":[0-9]+\},"value":\{"flags":[0-9]+')" \
	'"driver":"virtio_gpu","nr":66},"value":{"flags":1'
check "the hints have no named fields" sh -c "bpftool map dump pinned $maps/hints | grep -q '\"lane\":'"

t_begin bpftool__shows_the_links_of_the_gate
for link in gate_ioctl gate_ioctl_compat learn_lane; do
	# bpftool 7.1 shows a pinned link and fails all the same.
	bpftool link show pinned $links/$link >/tmp/link
	check "link $link has no program" grep -qE 'prog [0-9]+' /tmp/link
	id=$(sed -n 's/^\([0-9]*\):.*/\1/p' /tmp/link)
	check "bpftool link show does not list $link" sh -c "bpftool link show | grep -q '^$id: '"
done
check "programs do not have names" sh -c 'bpftool prog show | grep -q "name gate_ioctl_comp"'
check_eq "who may look" "$(as_nobody ls $maps 2>&1 | grep -c 'Permission denied')" 1

t_begin status__tells_that_it_enforces
shows '^state +enforcing' headgate status
shows '^module +loaded, version [0-9]' headgate status
shows "^daemon +runs, pid $daemon" headgate status
shows '^agents +2' headgate status
shows_json '"state": "enforcing"' headgate status --json
shows_json '"problems": \[\]' headgate status --json

t_begin device_list__tells_enforceability_and_why
shows '^simgpu[^ ]* +simgpu .*renderD[0-9]+ +sched +45 +enforced$' headgate device list
shows '^ +each submission passes the gate, jobs are measured by drm_sched$' headgate device list
shows_json '"enforceability": "enforced"' headgate device list --json
shows_json '"tickets": 40' headgate device list --json
shows_json '"jobs_unticketed": 0' headgate device list --json

t_begin gpus_past_the_gate__are_told_as_blind
shows '^device +simgpu[^ ]* \(simgpu\): enforced$' headgate status
shows_json '"devices": \[' headgate status --json
# As in a container: the node alone, and no driver behind it.
mknod /dev/nvidia0 c 195 0
shows '^nvidia0 +nvidia +nvidia0 +- +- +blind$' headgate device list
shows '^simgpu.* enforced$' headgate device list
shows '^device +nvidia0 \(nvidia\): blind$' headgate status
shows_json '"driver": "nvidia",' headgate device list --json
rm /dev/nvidia0
shows '^simgpu' headgate device list
check_fails "it is still there" grep -q nvidia /tmp/stdout

t_begin agent_list__tells_policy
shows '^/a +300 +batch +class +50%' headgate agent list
shows '^/b +100 +interactive +class +max' headgate agent list
shows_json '"path": "/a"' headgate agent list --json
shows_json '"max_quota_ns": 50000000' headgate agent list --json

t_begin lane_list__tells_totals
shows '[^ ]' headgate lane list
shows_json '"jobs": 45' headgate lane list --json
shows_json '"busy_ns": [1-9]' headgate lane list --json

t_begin flow_list__tells_the_ledger
shows '^/a ' headgate flow list
shows '^/b ' headgate flow list
shows 'ungoverned' headgate flow list
shows_json '"jobs": 20' headgate flow list --json
shows_json '"jobs": 5' headgate flow list --json
shows_json '"forced": 0' headgate flow list --json

t_begin settings__are_shown_and_changed
shows '^horizon' headgate settings
shows_json '"max_wait_ns": 10000000000' headgate settings --json
check "change" headgate settings --max-wait 4s --slice-batch 11ms
shows_json '"max_wait_ns": 4000000000' headgate settings --json
shows_json '"slice_batch_ns": 11000000' headgate settings --json

t_begin top__prints_tables_and_ends
exec_in_cgroup a simload --duration 1ms --depth 0 --seconds 200 >/dev/null 2>&1 &
load=$!
# As headgated has it, which looks once a second.
works() { headgate agent list | grep -qE '^/a +300 .*(working|waiting)'; }
check "no job runs" wait_until 60 works
shows '^AGENT .*WEIGHT.*SHARE.*DUE' headgate top -n 2 --batch -d 200ms
check_eq "tables" "$(grep -c '^AGENT ' /tmp/stdout)" 2
check "no line of the agent that works" grep -qE '^/a +300 .*(working|waiting)' /tmp/stdout
check "no line of the agent that does not" grep -qE '^/b .*idle' /tmp/stdout
check "escape sequences without a terminal" no_escapes
headgate top -n 3 --json -d 100ms >/tmp/top
check_eq "exit status" $? 0
check_eq "lines of JSON" "$(wc -l </tmp/top)" 3
while read -r line; do
	echo "$line" | is_json || fail "no JSON: $line"
done </tmp/top
kill $load
wait $load

t_begin help__is_there_for_every_command
for command in status top "agent list" "agent set" "agent del" "agent pause" "agent resume" "agent kill" \
	"agent run" "agent shell" "device list" "lane list" "flow list" usage settings \
	events trace run completion; do
	# shellcheck disable=SC2086
	check "no help for $command" sh -c "headgate $command --help | grep -q '^Usage: headgate $command'"
done
check_eq "--version" "$(headgate --version | cut -d ' ' -f 1)" headgate
check "completion" sh -c 'headgate completion bash | grep -q "complete "'

t_begin status_without_daemon_and_gate__tells_what_is_wrong
kill $daemon
wait $daemon
shows '^Problem: headgated does not run' headgate status
headgated --detach 2>/dev/null
headgate status >/tmp/stdout
check_eq "exit status" $? 3
check "no state" grep -qE '^state +degraded' /tmp/stdout
check "no problem" grep -q '^Problem: the gate is not attached: nothing is held' /tmp/stdout
check "nothing about the daemon" grep -q '^Problem: .* headgated, which attaches it, does not run' /tmp/stdout
check_eq "number of problems" "$(grep -c '^Problem:' /tmp/stdout)" 1
check "no journal" grep -q '^ *Do: .*journalctl -u headgated' /tmp/stdout
headgate status --json >/tmp/stdout
check_eq "exit status with --json" $? 3
check "no JSON" is_json </tmp/stdout
shows 'blind|observed' headgate device list
