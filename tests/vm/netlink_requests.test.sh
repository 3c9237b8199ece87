# Each malformed request has an answer of its own, and changes nothing.
# timeout: 240

load_module headgate
new_cgroup a/b
new_cgroup other
id=$(stat -c %i /sys/fs/cgroup/a)

# answers WANT COMMAND [ARGUMENT…]: the whole answer; what the module holds stays as it is.
answers()
{
	want=$1 command=$2
	shift 2
	check_eq "$command $*" "$(nlfuzz send "$command" -s "$@" 2>&1)" "$want"
}

t_begin valid_request__is_taken
check_eq "agent-set" "$(nlfuzz send agent-set path=str:/a weight=u32:200 quota=u64:30000000 period=u64:100000000)" ok
check_eq "agent-set by id" "$(nlfuzz send agent-set "id=u64:$id" class=u32:1)" ok
check_eq "an id of 4 bytes, as libraries send it" "$(nlfuzz send agent-set "id=u32:$id" slice=u32:1000000)" ok
check_eq "agent-get" "$(nlfuzz send agent-get path=str:/a)" ok
check_eq "agents of a dump" "$(nlfuzz send agent-get -d)" "ok 1"
check_eq "policy" "$(headgate agent list --json | awk -F '[:,]' '/"(weight|slice_ns|max_quota_ns|max_period_ns)"/ { printf "%d ", $2 }')" \
	"200 1000000 30000000 100000000 "

t_begin change__is_seen_by_the_check_for_changes
answers "ok and changed something" agent-set path=str:/a weight=u32:201

t_begin weight_out_of_range__is_rejected_and_changes_nothing
answers "ERANGE at weight (1 to 10000): integer out of range" agent-set path=str:/a weight=u32:0
answers "ERANGE at weight (1 to 10000): integer out of range" agent-set path=str:/a weight=u32:10001
answers "ERANGE at weight (1 to 10000): integer out of range" agent-set path=str:/a weight=u32:0xffffffff

t_begin unknown_class__is_rejected_and_changes_nothing
answers "ERANGE at class (0 to 1): integer out of range" agent-set path=str:/a class=u32:7

t_begin wrong_length_of_each_attribute__is_rejected_and_changes_nothing
for kind in u8:1 u16:1 u64:1 zeros:0 zeros:3; do
	answers "EINVAL at weight (1 to 10000): invalid attribute length" agent-set path=str:/a weight=$kind
	answers "EINVAL at class (0 to 1): invalid attribute length" agent-set path=str:/a class=$kind
done
for kind in u8:1 u16:1 zeros:0 zeros:7 zeros:9; do
	answers "EINVAL at id: invalid attribute length" agent-set id=$kind
	answers "EINVAL at id: invalid attribute length" agent-del id=$kind
	for name in slice quota period; do
		answers "EINVAL at $name: invalid attribute length" agent-set path=str:/a $name=$kind
	done
	for name in horizon max-wait slice-batch slice-interactive; do
		answers "EINVAL at $name: invalid attribute length" info-set $name=$kind
	done
done

t_begin path_that_is_no_string__is_rejected_and_changes_nothing
for request in agent-set agent-get agent-del; do
	answers "EINVAL at path: Attribute failed policy validation" $request path=chars:/a
	answers "EINVAL at path: Attribute failed policy validation" $request path=zeros:0
	answers "EINVAL at path: Attribute failed policy validation" $request path=rep:4096xa
done

t_begin unknown_device__is_rejected_and_all_are_no_error
answers "ENOENT at id: no such device" device-release id=u32:4711
answers "EINVAL at id: invalid attribute length" device-release id=u16:1
answers ok device-release

t_begin stall_that_is_none__is_not_told
answers "EINVAL: a stall has a kind: stall-kind is missing" stall-tell
answers "ERANGE at stall-kind (0 to 3): integer out of range" stall-tell stall-kind=u32:4
answers "ERANGE at stall-end (0 to 1): integer out of range" stall-tell stall-kind=u32:1 stall-end=u32:2
answers "EINVAL at stall-agent: invalid attribute length" stall-tell stall-kind=u32:1 stall-agent=u16:1
answers ok stall-tell stall-kind=u32:3 stall-end=u32:1

t_begin stall__is_told_to_who_follows_events
headgate events --json >/tmp/events &
follower=$!
told() {
	nlfuzz send stall-tell stall-kind=u32:1 "stall-agent=u64:$id" stall-age=u64:12000000000 >/dev/null
	grep -q stall-report /tmp/events
}
check "nobody is told" wait_until 60 told
kill $follower
wait $follower
check "what is told: $(cat /tmp/events)" grep -q '"agent": *"/a".*"kind": *"job".*"age_ns": *12000000000' /tmp/events

t_begin job_with_the_engine__is_told
load_module simgpu depth=4
simload --duration 300ms --jobs 100000 --depth 3 >/dev/null &
load_pid=$!
check "no job is told" wait_until 60 sh -c 'nlfuzz send job-get -d | grep -qx "ok 1"'
# Two are in the ring, and the one behind is not served yet.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	said=$(nlfuzz send job-get -d)
	case $said in
	"ok 0" | "ok 1") ok ;;
	*) fail "of one engine: $said" ;;
	esac
done
kill $load_pid
wait $load_pid
check "jobs are told: $(nlfuzz send job-get -d)" wait_until 60 sh -c 'nlfuzz send job-get -d | grep -qx "ok 0"'
check "rmmod simgpu" wait_until 60 rmmod simgpu

t_begin unknown_cgroup__is_rejected_and_changes_nothing
for request in agent-set agent-get agent-del; do
	answers "ENOENT at path: no such cgroup in the v2 hierarchy" $request path=str:/nobody-made-it
	answers "ENOENT at path: no such cgroup in the v2 hierarchy" $request path=rep:4095xa
	answers "ENOTDIR at path: no such cgroup in the v2 hierarchy" $request path=str:/a/cgroup.procs
	answers "ENOENT at id: no cgroup of this id in the v2 hierarchy" $request id=u64:999999999
	answers "ENOENT at id: no cgroup of this id in the v2 hierarchy" $request id=u64:0
	answers "ENOENT at id: no cgroup of this id in the v2 hierarchy" $request id=u64:0xffffffffffffffff
	answers "ENOENT at id: no cgroup of this id in the v2 hierarchy" $request \
		"id=u64:$(stat -c %i /sys/fs/cgroup/a/cgroup.procs)"
done

t_begin cgroup_v1_path__is_rejected_and_changes_nothing
answers "ENOENT at path: path must be one below the cgroup v2 root; a cgroup v1 is no agent" \
	agent-set path=str:/sys/fs/cgroup/memory/x
answers "ENOENT at path: path must be one below the cgroup v2 root; a cgroup v1 is no agent" \
	agent-set path=str:/sys/fs/cgroup/a

t_begin relative_path__is_rejected_and_changes_nothing
for path in str:a str: str:./a str:../a; do
	answers "EINVAL at path: path must begin with a slash, below the cgroup v2 root" agent-set path=$path
done

t_begin both_id_and_path_or_neither__is_rejected_and_changes_nothing
for request in agent-set agent-get agent-del; do
	answers "EINVAL: name the cgroup by id or by path, not by both" $request "id=u64:$id" path=str:/a
	answers "EINVAL: name the cgroup by id or by path, not by both" $request
done
answers "EINVAL: name the cgroup by id or by path, not by both" agent-set weight=u32:5

t_begin cgroup_that_is_no_agent__cannot_be_read_or_deleted
for request in agent-get agent-del; do
	answers "ENOENT: this cgroup is not an agent" $request path=str:/other
	# Below an agent is not an agent.
	answers "ENOENT: this cgroup is not an agent" $request path=str:/a/b
	answers "ENOENT: this cgroup is not an agent" $request "id=u64:$(stat -c %i /sys/fs/cgroup/other)"
done

t_begin quota_above_period__is_rejected_and_changes_nothing
answers "ERANGE at quota: quota must not be above the period" agent-set path=str:/a quota=u64:100000001
answers "ERANGE at quota: quota must not be above the period" \
	agent-set path=str:/a quota=u64:30000001 period=u64:30000000
answers "ERANGE at quota: quota must not be above the period" agent-set path=str:/a quota=u64:0xffffffffffffffff
# The quota that is in force counts too: 30 ms.
answers "ERANGE at period: quota must not be above the period" agent-set path=str:/a period=u64:20000000
answers "ERANGE at quota: quota must not be above the period" agent-set path=str:/other quota=u64:100000001

t_begin period_out_of_range__is_rejected_and_changes_nothing
for period in 0 1 999999 10000000001 0xffffffffffffffff; do
	answers "ERANGE at period: period must be 1 ms to 10 s" agent-set path=str:/a period=u64:$period
done

t_begin slice_out_of_range__is_rejected_and_changes_nothing
for slice in 1 9999 1000000001 0xffffffffffffffff; do
	answers "ERANGE at slice: slice must be 10 us to 1 s, or 0" agent-set path=str:/a slice=u64:$slice
done

t_begin half_valid_request__takes_no_effect_at_all
answers "ERANGE at period: period must be 1 ms to 10 s" \
	agent-set path=str:/a weight=u32:999 class=u32:0 slice=u64:0 period=u64:1
answers "ERANGE at slice-interactive: slice must be 10 us to 1 s" \
	info-set horizon=u64:5000000 max-wait=u64:50000000 slice-interactive=u64:1
# A new agent neither.
answers "ERANGE at quota: quota must not be above the period" agent-set path=str:/other weight=u32:5 quota=u64:200000000

t_begin settings_out_of_range__are_rejected_and_change_nothing
for value in 0 99999 1000000001 0xffffffffffffffff; do
	answers "ERANGE at horizon: horizon must be 100 us to 1 s" info-set horizon=u64:$value
done
for value in 0 9999999 3600000000001; do
	answers "ERANGE at max-wait: max-wait must be 10 ms to 1 h" info-set max-wait=u64:$value
done
for value in 0 9999 1000000001; do
	answers "ERANGE at slice-batch: slice must be 10 us to 1 s" info-set slice-batch=u64:$value
	answers "ERANGE at slice-interactive: slice must be 10 us to 1 s" info-set slice-interactive=u64:$value
done

t_begin unknown_attributes__are_rejected_and_change_nothing
answers "EINVAL at 99: Unknown attribute type" agent-set path=str:/a 99=u32:1 weight=u32:7
answers "EINVAL at 0: Unknown attribute type" agent-set path=str:/a 0=u32:1
answers "EINVAL at parent-id: Unsupported attribute" agent-set path=str:/a parent-id=u64:1
answers "EINVAL at weight: Unknown attribute type" agent-del path=str:/a weight=u32:1
answers "EINVAL at weight: Unknown attribute type" agent-get path=str:/a weight=u32:1
answers "EINVAL at version: Unsupported attribute" info-set version=str:9.9
answers "EINVAL at agents: Unknown attribute type" info-set agents=u32:1

t_begin nested_garbage__is_rejected_and_changes_nothing
answers "EINVAL at weight (1 to 10000): NLA_F_NESTED not expected" agent-set path=str:/a weight+n=u32:1
answers "EINVAL at path: NLA_F_NESTED not expected" agent-set path+n=str:/a
answers "EINVAL at quota: NLA_F_NESTED not expected" agent-set path=str:/a quota+n=zeros:64
answers "EINVAL at 99: Unknown attribute type" agent-set path=str:/a 99+n=zeros:64

t_begin truncated_message__is_rejected_and_changes_nothing
for cut in 1 4 5 7; do
	answers "EINVAL: bytes leftover after parsing attributes" agent-set -c $cut path=str:/a weight=u32:7
done
answers "EINVAL: bytes leftover after parsing attributes" agent-set -t 3 path=str:/a weight=u32:7
answers "EINVAL: bytes leftover after parsing attributes" agent-set -t 40 path=str:/a weight=u32:7
answers "EINVAL: bytes leftover after parsing attributes" agent-set path=str:/a weight@200=u32:7
answers "EINVAL: bytes leftover after parsing attributes" agent-set path=str:/a weight@2=u32:7
answers "EINVAL: bytes leftover after parsing attributes" agent-set path=str:/a weight@0=u32:7
# No room for a command: the kernel has no text for this.
answers "EINVAL" agent-set -l 18 path=str:/a weight=u32:7
# Shorter than a message, longer than what came: netlink drops them.
answers "silence" agent-set -l 8 path=str:/a weight=u32:7
answers "silence" agent-set -l 400 path=str:/a weight=u32:7

t_begin reserved_field__must_be_zero
answers "EINVAL: genlmsghdr.reserved field is not 0" agent-set -r 5 path=str:/a weight=u32:7

t_begin trigger__is_whole_and_within_bounds_or_rejected
trigger="scope=u32:2 device-id=u32:1 kind=u32:0 threshold=u64:1000000 window=u64:1000000000"
for missing in scope device-id kind threshold window; do
	# shellcheck disable=SC2046
	output=$(nlfuzz send pressure-trigger-add $(echo "$trigger" | tr ' ' '\n' | grep -v "^$missing="))
	case $output in
	"EINVAL: $missing"*" is missing") ok ;;
	*) fail "without $missing: '$output'" ;;
	esac
done
answers "EINVAL: lane-id is missing" pressure-trigger-add scope=u32:1 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:1000000000
answers "EINVAL: agent-id is missing" pressure-trigger-add scope=u32:0 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:1000000000
answers "ENOENT: this cgroup is not an agent" pressure-trigger-add scope=u32:0 agent-id=u64:4711 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:1000000000
answers "ENOENT: there is no such group" pressure-trigger-add scope=u32:2 device-id=u32:4711 kind=u32:0 threshold=u64:1 window=u64:1000000000
answers "ENOENT: there is no such group" pressure-trigger-add scope=u32:1 lane-id=u32:4711 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:1000000000
answers "ERANGE at window: window must be 500 ms to 10 s" pressure-trigger-add scope=u32:2 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:499999999
answers "ERANGE at window: window must be 500 ms to 10 s" pressure-trigger-add scope=u32:2 device-id=u32:1 kind=u32:0 threshold=u64:1 window=u64:10000000001
answers "ERANGE at threshold: threshold must be above 0 and at most the window" pressure-trigger-add scope=u32:2 device-id=u32:1 kind=u32:0 threshold=u64:0 window=u64:1000000000
answers "ERANGE at threshold: threshold must be above 0 and at most the window" pressure-trigger-add scope=u32:2 device-id=u32:1 kind=u32:0 threshold=u64:1000000001 window=u64:1000000000

t_begin trigger__whose_events_would_not_be_heard_is_rejected
# shellcheck disable=SC2086
check_eq "in another network namespace" "$(unshare -n nlfuzz send pressure-trigger-add $trigger)" \
	"EOPNOTSUPP: events are told in the initial network namespace"

t_begin unknown_command__is_rejected_and_changes_nothing
for request in 0 76 77 255 agent-gone stall pressure; do
	answers EOPNOTSUPP $request path=str:/a weight=u32:7
done
# What is only a dump, and what has none.
answers EOPNOTSUPP lane-get
answers EOPNOTSUPP agent-set -d path=str:/a weight=u32:7

t_begin abandoned_dumps__leave_nothing_behind
nlfuzz abandon 400
check "the module does not answer" nlfuzz send agent-get -d
# A dump holds its agents' cgroups: they must be free to go.
rmdir /sys/fs/cgroup/a/b /sys/fs/cgroup/a
check "the agent of a removed cgroup stays" wait_until 60 \
	sh -c 'nlfuzz send agent-get -d | grep -qx "ok 0"'
