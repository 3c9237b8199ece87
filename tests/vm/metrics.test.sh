# SPDX-License-Identifier: GPL-2.0-or-later
# Metrics tell what the ledger has, to those who may ask, and nobody who asks holds headgated up.
# kernels: one; it is about user space
# timeout: 400
. /headgate/guest/shares.sh

SOCKET=/run/headgate/metrics.sock
conf=/etc/headgate/headgate.conf
mkdir -p /etc/headgate
rm -rf /var/lib/headgate

start()
{
	: >"$HG_LOG"
	headgated >>"$HG_LOG" 2>&1 &
	HG_PID=$!
	wait_until 60 grep -q 'gate is attached' "$HG_LOG" || fail "headgated did not start: $(cat "$HG_LOG")"
}
logged() { wait_until 30 grep -qF "$1" "$HG_LOG" || fail "the log lacks '$1': $(tail -n 5 "$HG_LOG")"; ok; }

# metrics LINE…: section [metrics] of these lines, and the same policy otherwise; SIGHUP if it runs.
metrics()
{
	printf '[agent a]\nweight = 200\nowner = anna\nmax = 50%%\n[agent b]\n[agent odd/*]\n[metrics]\n' >$conf
	printf '%s\n' "$@" >>$conf
	[ -z "${HG_PID:-}" ] || kill -HUP "$HG_PID"
}

# value SERIES: of a scrape; SERIES as it stands in the text.
# (By its environment: awk would take backslashes of -v away.)
value() { scrape $SOCKET | WANT="$1 " awk 'index($0, ENVIRON["WANT"]) == 1 { print substr($0, length(ENVIRON["WANT"]) + 1) }'; }
is_served() { scrape $SOCKET >/dev/null 2>&1; }
is_value() { [ "$(value "$1")" = "$2" ]; }

# flow AGENT KEY: a counter of the ledger, of the first engine.
flow() { headgate flow list --json | awk -v a="$1" -v key="\"$2\":" '
	$1 == "\"agent\":" { gsub(/[",]/, ""); is = $2 == a } is && $1 == key { gsub(/,/, ""); print $2; exit }'; }

# series NAME AGENT: on the only engine there is.
series() { printf 'headgate_agent_%s{agent="%s",gpu="%s",engine="%s"}' "$1" "$2" "$GPU" "$ENGINE"; }

# same_as_ledger AGENT: all counters of an agent that has come to rest.
same_as_ledger()
{
	wait_until 30 is_value "$(series jobs_done_total "$1")" "$(flow "$1" jobs)"
	check_eq "jobs of $1" "$(value "$(series jobs_done_total "$1")")" "$(flow "$1" jobs)"
	check_eq "failed jobs of $1" "$(value "$(series jobs_failed_total "$1")")" "$(flow "$1" failed)"
	check_eq "tickets of $1" "$(value "$(series tickets_admitted_total "$1")")" "$(flow "$1" tickets)"
	check_eq "engine time of $1" "$(value "$(series gpu_busy_seconds_total "$1")" | awk '{ printf "%.9f", $1 }')" \
		"$(flow "$1" busy_ns | awk '{ printf "%d.%09d", $1 / 1e9, $1 % 1e9 }')"
	check_eq "waits of $1" "$(value "$(series queue_wait_seconds_sum "$1")" | awk '{ printf "%.9f", $1 }')" \
		"$(flow "$1" wait_ns | awk '{ printf "%d.%09d", $1 / 1e9, $1 % 1e9 }')"
	check "$1 has no jobs" [ "$(flow "$1" jobs)" -gt 0 ]
}

hg_start engines=1
ip link set lo up
new_cgroup a
new_cgroup b
odd=$(printf 'odd/x"\\\377')
new_cgroup "$odd"
metrics "listen = unix:$SOCKET"

t_begin counters__are_those_of_the_ledger
start
check "it is not served" wait_until 30 is_served
load a --duration 2ms --depth 2 --fail-every 7 --jobs 150
load b --duration 1ms --depth 2 --jobs 200
load "$odd" --duration 1ms --jobs 20
for pid in $LOADS; do
	wait "$pid"
done
stop_loads
GPU=$(headgate device list --json | sed -n 's/.*"name": "\(.*\)",/\1/p' | head -n 1)
ENGINE=$(headgate lane list --json 2>/dev/null | sed -n 's/.*"name": "\(.*\)",/\1/p' | head -n 1)
[ -n "$ENGINE" ] || ENGINE=$(scrape $SOCKET | sed -n 's/^headgate_engine_jobs_done_total{.*engine="\(.*\)"}.*/\1/p')
same_as_ledger /a
same_as_ledger /b
check_eq "weight of a" "$(value 'headgate_agent_weight{agent="/a"}')" 200
check_eq "cap of a" "$(value 'headgate_agent_cap_ratio{agent="/a"}')" 0.5
check_eq "cap of b" "$(value 'headgate_agent_cap_ratio{agent="/b"}')" ''
check "the owner of a is not told" wait_until 30 is_value 'headgate_agent_info{agent="/a",owner="anna",project="",class="batch"}' 1
# Its name has a quote, a backslash, and a byte that is no UTF-8.
check_eq "jobs of the odd one" "$(value "$(series jobs_done_total "$(printf '/odd/x\\"\\\\\357\277\275FF')")")" 20
check_eq "the gate" "$(value headgate_gate_attached)" 1

t_begin both_formats__are_served
scrape $SOCKET 'Accept: application/openmetrics-text' >/run/openmetrics
check "it is no OpenMetrics" grep -q '^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8' /run/openmetrics
check_eq "its end" "$(tail -n 1 /run/openmetrics)" '# EOF'
check "it has no info" grep -q '^# TYPE headgate_agent info$' /run/openmetrics
scrape $SOCKET >/run/text
check "it is no text" grep -q '^Content-Type: text/plain; version=0.0.4; charset=utf-8' /run/text
check_fails "text ends as OpenMetrics does" grep -q '^# EOF' /run/text

t_begin socket__is_for_root_and_its_group
check_eq "mode and group" "$(stat -c '%a %u %g' $SOCKET)" '660 0 0'
check_fails "nobody may ask" as_nobody scrape $SOCKET >/dev/null
metrics "listen = unix:$SOCKET" 'group = nogroup'
has_group() { [ "$(stat -c %g $SOCKET 2>/dev/null)" = 65534 ]; }
check "the group does not change" wait_until 60 has_group
check "the group may not ask" as_nobody scrape $SOCKET >/run/text
check "it got nothing" grep -q '^headgate_agent_jobs_done_total' /run/text

t_begin counters_go_on_when_headgated_is_killed
before=$(value "$(series jobs_done_total /a)")
kill -KILL "$HG_PID"
wait "$HG_PID" 2>/dev/null
check "the socket is gone" test -S $SOCKET
check_fails "somebody listens" is_served
start
check "the stale socket is not replaced" wait_until 30 is_served
check_eq "jobs of a" "$(value "$(series jobs_done_total /a)")" "$before"

t_begin clients_that_do_not_go_on__hold_up_nobody
scrape --hold 16 $SOCKET >/run/held &
held=$!
check "they are not let in" wait_until 30 grep -q all /run/held
printf '[agent a]\nweight = 300\n[agent b]\n[agent odd/*]\n[metrics]\nlisten = unix:%s\ngroup = nogroup\n' $SOCKET >$conf
kill -HUP "$HG_PID"
has_weight() { headgate agent list --json | grep -q '"weight": 300'; }
check "the policy is not put in force" wait_until 60 has_weight
# They are cut off in the end, and who comes later is served.
check "nobody else is served" scrape $SOCKET >/run/text
check "what it got is not of now" grep -q '^headgate_agent_weight{agent="/a"} 300$' /run/text
kill $held
wait $held 2>/dev/null

t_begin what_is_not_loopback__is_refused
metrics 'listen = 0.0.0.0:9955'
logged 'listen: 0.0.0.0:9955 is not loopback'
logged 'the old policy stays in force'
check_fails "headgated --check takes it" headgated --check >/dev/null 2>&1
check "it is not told" wait_until 30 is_value headgate_policy_refused 1
check_fails "it listens there" wget -q -O /dev/null http://127.0.0.1:9955/metrics

t_begin port_that_is_taken__is_told_and_the_gate_holds
nc -ll -p 9955 -e true &
taken=$!
is_taken() { cat /proc/net/tcp* | grep -q ':26E3 0*:0000 0A'; }
wait_until 30 is_taken || fail "the port is not taken"
: >"$HG_LOG"
metrics 'listen = 127.0.0.1:9955'
logged 'metrics are not served, all else goes on: 127.0.0.1:9955 is taken: have another port'
check "the gate went" test -e /sys/fs/bpf/headgate/v1/links/gate_ioctl
check_fails "the socket that is not wanted any more is there" test -e $SOCKET
kill $taken
wait $taken 2>/dev/null
kill -HUP "$HG_PID"
logged 'metrics are served at 127.0.0.1:9955'
check "the port is not served" wget -q -O /run/text http://127.0.0.1:9955/metrics
check "it got nothing" grep -q '^headgate_agent_jobs_done_total' /run/text
check_fails "it answers to another name" wget -q -O /dev/null --header 'Host: example.com' http://127.0.0.1:9955/metrics

t_begin module_that_goes__is_told
metrics "listen = unix:$SOCKET"
check "it is not served" wait_until 30 is_served
headgated --detach >>"$HG_LOG" 2>&1
check "the gate is still told" wait_until 30 is_value headgate_gate_attached 0
# headgated looks at it each second, and holds it meanwhile.
check "the module does not unload" wait_until 60 rmmod headgate
check "the module is still told" wait_until 30 is_value headgate_module_loaded 0
check_eq "jobs of a" "$(value "$(series jobs_done_total /a)")" ''
load_module headgate
check "the module is not told" wait_until 60 is_value headgate_module_loaded 1
check "the gate is not told" wait_until 60 is_value headgate_gate_attached 1

t_begin end__leaves_no_socket
kill "$HG_PID"
wait "$HG_PID"
HG_PID=''
check_fails "the socket is there" test -e $SOCKET
headgated --detach >>"$HG_LOG" 2>&1
