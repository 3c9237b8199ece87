# SPDX-License-Identifier: GPL-2.0-or-later
# The reader of GGUF files, and models out of them.

gguf_objs := $(addprefix userspace/infer/,gguf.c gguf_reader.c gguf_values.c gguf_write.c tensor.c quant.c) \
	     tests/unit/infer_file.c

gguf_fuzz_objs    := $(gguf_objs) $(addprefix userspace/infer/,model.c model_parts.c model_rope.c)
gguf_fuzz_cflags  := -I$(top)/userspace/infer
gguf_fuzz_libs    := -lm
gguf_fuzz_options := -max_len=8192

gguf_corpus_objs   := $(gguf_objs)
gguf_corpus_cflags := -I$(top)/userspace/infer
gguf_corpus_libs   := -lm
