# Real Mesa on virtio-gpu: the driver that the virgl tests submit through.
# timeout: 300

t_begin mesa__computes_right_through_virtio_gpu
# See gate.test.sh.
load_module drm_kms_helper fbdev_emulation=0
load_module virtio-gpu
wait_until 60 test -c /dev/dri/renderD128
check "gles_client failed" gles_client --iterations 200 --loops 10 --workgroups 4
check_eq "wrong results" "$(gles_client --iterations 20 | grep -o 'wrong=[0-9]*')" wrong=0

t_begin each_dispatch__is_one_execbuffer_ioctl
strace -f -e trace=ioctl -o /tmp/strace gles_client --iterations 100 >/tmp/out
check_within "EXECBUFFER ioctls of 100 dispatches" "$(grep -c VIRTGPU_EXECBUFFER /tmp/strace)" 100 110

t_begin clients_side_by_side__all_finish
for i in 1 2 3; do
	gles_client --seconds 1 >"/tmp/client$i" &
done
wait
for i in 1 2 3; do
	check "client $i" grep -q 'wrong=0' "/tmp/client$i"
	figure "submits_of_client_$i" "$(sed -n 's/.*submits=\([0-9]*\).*/\1/p' "/tmp/client$i")" submits
done
