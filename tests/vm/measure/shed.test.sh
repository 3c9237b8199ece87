# SPDX-License-Identifier: GPL-2.0-or-later
# A device at half its speed: by shedding who can wait, who cannot is served nearly as before; and all is
# put back when the device is well.
# timeout: 600
. /headgate/guest/shares.sh
. /headgate/guest/health.sh

policy_with()
{
	policy <<X
[brownout]
$1
[agent /p]
[agent /a]
weight = 300
[agent /b]
max = 80ms/100ms
[agent /i]
class = interactive
X
}

# agents: weight and cap of each, as the module has them.
agents() { headgate agent list --json | sed -n 's/.*"\(path\|weight\|max_quota_ns\)": "\{0,1\}\([^",]*\).*/\2/p' | tr '\n' ' '; }
are_as_before() { [ "$(agents)" = "$before" ]; }

# p99: of the interactive agent's jobs, from submission to done, over 40 s, in ms.
p99()
{
	load /i --duration 3ms --period 25ms --seconds 40 --latency
	wait "${LOADS##* }"
	# shellcheck disable=SC2154 # start_load() counts it
	load_says "$shares_n" done_p99_ns | awk '{ printf "%.3f", $1 / 1e6 }'
}

hg_start
for a in p a b i; do
	new_cgroup /$a
done
policy_with 'shed = never'
start_load /p simprobe simgpu
load /a --duration 8ms
load /b --duration 8ms
before=$(agents)

t_begin shed__a_healthy_device_is_known
check "the probe does not learn: $(cat /run/load.1)" learns beside
healthy=$(p99)
figure shed_p99_healthy "$healthy" ms
check_within "p99 in ms" "$healthy" 3 20

t_begin shed__without_it_half_the_speed_is_half_the_speed
echo 2000 >"$KNOBS/slow"
check "it is not noticed" within 30 is_in brown
check_eq "agents" "$(agents)" "$before"
figure shed_p99_untouched "$(p99)" ms

t_begin shed__who_cannot_wait_is_served_nearly_as_before
policy_with 'shed = brown
shed-cap = 1%'
check "nobody is shed" within 30 grep -q 'agent /b is shed' "$HG_LOG"
headgate agent list
shed=$(p99)
figure shed_p99_shed "$shed" ms
ratio=$(awk -v a="$shed" -v b="$healthy" 'BEGIN { printf "%.3f", a / b }')
figure shed_p99_ratio "$ratio" times
check_within "p99 at half the speed, in that of a healthy device" "$ratio" 0 1.5

t_begin shed__all_is_put_back
began=$(seconds)
echo 1000 >"$KNOBS/slow"
check "agents are not as before: $(agents)" within 30 are_as_before
took=$(awk -v a="$began" -v b="$(seconds)" 'BEGIN { printf "%.2f", b - a }')
figure shed_put_back "$took" s
check_within "s until all is put back" "$took" 0 10
check_eq "what is told: $(tail -n 3 "$HG_LOG")" "$(grep -c 'device simgpu is ok: 2 agents are as the policy has them again' "$HG_LOG")" 1
figure shed_p99_after "$(p99)" ms

stop_loads
hg_stop
