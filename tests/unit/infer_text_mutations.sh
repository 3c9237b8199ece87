#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proof that the tests of the engine's texts can fail: breaks a copy in one line at a time, and expects
# the test that is named to notice.
#
#	infer_text_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='infer_tokenizer_test infer_merge_test infer_tokenizer_gguf_test infer_split_test infer_sample_test
	infer_chat_test infer_stream_text_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

tokenizer=infer/tokenizer.c bpe=infer/tokenizer_bpe.c spm=infer/tokenizer_spm.c merge=infer/tokenizer_merge.c
pieces=infer/tokenizer_pieces.c marks=infer/tokenizer_marks.c index=infer/tokenizer_index.c
split=infer/tokenizer_split.c gguf=infer/tokenizer_gguf.c sample=infer/sample.c chat=infer/chat.c
format=infer/chat_format.c stream=infer/stream_text.c unicode=infer/unicode.c

mutate ids-beyond-the-vocabulary $tokenizer 's/ids\[i\].token < vocabulary->size)/ids[i].token <= vocabulary->size)/' infer_tokenizer_test
mutate the-beginning-is-always-put $tokenizer 's/if (begin \&\& tokenizer->add_begin)/if (begin)/' infer_tokenizer_test
mutate no-space-first $tokenizer 's/if (!first || !tokenizer->add_space)/if (true)/' infer_tokenizer_test
mutate control-tokens-have-text $tokenizer 's/ || tokenizer->types\[token\] == INFER_TOKEN_CONTROL)$/)/' infer_tokenizer_test
mutate the-last-merge-first $merge 's/pair.key < queue/pair.key > queue/' infer_tokenizer_test
mutate merges-that-are-past-are-done $merge 's/if (left->length + right->length != pair.length)/if (false)/' infer_merge_test
mutate the-left-neighbour-is-forgotten $merge 's/error = offer(merging, left->previous);/error = 0;/' infer_merge_test
mutate previous-is-not-kept $merge 's/\.previous = (uint32_t)pair.key/.previous += 0/' infer_merge_test
mutate scores-of-less-than-0-turned $spm 's/? bits : ~bits/? ~bits : ~bits/' infer_tokenizer_test
mutate what-is-no-score-is-best $spm 's/return UINT32_MAX;/return 0;/' infer_tokenizer_test
mutate half-a-character-is-unknown $spm 's/== tokenizer->unknown)/== INFER_NO_TOKEN)/' infer_tokenizer_test
mutate the-alphabet-is-off-by-one $bpe 's/- 289 + 127/- 289 + 128/' infer_merge_test
mutate words-are-merged-always $bpe 's/tokenizer->split == INFER_SPLIT_LLAMA3/false/' infer_tokenizer_test
mutate long-tokens-are-used $pieces 's/!text.length || text.length > INFER_TOKEN_TEXT)/!text.length)/; s/!length || length > INFER_TOKEN_TEXT/!length/' infer_tokenizer_test
mutate control-tokens-are-merged-to $pieces 's/type != INFER_TOKEN_NORMAL \&\& type != INFER_TOKEN_USER/type == INFER_TOKEN_UNUSED/' infer_tokenizer_test
mutate marks-are-as-typed $pieces 's/if (infer_is_mark(text->bytes, text->length))/if (false)/' infer_tokenizer_test
mutate bytes-may-lack $pieces 's/if (tokenizer->unknown == INFER_NO_TOKEN)/if (false)/' infer_tokenizer_test
mutate bytes-of-odd-spelling $pieces "s/ || text->bytes\[5\] != '>')/)/" infer_tokenizer_test
mutate anybody-spells-marks $marks 's/control || tokenizer->types.*INFER_TOKEN_CONTROL)/true)/' infer_chat_test
mutate the-shortest-mark $marks 's/^\t\t\tfound = tokenizer->marks\[low\];/\t\t\treturn tokenizer->marks[low];/' infer_tokenizer_test
mutate double-marks $marks 's/last.length != text.length || memcmp.*/true)/' infer_tokenizer_test
mutate the-last-of-doubles $index 's/return x->value < y->value ? -1 : x->value > y->value/return x->value < y->value ? 1 : -1/' infer_tokenizer_test
mutate the-bucket-ends-early $index 's/\[(hash >> index->shift) + 1\]/[(hash >> index->shift) + 1] - 1/' infer_tokenizer_test
mutate endless-lookups $tokenizer 's/^\twhile (from < length \&\& !error) {/\tfor (size_t i = 0; i < length; i += 64)\n\t\tfor (int j = 0; j < 500; j++)\n\t\t\tinfer_token_named(tokenizer, text, 1);\n&/' infer_merge_test
mutate spaces-are-whole $split 's/^\treturn last;/\treturn at;/' infer_split_test
mutate digits-in-fours $split 's/== INFER_SPLIT_QWEN2 ? 1 : 3/== INFER_SPLIT_QWEN2 ? 1 : 4/' infer_split_test
mutate digits-need-no-end $split 's/(source->split == INFER_SPLIT_DIGITS \&\& next.class/(false \&\& next.class/' infer_split_test
mutate contractions-of-one-case $split 's/any_case ? !strncasecmp(/any_case ? !memcmp(/' infer_split_test
mutate newlines-stay-behind $split 's/while (end < source->length \&\& is_newline/while (false \&\& is_newline/' infer_split_test
mutate the-first-newline $split 's/^\t\t\tend = at;/\t\t\treturn at;/' infer_split_test
mutate types-of-fewer $gguf 's/if (array->count != source->vocabulary.size)/if (false)/' infer_tokenizer_gguf_test
mutate any-type $gguf 's/if (type > INFER_TOKEN_BYTE)/if (false)/' infer_tokenizer_gguf_test
mutate any-way-to-split $gguf 's/infer_split_named(name.bytes, name.length, .vocabulary->split))/infer_split_named(name.bytes, name.length, \&vocabulary->split) > 0)/' infer_tokenizer_gguf_test
mutate llama3-has-no-beginning $gguf 's/vocabulary->split == INFER_SPLIT_LLAMA3;/false;/' infer_tokenizer_gguf_test
mutate infinity-is-the-greatest $sample 's/ \& (logits\[j\] <= FLT_MAX)//; s/ || logits\[i\] > FLT_MAX)/)/' infer_sample_test
mutate blocks-end-early $sample 's/n - i < 64 ? n : i + 64/n - i < 64 ? n - 1 : i + 64/; s/while (i < n)/while (i + 1 < n)/' infer_sample_test
mutate ties-all-stay $sample 's/^\tif (!limit->equals)/\tif (false)/' infer_sample_test
mutate top-k-is-one-more $sample 's/needed = count - before;/needed = count - before + 1;/' infer_sample_test
mutate top-p-of-all $sample 's/ || (weights \&\& !(weights\[i\] > 0)))/)/' infer_sample_test
mutate top-p-is-before-the-temperature $sample 's/(double)sampling->top_p \* sum/(double)sampling->top_p/' infer_sample_test
mutate min-p-of-nothing $sample 's/ || scratch\[i\] < sampling->min_p)/)/' infer_sample_test
mutate seeds-are-positions $sample 's/mix(mix(seed + 0x9e3779b97f4a7c15) +/mix(0x9e3779b97f4a7c15 * seed +/' infer_sample_test
mutate draws-are-skewed $sample 's/number >> 11) \* 0x1p-53/number >> 10) * 0x1p-54 * 0.9/' infer_sample_test
mutate people-spell-control-tokens $chat 's/false, .tokens, .count);/true, \&tokens, \&count);/' infer_chat_test
mutate the-beginning-comes-twice $chat 's/tokens->tokens\[tokens->count - 1\] != begin/true/' infer_chat_test
mutate each-message-by-itself $chat 's/^\tadd_text(prompt, content.bytes, content.length);/\tflush(prompt);\n&/' infer_chat_test
mutate the-system-stays-behind $chat 's/^\tif (waiting)/\tif (false)/' infer_chat_test
mutate nothing-is-trimmed $chat 's/if (prompt->format->trim)/if (false)/' infer_chat_test
mutate formats-without-their-tokens $format 's/^\t\t    has_tokens(tokenizer, .formats\[order\[i\]\]))/\t\t    true)/' infer_chat_test
mutate halves-of-characters $stream 's/^\t\tif (!whole)/\t\tif (!whole \&\& length > 1)/; s/ else {$/ else if (whole) {/' infer_stream_text_test
mutate nothing-is-held-back $stream 's/return stream->length - held;/return stream->length;/' infer_stream_text_test
mutate all-is-held-back $stream 's/while (stop->matched \&\& stop->text/while (false \&\& stop->text/' infer_stream_text_test
mutate the-shortest-stop-string $stream 's/stream->stops\[k\].length > longest/!longest/' infer_stream_text_test
mutate the-byte-that-broke-off-is-lost $stream 's/^\t\t\tat -= .*/\t\t\tat -= 0;/' infer_stream_text_test
mutate what-is-left-is-lost $stream 's/if (stream->n_part \&\& !stream->stopped)/if (false)/' infer_stream_text_test
mutate half-of-surrogates $unicode 's/most = 0x9f;/most = 0xbf;/' infer_stream_text_test

verdict texts
