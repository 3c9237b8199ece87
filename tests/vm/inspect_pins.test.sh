# A folder for the pins that somebody else made first is not taken.

t_begin a_pin_folder_of_another_user__is_refused
load_module headgate
new_cgroup /a
mount -o remount,mode=1777 /sys/fs/bpf 2>/dev/null || chmod 1777 /sys/fs/bpf
as_nobody mkdir /sys/fs/bpf/headgate
check "nobody could not make the folder" test -d /sys/fs/bpf/headgate
headgated >/tmp/out 2>&1 &
pid=$!
check_fails "headgated took it" wait $pid
check "it does not say why" grep -q 'somebody else made it' /tmp/out
rmdir /sys/fs/bpf/headgate
chmod 0700 /sys/fs/bpf
