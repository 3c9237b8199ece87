# SPDX-License-Identifier: GPL-2.0
queue_sources := $(addprefix kmod/,heap.c queue.c queue_cap.c queue_charge.c queue_tree.c queue_vtime.c) \
		 tests/unit/lane_model.c

heap_test_objs   := $(queue_sources)
heap_test_cflags := -include tests/unit/queue_port.h

queue_test_objs   := $(queue_sources)
queue_test_cflags := -include tests/unit/queue_port.h
queue_test_libs   := -lm

queue_property_test_objs   := $(queue_sources)
queue_property_test_cflags := -include tests/unit/queue_port.h
queue_property_test_libs   := -lm
