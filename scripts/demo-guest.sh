# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration, in the guest, as root; sourced after tests/vm/guest/lib.sh.
#
# Three batch agents with weights 100 : 200 : 400 keep a simulated GPU full, one
# interactive agent submits a short job now and then: first without headgate, then
# with it. After that two clients of real Mesa share virtio-gpu 100 : 300.

SECONDS_EACH=${DEMO_SECONDS:-20}
AGENTS="alpha beta gamma"

# show_top EVERY: the table while the load runs, live on a terminal
show_top()
{
	if [ -t 1 ]; then
		headgate top --delay 1s -n $((SECONDS_EACH - 3))
	else
		headgate top --batch --delay "$1s" -n $((SECONDS_EACH / $1 - 1))
	fi
}

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }

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
		total=$((total + $(value "$agent" busy_ns)))
	done
	for agent in $AGENTS editor; do
		awk -v b="$(value "$agent" busy_ns)" -v t="$total" 'BEGIN { printf "%.1f", 100 * b / t }' \
			>"/run/share.$agent.$1"
	done
	value editor done_p99_ns >"/run/p99.$1"
}

summary()
{
	heading "Simulated GPU, $SECONDS_EACH s each: share of the engine time used"
	printf '%-10s %8s %8s %12s %12s\n' agent weight due headgate "stock kernel"
	for agent in $AGENTS; do
		case $agent in
		alpha) weight=100 ;; beta) weight=200 ;; gamma) weight=400 ;;
		esac
		awk -v a="$agent" -v w="$weight" -v h="$(cat /run/share."$agent".headgate)" \
			-v s="$(cat /run/share."$agent".stock)" -v e="$(cat /run/share.editor.headgate)" \
			'BEGIN { printf "%-10s %8d %7.1f%% %11.1f%% %11.1f%%\n", a, w, (100 - e) * w / 700, h, s }'
	done
	printf '%-10s %8s %8s %11s%% %11s%%\n' editor 100 "on demand" \
		"$(cat /run/share.editor.headgate)" "$(cat /run/share.editor.stock)"
	awk -v h="$(cat /run/p99.headgate)" -v s="$(cat /run/p99.stock)" 'BEGIN {
		printf "\neditor, 99 of 100 of its 0.5 ms jobs are done within: %.1f ms with headgate, %.1f ms without\n",
			h / 1e6, s / 1e6 }'
}

mesa()
{
	heading "Real input: two Mesa (virgl) clients on virtio-gpu, weights 100 : 300"
	before_a=$(busy mesa-a) before_b=$(busy mesa-b)
	for agent in mesa-a mesa-b; do
		in_cgroup demo/$agent gles_client --flush --seconds "$SECONDS_EACH" --loops 2000 \
			--workgroups 64 >"/run/demo.$agent" &
	done
	show_top 5
	after_a=$(busy mesa-a) after_b=$(busy mesa-b)
	for agent in mesa-a mesa-b; do
		wait_until 60 grep -q submits "/run/demo.$agent"
	done
	cat /run/demo.mesa-a /run/demo.mesa-b
	awk -v a=$((after_a - before_a)) -v b=$((after_b - before_b)) 'BEGIN {
		printf "mesa-a %.1f%% (due 25.0%%), mesa-b %.1f%% (due 75.0%%) of the engine time\n",
			100 * a / (a + b), 100 * b / (a + b) }'
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

heading "2. With headgate"
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
wait_until 20 test -e /sys/fs/bpf/headgate/v1/links/learn_lane || cat /run/headgated.log
headgate device list
load
show_top 5
for agent in $AGENTS editor; do
	wait_until 30 grep -q total "/run/demo.$agent"
done
shares headgate
summary
mesa
heading "3. As it stands now"
headgate status
kill $daemon
