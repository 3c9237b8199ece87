# SPDX-License-Identifier: GPL-2.0-or-later
# The text of the inference engine: tokens, samples, chats, streams. Files are infer_formats.mk's.

infer_tokens_objs := $(addprefix userspace/infer/,$(addprefix tokenizer,.c _bpe.c _index.c _marks.c _merge.c \
		     _pieces.c _split.c _spm.c) unicode.c unicode_classes.c)

infer_tokenizer_test_objs   := $(infer_tokens_objs) tests/unit/infer_vocabulary.c
infer_tokenizer_test_cflags := $(infer_cflags)

infer_merge_test_objs   := $(infer_tokenizer_test_objs)
infer_merge_test_cflags := $(infer_cflags)
infer_merge_test_libs   := -Wl,--wrap=infer_index_find

infer_split_test_objs   := $(infer_tokens_objs)
infer_split_test_cflags := $(infer_cflags)

infer_unicode_test_objs   := $(addprefix userspace/infer/,unicode.c unicode_classes.c)
infer_unicode_test_cflags := $(infer_cflags) -DTOP='"$(top)"'

infer_tokenizer_gguf_test_objs   := $(infer_tokens_objs) userspace/infer/tokenizer_gguf.c $(gguf_sources) $(seeded_sources)
infer_tokenizer_gguf_test_cflags := $(infer_cflags)
infer_tokenizer_gguf_test_libs   := -lm

infer_sample_test_objs   := userspace/infer/sample.c
infer_sample_test_cflags := $(infer_cflags)
infer_sample_test_libs   := -lm

infer_chat_test_objs   := $(infer_tokens_objs) $(addprefix userspace/infer/,chat.c chat_format.c) \
			  tests/unit/infer_vocabulary.c
infer_chat_test_cflags := $(infer_cflags)

infer_stream_text_test_objs   := $(addprefix userspace/infer/,stream_text.c unicode.c unicode_classes.c)
infer_stream_text_test_cflags := $(infer_cflags)
