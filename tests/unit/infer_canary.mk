# SPDX-License-Identifier: GPL-2.0-or-later
# The canary: its children are the tests' own, and do not compute.

infer_canary_cflags := -I$(top)/userspace/infer -I$(top)/userspace/lib

infer_golden_test_objs   := userspace/infer/golden.c userspace/lib/replace.c
infer_golden_test_cflags := $(infer_canary_cflags)

infer_canary_watch_test_objs   := userspace/infer/canary_watch.c
infer_canary_watch_test_cflags := $(infer_canary_cflags)

infer_canary_test_objs   := $(addprefix userspace/infer/,$(addprefix canary,.c _log.c _report.c _tell.c _watch.c)) \
			    $(addprefix userspace/lib/,health_names.c json.c printable.c probe.c probe_message.c) \
			    tests/unit/infer_canary_server.c tests/unit/infer_canary_world.c
infer_canary_test_cflags := $(infer_canary_cflags)
infer_canary_test_libs   := -Wl,--wrap=kill,--wrap=poll,--wrap=headgate_probe_connect_within -pthread

infer_fault_test_objs   := $(addprefix userspace/infer/,canary_fault.c canary_model.c quant.c tensor.c)
infer_fault_test_cflags := $(infer_canary_cflags) -ffp-contract=off
infer_fault_test_libs   := -lm

infer_place_test_objs   := userspace/infer/place.c $(addprefix userspace/lib/,drm.c nvidia.c virtio.c)
infer_place_test_libs   := $(shell pkg-config --libs libdrm)
infer_place_test_cflags := $(infer_canary_cflags) $(shell pkg-config --cflags libdrm)
