# SPDX-License-Identifier: GPL-2.0-or-later
# The GPU work that headgate-infer does for an agent is on that agent's ledger, and on nobody else's.
#
#   client in /a ─┐                ┌── worker in /a ─┐  lavapipe computes; a Vulkan layer (tests/infer/layer) has
#                 ├─ serve in /svc ┤                 ├─ the thread that submits make a job of simgpu each time,
#   client in /b ─┘                └── worker in /b ─┘  and notes its cgroup
#
# timeout: 900
. /headgate/guest/shares.sh

SOCKET=/run/infer.sock MODEL=/run/model.gguf WORKERS='/a/1 /a/2 /a/3 /a/4 /b/1 /b/2'
export VK_ADD_LAYER_PATH=/headgate/layer VK_INSTANCE_LAYERS=VK_LAYER_HEADGATE_fault HEADGATE_TEST_SIMGPU=/run/simgpu
# Shaders are compiled once for all workers; narrow vectors are less work for the compiler, which an emulator runs.
export MESA_SHADER_CACHE_DIR=/run/shaders LP_NATIVE_VECTOR_WIDTH=128
VK_ICD_FILENAMES=$(ls /usr/share/vulkan/icd.d/lvp_icd*.json)
export VK_ICD_FILENAMES
if [ ! -e "$VK_ICD_FILENAMES" ] || [ ! -d "$VK_ADD_LAYER_PATH" ]; then
	t_begin infer_billing
	skip "there is no lavapipe in the guest's image (tests/vm/virgl-image.sh makes it), or no layer (make builds it)"
	exit
fi

# job_length NS: of each submission from now on.
job_length() { echo "$1" >/run/ns && mv /run/ns /run/simgpu/ns; }

# serve OPTION…: the service in /svc.
serve()
{
	exec_in_cgroup /svc headgate-infer serve --model $MODEL --listen unix:$SOCKET \
		--device vulkan:0 --hang 600 --idle 600 --sequences 1 "$@" >/run/serve 2>&1 &
	SERVE=$!
	wait_until 60 grep -q " at unix:" /run/serve || fail "the service does not begin: $(cat /run/serve)"
}

serve_ends()
{
	kill -TERM "$SERVE"
	wait "$SERVE"
	billing_status=$?
	check_eq "status of the service: $(cat /run/serve)" $billing_status 0
	wait_until 60 nothing_lives || fail "tickets or jobs are left: $(lives)"
}

# ask_raw CGROUP BODY…: the answer is in /run/answer; what it prints is the HTTP status.
ask_raw()
{
	billing_cgroup=$1
	shift
	in_cgroup "$billing_cgroup" curl -sN --unix-socket $SOCKET -o /run/answer -w '%{http_code}' \
		http://localhost/v1/completions -d "$@"
}

# ask CGROUP TOKENS: an answer of so many tokens, to a prompt of one.
ask()
{
	billing_status=$(ask_raw "$1" "{\"prompt\": [7], \"temperature\": 0, \"max_tokens\": $2}")
	check_eq "a request from $1: $(cat /run/answer)" "$billing_status" 200
	check_eq "tokens of the answer" "$(sed -n 's/.*"completion_tokens": *\([0-9]*\).*/\1/p' /run/answer)" "$2"
}

# noted CGROUP [WHAT]: submissions that were made there or below, as the layer noted them.
noted() { awk -v c="$1" -v what="${2:-got}" '$1 == what && ($4 == c || (c != "/" && index($4, c "/") == 1)) { n++ } END { print n + 0 }' /run/simgpu/notes; }

# jobs AGENT: those on its ledger.
jobs() { snapshot now; awk -v a="$1" '$1 == a { n = $3 } END { print n + 0 }' /run/snap.now; }

# worked AGENT N: it has so many by now.
worked() { [ "$(jobs "$1")" -ge "$2" ]; }

# A ticket stays with its task, as workers do.
no_job_lives() { lives | grep -q ' 0$'; }

# closes: each ledger has what was submitted in its agent's cgroup, and no other has anything.
closes()
{
	wait_until 60 no_job_lives || fail "jobs are left: $(lives)"
	for billing_agent in /a /b /svc /home /canary; do
		check_eq "jobs of $billing_agent, and what it submitted" "$(jobs $billing_agent)" "$(noted $billing_agent)"
	done
	check_eq "jobs of nobody, and what the root submitted" "$(jobs '(ungoverned)')" "$(noted /)"
	check_eq "jobs of the device, and all that was submitted" "$(engine_stat submitted)" "$(grep -c '^got' /run/simgpu/notes)"
	check_eq "submissions of other threads than the process's own" "$(awk '$2 != $3' /run/simgpu/notes | wc -l)" 0
}

t_begin infer_billing__lavapipe_computes_as_the_processors_do
mkdir -p /run/simgpu
: >/run/simgpu/notes
job_length 1000000
hg_start
check "no model" headgate-infer generate $MODEL
headgate-infer infer --device vulkan:0 --model $MODEL --raw --tokens 5 hello >/run/vulkan
headgate-infer infer --device native --model $MODEL --raw --tokens 5 hello >/run/native
check_eq "the answer" "$(cat /run/vulkan)" "$(cat /run/native)"
check "there is none" [ -s /run/vulkan ]
policy_of /a=300 /b=100 /svc=100 /home=100 /canary=100
check_within "submissions of the root" "$(noted /)" 5 100
closes

t_begin infer_billing__jobs_are_billed_to_who_asks
serve --workers 0
ask /a 3
opened=$(jobs /a)
ask /a 9
nine=$(jobs /a)
ask /a 14
check_eq "jobs of 5 tokens more" $(($(jobs /a) - nine - (nine - opened))) 5
check_eq "jobs of /b, who has not asked" "$(jobs /b)" 0
ask /b 3
check_eq "jobs of /b and of /a for the same" "$(jobs /b)" "$opened"
ask /b 9
check_eq "jobs of /b and of /a for the same" "$(jobs /b)" "$nine"
check_eq "jobs of the service" "$(jobs /svc)" 0
closes

t_begin infer_billing__a_client_that_goes_pays_for_what_was_done_and_no_more
before=$(jobs /b)
exec_in_cgroup /b curl -sN --unix-socket $SOCKET http://localhost/v1/completions \
	-d '{"prompt": [7], "temperature": 0, "max_tokens": 600, "stream": true}' >/run/stream 2>&1 &
client=$!
wait_until 120 worked /b $((before + 10)) || fail "its answer does not begin"
kill -KILL $client
{ wait $client; } 2>/dev/null
check "it had nothing" grep -q '^data: {' /run/stream
# The worker is told before it is given the next one, and computes one at a time.
ask /b 3
done=$(jobs /b)
check_within "jobs of /b for an answer of 600 tokens" $((done - before)) 10 400
ask /a 9
check_eq "jobs of /b since, while /a had an answer" $(($(jobs /b) - done)) 0
closes

t_begin infer_billing__nobody_is_billed_for_nobody
before=$(engine_stat submitted)
check_eq "a request from the root" "$(ask_raw / '{"prompt": [7], "max_tokens": 3}')" 403
check_eq "jobs of the device for it" $(($(engine_stat submitted) - before)) 0
serve_ends
serve --workers 0 --agent-default /home
ask / 3
check_eq "jobs of the agent that pays for nobody" "$(jobs /home)" "$opened"
check_eq "jobs of the service" "$(jobs /svc)" 0
closes
serve_ends

t_begin infer_billing__a_worker_kept_ready_is_the_services_until_it_is_given_to_an_agent
# Of what a worker born in /a did for its first answer, the rest is how the device was opened.
answer=$((nine - opened))
opening=$((opened - answer + 6))
check_within "submissions to open the device" $opening 1 100
serve --workers 1
wait_until 120 worked /svc $opening || fail "none is made ready: $(jobs /svc) jobs"
before=$(jobs /a)
ask /a 9
check_eq "jobs of /a for an answer by a worker that was ready" $(($(jobs /a) - before)) "$answer"
wait_until 120 worked /svc $((2 * opening)) || fail "no other is made ready: $(jobs /svc) jobs"
ask /a 9
check_eq "jobs of the service for two" "$(jobs /svc)" $((2 * opening))
closes
serve_ends

# begin_all: one worker for each cgroup, so /a has four that submit, and /b two.
begin_all()
{
	clients=''
	for cgroup in $WORKERS; do
		new_cgroup "$cgroup"
		exec_in_cgroup "$cgroup" curl -sN --unix-socket $SOCKET http://localhost/v1/completions \
			-d '{"prompt": [7], "temperature": 0, "max_tokens": 2000, "stream": true}' >"/run/stream$(echo "$cgroup" | tr / .)" 2>&1 &
		clients="$clients $!"
	done
	wait_until 200 all_have_begun || fail "they do not begin"
}
all_have_begun() { for billing_s in /run/stream.*; do grep -q '^data: {' "$billing_s" || return 1; done; }

# contend MS: 48 jobs of that length between the snapshots from and to, and how many tickets of /a waited, in percent.
contend()
{
	job_length $(($1 * 1000000))
	snapshot now
	wait_until 120 worked /a $(($(jobs /a) + 4)) || fail "they do not go on"
	snapshot from
	since=$(t_now_ms)
	wait_until 200 used $((48 * $1)) || fail "they do not go on"
	snapshot to
	waited=$(($(grew from to /a 5) / ($(t_now_ms) - since) / 10000))
}
used() { snapshot to; [ $(($(grew from to /a 2) + $(grew from to /b 2))) -ge $(($1 * 1000000)) ]; }

t_begin infer_billing__two_agents_that_want_more_have_their_weights
# What lavapipe takes between two jobs depends on the machine, and by it how long jobs have to be so that both want more.
token=$(sed -n 's/.*"tpot_ms": *\([0-9]*\).*/\1/p' /run/answer)
serve --workers 0
begin_all
for length in $((token * 2)) $((token * 4)) $((token * 8)); do
	[ "$length" -gt 250 ] || length=250
	contend "$length"
	echo "   jobs of $length ms, a token in $token ms: $waited % of a ticket of /a waited"
	[ "$waited" -lt 200 ] || break
done
check_within "tickets of /a that waited, in percent" "$waited" 200 400
check_shares 5.0 from to /a=300 /b=100
figure infer_billing_share_error "$SHARE_ERROR" points
# shellcheck disable=SC2086
{ kill -KILL $clients; wait $clients; } 2>/dev/null
job_length 1000000
serve_ends
closes
for cgroup in $WORKERS; do
	check_within "submissions in $cgroup" "$(noted "$cgroup")" 3 1000
done

# workers_of CGROUP: their processes.
workers_of() { cat "/sys/fs/cgroup$1/cgroup.procs"; }

t_begin infer_billing__a_worker_that_a_cap_holds_is_not_taken_for_one_that_hangs
# For what lavapipe computes it is long, for a wait at the gate it is not.
serve --workers 0 --hang 6
ask /a 3
worker=$(workers_of /a)
check "it has no worker" [ -n "$worker" ]
# A job of 1 ms takes the quota of ten seconds, which is how long the gate holds a ticket at the most (max-wait).
sed 's/^weight = 300$/&\nmax = 0.01%/' /run/policy >/run/capped
policy </run/capped
snapshot from
ask /a 4
snapshot to
cat /run/answer
check_within "ms at the gate, a submission" $(($(grew from to /a 5) / $(grew from to /a 4) / 1000000)) 7000 20000
check_eq "workers of /a" "$(workers_of /a)" "$worker"
check_eq "times that the answer moved" "$(sed -n 's/.*"moves": *\([0-9]*\).*/\1/p' /run/answer)" 0
policy </run/policy
serve_ends
closes

t_begin infer_billing__the_canary_is_billed_to_itself
a=$(jobs /a) b=$(jobs /b) svc=$(jobs /svc)
in_cgroup /canary headgate-infer canary --device vulkan:0 --once --socket none \
	--golden /run/golden >/run/canary 2>&1
cat /run/canary
wait_until 60 nothing_lives || fail "tickets or jobs are left: $(lives)"
# It is killed at its deadline here, which may be between two lines of the notes.
check_within "jobs of the canary, and what it submitted" "$(jobs /canary)" "$(noted /canary)" "$(noted /canary ask)"
check_within "jobs of the canary" "$(jobs /canary)" 1 1000
check_eq "jobs of others" "$(($(jobs /a) - a)) $(($(jobs /b) - b)) $(($(jobs /svc) - svc))" "0 0 0"
hg_stop
