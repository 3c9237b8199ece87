# SPDX-License-Identifier: GPL-2.0-or-later
# Bodies of requests, and what the service and its workers tell each other.

http_fuzz_objs    := $(addprefix userspace/infer/,http_request.c ask.c bytes.c worker_message.c $(addprefix tokenizer,.c _bpe.c \
		     _index.c _marks.c _merge.c _pieces.c _split.c _spm.c) unicode.c unicode_classes.c chat.c chat_format.c)
http_fuzz_cflags  := -I$(top)/userspace/infer $(shell pkg-config --cflags json-c)
http_fuzz_libs    := $(shell pkg-config --libs json-c)
http_fuzz_options := -max_len=4096
