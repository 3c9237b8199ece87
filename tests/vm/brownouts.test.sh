# SPDX-License-Identifier: GPL-2.0-or-later
# Health of devices: who may speak of it, what is told of it and to whom, and what a restart keeps.
# kernels: one; it is about user space
# timeout: 480
. /headgate/bin/robust.sh

LOG=/tmp/headgated.log
SOCKET=/run/headgate/probe
HOOKS=/tmp/hooks

told() { grep -cE "^headgated: device simgpu is $1, it was $2: " $LOG; }
is_told() { [ "$(told "$1" "$2")" -ge 1 ]; }
health() { headgate device health --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }
is_in() { [ "$(health state)" = "$1" ]; }
has_run() { [ -e "$HOOKS/$1" ]; }
is_heard() { grep -q "^health device=simgpu state=$1 reason=$2 factor=0.00 since=[0-9]*\$" /tmp/heard; }
hook() { sed -n "s/^HEADGATE_$2=//p" "$HOOKS/$1" | head -n 1; }

# answers LINE ANSWER: what headgated answers to that.
answers() { check_eq "answer to '$1'" "$(say $SOCKET "$1")" "$2"; }

probe() { load p probe simprobe simgpu --period 200000000 --allowed 2000000 --wrong /tmp/wrong; }

rm -rf /etc/headgate $HOOKS /var/lib/headgate/health
mkdir -p /etc/headgate/conf.d $HOOKS
cat >/tmp/on-brownout <<'X'
#!/bin/sh
env >"/tmp/hooks/new.$$" && mv "/tmp/hooks/new.$$" "/tmp/hooks/$HEADGATE_HEALTH"
X
chmod +x /tmp/on-brownout
printf '[brownout]\nexec = /tmp/on-brownout\n[driver simgpu]\ndeadline = 9m\n' >/etc/headgate/conf.d/brownout.conf

t_begin without_headgated__nobody_knows
: >$LOG
check_eq "health" "$(headgate device health 2>/tmp/stderr)" "No device has been submitted to."
check "no note: $(cat /tmp/stderr)" grep -q "headgated, which judges devices, is not at work" /tmp/stderr
check_fails "calibrate without headgated" headgate device calibrate simgpu 2>/tmp/stderr
check "no reason: $(cat /tmp/stderr)" grep -q "headgated, which judges devices, is not at work" /tmp/stderr

t_begin socket__is_for_root
load_module simgpu timeout_ms=10000
gate_up a=100 b=100 p=100
check_eq "mode and owner" "$(stat -c '%a %u %F' $SOCKET)" "600 0 socket"
check_fails "another user connects" as_nobody /headgate/bin/say $SOCKET subscribe

t_begin what_cannot_be_understood__is_answered_and_changes_nothing
answers hello 'error there is no message "hello"; there are begin, end, subscribe and calibrate'
answers "begin device=simgpu" "error begin needs probe="
answers "begin device=simgpu probe=p allowed_us=x" "error allowed_us=x is not what allowed_us can be"
answers "begin device=none probe=p" "error headgate knows no device none; see headgate device list"
answers "$(printf '%0600d' 0)" "error a message is one line of at most 511 bytes"
check_fails "calibrate a device that is not there" headgate device calibrate none 2>/tmp/stderr
check_eq "why" "$(cat /tmp/stderr)" "headgate: headgate knows no device none; see headgate device list"

t_begin probe__is_shown
say --stay $SOCKET subscribe >/tmp/heard &
listener=$!
probe
check "the device is not shown" wait_until 60 is_in ok
check "no probe is shown" wait_until 60 test -n "$(health probe)"
headgate device health
check_eq "probe" "$(health probe)" sim
check_eq "judged" "$(headgate device health --json | grep -c '"judged": true')" 1

t_begin wrong_answers__are_told_to_all_that_listen
touch /tmp/wrong
check "not told: $(cat $LOG)" wait_until 60 is_told brown "(ok|degraded)"
check_eq "told" "$(told brown '.*')" 1
check "its program was not run" wait_until 60 has_run brown
check_eq "DEVICE" "$(hook brown DEVICE)" simgpu
check_eq "REASON" "$(hook brown REASON)" wrong
check_eq "MESSAGE" "headgated: $(hook brown MESSAGE)" "$(grep 'is brown' $LOG)"
check "the subscriber does not hear it: $(cat /tmp/heard)" wait_until 60 is_heard brown wrong
# What it tells it writes down afterwards.
is_listed() { [ "$(headgate device health | awk '$1 == "simgpu" { print $2, $3, $4 }')" = "$1" ]; }
check "in the table" wait_until 60 is_listed "brown wrong -"

t_begin headgated_that_was_killed__does_not_tell_it_again
kill -KILL "$DAEMON"
wait "$DAEMON"
load_gone probe
kill $listener 2>/dev/null
sed -i '/the gate is attached/d' $LOG
headgated 2>>$LOG &
DAEMON=$!
check "headgated does not come up" wait_until 60 grep -q "the gate is attached" $LOG
probe
check "it is forgotten" wait_until 60 is_in brown
say --stay $SOCKET subscribe >/tmp/heard &
listener=$!
check "a new subscriber is not told: $(cat /tmp/heard)" wait_until 60 is_heard brown wrong
check_eq "told" "$(told brown '.*')" 1

t_begin well_again__is_told_once
rm /tmp/wrong
check "not told: $(cat $LOG)" wait_until 120 is_told ok '(brown|degraded)'
check_eq "told" "$(told ok '.*')" 1
check "the subscriber does not hear it: $(cat /tmp/heard)" wait_until 60 is_heard ok -

t_begin probe_that_hangs__makes_the_device_dark
echo 1 >/sys/kernel/debug/simgpu/e0/hang_next
check "not told: $(cat $LOG)" wait_until 60 is_told dark ok
check "it does not recover" wait_until 120 is_in ok
# shellcheck disable=SC2154 # load() sets it
kill "$pid_probe"
load_gone probe

t_begin limits__are_those_of_the_policy
printf '[brownout]\ndegraded = 1.5\nbrown = 1.2\n' >/etc/headgate/conf.d/brownout.conf
check_fails "brown is below degraded" headgated --check 2>/tmp/stderr
check_eq "why" "$(cat /tmp/stderr)" "headgated: /etc/headgate/conf.d/brownout.conf:1: [brownout]: brown is 1.20, below degraded, which is 1.50"
printf '[brownout]\ndegraded = fast\n' >/etc/headgate/conf.d/brownout.conf
check_fails "a word for a factor" headgated --check 2>/tmp/stderr
check_eq "why" "$(cat /tmp/stderr)" 'headgated: /etc/headgate/conf.d/brownout.conf:2: degraded: "fast" is not a factor, such as 1.4'

kill $listener 2>/dev/null
gate_down
