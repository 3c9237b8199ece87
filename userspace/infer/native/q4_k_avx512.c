// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q4_K, a block of 256 values at once. Its 128 bytes are put into two vectors such that four lanes are
 * of each pair of groups: the lane's low nibbles are of the one group, its high ones of the other, and
 * one vector of scales serves all low nibbles.
 *
 * A double word has eight nibbles. The lowest is looked up in a table. That in bits 16 to 19 is made a float by taking
 * the nibble and 128's exponent: 128 + nibble. So shifts by 0, 4, 8 and 12 bits give all eight. Prepared are the
 * activations in that order, low nibbles first, -128 times the sum of those that meet a 128, and of each group the
 * negative sum, to be multiplied by the minimum.
 */
#ifdef __x86_64__

#include "avx512.h"
#include "q4_k_scales.h"

#define VALUES 256u
#define FLOATS 304u
#define OFFSETS 256u
#define GROUPS  288u

/* Which value of a block meets nibble @nibble (0 to 7) of lane @lane of vector @vector. */
static uint32_t value_at(uint32_t vector, uint32_t lane, uint32_t nibble)
{
	return 64 * (lane / 4) + 32 * (nibble & 1) + 16 * vector + 4 * (lane % 4) + nibble / 2;
}

/* The order of a pass's four nibbles of a vector: those that become 128 + nibble, then those looked up. */
static uint32_t nibble_at(uint32_t pass, uint32_t k)
{
	static const uint32_t low[4] = { 4, 6, 0, 2 };

	return low[k] + pass;
}

static void prepare(const float *x, float *prepared)
{
	for (uint32_t pass = 0; pass < 2; pass++)
		for (uint32_t lane = 0; lane < 16; lane++) {
			float sum = 0;

			for (uint32_t i = 0; i < 8; i++) {
				float value = x[value_at(i / 4, lane, nibble_at(pass, i % 4))];

				prepared[128 * pass + 16 * i + lane] = value;
				if (i % 4 < 2)
					sum += value;
			}
			prepared[OFFSETS + 16 * pass + lane] = -128 * sum;
		}
	for (uint32_t group = 0; group < 8; group++) {
		float sum = 0;

		for (uint32_t i = 0; i < 32; i++)
			sum += x[32 * group + i];
		prepared[GROUPS + 2 * group] = 0;
		prepared[GROUPS + 2 * group + 1] = -sum;
	}
}

/* scales(): d * scale of group 0, dmin * min of group 0, and so on */
INLINE __m512 scales(const struct infer_q4_k *block)
{
	uint64_t scale, min;
	uint32_t both;
	__m128i bytes;
	__m128 d;

	q4_k_bytes(block, &scale, &min);
	memcpy(&both, block, sizeof(both));
	bytes = _mm_unpacklo_epi8(_mm_cvtsi64_si128((int64_t)scale), _mm_cvtsi64_si128((int64_t)min));
	d = _mm_cvtph_ps(_mm_cvtsi32_si128((int32_t)both));
	return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)),
			     _mm512_castpd_ps(_mm512_broadcastsd_pd(_mm_castps_pd(d))));
}

struct nibbles {
	__m512i vectors[2];
	__m512 scales;
};

INLINE struct nibbles load(const uint8_t *weight)
{
	const struct infer_q4_k *block = (const struct infer_q4_k *)weight;
	__m512i a = _mm512_loadu_si512(block->qs), b = _mm512_loadu_si512(block->qs + 64);

	return (struct nibbles) {
		{ _mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd) }, scales(block)
	};
}

/* unpack(): what one pass's eight vectors of activations meet */
INLINE void unpack(const struct nibbles *nibbles, uint32_t pass, __m512 w[8])
{
	const __m512 table = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	const __m512i mask = _mm512_set1_epi32(0xf0000), exponent = _mm512_set1_epi32(0x43000000);

#pragma GCC unroll 2
	for (uint32_t v = 0; v < 2; v++) {
		__m512i a = pass ? _mm512_srli_epi32(nibbles->vectors[v], 4) : nibbles->vectors[v];
		__m512i b = _mm512_srli_epi32(nibbles->vectors[v], pass ? 12 : 8);

		/* 0xea: (first & second) | third */
		w[4 * v] = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(a, mask, exponent, 0xea));
		w[4 * v + 1] = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(b, mask, exponent, 0xea));
		w[4 * v + 2] = _mm512_permutexvar_ps(a, table);
		w[4 * v + 3] = _mm512_permutexvar_ps(b, table);
	}
}

INLINE __m512 add_pass(__m512 sum, const __m512 w[8], const float *p, uint32_t pass, __m512 scale)
{
	__m512 t = _mm512_load_ps(p + OFFSETS + 16 * pass);

#pragma GCC unroll 8
	for (uint32_t k = 0; k < 8; k++)
		t = _mm512_fmadd_ps(w[k], _mm512_load_ps(p + 128 * pass + 16 * k), t);
	return _mm512_fmadd_ps(t, scale, sum);
}

INLINE void q4_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const __m512i groups[2] = {
		_mm512_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12),
		_mm512_setr_epi32(2, 2, 2, 2, 6, 6, 6, 6, 10, 10, 10, 10, 14, 14, 14, 14),
	};
	const uint32_t blocks = product->columns / VALUES;
	__m512 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm512_setzero_ps();
	for (uint32_t i = 0; i < blocks; i++) {
		struct nibbles nibbles[4];

#pragma GCC unroll 4
		for (uint32_t r = 0; r < rows; r++) {
			const uint8_t *block = weight + r * product->row_bytes + i * sizeof(struct infer_q4_k);

			nibbles[r] = load(block);
			PREFETCH(ahead);
			PREFETCH(ahead + 64);
			PREFETCH(ahead + 128);
			ahead += sizeof(struct infer_q4_k);
		}
#pragma GCC unroll 2
		for (uint32_t pass = 0; pass < 2; pass++) {
			__m512 w[4][8], scale[4];

#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				unpack(&nibbles[r], pass, w[r]);
				scale[r] = _mm512_permutexvar_ps(groups[pass], nibbles[r].scales);
				if (batch == 1)
					sum[r] = add_pass(sum[r], w[r], x[0] + i * FLOATS, pass, scale[r]);
			}
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch && batch > 1; b++)
#pragma GCC unroll 4
				for (uint32_t r = 0; r < rows; r++)
					sum[r * batch + b] = add_pass(sum[r * batch + b], w[r], x[b] + i * FLOATS, pass,
								      scale[r]);
		}
#pragma GCC unroll 8
		for (uint32_t b = 0; b < batch; b++)
#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++)
				sum[r * batch + b] = _mm512_fmadd_ps(nibbles[r].scales,
								     _mm512_load_ps(x[b] + i * FLOATS + GROUPS),
								     sum[r * batch + b]);
	}
	sums_put(sums, sum, rows * batch);
}

TILES(q4_k);

const struct native_layout native_q4_k_avx512 = { VALUES, FLOATS, prepare, &q4_k };

#endif
