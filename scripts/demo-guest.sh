# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration, in the guest, as root; sourced after tests/vm/guest/lib.sh.
#
# Three batch agents with weights 100 : 200 : 400 keep a simulated GPU full, one
# interactive agent submits a short job now and then: first without headgate, then
# with it. After that two clients of real Mesa share virtio-gpu 100 : 300.

SECONDS_EACH=${DEMO_SECONDS:-20}
AGENTS="alpha beta gamma"
failed=0

# show_top EVERY: the table while the load runs, live on a terminal
show_top()
{
	if [ -t 1 ]; then
		headgate top --delay 1s -n $((SECONDS_EACH - 3))
	else
		headgate top --batch --delay "$1s" -n $((SECONDS_EACH / $1 - 1))
	fi
	echo "waiting for the load to end"
}

heading()
{
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		printf '\n\033[1m%s\033[0m\n' "$*"
	else
		printf '\n%s\n' "$*"
	fi
}

# no_result WHAT: the demonstration has failed, but shows what it can.
no_result()
{
	echo "There is no result of $1."
	failed=1
}

# busy AGENT: engine time of the agent so far, on all lanes, in ns
busy()
{
	headgate flow list --json | awk -v agent="/demo/$1" '
		/"agent":/ { mine = index($0, "\"" agent "\"") }
		/"busy_ns":/ && mine { gsub(/[^0-9]/, ""); sum += $0 }
		END { printf "%.0f\n", sum }'
}

# load: the four agents at work; results in /run/demo.AGENT
load()
{
	for agent in $AGENTS; do
		in_cgroup "demo/$agent" simload --duration 4ms --depth 0 --seconds "$SECONDS_EACH" \
			>"/run/demo.$agent" &
	done
	in_cgroup demo/editor simload --duration 500us --period 30ms --seconds "$SECONDS_EACH" \
		--latency >"/run/demo.editor" &
}

value() { sed -n "s/.*total.* $2=\([0-9]*\).*/\1/p" "/run/demo.$1"; }

# shares SUFFIX: what each agent got of what all got, into /run/share.AGENT.SUFFIX
shares()
{
	total=0
	for agent in $AGENTS editor; do
		wait_until $((SECONDS_EACH + 30)) grep -q total "/run/demo.$agent"
		total=$((total + $(value "$agent" busy_ns)))
	done
	[ $total -gt 0 ] || return
	for agent in $AGENTS editor; do
		awk -v b="$(value "$agent" busy_ns)" -v t="$total" 'BEGIN { printf "%.1f", 100 * b / t }' \
			>"/run/share.$agent.$1"
	done
	value editor done_p99_ns >"/run/p99.$1"
}

simulated_summary()
{
	for part in headgate stock; do
		[ -s /run/p99.$part ] || { no_result "the simulated GPU"; return; }
	done
	echo "Simulated GPU: share of the engine time used"
	printf '%-8s %6s %10s %16s %12s\n' agent weight due "with headgate" "without it"
	for agent in $AGENTS editor; do
		case $agent in
		alpha) weight=100 ;; beta) weight=200 ;; gamma) weight=400 ;; editor) weight=0 ;;
		esac
		echo "$agent $weight $(cat "/run/share.$agent.headgate") $(cat "/run/share.$agent.stock")"
	done >/run/shares
	# The editor asks for little and gets it; the others are due the rest by weight.
	awk -v with="$(cat /run/p99.headgate)" -v without="$(cat /run/p99.stock)" '
		function off(got, due) { return got > due ? got - due : due - got }
		{ weight[NR] = $2; name[NR] = $1; h[NR] = $3; s[NR] = $4; weights += $2 }
		END {
			for (i = 1; i < NR; i++) {
				due = (100 - h[NR]) * weight[i] / weights
				stock_due = (100 - s[NR]) * weight[i] / weights
				printf "%-8s %6d %9.1f%% %15.1f%% %11.1f%%\n", name[i], weight[i], due, h[i], s[i]
				if (off(h[i], due) > worst) worst = off(h[i], due)
				if (off(s[i], stock_due) > stock_worst) stock_worst = off(s[i], stock_due)
			}
			printf "%-8s %6d  on demand %15.1f%% %11.1f%%\n", name[NR], 100, h[NR], s[NR]
			printf "With headgate each agent got its due within %.1f points; on the stock kernel\n", worst
			printf "it was up to %.1f points off. 99 of 100 short jobs of the editor were done\n", stock_worst
			printf "within %.1f ms with headgate, and within %.1f ms without it.\n", with / 1e6, without / 1e6
		}' /run/shares
}

# mesa_busy: of both clients, in ns
mesa_busy() { echo "$(busy mesa-a) $(busy mesa-b)"; }

# shellcheck disable=SC2317 # by wait_until
mesa_both_work() { mesa_busy | grep -qv -e '^0 ' -e ' 0$'; }

# mesa_sample: what they get while both have work, however long the table is looked at.
mesa_sample()
{
	wait_until 30 mesa_both_work || return
	mesa_busy >/run/mesa
	sleep $((SECONDS_EACH - 5))
	mesa_busy >>/run/mesa
}

mesa()
{
	heading "3. Real input: two Mesa (virgl) clients on virtio-gpu, weights 100 : 300"
	for agent in mesa-a mesa-b; do
		in_cgroup demo/$agent gles_client --flush --seconds "$SECONDS_EACH" --loops 2000 \
			--workgroups 64 >"/run/demo.$agent" &
	done
	mesa_sample &
	sampler=$!
	show_top 5
	wait $sampler
	for agent in mesa-a mesa-b; do
		wait_until 60 grep -q 'wrong=0 ' "/run/demo.$agent" || rm -f /run/mesa
	done
}

mesa_summary()
{
	echo
	awk 'NR == 1 { a = $1; b = $2 }
		NR == 2 && $1 + $2 > a + b { a = $1 - a; b = $2 - b; told = 1 }
		END {
			if (!told)
				exit 1
			share = 100 * a / (a + b)
			printf "Mesa on virtio-gpu: mesa-a got %.1f%% (due 25%%), mesa-b %.1f%% (due 75%%).\n",
				share, 100 - share
			if (share < 20 || share > 30)
				printf "%s\n%s\n", "Few clients that submit and then wait have no work queued now and then, and what",
					"they leave the other takes: see the limits in README.md."
		}' /run/mesa 2>/dev/null || no_result "Mesa's clients"
}

# Mesa takes the first node for its own.
# No console on the card: it would be drawn until after the device is gone.
load_module drm_kms_helper fbdev_emulation=0
load_module virtio-gpu
wait_until 10 test -c /dev/dri/renderD128
load_module simgpu
for agent in $AGENTS editor mesa-a mesa-b; do
	new_cgroup demo/"$agent"
done

heading "1. Without headgate: stock drm_sched, the same load; $SECONDS_EACH s, nothing to see"
load
wait
shares stock
echo "done"

heading "2. With headgate, by this policy"
load_module headgate
mkdir -p /etc/headgate
cat >/etc/headgate/headgate.conf <<'CONF'
[agent /demo/alpha]
weight = 100
[agent /demo/beta]
weight = 200
[agent /demo/gamma]
weight = 400
[agent /demo/editor]
weight = 100
class = interactive
[agent /demo/mesa-a]
weight = 100
[agent /demo/mesa-b]
weight = 300
CONF
cat /etc/headgate/headgate.conf
headgated 2>/run/headgated.log &
daemon=$!
wait_until 20 test -e /sys/fs/bpf/headgate/v1/links/learn_lane || { cat /run/headgated.log; failed=1; }
headgate device list
load
show_top 5
shares headgate
mesa
heading "4. As it stands now: headgate status"
headgate status
heading "Summary, $SECONDS_EACH s each"
simulated_summary
mesa_summary
kill $daemon
exit $failed
