# SPDX-License-Identifier: GPL-2.0-or-later
# The text of the inference engine: tokens, samples, chats, streams.

infer_text_cflags := -I$(top)/userspace/infer
infer_tokens_objs := $(addprefix userspace/infer/,$(addprefix tokenizer,.c _bpe.c _index.c _marks.c _merge.c \
		     _pieces.c _split.c _spm.c) unicode.c unicode_classes.c)

infer_tokenizer_test_objs   := $(infer_tokens_objs) tests/unit/infer_vocabulary.c
infer_tokenizer_test_cflags := $(infer_text_cflags) -DTOP='"$(top)"'
infer_tokenizer_test_libs   := -Wl,--wrap=infer_index_find

infer_split_test_objs   := $(infer_tokens_objs)
infer_split_test_cflags := $(infer_text_cflags) -DTOP='"$(top)"'

infer_tokenizer_gguf_test_objs   := $(infer_tokens_objs) $(addprefix userspace/infer/,tokenizer_gguf.c gguf.c \
				    gguf_reader.c gguf_values.c tensor.c)
infer_tokenizer_gguf_test_cflags := $(infer_text_cflags)

infer_sample_test_objs   := userspace/infer/sample.c
infer_sample_test_cflags := $(infer_text_cflags)
infer_sample_test_libs   := -lm

infer_chat_test_objs   := $(infer_tokens_objs) $(addprefix userspace/infer/,chat.c chat_format.c) \
			  tests/unit/infer_vocabulary.c
infer_chat_test_cflags := $(infer_text_cflags)

infer_stream_text_test_objs   := $(addprefix userspace/infer/,stream_text.c unicode.c unicode_classes.c)
infer_stream_text_test_cflags := $(infer_text_cflags)
