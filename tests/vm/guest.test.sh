# The guest has what the other tests stand on.

t_begin guest__has_bpf_among_its_security_modules
check "bpf is not in /sys/kernel/security/lsm" grep -qw bpf /sys/kernel/security/lsm
check "the kernel has no BTF" test -r /sys/kernel/btf/vmlinux

t_begin drm_devices__appear_with_their_modules
check "vgem does not load" load_module vgem
check "gpu-sched does not load" load_module gpu-sched
check "vgem makes no render node" wait_until 60 test -c /dev/dri/renderD128

t_begin gpu_sched__has_the_policy_that_is_asked_for
for policy in 1 0; do
	check "policy $policy" gpu_sched_policy $policy
done
case $(uname -r) in
6.*) check_fails "policy 2, which came with 7.x, is taken" gpu_sched_policy 2 ;;
*) check "policy 2" gpu_sched_policy 2 ;;
esac
load_module simgpu
check_fails "the policy changes under a driver" gpu_sched_policy 1
rmmod simgpu

t_begin in_cgroup__puts_a_command_where_it_says
new_cgroup one/two
check_eq "cgroup of the command" "$(in_cgroup one/two cat /proc/self/cgroup)" 0::/one/two

t_begin as_nobody__has_no_privilege
check_eq "user id" "$(as_nobody id -u)" 65534
check_fails "nobody may read the kernel's memory map" as_nobody cat /proc/kpagecount
