# SPDX-License-Identifier: GPL-2.0-or-later
# Vocabularies, texts, chats and streams of them.

tokenizer_fuzz_objs    := $(addprefix userspace/infer/,$(addprefix tokenizer,.c _bpe.c _index.c _marks.c _merge.c \
			  _pieces.c _split.c _spm.c) unicode.c unicode_classes.c chat.c chat_format.c stream_text.c)
tokenizer_fuzz_cflags  := -I$(top)/userspace/infer
tokenizer_fuzz_libs    := -Wl,--wrap=infer_index_find
tokenizer_fuzz_options := -max_len=2048

tokenizer_corpus_cflags := -I$(top)/userspace/infer
