# The canary as a service: what systemd does with it, and what headgated and the journal have of it.
# timeout: 400

PAGE=/headgate/doc/canary.rst
UNIT=headgate-canary@native.service

. /headgate/guest/unit.sh

logged() { journal "$2" | grep -qF -- "$1"; }
health() { headgate device health --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }
is() { [ "$(health "$1")" = "$2" ]; }
has_options() { tr '\0' ' ' <"/proc/$(pid)/cmdline" | grep -qE '^[^ ]*headgate-infer canary --device native --name [^ %]+ --duty [0-9]+% $'; }
is_agent() { headgate agent list | grep -F "$(property ControlGroup) " | grep -q ' interactive '; }
has_failed() { [ "$(property ActiveState)" = failed ]; }
# As its parent, the canary, has them.
children() { tr -d ' ' <"/proc/$(pid)/task/$(pid)/children"; }
has_child() { [ -n "$(children)" ]; }
child_is_in() { grep -qxF "0::$1" "/proc/$(children)/cgroup"; }
blocks() { nsenter -t "$1" -m find /dev -type b; }
# refused PID SOCKET: to root with all capabilities, by the mounts of that process; 7 of curl's: it could not connect.
refused() { nsenter -t "$1" -m curl -s -o /tmp/from-socket -m 1 --unix-socket "$2" http://socket/; [ $? = 7 ]; }
# of FIELD: of headgated's events of a device's health, each a line.
of() { journalctl -q -o cat --output-fields="$1" HEADGATE_EVENT=health ${2:+HEADGATE_HEALTH="$2"}; }
events() { of HEADGATE_HEALTH | grep -cx "$1"; }
has_event() { [ "$(events "$1")" -ge 1 ]; }

rm -rf /etc/headgate /var/lib/headgate
mkdir -p /etc/headgate
sed -n '/^    \[agent /,/^$/s/^    //p' $PAGE >/etc/headgate/headgate.conf
cat /etc/headgate/headgate.conf
load_module simgpu
# native is lent simgpu's name, and may work as often as it likes.
options="Environment=\"OPTIONS=--name simgpu --period 300ms --duty 100%%\""

t_begin units_of_the_canary__are_as_systemd_wants_them
says=$(systemd-analyze --man=no verify /usr/lib/systemd/system/headgate-canary@.service 2>&1)
check_eq "what systemd says to the file: $says" $? 0
check_eq "what systemd says to the file" "$(echo "$says" | grep headgate)" ""

t_begin options_of_the_page__reach_the_canary
line=$(sed -n 's/^    \(Environment="OPTIONS=.*\)/\1/p' $PAGE)
check "the page has none" test -n "$line"
drop_in "$line"
check "it does not start: $(journal)" systemctl start $UNIT
check "its arguments: $(tr '\0' ' ' <"/proc/$(pid)/cmdline")" wait_until 30 has_options
systemctl stop $UNIT

t_begin canary__starts_in_its_cgroup_which_is_an_agent_and_tells_headgated
check "headgated does not start: $(journal headgated.service)" systemctl start headgated.service
drop_in "$options"
check "it does not start: $(journal)" systemctl start $UNIT
check_eq "cgroup" "$(property ControlGroup)" '/system.slice/system-headgate\x2dcanary.slice/headgate-canary@native.service'
check "no child: $(journal)" wait_until 60 has_child
check "where its child is" wait_until 30 child_is_in "$(property ControlGroup)"
check "no agent: $(headgate agent list)" wait_until 60 is_agent
check "headgated does not show it: $(journal)" wait_until 60 is probe canary
check "its last run" wait_until 60 is last ok
check "the device: $(health state)" wait_until 30 is state ok

t_begin golden_answers_and_rights__are_as_the_unit_says
check_eq "folder of golden answers" "$(stat -c '%a %U' /var/lib/headgate/golden)" "750 root"
check_eq "golden answers" "$(find /var/lib/headgate/golden -type f | wc -l)" 1
for process in $(pid) $(children); do
	for set in CapPrm CapEff CapBnd; do
		check_eq "$set" "$(sed -n "s/^$set:\t*//p" "/proc/$process/status")" 0000000000000000
	done
	check_eq "its limits" "$(grep -E '^(NoNewPrivs|Seccomp):' "/proc/$process/status" | tr '\t\n' '  ')" "NoNewPrivs: 1 Seccomp: 2 "
done

t_begin nodes_and_sockets__are_drms_and_headgateds_alone
check "there is no disk to hide" test -n "$(blocks 1)"
load_module vgem
node=$(find /dev/dri -name 'renderD*' | head -n 1)
check "there is none" test -c "$node"
check_eq "the folder" "$(stat -c '%a %U' /dev/dri)" "755 root"
for process in $(pid) $(children); do
	check_eq "disks" "$(blocks "$process" && echo and no failure)" "and no failure"
	check "the device" nsenter -t "$process" -m sh -c ": <>$node"
	check_fails "headgated's folder can be written" nsenter -t "$process" -m touch /run/headgate/was-here
	check "systemd can be reached" refused "$process" /run/systemd/private
done
check "headgated's folder cannot be written at all" nsenter -t 1 -m touch /run/headgate/was-here
check_fails "systemd cannot be reached by anybody" refused 1 /run/systemd/private

t_begin report__is_in_the_journal
systemctl kill -s SIGUSR1 --kill-who=main $UNIT
check "it is not there: $(journal)" wait_until 60 logged " runs, 0 wrong, " # on a late guest some hang

t_begin canary_that_is_killed__is_started_again
main=$(pid)
child=$(children)
kill -KILL "$main"
check "its child lives on" wait_until 60 gone "$child"
check "it is not started again: $(journal)" wait_until 60 is_up "$main"
check_eq "restarts" "$(property NRestarts)" 1
check "headgated does not show it" wait_until 60 is last ok
check_eq "events" "$(events brown)" 0

t_begin fault__is_in_the_journal_with_its_fields_once
drop_in "$options" 'Environment=HEADGATE_INFER_FAULT=lanes:7@3'
check "restart" systemctl restart $UNIT
check "no event: $(journal; journal headgated.service)" wait_until 60 has_event brown
check_eq "of which device" "$(of HEADGATE_DEVICE brown | sort -u)" simgpu
check_eq "why" "$(of HEADGATE_REASON brown | sort -u)" wrong
check "the sentence: $(journal headgated.service)" wait_until 30 logged "its probe computes something wrong" headgated.service
complains() { journalctl -q -o cat -p err -u $UNIT | grep -q 'simgpu: the answer'; }
check "the sentence of the canary: $(journal)" wait_until 30 complains
check_eq "state" "$(health state)" brown
check "last run" wait_until 60 is last wrong
check_eq "events" "$(events brown)" 1

t_begin canary_that_is_stopped__ends_at_once_and_well
child=$(children)
check "stop" systemctl stop $UNIT
check_eq "how it ended" "$(property Result)" success
check_eq "state" "$(property ActiveState)" inactive
check "its child lives on" wait_until 30 gone "$child"

t_begin wrong_arguments__are_not_tried_again
drop_in 'Environment="OPTIONS=--period never"'
systemctl start $UNIT
check "it goes on: $(property ActiveState)" wait_until 60 has_failed
check_eq "restarts" "$(property NRestarts)" 0
check "why: $(journal)" wait_until 30 logged "--period 'never': expected a time"
systemctl reset-failed $UNIT

systemctl stop headgated
headgated --detach
