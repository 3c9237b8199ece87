/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of gemm_matrices.comp, by which the host chooses matrices for it: both include this, so it has macros alone. */
#ifndef INFER_SHADERS_GEMM_MATRICES_H
#define INFER_SHADERS_GEMM_MATRICES_H

/* Of a workgroup: rows of weights, and rows of activations. */
#define VK_MATRICES_TILE 64u
/* Of a tile in each direction: what a subgroup computes. */
#define VK_MATRICES_QUARTER 32u
#define VK_MATRICES_SUBGROUPS 4u
/* Columns at a time, and the same in words of four halves. */
#define VK_MATRICES_DEPTH 32u
#define VK_MATRICES_QUADS (VK_MATRICES_DEPTH / 4u)
/* From one row of a tile in shared memory to the next: two more, so that rows begin in different banks. */
#define VK_MATRICES_STRIDE (VK_MATRICES_QUADS + 2u)

/* Quads of a tile in shared memory, of which there are two for each side; floats of the subgroups' patches. */
#define VK_MATRICES_TILE_QUADS (VK_MATRICES_TILE * VK_MATRICES_STRIDE)
#define VK_MATRICES_PATCHES(m, n) (VK_MATRICES_SUBGROUPS * (m) * (n))
/* Bytes of shared memory: those, and a word. */
#define VK_MATRICES_SHARED(m, n) (4u * VK_MATRICES_TILE_QUADS * 8u + VK_MATRICES_PATCHES(m, n) * 4u + 4u)

#endif
