// SPDX-License-Identifier: GPL-2.0-or-later
// softmax(q k / sqrt(head_dim)) v of one row and head: page by page, with a running maximum, so that no
// row of scores is ever kept. Where positions are many and rows few, several workgroups share them
// and attend_merge.comp sums up.
#version 450
#extension GL_GOOGLE_include_directive : require

#define BATCH_SET 3
#include "half.glsl"
#include "batch.glsl"
#include "attend.glsl"

const uint LANES = 128u;
const uint LANES_A_TOKEN = LANES / PAGE;
const uint MOST_HEAD_DIM = 256u; // MOST_HEAD_DIM in leg.c

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer Query { float query[]; };
layout(set = 1, binding = 0) readonly buffer Cache { uint cache[]; };
layout(set = 2, binding = 0) writeonly buffer Target { float dst[]; };
// values: where they begin in the cache, in words; span: positions for each of `spans` workgroups, whole
// pages; tables: where page tables begin in the batch
layout(push_constant) uniform Push {
	uint heads, group, head_dim, slot_words, values, tables, sequence_pages, span, spans;
	float scale;
} push;

shared float q[MOST_HEAD_DIM];
shared float parts[LANES];
shared float scores[PAGE];
shared float weights[PAGE];
shared vec2 sums[LANES];

vec2 pair_at(uint word)
{
	uint both = cache[word];

	return vec2(half_to_float(both & 0xffffu), half_to_float(both >> 16));
}

// Into scores[]; of positions from `count` on there are none.
void score_page(uint lane, uint key, uint count)
{
	uint token = lane / LANES_A_TOKEN, start = key + token * push.slot_words;
	float sum = 0.0;

	if (token < count) {
		for (uint i = lane % LANES_A_TOKEN; i < push.head_dim / 2u; i += LANES_A_TOKEN) {
			vec2 k = pair_at(start + i);

			sum += q[2u * i] * k.x + q[2u * i + 1u] * k.y;
		}
	}
	parts[lane] = sum;
	barrier();
	if (lane < PAGE) {
		sum = 0.0;
		for (uint i = 0u; i < LANES_A_TOKEN; i++)
			sum += parts[lane * LANES_A_TOKEN + i];
		scores[lane] = lane < count ? sum * push.scale : LOWEST;
	}
	barrier();
}

void main()
{
	uint lane = gl_LocalInvocationIndex;
	uint head = gl_WorkGroupID.x, row = gl_WorkGroupID.y, span = gl_WorkGroupID.z;
	uint row_head = row * push.heads + head;
	uint end = min(row_position(row) + 1u, (span + 1u) * push.span);
	uint table = push.tables + row_sequence(row) * push.sequence_pages;
	uint head_words = push.head_dim / 2u, head_start = head / push.group * head_words;
	/* Lanes beside those of the first head_words take other tokens of the page. */
	uint word = lane % head_words, first = lane / head_words, step = LANES / head_words;
	float greatest = LOWEST, total = 0.0;
	vec2 sum = vec2(0.0);

	for (uint i = lane; i < push.head_dim; i += LANES)
		q[i] = query[row_head * push.head_dim + i];
	barrier();
	for (uint position = span * push.span; position < end; position += PAGE) {
		uint start = batch[table + position / PAGE] * PAGE * push.slot_words + head_start;
		uint count = min(PAGE, end - position);
		float most = greatest, shrink;

		score_page(lane, start, count);
		for (uint i = 0u; i < PAGE; i++)
			most = max(most, scores[i]);
		if (lane < PAGE)
			weights[lane] = lane < count ? exp(scores[lane] - most) : 0.0;
		barrier();
		shrink = exp(greatest - most);
		greatest = most;
		total *= shrink;
		sum *= shrink;
		for (uint i = 0u; i < PAGE; i++)
			total += weights[i];
		if (first < step)
			for (uint i = first; i < count; i += step)
				sum += weights[i] * pair_at(push.values + start + i * push.slot_words + word);
	}
	sums[lane] = first < step ? sum : vec2(0.0);
	barrier();
	if (lane < head_words) {
		uint to = push.spans == 1u ? row_head * push.head_dim :
			  (row_head * push.spans + span) * (push.head_dim + PART_HEADER) + PART_HEADER;

		for (uint i = 1u; i < step; i++)
			sum += sums[lane + i * head_words];
		if (push.spans == 1u)
			sum /= total;
		dst[to + 2u * lane] = sum.x;
		dst[to + 2u * lane + 1u] = sum.y;
		if (push.spans > 1u && lane == 0u) {
			dst[to - 2u] = greatest;
			dst[to - 1u] = total;
		}
	}
}
