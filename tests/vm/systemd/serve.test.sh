# headgate-infer.service: what systemd lets it do, and whose its workers are.
# timeout: 600

UNIT=headgate-infer.service
FILE=/usr/lib/systemd/system/$UNIT
SOCKET=/run/headgate/infer.sock
MODEL=/var/lib/headgate/tiny.gguf

. /headgate/guest/unit.sh

logged() { journal | grep -qF "$1"; }
capabilities() { sed -n "s/^$2:\t*//p" "/proc/$1/status"; }
# working PID…: those that are workers.
working()
{
	for w_pid in "$@"; do
		tr '\0' ' ' <"/proc/$w_pid/cmdline" | grep -q '^[^ ]* worker ' && echo "$w_pid"
	done 2>/dev/null
}
# worker CGROUP: who works for it; workers: all of them.
# shellcheck disable=SC2046 # numbers
worker() { working $(cat "/sys/fs/cgroup/$1/cgroup.procs"); }
# shellcheck disable=SC2046
workers() { working $(cd /proc && echo [0-9]*); }
has_worker() { [ -n "$(worker "$1")" ]; }
has_failed() { [ "$(property Result)" != success ] && [ "$(property ActiveState)" = failed ]; }
no_workers() { [ -z "$(workers)" ]; }
# Streams in /run, by the kernel's list, but for those of headgate.
listeners() { awk '$4 == "00010000" && $5 == "0001" && $8 ~ "^/run/" && $8 !~ "^/run/headgate/" { print $8 }' /proc/net/unix | sort -u; }
# connect PID SOCKET: as root with all capabilities, by the mounts of that process; 7 of curl's: it could not.
connect() { nsenter -t "$1" -m curl -s -o /tmp/from-socket -m 1 --unix-socket "$2" http://socket/; }
refused() { connect "$@"; [ $? = 7 ]; }
blocks() { nsenter -t "$1" -m find /dev -type b; }
# shellcheck disable=SC2016 # of the shell within
opens() { nsenter -t "$1" -m sh -c ': <>"$1"' sh "$2"; }
has_node() { nsenter -t "$1" -m test -c "$2"; }
# ask CGROUP [COMMAND…]: a request of a process there; the answer is /tmp/answer.
ask()
{
	a_cgroup=$1
	shift
	in_cgroup "$a_cgroup" "$@" /headgate/bin/post $SOCKET /v1/completions '{"prompt":"a","max_tokens":3,"temperature":0}' >/tmp/answer 2>&1
}
answered() { ask "$@" && grep -q '"text_completion"' /tmp/answer; }
# policy OPTIONS
policy() { printf 'MODEL=%s\nOPTIONS=--device native --threads 1 %s\n' $MODEL "$1" >/etc/headgate/infer.env; }

port_answers() { busybox wget -q -O - http://127.0.0.1:8080/v1/models | grep -q '"object":"list"'; }

rm -rf /etc/headgate /var/lib/headgate
# Of another file; it is the unit that makes it.
rmdir /dev/dri 2>/dev/null
mkdir -p /etc/headgate /var/lib/headgate /run/headgate
touch /run/headgate/of-headgated
new_cgroup agents/root
new_cgroup agents/user
# Of a user, as systemd leaves to user@1000.service what is below it.
chown -R 65534:65534 /sys/fs/cgroup/agents/user

t_begin unit_of_serve__is_as_systemd_wants_it
says=$(systemd-analyze --man=no verify $FILE 2>&1)
check_eq "what systemd says to the file: $says" $? 0
check_eq "what systemd says to the file" "$(echo "$says" | grep headgate)" ""

t_begin without_a_model__it_says_which_one_and_gives_up
systemctl start $UNIT 2>/tmp/says
check "it starts" test $? != 0
check "why: $(journal)" wait_until 30 logged "serve: /var/lib/headgate/model.gguf: No such file or directory"
check "it tries for ever" wait_until 60 has_failed
# The last of which is refused.
check_eq "times that it was to be started again" "$(property NRestarts)" "$(sed -n 's/^StartLimitBurst=//p' $FILE)"
systemctl reset-failed $UNIT

t_begin started__it_answers_and_the_worker_is_in_the_agents_cgroup
check "no model" headgate-infer generate $MODEL
# Its workers are looked at below, and end after a minute otherwise.
policy "--workers 0 --idle 600"
check "it does not start: $(journal)" systemctl start $UNIT
check "it has no socket yet" test -S $SOCKET
check "no answer: $(cat /tmp/answer; journal)" answered agents/root
check_eq "workers there" "$(worker agents/root | wc -l)" 1
check_eq "workers" "$(workers)" "$(worker agents/root)"
check_eq "its own cgroup" "$(cat "/proc/$(pid)/cgroup")" 0::/system.slice/$UNIT

t_begin agent_of_a_user__is_answered_and_its_worker_is_in_its_cgroup
check "no answer: $(cat /tmp/answer; journal)" answered agents/user /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all
check_eq "workers there" "$(worker agents/user | wc -l)" 1

t_begin rights__are_those_of_the_unit_and_workers_have_none
wanted=$(sed -n 's/^CapabilityBoundingSet=//p' $FILE | tr 'A-Z ' 'a-z,')
check "the unit names none" test -n "$wanted"
for set in CapPrm CapEff CapBnd; do
	check_eq "$set" "$(capsh --decode="$(capabilities "$(pid)" $set)" | sed 's/.*=//')" "$wanted"
done
main=$(worker agents/user)
for set in CapPrm CapEff CapInh CapAmb; do
	check_eq "$set of a worker" "$(capabilities "$main" $set)" 0000000000000000
done
for process in $(pid) $main; do
	check_eq "limits" "$(grep -E '^(NoNewPrivs|Seccomp):' "/proc/$process/status" | tr '\t\n' '  ')" "NoNewPrivs: 1 Seccomp: 2 "
done
# By which it tells who is held at the gate from who hangs.
sleeps() { nsenter -t "$(pid)" -m /usr/bin/setpriv --bounding-set="-all,+$(echo "$wanted" | sed 's/cap_//g; s/,/,+/g')" --inh-caps=-all cat "/proc/$main/wchan"; }
is_seen_asleep() { where=$(sleeps) && [ "${where:-0}" != 0 ]; }
check "it cannot see in which function a worker sleeps: '$(sleeps)'" wait_until 30 is_seen_asleep
check "its folder cannot be written" nsenter -t "$(pid)" -m touch /run/headgate/was-here
check_fails "the disk can be written: $(grep ' /usr' "/proc/$(pid)/mounts")" nsenter -t "$(pid)" -m touch /usr/headgate-was-here
rm -f /run/headgate/was-here
check_eq "the lock" "$(stat -c %a $SOCKET.lock)" 600

# vgem's node comes when the service runs; that of the root file system's disk is there.
t_begin devices__are_drms_alone_in_an_agents_cgroup_too_and_are_seen_when_they_come
check "there is no disk to hide" blocks 1
check "there is no disk to hide" test -n "$(blocks 1)"
load_module vgem
node=$(find /dev/dri -name 'renderD*' | head -n 1)
check "there is none" test -c "$node"
check_eq "the folder" "$(stat -c '%a %U' /dev/dri)" "755 root"
for process in $(pid) $main; do
	check_eq "disks" "$(blocks "$process" && echo and no failure)" "and no failure"
	check "the device" opens "$process" "$node"
	check_fails "who may open it can be changed" nsenter -t "$process" -m chmod 666 "$node"
	check_fails "other nodes: $(nsenter -t "$process" -m ls /dev)" has_node "$process" /dev/kmsg
	check "the usual ones" has_node "$process" /dev/null
done
check "who may open it cannot be changed at all" nsenter -t 1 -m chmod 666 "$node"
check "there are no other nodes" has_node 1 /dev/kmsg

t_begin sockets_of_those_who_obey_root__cannot_be_reached
systemctl start dbus.socket
check "systemd has none: $(listeners)" eval 'listeners | grep -qx /run/systemd/private'
check "D-Bus has none: $(listeners)" eval 'listeners | grep -qx /run/dbus/system_bus_socket'
for socket in $(listeners); do
	check_fails "$socket cannot be reached by anybody" refused 1 "$socket"
	for process in $(pid) $main; do
		check "$socket can be reached" refused "$process" "$socket"
	done
done

t_begin manager_that_cannot_be_told__is_complained_of_and_workers_know_of_none
check "the service knows of none" grep -qz '^NOTIFY_SOCKET=' "/proc/$(pid)/environ"
check_fails "a worker does" grep -qz '^NOTIFY_SOCKET=' "/proc/$main/environ"
NOTIFY_SOCKET=/run/nobody headgate-infer serve --model $MODEL --device native --listen unix:/run/untold.sock --workers 0 >/tmp/says 2>&1 &
untold=$!
check "no complaint: $(cat /tmp/says)" wait_until 60 grep -q 'manager cannot be told .*: /run/nobody: No such file or directory;' /tmp/says
check "it has ended" kill $untold
wait $untold

t_begin process_of_no_agent__is_refused
check_fails "it is answered" answered .
check "why: $(cat /tmp/answer)" grep -q '^HTTP/1.1 403 ' /tmp/answer

t_begin service_that_is_killed__comes_back_and_no_worker_is_left
main=$(pid)
first=$(worker agents/root)
kill -KILL "$main"
check "its worker lives on" wait_until 60 gone "$first"
check "it is not started again: $(journal)" wait_until 60 is_up "$main"
check "no answer: $(cat /tmp/answer; journal)" wait_until 60 answered agents/root

t_begin worker_that_is_kept_ready__is_moved_to_the_agent
policy "--workers 1"
check "restart" systemctl restart $UNIT
check "none is kept ready" wait_until 60 has_worker system.slice/$UNIT
warm=$(worker system.slice/$UNIT)
check "no answer: $(cat /tmp/answer; journal)" answered agents/user
check_eq "the worker there" "$(worker agents/user)" "$warm"

t_begin port_of_the_loopback__takes_what_its_page_says
policy "--workers 0 --listen 127.0.0.1:8080 --agent-default /agents/root"
systemctl restart $UNIT 2>/dev/null
check_fails "it is answered without" port_answers
mkdir -p "$DROP_INS"
sed -n '/a port of the loopback::$/,/^[^ ]/s/^    //p' /headgate/doc/inference.rst >"$DROP_INS/override.conf"
cat "$DROP_INS/override.conf"
systemctl daemon-reload
systemctl reset-failed $UNIT
check "it does not start: $(journal)" systemctl restart $UNIT
check "no answer: $(journal)" wait_until 60 port_answers
rm -r "$DROP_INS"
systemctl daemon-reload
policy "--workers 1"
check "restart" systemctl restart $UNIT
check "no answer: $(cat /tmp/answer; journal)" answered agents/root

t_begin stopped__it_leaves_nothing_but_what_is_not_its_own
check "stop" systemctl stop $UNIT
check_eq "how it ended" "$(property Result)" success
check "workers are left" wait_until 60 no_workers
check_fails "its socket is left" test -e $SOCKET
check "what headgated has beside it" test -e /run/headgate/of-headgated
