# SPDX-License-Identifier: GPL-2.0
# The queue by itself, in the surroundings of queue_port.h.
queue_sources := $(patsubst $(top)/%,%,$(wildcard $(top)/kmod/heap.c $(top)/kmod/queue*.c)) \
		 tests/unit/lane_model.c

define queue_program
$(1)_objs   := $(queue_sources)
$(1)_cflags := -include tests/unit/queue_port.h
$(1)_libs   := -lm
endef
$(foreach n,$(basename $(wildcard heap_test.c queue*_test.c)),$(eval $(call queue_program,$(n))))

queue_calls_test_objs += tests/unit/queue_fuzz.c

pressure_test_objs   := kmod/pressure_time.c $(queue_sources)
pressure_test_cflags := -include tests/unit/queue_port.h
pressure_test_libs   := -lm
