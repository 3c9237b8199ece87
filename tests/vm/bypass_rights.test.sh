# Nobody without privilege reads or changes what headgate has, and the gate's pins are root's.
# timeout: 240
. /headgate/bin/robust.sh

# refused WHAT COMMAND…: as nobody it fails, and says why. (What the kernel answers is for
# netlink_privilege to look at.)
refused()
{
	r_what=$1
	shift
	if as_nobody "$@" >/tmp/refused 2>&1; then
		fail "$r_what as nobody"
	elif grep -q CAP_SYS_ADMIN /tmp/refused; then
		ok
	else
		fail "$r_what as nobody: no reason but $(cat /tmp/refused)"
	fi
}

t_begin nobody_may_change_policy
gate_up a=100 b=100
new_cgroup c
refused "agent set" headgate agent set /a --weight 10000
refused "agent set of a new one" headgate agent set /c --weight 10000
refused "agent del" headgate agent del /a
refused "settings" headgate settings --horizon 1s
check_eq "weight of /a" "$(agent_weight /a)" 100
check_eq "agents" "$(now_status agents)" 2
check_eq "horizon" "$(now_status horizon_ns)" 4000000

t_begin nobody_may_read_a_ledger
refused "agent list" headgate agent list
refused "flow list" headgate flow list
refused "lane list" headgate lane list
refused "settings" headgate settings
mkdir -p /etc/headgate
printf '[budget all]\nagent = *\ngpu-time = 1h\nper = day\n' >/etc/headgate/headgate.conf
kill -HUP "$DAEMON"
check "no budgets" wait_until 60 test -e /run/headgate/budgets
check "no health" wait_until 60 test -e /run/headgate/health
check "root is not told of its budgets" wait_until 60 sh -c 'headgate budget list | grep -q "^all "'
refused "budget list" headgate budget list
refused "device health" headgate device health
for file in budgets health labels stalls states; do
	check_fails "nobody reads $file" as_nobody cat "/run/headgate/$file"
done

t_begin the_gates_pins_are_roots
for path in /sys/fs/bpf/headgate /sys/fs/bpf/headgate/v1 $LINKS /sys/fs/bpf/headgate/v1/maps; do
	check_fails "nobody lists $path" as_nobody ls "$path"
done
for path in $LINKS/gate_ioctl $LINKS/gate_ioctl_compat $LINKS/learn_lane; do
	check "$path is not there" test -e "$path"
	check_fails "nobody removes $path" as_nobody rm -f "$path"
done
check_fails "nobody reads a map" as_nobody bpftool map dump pinned /sys/fs/bpf/headgate/v1/maps/submissions
check_fails "nobody moves the pins" as_nobody mv /sys/fs/bpf/headgate /sys/fs/bpf/elsewhere
check_fails "nobody detaches the gate" as_nobody headgated --detach
check_fails "nobody kills headgated" as_nobody kill "$DAEMON"
check "the gate is gone" test -e "$LINKS"/gate_ioctl
gate_down
