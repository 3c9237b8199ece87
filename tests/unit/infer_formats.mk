# SPDX-License-Identifier: GPL-2.0-or-later
# Files and models of the inference kernels; as they are built, without contraction of sums.

infer_cflags := -I$(top)/userspace/infer -ffp-contract=off
gguf_sources := $(addprefix userspace/infer/,gguf.c gguf_reader.c gguf_values.c tensor.c)
model_sources := $(gguf_sources) $(addprefix userspace/infer/,model.c model_parts.c model_rope.c)
file_sources := tests/unit/infer_file.c userspace/infer/gguf_write.c
seeded_sources := $(addprefix userspace/infer/,seeded.c seeded_tokens.c gguf_write.c quant.c)

infer_gguf_test_objs   := $(model_sources) $(file_sources)
infer_gguf_test_cflags := $(infer_cflags)
infer_gguf_test_libs   := -lm

infer_hostile_test_objs   := $(model_sources) $(file_sources)
infer_hostile_test_cflags := $(infer_cflags)
infer_hostile_test_libs   := -lm

infer_model_test_objs   := $(model_sources) $(file_sources)
infer_model_test_cflags := $(infer_cflags)
infer_model_test_libs   := -lm

infer_seeded_test_objs   := $(model_sources) $(seeded_sources)
infer_seeded_test_cflags := $(infer_cflags)
infer_seeded_test_libs   := -lm

infer_generate_test_objs   := $(gguf_sources) $(seeded_sources) userspace/infer/command_generate.c userspace/infer/usage.c
infer_generate_test_cflags := $(infer_cflags)
infer_generate_test_libs   := -lm

infer_quant_test_objs   := $(addprefix userspace/infer/,quant.c tensor.c)
infer_quant_test_cflags := $(infer_cflags)
infer_quant_test_libs   := -lm
