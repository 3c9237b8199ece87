// SPDX-License-Identifier: GPL-2.0-or-later
// softmax(q k / sqrt(head_dim)) v of one row and up to HEADS heads that share keys and values: page
// by page, with a running maximum, so that no row of scores is ever kept. Where positions are many and
// rows few, several workgroups share them and attend_merge.comp sums up.
#version 450
#extension GL_GOOGLE_include_directive : require

#define BATCH_SET 3
#include "half.glsl"
#include "batch.glsl"
#include "attend.glsl"

const uint LANES = 128u;
const uint LANES_A_TOKEN = LANES / PAGE;
const uint MOST_HEAD_DIM = 256u; // MOST_HEAD_DIM in vleg.h

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer Query { float query[]; };
layout(set = 1, binding = 0) readonly buffer Cache { uint cache[]; };
layout(set = 2, binding = 0) writeonly buffer Target { float dst[]; };
// group: heads that share a key; values: where they begin in the cache, in words; span: positions for each
// of `spans` workgroups, whole pages; tables: where page tables begin in the batch
layout(push_constant) uniform Push {
	uint heads, group, head_dim, slot_words, values, tables, sequence_pages, span, spans;
	float scale;
} push;

shared float q[HEADS * MOST_HEAD_DIM];
shared float parts[HEADS * LANES];
shared float scores[HEADS * PAGE];
shared float weights[HEADS * PAGE];
shared float maxima[HEADS];
shared float shrinks[HEADS];
shared float totals[HEADS];
shared vec2 sums[HEADS * LANES];

vec2 pair_at(uint word)
{
	uint both = cache[word];

	return vec2(half_to_float(both & 0xffffu), half_to_float(both >> 16));
}

void load_query(uint lane, uint from, uint count)
{
	for (uint i = lane; i < HEADS * push.head_dim; i += LANES)
		q[i / push.head_dim * MOST_HEAD_DIM + i % push.head_dim] =
			i < count * push.head_dim ? query[from + i] : 0.0;
	barrier();
}

// Into scores[]; of positions from `count` on there are none.
void score_page(uint lane, uint key, uint count)
{
	uint token = lane / LANES_A_TOKEN, start = key + token * push.slot_words;
	float products[HEADS];

	for (uint h = 0u; h < HEADS; h++)
		products[h] = 0.0;
	if (token < count) {
		for (uint i = lane % LANES_A_TOKEN; i < push.head_dim / 2u; i += LANES_A_TOKEN) {
			vec2 k = pair_at(start + i);

			for (uint h = 0u; h < HEADS; h++)
				products[h] += q[h * MOST_HEAD_DIM + 2u * i] * k.x +
					       q[h * MOST_HEAD_DIM + 2u * i + 1u] * k.y;
		}
	}
	for (uint h = 0u; h < HEADS; h++)
		parts[h * LANES + lane] = products[h];
	barrier();
	for (uint i = lane; i < HEADS * PAGE; i += LANES) {
		float sum = 0.0;

		for (uint j = 0u; j < LANES_A_TOKEN; j++)
			sum += parts[i * LANES_A_TOKEN + j];
		scores[i] = i % PAGE < count ? sum * push.scale : LOWEST;
	}
	barrier();
}

// Scores to weights. Lane h keeps head h's running maximum and total; what all lanes summed up until
// now is to shrink by shrinks[h] where the page has a greater score.
void weigh_page(uint lane, uint count, inout float greatest, inout float total)
{
	if (lane < HEADS) {
		float most = greatest;

		for (uint i = 0u; i < PAGE; i++)
			most = max(most, scores[lane * PAGE + i]);
		shrinks[lane] = exp(greatest - most);
		maxima[lane] = most;
		greatest = most;
	}
	barrier();
	for (uint i = lane; i < HEADS * PAGE; i += LANES)
		weights[i] = i % PAGE < count ? exp(scores[i] - maxima[i / PAGE]) : 0.0;
	barrier();
	if (lane < HEADS) {
		total *= shrinks[lane];
		for (uint i = 0u; i < PAGE; i++)
			total += weights[lane * PAGE + i];
	}
}

void main()
{
	uint lane = gl_LocalInvocationIndex, row = gl_WorkGroupID.y, span = gl_WorkGroupID.z;
	uint blocks = (push.group + HEADS - 1u) / HEADS; // workgroups for the heads of a key
	uint kv_head = gl_WorkGroupID.x / blocks, in_group = gl_WorkGroupID.x % blocks * HEADS;
	uint heads = min(HEADS, push.group - in_group);
	uint row_head = row * push.heads + kv_head * push.group + in_group;
	uint end = min(row_position(row) + 1u, (span + 1u) * push.span);
	uint table = push.tables + row_sequence(row) * push.sequence_pages;
	uint head_words = push.head_dim / 2u, head_start = kv_head * head_words;
	// Lanes beside those of the first head_words take other tokens of the page.
	uint word = lane % head_words, first = lane / head_words, step = LANES / head_words;
	float greatest = LOWEST, total = 0.0;
	vec2 sum[HEADS];

	for (uint h = 0u; h < HEADS; h++)
		sum[h] = vec2(0.0);
	load_query(lane, row_head * push.head_dim, heads);
	for (uint position = span * push.span; position < end; position += PAGE) {
		uint start = batch[table + position / PAGE] * PAGE * push.slot_words + head_start;
		uint count = min(PAGE, end - position);

		score_page(lane, start, count);
		weigh_page(lane, count, greatest, total);
		for (uint h = 0u; h < HEADS; h++)
			sum[h] *= shrinks[h];
		for (uint i = first < step ? first : count; i < count; i += step) {
			vec2 v = pair_at(push.values + start + i * push.slot_words + word);

			for (uint h = 0u; h < HEADS; h++)
				sum[h] += weights[h * PAGE + i] * v;
		}
	}
	for (uint h = 0u; h < HEADS; h++)
		sums[h * LANES + lane] = sum[h];
	if (lane < HEADS) {
		totals[lane] = total;
		maxima[lane] = greatest; // there may have been no page at all
	}
	barrier();
	for (uint h = 0u; h < heads; h++) {
		uint to = push.spans == 1u ? (row_head + h) * push.head_dim :
			  ((row_head + h) * push.spans + span) * (push.head_dim + PART_HEADER) + PART_HEADER;
		vec2 all = vec2(0.0);

		if (lane >= head_words)
			continue;
		for (uint i = 0u; i < step; i++)
			all += sums[h * LANES + lane + i * head_words];
		if (push.spans == 1u)
			all /= totals[h];
		dst[to + 2u * lane] = all.x;
		dst[to + 2u * lane + 1u] = all.y;
		if (push.spans > 1u && lane == 0u) {
			dst[to - 2u] = maxima[h];
			dst[to - 1u] = totals[h];
		}
	}
}
