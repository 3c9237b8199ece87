# SPDX-License-Identifier: GPL-2.0-or-later
# What drivers tell of their clients, summed up by agent, against headgate's own ledger.
# timeout: 120
. /headgate/guest/shares.sh

# usage AGENT KEY: of simgpu
usage()
{
	headgate usage --json | awk -v a="\"$1\"," -v k="\"$2\":" '
		$1 == "\"agent\":" { is = $2 == a }
		is && $1 == k { gsub(/,/, "", $2); print $2 }'
}

# ledger AGENT: its engine time
ledger() { snapshot now; awk -v a="$1" '$1 == a { n = $2 } END { printf "%.0f\n", n }' /run/snap.now; }

no_job_lives() { lives | grep -q ' 0$'; }
has_worked() { [ "$(ledger /a)" -gt 500000000 ] && [ "$(ledger /b)" -gt 500000000 ]; }

hg_start engines=2
policy_of /a=100 /b=200

t_begin usage__agrees_with_the_ledger
load /a --duration 2ms --depth 4 --processes 2
load /a --duration 1ms --depth 4 --engine 1
load /b --duration 3ms --depth 4
wait_until 60 has_worked || fail "they do not work"
# Stopped, the clients stay open: what they have submitted ends, and nothing follows.
# shellcheck disable=SC2086
pids=$(cat /sys/fs/cgroup/a/cgroup.procs /sys/fs/cgroup/b/cgroup.procs)
# shellcheck disable=SC2086
kill -STOP $pids
wait_until 20 no_job_lives || fail "jobs are left"
for agent in /a /b; do
	told=$(usage $agent busy_ns) own=$(ledger $agent)
	check_within "what the driver tells of $agent, in permille of the ledger" $((told * 1000 / own)) 980 1020
	figure "usage_of_${agent#/}" $((told * 1000 / own)) permille
done
check_within "clients of /a" "$(usage /a clients)" 3 9
# By the names of device list, which the driver does not tell of a device that is not on PCI.
check_eq "devices" "$(headgate usage --json | sed -n 's/^ *"device": "\(.*\)",$/\1/p' | sort -u)" \
	"$(headgate device list --json | awk -F '"' '$2 == "name" { n = $4 } $2 == "driver" && $4 == "simgpu" { print n }')"
# shellcheck disable=SC2086
kill -CONT $pids
stop_loads

t_begin usage__counts_a_client_once
# Other tests may have left other devices.
for node in /dev/dri/renderD*; do
	case $(readlink "/sys/class/drm/${node##*/}/device") in */simgpu*) break ;; esac
done
# shellcheck disable=SC2016
start_load /b sh -c 'exec 3<>"$0"; sleep 1000 & sleep 1000 & wait' "$node"
# Both sleep: what is left of the loads before may be in the cgroup for a moment yet.
they_sleep()
{
	n=0
	while read -r pid; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sleep ] || n=$((n + 1))
	done </sys/fs/cgroup/b/cgroup.procs
	[ $n = 2 ]
}
wait_until 20 they_sleep || fail "they do not start"
check_eq "clients of /b" "$(usage /b clients)" 1
check "the table has no line of it" sh -c "headgate usage | grep -qE '^/b +simgpu +simgpu[.0-9]* +1 '"
echo 1 >/sys/fs/cgroup/b/cgroup.kill
stop_loads
wait_until 20 sh -c '! grep -q . /sys/fs/cgroup/b/cgroup.procs' || fail "they do not end"

t_begin usage__of_closed_clients_is_not_told
check_eq "clients of /b" "$(usage /b clients)" ""
check_eq "clients of /a" "$(usage /a clients)" ""
hg_stop
