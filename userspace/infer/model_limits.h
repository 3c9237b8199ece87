/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The greatest sizes a model may have: several times those of any model of the family, and so small
 * that products of two fit in 42 bits, of two and a float's bytes in a size_t.
 */
#ifndef INFER_MODEL_LIMITS_H
#define INFER_MODEL_LIMITS_H

#define INFER_MAX_VOCABULARY (1u << 20)
#define INFER_MAX_DIM        (1u << 16)
#define INFER_MAX_LAYERS     1024u
#define INFER_MAX_HEADS      1024u
/* What attention kernels keep in registers and shared memory. */
#define INFER_MAX_HEAD_DIM   256u
#define INFER_MAX_FFN        (1u << 20)
#define INFER_MAX_CONTEXT    (1u << 24)

#endif
