# Random requests: valid ones, broken in one way each, with fixed seeds. After each, what the
# module holds is read back: refused changes nothing, taken leaves only what is allowed.
# timeout: 300

load_module headgate
load_module simgpu
new_cgroup fuzz/a
new_cgroup fuzz/b
new_cgroup fuzz/load

# counted SEED COUNT: figures of the run, or what went wrong.
counted() { nlfuzz fuzz "$1" "$2" 2>&1; }
field() { echo "$result" | awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) print $(i + 1) }'; }

t_begin mutated_requests__change_nothing_or_what_they_may
result=$(counted 1 10000)
check "$result" [ "${result#taken}" != "$result" ]
# A fuzzer of which all is refused at the door, or nothing, tests nothing.
check_within "taken of 10000" "$(field taken)" 1000 6000
check_within "refused of 10000" "$(field refused)" 3000 8500
check_within "that changed something" "$(field changed)" 100 6000
check_eq "refused without a text" "$(field mute)" 0

t_begin mutated_requests__do_not_disturb_submissions
headgate agent set /fuzz/load
exec_in_cgroup fuzz/load simload --duration 100us --depth 4 --seconds 600 --verify >/tmp/load 2>&1 &
load=$!
check "no job was done" wait_until 60 sh -c 'headgate lane list --json | grep -q "\"jobs\": [1-9]"'
result=$(counted 2 3000)
check "$result" [ "${result#taken}" != "$result" ]
kill -TERM $load
wait $load
check_eq "exit status of simload: $(cat /tmp/load)" $? 0

t_begin fuzzed_module__still_obeys
check "agent set" headgate agent set /fuzz/a --weight 123
check_eq "weight" "$(headgate agent list | awk '$1 == "/fuzz/a" { print $2 }')" 123
