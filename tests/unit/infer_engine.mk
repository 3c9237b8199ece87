# SPDX-License-Identifier: GPL-2.0-or-later
# The inference engine, on a leg of the test's own.

infer_cflags := -I$(top)/userspace/infer

infer_engine_test_objs   := $(addprefix userspace/infer/,engine.c sequence.c graph.c sample.c) tests/unit/infer_idle_leg.c
infer_engine_test_libs   := -lm
infer_engine_test_cflags := $(infer_cflags)
