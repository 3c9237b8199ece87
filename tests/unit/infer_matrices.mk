# SPDX-License-Identifier: GPL-2.0-or-later
infer_matrices_test_objs   := $(addprefix userspace/infer/vulkan/,devices.c loader.c matrices.c)
infer_matrices_test_cflags := -I$(top)/userspace/infer
infer_matrices_test_libs   := -ldl
