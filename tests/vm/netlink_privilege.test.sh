# Without CAP_SYS_ADMIN in the initial user namespace nothing is told and nothing changed.

load_module headgate
load_module simgpu
new_cgroup a
denied="EPERM: needs CAP_SYS_ADMIN in the initial user namespace"
check_held() { check_eq "what the module holds" "$(headgate agent list --json; headgate settings --json)" "$held"; }
headgate agent set /a --weight 300
simload --duration 100us --jobs 3 >/dev/null
held=$(headgate agent list --json; headgate settings --json)

t_begin nobody__can_change_nothing
check_eq "agent-set" "$(as_nobody nlfuzz send agent-set path=str:/a weight=u32:1)" "$denied"
check_eq "agent-del" "$(as_nobody nlfuzz send agent-del path=str:/a)" "$denied"
check_eq "info-set" "$(as_nobody nlfuzz send info-set horizon=u64:1000000)" "$denied"
check_eq "device-release" "$(as_nobody nlfuzz send device-release)" "$denied"
check_eq "stall-tell" "$(as_nobody nlfuzz send stall-tell stall-kind=u32:1)" "$denied"
check_eq "pressure-trigger-add" "$(as_nobody nlfuzz send pressure-trigger-add scope=u32:2 device-id=u32:1 \
	kind=u32:0 threshold=u64:1000000 window=u64:1000000000)" "$denied"
check_held

t_begin nobody__cannot_read_a_ledger
for dump in agent-get device-get lane-get flow-get pressure-get job-get; do
	check_eq "dump of $dump" "$(as_nobody nlfuzz send $dump -d)" "$denied"
done
check_eq "agent-get" "$(as_nobody nlfuzz send agent-get path=str:/a)" "$denied"
check_eq "info-get" "$(as_nobody nlfuzz send info-get)" "$denied"

t_begin nobody__does_not_learn_which_cgroups_there_are
check_eq "one that is" "$(as_nobody nlfuzz send agent-get path=str:/a)" "$denied"
check_eq "one that is not" "$(as_nobody nlfuzz send agent-get path=str:/nobody-made-it)" "$denied"

# Root there, nobody here.
t_begin root_of_another_user_namespace__is_nobody
check_eq "user id within" "$(as_nobody unshare -U -r -n id -u)" 0
for request in "agent-set path=str:/a weight=u32:1" "agent-del path=str:/a" "info-set horizon=u64:1000000" \
	"agent-get -d" "device-get -d" "lane-get -d" "flow-get -d" "pressure-get -d" "job-get -d" \
	"stall-tell stall-kind=u32:1" info-get; do
	# shellcheck disable=SC2086
	check_eq "$request" "$(as_nobody unshare -U -r -n nlfuzz send $request)" "$denied"
done
check_held

t_begin root_without_the_capability__is_nobody
check_eq "agent-set" "$(/usr/bin/setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	nlfuzz send agent-set path=str:/a weight=u32:1)" "$denied"
check_held

t_begin tool_of_nobody__says_what_is_needed
for command in "agent list" "agent set /a --weight 1" "agent del /a" "lane list" "flow list" "settings" \
	"settings --horizon 1ms" "top -n 1" "events" "pressure"; do
	# shellcheck disable=SC2086
	output=$(as_nobody headgate $command 2>&1)
	check_eq "exit status of $command" $? 1
	case $output in
	headgate:*"needs CAP_SYS_ADMIN: run as root") ok ;;
	*) fail "$command says '$output'" ;;
	esac
done
check_held

# shown PATTERN: a line of what the last command showed.
shown() { grep -qE "$1" /tmp/stdout || fail "nothing like '$1' in '$(cat /tmp/stdout /tmp/stderr)'"; ok; }

t_begin status_of_nobody__shows_what_all_may_see_and_says_what_is_missing
as_nobody headgate status >/tmp/stdout 2>/tmp/stderr
check_eq "exit status" $? 1
check_eq "errors" "$(cat /tmp/stderr)" ""
shown '^state +unknown'
shown '^module +loaded$'
shown '^module BTF +yes'
shown '^gate attached +unknown'
shown '^Problem: gate, settings and counters are shown to root only, so whether headgate enforces cannot be told'
shown '^ +Do: run headgate status as root\.'
check_fails "it tells a ledger" grep -qE '^(agents|horizon) ' /tmp/stdout
as_nobody headgate status --json >/tmp/stdout
check_eq "exit status with --json" $? 1
shown '"state": "unknown"'
shown '"module_loaded": true'
# To root of a container another bpffs looks like the host's.
as_nobody unshare -U -r headgate status >/tmp/stdout
check_eq "exit status of another user namespace's root" $? 1
shown '^state +unknown'

t_begin device_list_of_nobody__shows_what_all_may_see_and_says_what_is_missing
as_nobody headgate device list >/tmp/stdout 2>/tmp/stderr
check_eq "exit status" $? 1
shown '^simgpu .* [?] +[?] '
shown 'its driver is not known: run as root'
check_eq "errors" "$(cat /tmp/stderr)" \
	"headgate: cannot read what the module knows of devices: needs CAP_SYS_ADMIN: run as root"
as_nobody headgate device list --json >/tmp/stdout 2>/tmp/stderr
check_eq "exit status with --json" $? 1
check_eq "what it prints with --json" "$(cat /tmp/stdout)" ""

t_begin run_of_nobody__does_not_run
output=$(as_nobody headgate run true 2>&1)
check_eq "exit status" $? 125
case $output in
*"run as root"*) ok ;;
*) fail "it says '$output'" ;;
esac
check_eq "cgroups" "$(find /sys/fs/cgroup -name 'true-*')" ""
