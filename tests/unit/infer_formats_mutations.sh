#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proof that the tests of GGUF files and of models can fail: breaks a copy in one line at a time, and
# expects the test that is named to notice.
#
#	infer_formats_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='infer_gguf_test infer_hostile_test infer_model_test infer_seeded_test
	infer_generate_test infer_quant_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

reader=infer/gguf_reader.c gguf=infer/gguf.c values=infer/gguf_values.c parts=infer/model_parts.c
rope=infer/model_rope.c model=infer/model.c seeded=infer/seeded.c tokens=infer/seeded_tokens.c quant=infer/quant.c

mutate bytes-behind-the-end-are-read $reader 's/if (size > left)/if (size > left + 1)/' infer_hostile_test
mutate names-reach-the-terminal $reader "s/text.bytes\[i\] < ' ' || //" infer_hostile_test
mutate big-endian-is-an-odd-version $gguf 's/__builtin_bswap32(version) <= 3/false/' infer_hostile_test
mutate version-1-is-taken $gguf 's/version != 2 \&\& version != 3/version > 3/' infer_hostile_test
mutate names-may-be-empty $gguf 's/if (!name->length || /if (/' infer_hostile_test
mutate truth-may-be-two $gguf 's/if (bools\[i\] > 1)/if (bools[i] > 3)/' infer_hostile_test
mutate products-wrap $gguf 's/if (__builtin_mul_overflow(key->count, element_bytes, .bytes))/bytes = key->count * element_bytes;\n\t\tif (false)/' infer_hostile_test
mutate five-dimensions $gguf 's/tensor->dimensions > GGUF_DIMENSIONS/tensor->dimensions > 99/' infer_hostile_test
mutate sizes-may-be-nothing $gguf 's/if (!error \&\& !tensor->sizes\[i\])/if (false)/' infer_hostile_test
mutate half-blocks $gguf 's/if (values \&\& tensor->sizes\[0\] % values)/if (false)/' infer_hostile_test
mutate products-of-sizes-wrap $gguf 's/return !__builtin_mul_overflow(.*/*bytes *= infer_block_bytes(tensor->type);\n\treturn true;/' infer_hostile_test
mutate any-alignment $gguf 's/^\t    alignment \& (alignment - 1))/\t    false)/' infer_hostile_test
mutate alignment-is-32 $gguf 's/int error = infer_gguf_u32(gguf, "general.alignment", .alignment);/int error = 0;/' infer_hostile_test
mutate offsets-lie-anywhere $gguf 's/if (tensor->offset % alignment)/if (false)/' infer_hostile_test
mutate ends-wrap $gguf 's/if (tensor->offset > room || bytes > room - tensor->offset)/if (tensor->offset + bytes > room)/' infer_hostile_test
mutate names-may-come-twice $gguf 's/^\tif (!name)$/\tif (!name || name)/' infer_hostile_test
mutate pipes-are-waited-for $gguf 's/ | O_NONBLOCK//' infer_gguf_test
mutate signs-are-lost $values 's/number < 0 || //' infer_gguf_test
mutate numbers-are-cut $values 's/ || number > UINT32_MAX//' infer_gguf_test
mutate doubles-become-infinite $values 's/if (isfinite(wide) \&\& .*/if (false)/' infer_gguf_test
mutate arrays-go-on $values 's/ || at == array->end//' infer_gguf_test
mutate cubes-are-matrices $values 's/found->dimensions > 2 || //' infer_hostile_test
mutate shapes-do-not-matter $parts 's/tensor->rows == rows \&\& //' infer_model_test
mutate columns-do-not-matter $parts 's/ \&\& tensor->columns == columns//' infer_model_test
mutate vectors-are-of-any-type $parts 's/if (error || tensor->type == INFER_F32)/if (true)/' infer_model_test
mutate no-number-is-one $parts 's/if (!error \&\& \*value >= least \&\& \*value <= most)/if (!error \&\& !(*value < least || *value > most))/' infer_model_test
mutate factors-of-nothing $rope 's/if (!(factor >= 1e-3f/if (false \&\& !(factor >= 1e-3f/' infer_model_test
mutate factors-multiply $rope 's/rope_frequency\[i\] .= factor/rope_frequency[i] *= factor/' infer_model_test
mutate yarn-is-linear $rope 's/type.length != 6 || memcmp.*/false)/' infer_model_test
mutate none-is-linear $rope 's/if (!error \&\& type.length == 4/if (!error \&\& type.length == 5/' infer_model_test
mutate heads-share-unevenly $model 's/if (model->heads % model->kv_heads)/if (false)/' infer_model_test
mutate heads-cut-the-rest $model 's/model->dim % model->heads ? 0 : //' infer_model_test
mutate odd-heads $model 's/ || model->head_dim % 2)/)/' infer_model_test
mutate tokens-beyond-the-embedding $model 's/tokens.count > rows)/tokens.count > rows + 1)/' infer_model_test
mutate further-biases-are-left-out $model 's/, "attn_output.bias"//' infer_model_test
mutate experts-are-left-out $model 's/if (!error \&\& experts \&\& experts != UINT32_MAX)/if (false)/' infer_model_test
mutate ties-are-lost $model 's/^\tmodel->output = model->embedding;//' infer_model_test
mutate halves-of-no-model $model 's/model->rope_halves = is(text, "qwen2")/model->rope_halves = true/' infer_model_test
mutate weights-are-wider $seeded 's/2.642898e-5f/2.9e-5f/' infer_seeded_test
mutate one-stream-for-all $seeded 's/seeded_stream(seed, plan->name), /seeded_stream(seed, "all"), /' infer_seeded_test
mutate blocks-of-a-part $seeded 's/if (plan.rows \&\& plan.columns % infer_block_values(plans->seeded->type))/if (false)/' infer_seeded_test
mutate letters-come-twice $tokens 's/pieces\[left\].used++;/pieces[left].used += pieces[left].used == 0;/' infer_seeded_test
mutate half-a-file-stays infer/command_generate.c 's/^\t\tunlink(fresh);/\t\t;/' infer_generate_test
mutate seeds-have-signs infer/command_generate.c "s/return \\*word >= '0' .. .word <= '9' .. !.end/return !*end/" infer_generate_test
mutate pipes-are-replaced infer/command_generate.c 's/if (!stat(file, .status) /if (false /' infer_generate_test
mutate ties-round-up infer/half.h 's/0xfff + (magnitude >> 13 \& 1)/0x1000/' infer_quant_test
mutate overflow-comes-early infer/half.h 's/0x477ff000/0x477fe000/' infer_quant_test
mutate nibbles-change-places $quant 's/values\[i + 16\] = d/values[15 - i + 16] = d/' infer_quant_test
mutate minima-are-added $quant 's/ - dmin \* (float)min/ + dmin * (float)min/' infer_quant_test
mutate high-bits-of-the-neighbour $quant 's/block->qh\[32 \* half + j\] >> 2 \* k \& 3/block->qh[32 * half + j] >> (6 - 2 * k) \& 3/' infer_quant_test
mutate values-are-cut-not-rounded $quant 's/nearbyintf(x)/truncf(x)/' infer_quant_test

verdict files-and-models
