/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types a weight can be stored in, and where its values lie.
 *
 * A matrix has `rows` rows of `columns` values; a row is contiguous, rows follow each other without
 * a gap, and a quantised row is a whole number of blocks. These are GGUF's types and layouts; all
 * numbers in them are little-endian, and so must the host be.
 */
#ifndef INFER_TENSOR_H
#define INFER_TENSOR_H

#include <stddef.h>
#include <stdint.h>

/* The values are GGUF's. */
enum infer_type {
	INFER_F32 = 0,
	INFER_F16 = 1,
	INFER_Q4_0 = 2,
	INFER_Q8_0 = 8,
	INFER_Q4_K = 12,
	INFER_Q6_K = 14,
};

/* d * (q - 8); the low nibble of qs[i] is value i, the high one value i + 16. */
struct infer_q4_0 {
	uint16_t d; /* F16, as each d below */
	uint8_t qs[16];
};

/* d * q */
struct infer_q8_0 {
	uint16_t d;
	int8_t qs[32];
};

/*
 * Eight groups of 32 values: d * scale * q - dmin * min. Scales and minima have 6 bits each, packed
 * into 12 bytes (infer_q4_k_scale()). qs[32 * i + j] holds value j of group 2i in the low nibble, of
 * group 2i + 1 in the high one.
 */
struct infer_q4_k {
	uint16_t d, dmin;
	uint8_t scales[12];
	uint8_t qs[128];
};

/*
 * Sixteen groups of 16 values: d * scale * (q - 32), q of 6 bits: four in ql, two in qh. Of each half of
 * 128 values, value 32 * k + j (k 0 to 3) has its low bits in ql[32 * (k & 1) + j], in the high nibble
 * if k > 1, and its high bits in bits 2k and 2k + 1 of qh[j].
 */
struct infer_q6_k {
	uint8_t ql[128];
	uint8_t qh[64];
	int8_t scales[16];
	uint16_t d;
};

_Static_assert(sizeof(struct infer_q4_0) == 18 && sizeof(struct infer_q8_0) == 34 &&
	       sizeof(struct infer_q4_k) == 144 && sizeof(struct infer_q6_k) == 210, "GGUF's blocks");

/**
 * struct infer_tensor - a weight where it lies, in the file's mapping or in memory
 * @data: its first byte, at a multiple of 8 at least
 * @offset: of @data from the model's first weight (struct infer_model.weights), in bytes
 * @rows: 1 for a vector
 * @columns: values in a row
 */
struct infer_tensor {
	const void *data;
	uint64_t offset;
	enum infer_type type;
	uint32_t rows, columns;
};

/**
 * infer_type_name() - as GGUF's tools write it, such as "Q4_K"; NULL if the type is none of ours
 */
const char *infer_type_name(enum infer_type type);

/**
 * infer_type_named() - the reverse, any case
 *
 * Return: 0, or -EINVAL.
 */
int infer_type_named(const char *name, enum infer_type *type);

/* Values in a block (1 for F32 and F16), and its bytes; 0 if the type is none of ours. */
uint32_t infer_block_values(enum infer_type type);
uint32_t infer_block_bytes(enum infer_type type);

/**
 * infer_row_bytes() - of a row of so many values, which must be whole blocks
 */
size_t infer_row_bytes(enum infer_type type, uint32_t columns);

#endif
