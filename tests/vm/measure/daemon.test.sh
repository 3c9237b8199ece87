# SPDX-License-Identifier: GPL-2.0-or-later
# What headgated takes of a processor and of memory with a thousand agents: all have had jobs, most
# think, some work.
# timeout: 600
. /headgate/guest/shares.sh

AGENTS=1000
WORKING=20
SECONDS_EACH=30
MOST=10000000	# instructions in a second: 1 % of a processor that does 10^9
MOST_KIB=65536

# ran: ns that all threads of headgated have run; here that is instructions, user's and the kernel's.
ran() { cat /proc/"$HG_PID"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
status_kib() { awk -v key="$1:" '$1 == key { print $2 }' /proc/"$HG_PID"/status; }
flows() { headgate flow list --json | grep -c '"agent": "/crowd/'; }

# take NAME: the figure of SECONDS_EACH s.
take()
{
	before=$(ran)
	sleep $SECONDS_EACH
	used=$((($(ran) - before) / SECONDS_EACH))
	figure "daemon_$1_instructions" "$used" "a second"
	check_within "age of what it has seen, in s" $(($(date +%s) - $(stat -c %Y /run/headgate/states))) 0 3
}

hg_start engines=2
crowd make $AGENTS
policy <<END
[agent crowd/*]
weight = 100

[budget each]
agent = crowd/*
gpu-time = 10h
per = day
act = floor

[metrics]
listen = unix:/run/headgate/metrics.sock
END
crowd submit $AGENTS 0
sleep 20

t_begin daemon__thousand_agents_that_think_take_less_than_a_hundredth_of_a_processor
check_eq "flows" "$(flows)" $AGENTS
take thinking
check_within "instructions a second" "$used" 1000 $MOST

t_begin daemon__nor_do_those_of_whom_some_work
for i in $(seq $WORKING); do
	load "/crowd/$i" --duration 10ms --period 400ms
done
sleep 10
take some_working
check_within "instructions a second" "$used" 1000 $MOST
stop_loads
# For the figure alone: each has a job of its own every few seconds, which is a third of them in each.
(while :; do crowd submit $AGENTS 0; done) >/dev/null &
crowd_pid=$!
sleep 10
take all_working
kill $crowd_pid

t_begin daemon__has_less_than_64_mib
figure daemon_rss_most "$(status_kib VmHWM)" KiB
check_within "KiB" "$(status_kib VmHWM)" 1000 $MOST_KIB
