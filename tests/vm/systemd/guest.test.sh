# The systemd guest itself.

t_begin systemd__is_the_first_process
check_eq "the first process" "$(cat /proc/1/comm)" systemd
check_eq "where the tests are" "$(cat /proc/self/cgroup)" 0::/system.slice/headgate-test.service
check "systemctl does not answer" systemctl is-active headgate-test.service

t_begin a_unit__is_run_and_its_end_awaited
cat >/run/systemd/system/one.service <<'X'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cat /proc/self/cgroup >/run/one'
X
systemctl daemon-reload
check "it cannot be started" systemctl start one.service
check_eq "where it ran" "$(cat /run/one)" 0::/system.slice/one.service
rm -f /run/systemd/system/one.service

t_begin the_unit_of_headgated__is_installed
check_eq "its state" "$(systemctl show -P LoadState headgated.service)" loaded
check_eq "what systemd says to the file" "$(systemd-analyze --man=no verify /usr/lib/systemd/system/headgated.service 2>&1 |
	grep headgated)" ""
