# What the tool says of wrong input: a sentence, and an exit status that tells whose fault it is:
# 2 the command line's, 1 the request's, 4 no module.
# kernels: one; it is about user space

# says STATUS FRAGMENT COMMAND…: nothing on standard output, the fragment within the message.
says()
{
	status=$1 fragment=$2
	shift 2
	headgate "$@" >/tmp/stdout 2>/tmp/stderr
	check_eq "exit status of headgate $*" $? "$status"
	check_eq "standard output of headgate $*" "$(cat /tmp/stdout)" ""
	case $(head -n 1 /tmp/stderr) in
	"headgate: "*"$fragment"*) ok ;;
	*) fail "headgate $* says '$(cat /tmp/stderr)', want '$fragment'" ;;
	esac
}

t_begin absent_module__is_told_with_what_to_do
new_cgroup a
new_cgroup b
for command in "agent list" "agent set /a" "agent del /a" "lane list" "flow list" settings "settings --horizon 1ms" \
	"top -n 1" events; do
	# shellcheck disable=SC2086
	says 4 "not loaded: run modprobe headgate" $command
done
headgate status >/tmp/stdout
check_eq "exit status of headgate status" $? 4
check "status does not say so" grep -q "^Problem: the module headgate is not loaded" /tmp/stdout
says 125 "not loaded: run modprobe headgate" run true
check "device list needs the module" headgate device list

load_module headgate
headgate agent set /a --weight 300
held=$(headgate agent list --json; headgate settings --json)

t_begin wrong_command_line__exits_with_2
says 2 "there is no command 'agnet'" agnet list
says 2 "there is no option --jsno" --jsno
says 2 "agent has no command 'lst'" agent lst
says 2 "agent needs a command" agent
says 2 "agent set needs CGROUP" agent set
says 2 "agent set does not take the argument '/b'" agent set /a /b
says 2 "agent list does not take the argument '/a'" agent list /a
says 2 "option --weight needs an argument" agent set /a --weight
says 2 "has no option --colour" agent list --colour
says 2 "has no option -w" agent list -w 3
says 2 "option --json takes no argument" agent list --json=yes
says 2 "run needs [--] COMMAND" run --weight 3

t_begin wrong_values__exit_with_2
for weight in 0 10001 -1 1.5 '' 99999999999999999999 0x10 ' 5'; do
	says 2 "--weight '$weight' is not a whole number from 1 to 10000" agent set /a --weight "$weight"
done
says 2 "--class 'gpu' is neither batch nor interactive" agent set /a --class gpu
for slice in 4 ms 4mss -4ms '' 1e99s; do
	says 2 "--slice '$slice' is not a time" agent set /a --slice "$slice"
done
for slice in 1ns 2s 99999999999h; do
	says 2 "--slice '$slice' is out of range: 10 us to 1 s are allowed" agent set /a --slice $slice
done
for max in 10us/100us 1s/1h; do
	says 2 "--max '$max' has a period that is out of range: 1 ms to 10 s" agent set /a --max $max
done
says 2 "--horizon '1us' is out of range: 100 us to 1 s are allowed" settings --horizon 1us
says 2 "--horizon '4' is not a time" settings --horizon 4
says 2 "--max-wait '2h' is out of range: 10 ms to 1 h are allowed" settings --max-wait 2h
says 2 "--slice-batch '1us' is out of range: 10 us to 1 s are allowed" settings --slice-batch 1us
says 2 "--slice-interactive '2s' is out of range: 10 us to 1 s are allowed" settings --slice-interactive 2s
says 2 "--max '130%' is not above 0 and at most the whole: 100%, or a quota as long as its period" agent set /a --max 130%
says 2 "--max '30ms/20ms' is not above 0 and at most the whole: 100%, or a quota as long as its period" agent set /a --max 30ms/20ms
says 2 "--max '0%' is not above 0" agent set /a --max 0%
says 2 "--max '30' is not a cap" agent set /a --max 30
says 2 "--max 'ms/ms' is not a cap" agent set /a --max ms/ms
says 2 "path begins with a slash" agent set a
says 2 "path begins with a slash" agent del ''
says 2 "neither a cgroup id nor a path" agent set 12x
says 2 "neither a cgroup id nor a path" agent del 0
says 2 "--delay '1ms' is not a time from 10ms" top --delay 1ms
says 2 "--iterations '0' is not a whole number" top -n 0
says 2 "--name 'x/y' is not a name" run --name x/y true
says 2 "--weight '0'" run --weight 0 true

t_begin what_the_module_refuses__exits_with_1_and_its_reason
says 1 "/nope: no such cgroup in the v2 hierarchy" agent set /nope
says 1 "no such cgroup in the v2 hierarchy" agent set /sys/fs/cgroup/memory/x
says 1 "no cgroup of this id" agent set 999999999
says 1 "this cgroup is not an agent" agent del /b

t_begin what_was_refused__changed_nothing
check_eq "what the module holds" "$(headgate agent list --json; headgate settings --json)" "$held"

t_begin path_from_the_root_of_the_file_system__names_the_same_cgroup
check "agent set" headgate agent set /sys/fs/cgroup/b --weight 7
check_eq "weight" "$(headgate agent list | awk '$1 == "/b" { print $2 }')" 7
check "agent del by id" headgate agent del "$(stat -c %i /sys/fs/cgroup/b)"
check_eq "agents" "$(headgate agent list | awk 'NR > 1 { print $1 }')" /a
