# Whatever /a does to get round the gate, it gains nothing on /b, an honest agent of the same
# weight. Shares are measured on the lane that both keep busy.
# timeout: 600
. /headgate/bin/robust.sh

# No jobs shorter than this: with software emulation the processor would be what is contended.
JOB=5000000
HONEST="simload --duration ${JOB}ns --depth 4 --processes 4 --seconds 600 --verify"
SECONDS_OF_GPU=8
# How far a cheat may get beyond its half, in points. What he loses by it is his affair.
GAIN=3

# versus NAME AGENT COMMAND…: the share of /a against /b.
versus()
{
	cheat=$1
	shift
	# shellcheck disable=SC2086
	load b b $HONEST
	load a a "$@"
	check "no ticket ever waits" wait_until 60 contended
	goes_on "the cheat does not run" 20 ledger /a jobs
	goes_on "the honest one does not run" 20 ledger /b jobs
	share=$(share_of /a /b $SECONDS_OF_GPU)
	figure "bypass_$cheat" "$share" '%'
	check_within "share of /a by $cheat" "$share" 0 $((50 + GAIN))
	loads_end
	nothing_lost
}

t_begin an_honest_agent_gets_its_half
gate_up a=100 b=100
# shellcheck disable=SC2086
versus honest $HONEST
check_within "share of an honest /a" "$share" $((50 - GAIN)) $((50 + GAIN))

t_begin threads_gain_nothing
versus threads simload --duration ${JOB}ns --depth 4 --threads 32 --seconds 600 --verify

t_begin processes_gain_nothing
versus processes simload --duration ${JOB}ns --depth 4 --processes 32 --seconds 600 --verify

t_begin a_storm_of_forks_gains_nothing
versus forks sneak --threads 16 --duration $JOB --seconds 600 fork

t_begin a_storm_of_threads_gains_nothing
versus thread_storm sneak --threads 16 --duration $JOB --seconds 600 thread

t_begin calls_of_32_bit_gain_nothing
versus compat simload32 --duration ${JOB}ns --depth 4 --processes 4 --seconds 600 --verify

t_begin an_open_file_for_each_job_gains_nothing
versus reopen sneak --threads 16 --duration $JOB --seconds 600 reopen

t_begin jobs_for_two_engines_in_turn_gain_nothing
versus alternate sneak --threads 16 --duration $JOB --seconds 600 alternate

t_begin arguments_that_the_gate_cannot_read_gain_nothing
versus unread turns --threads 16 --duration $JOB --seconds 600 unread

t_begin arguments_that_change_when_they_were_read_gain_nothing
versus flip turns --threads 16 --duration $JOB --seconds 600 flip

t_begin calls_that_fail_with_their_job_queued_gain_nothing
versus deaf turns --threads 16 --duration $JOB --seconds 600 deaf

t_begin a_decoy_on_another_engine_gains_nothing
versus decoy sneak --threads 16 --duration $JOB --seconds 600 decoy

t_begin the_card_node_gains_nothing
versus card simload --card --duration ${JOB}ns --depth 4 --processes 4 --seconds 600 --verify

t_begin render_and_card_node_in_turn_gain_nothing
versus both_nodes sneak --threads 16 --duration $JOB --seconds 600 both-nodes

# The honest agent's own file, used by the cheat: he pays himself.
t_begin an_open_file_from_another_agent_is_billed_to_the_submitter
load b owner sneak send /tmp/socket
check "no socket" wait_until 30 test -e /tmp/socket
jobs=$(ledger /b jobs)
in_cgroup a sneak --threads 2 --duration $JOB --seconds 2 use /tmp/socket
check_eq "jobs billed to the owner of the file" "$(ledger /b jobs)" "$jobs"
check_eq "jobs that passed no gate" "$(unticketed)" 0
versus passed_file sneak --threads 16 --duration $JOB --seconds 600 use /tmp/socket
gate_down
