# The life of agents: what each is doing.
# kernels: one; it is about user space
# timeout: 480
. /headgate/bin/robust.sh

# state AGENT, since AGENT: as agent list has it; since is in seconds of the wall clock.
of_agent() { headgate agent list --json | awk -F '": ' -v want="\"$1\"," -v key="$2" '
	/"path"/ { is = $2 == want } is && $1 ~ "\"" key "$" { gsub(/[",]/, "", $2); print $2 }'; }
state() { of_agent "$1" state; }
since() { of_agent "$1" state_since_ns | awk '{ printf "%d", $1 / 1e9 }'; }
is() { [ "$(state "$1")" = "$2" ]; }
now() { date +%s; }

gate_up a=100 b=100
t_begin agent_without_work__is_idle
check "state of /a: $(state /a)" wait_until 60 is /a idle
check_within "since" "$(since /a)" $(($(now) - 120)) $(($(now) + 1))
check_eq "in the table" "$(headgate agent list | awk '$1 == "/a" { print $7 }')" idle

t_begin agent_with_jobs__works_and_is_idle_afterwards
load a a simload --duration 2ms --depth 2 --seconds 600
check "state of /a: $(state /a)" wait_until 60 is /a working
check_eq "top" "$(headgate top --json --iterations 1 | grep -o '"agent": *"/a".*"agent_state": *"[a-z]*"' | sed 's/.*"agent_state": *"//; s/"//')" working
loads_end
check "state of /a: $(state /a)" wait_until 60 is /a idle

# Long beside the 2.5 s before a pause counts: a look that comes late still finds it.
t_begin agent_that_comes_back__thinks
load a a simload --duration 2ms --think 6s --seconds 600
check "state of /a: $(state /a)" wait_until 60 is /a thinking
loads_end
check "state of /a: $(state /a)" wait_until 60 is /a idle

t_begin agent_at_its_cap__waits
headgate agent set /a --max 1ms/10s
load a a simload --duration 20ms --seconds 600
check "state of /a: $(state /a)" wait_until 60 is /a waiting
check_eq "state of /b" "$(state /b)" idle
headgate agent set /a --max max
check "state of /a: $(state /a)" wait_until 60 is /a working
loads_end

t_begin cgroup_frozen_by_hand__is_paused
echo 1 >/sys/fs/cgroup/a/cgroup.freeze
check "state of /a: $(state /a)" wait_until 60 is /a paused
check_eq "state of /b" "$(state /b)" idle
echo 0 >/sys/fs/cgroup/a/cgroup.freeze
check "state of /a: $(state /a)" wait_until 60 is /a idle

t_begin job_that_is_not_done__is_stuck_for_the_next_headgated_too
load a a simload --duration 1ms --depth 2 --in-fence-never --seconds 600
check "state of /a: $(state /a)" wait_until 60 is /a working
check "state of /a: $(state /a)" wait_until 60 is /a stuck
began=$(since /a)
check_within "since: when it last got on" "$(($(now) - began))" 19 120
idle=$(since /b)
kill -KILL "$DAEMON"
wait "$DAEMON"
check_eq "without headgated" "$(state /a)" working
check_eq "since, without headgated" "$(of_agent /a state_since_ns)" null
headgated 2>>/tmp/headgated.log &
DAEMON=$!
check "state of /a: $(state /a)" wait_until 60 is /a stuck
check_within "since of the stuck one" "$(since /a)" $((began - 1)) $((began + 1))
check_within "since of the idle one" "$(since /b)" $((idle - 1)) $((idle + 1))
# shellcheck disable=SC2154 # load() sets it
kill -KILL "$pid_a"
load_gone a

t_begin agent_that_goes__leaves_no_state
knows() { grep -q "^$1 " /run/headgate/states; }
id=$(headgate agent list | awk '$1 == "/b" { print $NF }')
check "it is not in the file" knows "$id"
check "the cgroup does not go" wait_until 60 rmdir /sys/fs/cgroup/b
gone() { ! knows "$id"; }
check "it is in the file" wait_until 60 gone
