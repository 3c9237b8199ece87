# Jobs of drivers that tell when they make a fence, but not when its work starts. Vgem is one:
# programs signal its fences, so that each end is known. It has no engine and is not gated, but
# for here: which ioctls are submissions is data.
# timeout: 480
. /headgate/guest/shares.sh
. /headgate/guest/submissions.sh

# of_driver DRIVER KEY: of that driver's device
of_driver()
{
	headgate device list --json | awk -v d="\"$1\"," -v k="\"$2\":" '
		$1 == "\"driver\":" { is = $2 == d }
		is && $1 == k { gsub(/[",]/, "", $2); print $2 }'
}

# of_agent AGENT DRIVER KEY…: of its flow on that driver's lane, in the order of JSON
of_agent()
{
	id=$(of_driver "$2" id) agent=$1
	shift 2
	headgate flow list --json | awk -v a="\"$agent\"," -v i="$id," -v keys=" $* " '
		$1 == "\"agent\":" { is = $2 == a }
		$1 == "\"device_id\":" { on = $2 == i }
		{ key = $1; gsub(/[":]/, "", key) }
		is && on && index(keys, " " key " ") { gsub(/,/, "", $2); print $2 }'
}

jobs_live() { lives | cut -d ' ' -f 2; }
no_job_lives() { [ "$(jobs_live)" = 0 ]; }
jobs_are() { [ "$(jobs_live)" = "$1" ]; }
lost() { headgate status --json | sed -n 's/.*"jobs_lost": \([0-9]*\).*/\1/p'; }
at_least() { [ "$(of_driver vgem jobs)" -ge "$1" ]; }

# The probes come soon after the first of these ioctls.
one_is_seen()
{
	in_cgroup /a vgemload >/dev/null
	at_least 1
}

t_begin a_fence_that_is_made_in_a_ticket__is_a_job
load_module vgem
load_module simgpu
load_module headgate
policy_of /a=100 /b=100
check "vgem is gated" gate_vgem
wait_until 60 one_is_seen || fail "no job of vgem is seen"
check_eq "meter" "$(of_driver vgem meter)" fence-init
wait_until 60 no_job_lives || fail "a job is left"
tickets=$(of_driver vgem tickets) jobs=$(of_driver vgem jobs)
mine=$(of_agent /a vgem jobs) failed=$(of_agent /a vgem failed)
check_eq "what the client says" "$(in_cgroup /a vgemload --jobs 50 --hold 1)" \
	"vgemload attached=50 signalled=50 refused=0 late=0"
check_eq "tickets" $(($(of_driver vgem tickets) - tickets)) 50
check_eq "jobs" $(($(of_driver vgem jobs) - jobs)) 50
check_eq "jobs of the agent" $(($(of_agent /a vgem jobs) - mine)) 50
check_eq "failed jobs" "$(of_agent /a vgem failed)" "$failed"
check_eq "jobs without a ticket" "$(of_driver vgem jobs_unticketed)" 0
check "jobs live" wait_until 60 no_job_lives

t_begin a_submission_that_fails__leaves_no_job
tickets=$(of_driver vgem tickets) jobs=$(of_driver vgem jobs)
# The second fence of each is made, found to be too much, signalled and dropped inside the ioctl.
check_eq "what the client says" "$(in_cgroup /a vgemload --jobs 20 --busy)" \
	"vgemload attached=20 signalled=20 refused=20 late=0"
check_eq "tickets" $(($(of_driver vgem tickets) - tickets)) 40
check_eq "jobs" $(($(of_driver vgem jobs) - jobs)) 40
check "jobs live" wait_until 60 no_job_lives

t_begin work_of_no_agent__is_measured_as_well
jobs=$(of_agent '(ungoverned)' vgem jobs)
vgemload --jobs 30 >/dev/null
check_eq "jobs" $(($(of_agent '(ungoverned)' vgem jobs) - ${jobs:-0})) 30

t_begin jobs_that_are_taken_to_wait__hide_no_other
start_load /a vgemload --jobs 20 --never
start_load /b vgemload --jobs 20 --never
told() { nlfuzz send job-get -d | sed -n 's/^ok //p'; }
more_are_told() { [ "$(told)" -ge 2 ]; }
check "only the one at the head is told" wait_until 60 more_are_told
stop_loads -KILL
check "they do not end" wait_until 60 no_job_lives

t_begin a_job_lasts_until_its_fence_signals_and_is_charged
mine=$(of_agent /a vgem jobs) busy=$(of_agent /a vgem busy_ns)
start_load /a vgemload --never
check "no job lives" wait_until 60 jobs_are 1
check_eq "jobs done" "$(of_agent /a vgem jobs)" "$mine"
# What nobody signals vgem gives up, after 10 s.
check "it does not end" wait_until 60 no_job_lives
check_eq "jobs done" "$(of_agent /a vgem jobs)" $((mine + 1))
check_within "engine time, in ms" $((($(of_agent /a vgem busy_ns) - busy) / 1000000)) 9000 100000
stop_loads

t_begin fences_of_drm_sched_are_no_jobs_of_their_own
gpu=$(of_driver simgpu jobs) vgem=$(of_driver vgem jobs)
check "simgpu's fences count" submission "73 69 6d 67 70 75" 6 40 05
start_load /b vgemload --jobs 100 --hold 1
in_cgroup /a simload --duration 100us --jobs 100 >/dev/null
check "vgem's jobs do not end" wait_until 60 at_least $((vgem + 100))
check "jobs are left" wait_until 60 no_job_lives
check_eq "jobs of simgpu" $(($(of_driver simgpu jobs) - ${gpu:-0})) 100
check_eq "jobs of vgem" $(($(of_driver vgem jobs) - vgem)) 100
check_eq "meter of simgpu" "$(of_driver simgpu meter)" sched
check_eq "jobs of simgpu without a ticket" "$(of_driver simgpu jobs_unticketed)" 0
stop_loads

# held: /a has two jobs that do not end, or more, and a ticket that waits, at one look: what nobody signals goes
# after 10 s. (The second comes when the first is taken to wait.)
held()
{
	# shellcheck disable=SC2046
	set -- $(of_agent /a vgem waiting outstanding)
	outstanding=${2:-0}
	[ "${1:-0}" = 1 ] && [ "$outstanding" -ge 2 ]
}

t_begin fences_that_do_not_signal__hold_their_own_agent
start_load /a vgemload --jobs 100 --never
check "/a is not held" wait_until 60 held
check_within "jobs that /a has at once" "$outstanding" 2 8

t_begin killed_they_leave_nothing
stop_loads -KILL
check_eq "tickets and jobs that are left" "$(lives)" "0 0"
check_eq "jobs that the meter lost" "$(lost)" 0
jobs=$(of_driver vgem jobs)
in_cgroup /a vgemload --jobs 5 >/dev/null
check_eq "jobs afterwards" $(($(of_driver vgem jobs) - jobs)) 5

t_begin the_module_goes_while_fences_are_unsignalled
start_load /a vgemload --jobs 2 --never
check "no job lives" wait_until 60 jobs_are 2
hg_stop
check "headgate does not go" rmmod headgate
stop_loads
check "vgem does not go" wait_until 60 rmmod vgem
