# headgated as a service: what systemd does with it, and what the unit lets it and its programs do.
# timeout: 480

CONF=/etc/headgate/headgate.conf
UNIT=headgated.service
FILE=/usr/lib/systemd/system/$UNIT
PINS=/sys/fs/bpf/headgate/v1
HOOK=/run/headgate/hook
SOCKET=/run/headgate/metrics.sock

. /headgate/guest/unit.sh

# logged N WORDS: N times at least.
logged() { [ "$(journal | grep -cF "$2")" -ge "$1" ]; }
agents() { headgate agent list | awk '$NF ~ /^[0-9]+$/ { print $1, $2 }' | sort | tr '\n' ';'; }
agents_are() { [ "$(agents)" = "$1" ]; }
# is_enforced: also to whoever is outside the unit.
is_enforced() { headgate status | grep -q '^gate attached  *yes'; }
is_served() { scrape $SOCKET | grep -q '^headgate_gate_attached 1'; }
port_is_served() { busybox wget -q -O - http://127.0.0.1:9955/metrics | grep -q '^headgate_gate_attached 1'; }

# The file as it comes; the journal goes on after a reboot of journald.
rm -rf /etc/headgate /var/lib/headgate
mkdir -p /etc/headgate
new_cgroup team/a
load_module simgpu
cat >$CONF <<'X'
[agent team/*]
weight = 300
[metrics]
listen = unix:/run/headgate/metrics.sock
group = video
[budget little]
agent = team/*
gpu-time = 10ms
per = hour
act = none
exec = /etc/headgate/hook
X
cat >/etc/headgate/hook <<X
#!/bin/sh
exec >$HOOK.\$\$ 2>&1
for dir in /usr /etc /boot /sys/module /proc/sys/kernel /home /var /run; do
	touch \$dir/headgate-was-here && echo "wrote \$dir"
done
for dir in /run/headgate /var/lib/headgate /tmp; do
	touch \$dir/hook-was-here || echo "wrote no \$dir"
done
[ ! -e /tmp/of-others ] || echo "saw /tmp"
echo 1000 >/proc/sys/kernel/threads-max && echo "wrote a sysctl"
head -c 1 /dev/vda && echo "opened the disk"
grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status
mv $HOOK.\$\$ $HOOK
X
chmod +x /etc/headgate/hook
touch /tmp/of-others

t_begin unit__loads_the_module_and_is_ready_once_the_gate_is_attached
check_fails "the module is loaded" test -e /sys/module/headgate
check "it does not start: $(journal)" systemctl start $UNIT
check "the module is not loaded" test -e /sys/module/headgate
check "the gate is not attached" is_enforced
check_eq "agents" "$(agents)" "/team/a 300;"
check_eq "what it says of itself" "$(property StatusText)" "The gate is attached"
check_eq "name of the process" "$(cat "/proc/$(pid)/comm")" headgated
check "the device is not seen: $(headgate status)" grep -q "^device  *simgpu (simgpu): enforced$" <<X
$(headgate status)
X

t_begin what_it_makes__is_seen_by_others_as_it_should_be
check "the pins" test -e $PINS/links/gate_ioctl -a -e $PINS/maps/submissions
check_eq "the folder of its files" "$(stat -c '%a %U' /run/headgate)" "755 root"
check_eq "its pid to any user" "$(as_nobody cat /run/headgate/headgated.pid)" "$(pid)"
check_eq "the socket of metrics" "$(stat -c '%a %U %G' $SOCKET)" "660 root video"
check "metrics are not served" is_served
check_eq "the folder of the history" "$(stat -c %a /var/lib/headgate)" 750
check_eq "the history" "$(stat -c %a /var/lib/headgate/history.db)" 640
check_eq "the agents' labels" "$(stat -c %a /run/headgate/labels)" 600

# capabilities PID SET: by name, sorted; what the unit says likewise.
capabilities() { capsh --decode="$(sed -n "s/^$2:\t*//p" "/proc/$1/status")" | sed 's/.*=//' | tr , '\n' | sort | tr '\n' ' '; }
wanted() { sed -n 's/^CapabilityBoundingSet=//p' $FILE | tr 'A-Z ' 'a-z\n' | sort | tr '\n' ' '; }

t_begin capabilities__are_those_of_the_unit
check "the unit names none" test -n "$(wanted)"
for set in CapPrm CapEff CapBnd; do
	check_eq "$set" "$(capabilities "$(pid)" $set)" "$(wanted)"
done
check_eq "CapInh" "$(sed -n 's/^CapInh:\t*//p' "/proc/$(pid)/status")" 0000000000000000

t_begin bad_policy__is_refused_as_a_whole
printf '[agent team/*]\nweight = 700\n[agent other]\nweight = many\n' >$CONF.bad
cp $CONF $CONF.good
cp $CONF.bad $CONF
new_cgroup other
main=$(pid)
check "reload: $(property ActiveState), $(journal | tail -n 3)" systemctl reload $UNIT
check "no word of it: $(journal)" wait_until 30 logged 1 "$CONF:4: weight: \"many\" is not a whole number"
check "no word of the old one" wait_until 30 logged 1 "the old policy stays in force"
check_eq "agents" "$(agents)" "/team/a 300;"
check_eq "the process" "$(pid)" "$main"
check_fails "config check finds nothing" headgate config check
cp $CONF.good $CONF
check "reload: $(property ActiveState), $(journal | tail -n 3)" systemctl reload $UNIT
check_eq "what it says of itself" "$(property StatusText)" "The gate is attached"

t_begin program_of_an_event__runs_and_may_not_do_more_than_the_unit
in_cgroup team/a simload --duration 1ms --jobs 100 >/dev/null
check "it was not run: $(journal; headgate budget list)" wait_until 60 test -e $HOOK
cat $HOOK
check_eq "what it could do" "$(grep -E '^(wrote|saw|opened)' $HOOK)" ""
check_eq "its limits" "$(grep -E '^(NoNewPrivs|Seccomp)' $HOOK | tr '\t\n' '  ')" "NoNewPrivs: 1 Seccomp: 2 "
check_eq "its capabilities" "$(sed -n 's/^CapEff:\t*//p' $HOOK)" "$(sed -n 's/^CapEff:\t*//p' "/proc/$(pid)/status")"
check "what it left" test -e /var/lib/headgate/hook-was-here

t_begin headgated_that_was_killed__comes_back_and_knows_all
main=$(pid)
headgate agent set /other --weight 50
drop_in WatchdogSec=10s # of the one that comes, for the next test
kill -KILL "$main"
check "the gate went with it" is_enforced
new_cgroup team/b # while nobody looks
check "it is not started again: $(journal)" wait_until 60 is_up "$main"
check_eq "restarts" "$(property NRestarts)" 1
check "agents: $(agents)" wait_until 60 agents_are "/other 50;/team/a 300;/team/b 300;"
check "the gate is not attached" is_enforced
check "the budget is told anew" [ "$(journal | grep -c '^budget little')" = 1 ]
check "metrics are not served" wait_until 60 is_served

# has_beaten: the watchdog was told since, and nobody was killed.
beats() { property WatchdogTimestampMonotonic; }
has_beaten() { [ "$(beats)" != "$beat" ]; }

t_begin watchdog__is_fed_and_ends_who_does_not
check_eq "its time" "$(property WatchdogUSec)" 10s
main=$(pid)
for _ in 1 2; do
	beat=$(beats)
	check "it is not fed" wait_until 30 has_beaten
done
check_eq "the process" "$(pid)" "$main"
# The next one has the time of the unit: a late guest may keep it from its work for as long.
rm -r "$DROP_INS"
systemctl daemon-reload
kill -STOP "$main"
check "it hangs on" wait_until 60 is_up "$main"
check "no word of it" wait_until 30 logged 1 "Watchdog timeout"
check_eq "agents" "$(agents)" "/other 50;/team/a 300;/team/b 300;"

t_begin metrics_on_a_port__take_what_their_page_says
sed -i 's/^listen = .*/listen = 127.0.0.1:9955/; /^group/d' $CONF
check "reload: $(property ActiveState), $(journal | tail -n 3)" systemctl reload $UNIT
check "no word of it: $(journal | tail -n 3)" wait_until 30 logged 1 "127.0.0.1:9955: the service may not use such addresses"
check_fails "metrics are served" port_is_served
# The lines of the pages themselves.
eval "drop_in $(sed -n '/For a webhook/,/^and have/s/^    \([A-Z].*\)/"\1"/p' /headgate/doc/stalls.rst | tr '\n' ' ')"
check_eq "addresses that a program may not use, by its page" "$(property IPAddressDeny)" ""
check "families of addresses, by that page: $(property RestrictAddressFamilies)" eval "property RestrictAddressFamilies | grep -q 'AF_INET .*AF_INET6'"
eval "drop_in $(sed -n '/For a port/,/^A port/s/^        \([A-Z].*\)/"\1"/p' /headgate/doc/metrics.rst | tr '\n' ' ')"
cat "$DROP_INS/override.conf"
systemctl restart $UNIT
check "addresses that are denied: $(property IPAddressDeny)" eval "property IPAddressDeny | grep -qF 0.0.0.0/0"
check "metrics are not served: $(journal | tail -n 5)" wait_until 30 port_is_served
check "the gate is not attached" is_enforced

t_begin stopped__it_leaves_the_policy_in_force
check "stop" systemctl stop $UNIT
check_eq "how it ended" "$(property Result)" success
check "the gate is gone" is_enforced
check_eq "agents" "$(agents)" "/other 50;/team/a 300;/team/b 300;"
check_fails "it left its pid" test -e /run/headgate/headgated.pid
check "the list of agents" test -s /run/headgate/agents
check "detach" headgated --detach
check_eq "agents, but for that which was set by hand" "$(agents)" "/other 50;"

t_begin started_by_hand__it_keeps_no_more
headgated 2>/tmp/log &
check "it does not attach: $(cat /tmp/log)" wait_until 60 grep -q "the gate is attached" /tmp/log
for set in CapPrm CapEff CapBnd; do
	check_eq "$set" "$(capabilities $! $set)" "$(wanted)"
done
check_fails "it complains: $(cat /tmp/log)" grep -q capabilities /tmp/log
kill $!
wait $!
