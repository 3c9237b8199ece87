# A policy file with errors: all are told at once, by file and line, and nothing is put in force.
# kernels: one; it is about user space
# timeout: 300

rm -rf /etc/headgate
mkdir -p /etc/headgate/conf.d
conf=/etc/headgate/headgate.conf

# complains LINE FRAGMENT: the last headgated said this of the line.
complains()
{
	grep -F "$1: " /tmp/stderr | grep -qF "$2" || fail "nothing like '$1: $2' in '$(cat /tmp/stderr)'"
	ok
}

t_begin good_file__passes_the_check
cat >$conf <<'X'
# comment
[gate]
max-wait = 5s

; another
[agent ml.slice/*]
weight = 200
class = interactive
slice = 2ms
max = 30ms/100ms
deadline = 1m
[driver simgpu]
deadline = 30s
[stall]
deadline = 20s
exec = /etc/headgate/on-stall
exec-timeout = 2s
X
check_eq "what --check says" "$(headgated --check 2>&1)" "$conf: 1 agent section, no errors"

# tool_agrees WANT [FILE]: `headgate config check` says the same, and to anybody.
tool_agrees()
{
	status=$1
	shift
	as_nobody headgate config check "$@" >/tmp/tool.out 2>/tmp/tool.err
	check_eq "exit status of config check $*" $? "$status"
	headgated --check "$@" >/tmp/daemon.out 2>/tmp/daemon.err
	check_eq "what the tool finds good in $*" "$(cat /tmp/tool.out)" "$(cat /tmp/daemon.out)"
	check_eq "what the tool complains of in $*" "$(sed 's/^headgate:/headgated:/' /tmp/tool.err)" "$(cat /tmp/daemon.err)"
}
tool_agrees 0
tool_agrees 0 $conf

t_begin no_file__is_an_empty_policy_unless_it_was_named
rm $conf
absent="$conf is not there: the built-in defaults apply, and no cgroup is an agent"
check "--check fails without a file" headgated --check
check_eq "what --check says" "$(headgated --check 2>&1)" "$absent"
printf '[agent a]\n[agent b]\n' >/etc/headgate/conf.d/10-a.conf
check_eq "what --check says of drop-ins alone" "$(headgated --check 2>&1)" \
	"$conf is not there; its drop-ins are:
/etc/headgate/conf.d/10-a.conf: 2 agent sections, no errors"
tool_agrees 0
rm /etc/headgate/conf.d/*
tool_agrees 0
tool_agrees 1 /etc/nowhere.conf
headgated --check /etc/nowhere.conf 2>/tmp/stderr
check_eq "exit status" $? 1
complains "/etc/nowhere.conf" "No such file"
headgated --check --config /etc/nowhere.conf 2>/tmp/stderr
check_eq "exit status with --config" $? 1
complains "/etc/nowhere.conf" "No such file"

t_begin all_errors__are_told_at_once_with_file_and_line
cat >$conf <<'X'
weight = 1
[gate]
horizon = 1us
max-wait = soon
slice-batch =
colour = blue
horizon = 5ms
[gate]
[agent /a]
weight = 0
weight = 5
class = gpu
slice = 1ns
max = 200%
[agent a/]
weight = 10001
[agent]
[agents x]
[agent b
[agent c]
weight = 1.5
max = 5us/10us
max
= 3
slice = 999999999999999999h
deadline = 0
[driver simgpu]
deadline = 2d
[stall]
deadline = 10ms
exec = curl http://example.com
exec-timeout = 1h
X
headgated --check >/tmp/stdout 2>/tmp/stderr
check_eq "exit status" $? 1
check_eq "standard output" "$(cat /tmp/stdout)" ""
complains $conf:1 "weight stands before the first section"
complains $conf:3 "horizon: 1us is out of range"
complains $conf:4 'max-wait: "soon" is not a time'
complains $conf:5 "slice-batch has no value"
complains $conf:6 "unknown key colour in [gate]"
complains $conf:7 "horizon is set twice"
complains $conf:8 "section [gate] is there twice in this file, first on line 2"
complains $conf:10 'weight: "0" is not a whole number from 1 to 10000'
complains $conf:11 "weight is set twice"
complains $conf:12 'class: "gpu" is neither batch nor interactive'
complains $conf:13 "slice: 1ns is out of range"
complains $conf:14 'max: "200%" must be above 0 and at most the whole'
complains $conf:15 "[agent a] is there twice"
complains $conf:17 "[agent] needs a pattern"
complains $conf:18 "unknown section [agents x]"
complains $conf:19 "the section does not end with ]"
complains $conf:21 'weight: "1.5" is not a whole number'
complains $conf:22 'the period of "5us/10us" is out of range'
complains $conf:23 '"max" is neither a [section] nor key = value'
complains $conf:24 "there is no key before the equals sign"
complains $conf:25 "slice: 999999999999999999h is out of range"
complains $conf:26 "deadline: 0 is out of range, 1 s to 540 s are allowed"
complains $conf:28 'deadline: "2d" is not a time'
complains $conf:30 "deadline: 10ms is out of range"
complains $conf:31 'exec: "curl http://example.com" is neither the path of a program'
complains $conf:32 "exec-timeout: 1h is out of range, 100 ms to 10 min are allowed"
# Keys of a section that was refused mean nothing, and are not complained of again.
check_eq "complaints" "$(wc -l </tmp/stderr)" 26
tool_agrees 1
check_eq "complaints as JSON" "$(headgate config check --json | grep -c "\"$conf:[0-9]*: ")" 26
check_eq "the verdict as JSON" "$(headgate config check --json | grep -c '"ok": false')" 1

t_begin errors_of_drop_ins__are_told_by_their_own_names
printf '[agent a]\nweight = 1\n' >$conf
printf '[agent a]\nweight = 0\n' >/etc/headgate/conf.d/50-b.conf
printf 'nonsense\n[agent x]\nmax = 1\n' >/etc/headgate/conf.d/10-a.conf
printf 'nonsense\n' >/etc/headgate/conf.d/README
headgated --check 2>/tmp/stderr
check_eq "exit status" $? 1
check_eq "places, in the order of reading" "$(sed 's/^headgated: //; s/: .*//' /tmp/stderr | tr '\n' ' ')" \
	"/etc/headgate/conf.d/10-a.conf:1 /etc/headgate/conf.d/10-a.conf:3 /etc/headgate/conf.d/50-b.conf:2 "
tool_agrees 1
rm /etc/headgate/conf.d/*

t_begin binary_file__is_refused_in_a_sentence
head -c 3000 /dev/urandom >$conf
headgated --check 2>/tmp/stderr
check_eq "exit status" $? 1
check "no message" grep -q "^headgated: $conf:1: " /tmp/stderr
mkdir /etc/headgate/dir.conf
headgated --check /etc/headgate/dir.conf 2>/tmp/stderr
check_eq "exit status for a directory" $? 1
complains /etc/headgate/dir.conf "directory"

# refuses SENTENCE ARGUMENT…: by its own name, however it was started.
refuses()
{
	sentence=$1
	shift
	/headgate/bin/headgated "$@" >/tmp/stdout 2>/tmp/stderr
	check_eq "exit status of headgated $*" $? 2
	check_eq "what headgated $* says" "$(cat /tmp/stdout /tmp/stderr)" "headgated: $sentence, see headgated --help"
}

t_begin wrong_command_line__exits_with_2
refuses "there is no option --colour" --colour
refuses "there is no option -x" -vx
refuses "option --config needs an argument" --config
refuses "option --config needs an argument" -c
refuses "option --detach takes no argument" --detach=now
refuses "it does not take the argument 'now'" now
refuses "it does not take the argument 'b'" --check a b
refuses "--check, --detach and --thaw exclude each other" --check --detach
refuses "--check, --detach and --thaw exclude each other" --thaw --detach

t_begin check__takes_the_file_in_either_form
for file in --check=/etc/nowhere.conf "--check /etc/nowhere.conf"; do
	# shellcheck disable=SC2086
	check_eq "what $file says" "$(headgated $file 2>&1)" "headgated: /etc/nowhere.conf: No such file or directory"
done

t_begin daemon_without_a_file__says_so_and_runs
rm $conf
load_module headgate
headgated 2>/tmp/stderr &
daemon=$!
check "the gate is not attached" wait_until 60 grep -q "the gate is attached" /tmp/stderr
check "it does not say so" grep -qF "headgated: $absent" /tmp/stderr
kill $daemon
wait $daemon
headgated --detach 2>/dev/null

t_begin daemon__does_not_start_with_errors
printf '[agent a]\nweight = 0\n[gate]\nhorizon = 0\n' >$conf
headgated 2>/tmp/stderr
check_eq "exit status" $? 1
complains $conf:2 weight
complains $conf:4 horizon
check_fails "the gate is attached" test -e /sys/fs/bpf/headgate/v1/links/gate_ioctl
check_eq "agents" "$(nlfuzz send agent-get -d)" "ok 0"
rm -rf /etc/headgate
