# SPDX-License-Identifier: GPL-2.0-or-later
# The native leg, with the instructions that its file names say.

infer_pool_test_objs   := userspace/infer/native/pool.c
infer_pool_test_libs   := -lpthread
infer_pool_test_cflags := -I$(top)/userspace/infer

infer_native_test_objs   := $(patsubst $(top)/%,%,$(wildcard $(top)/userspace/infer/native/*.c)) \
			    $(addprefix userspace/infer/,graph.c leg.c quant.c tensor.c) tests/infer/random_model.c
infer_native_test_libs   := -lm -lpthread
infer_native_test_cflags := -I$(top)/userspace/infer -I$(top)/tests/infer -O3 -ffp-contract=off

ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
native_o := $(B)/infer_native_test.o/userspace/infer/native
$(native_o)/%_avx2.o: CFLAGS += -mavx2 -mfma -mf16c
$(native_o)/%_avx512.o: CFLAGS += -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi -mavx512vnni -mfma -mf16c
endif
