# Owner and project of an agent: of the policy, or of its cgroup.
# kernels: one; it is about user space
# timeout: 300
. /headgate/bin/robust.sh

# label AGENT KEY: null or "…", as agent list has it.
label() { headgate agent list --json | awk -F '": ' -v want="\"$1\"," -v key="$2" '
	/"path"/ { is = $2 == want } is && $1 ~ "\"" key "$" { sub(/,$/, "", $2); print $2 }'; }
is() { [ "$(label "$1" "$2")" = "$3" ]; }
of_cgroup() { setxattr "/sys/fs/cgroup/$1" "user.headgate.$2" "$3"; }

gate_up a=100 b=100
t_begin agent_without_labels__has_none
check_eq "owner" "$(label /a owner)" null
check_eq "project" "$(label /a project)" null

t_begin label_of_the_cgroup__is_shown
check "it cannot be set" of_cgroup a owner anna
check "it cannot be set" of_cgroup a project 'x y'
check "owner: $(label /a owner)" wait_until 60 is /a owner '"anna"'
check "project: $(label /a project)" wait_until 60 is /a project '"x y"'
check_eq "owner of /b" "$(label /b owner)" null

t_begin label_of_the_policy__wins
printf '[agent /a]\nowner = bert\n[agent /b]\n' >/etc/headgate/headgate.conf
kill -HUP "$DAEMON"
check "owner: $(label /a owner)" wait_until 60 is /a owner '"bert"'
check_eq "project" "$(label /a project)" '"x y"'

t_begin bad_label__is_left_out_and_told_once
of_cgroup b owner "$(printf 'a\033[2Jb')"
of_cgroup b project "$(printf '%065d' 1)"
told() { [ "$(grep -c 'agent /b: its attribute user.headgate.* is left out: it is not 1 to 64 bytes of printable text' /tmp/headgated.log)" = "$1" ]; }
check "it is not told" wait_until 60 told 2
# A look after that sees the good one.
of_cgroup a project later
check "project of /a" wait_until 60 is /a project '"later"'
check "it was told again" told 2
check_eq "owner" "$(label /b owner)" null
check_eq "project" "$(label /b project)" null
of_cgroup b owner carl
check "owner: $(label /b owner)" wait_until 60 is /b owner '"carl"'

t_begin without_headgated__cgroups_tell
kill -TERM "$DAEMON"
wait "$DAEMON"
check_eq "owner of /a" "$(label /a owner)" '"anna"'
check_eq "owner of /b" "$(label /b owner)" '"carl"'
check_eq "project of /b" "$(label /b project)" null
