/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_COMPAT_DMA_FENCE_H
#define _HEADGATE_COMPAT_DMA_FENCE_H

#include <linux/dma-fence.h>

/* It was dma_fence_enable_sw_signaling() before; Kbuild looks which of the two there is. */
#ifndef HEADGATE_HAS_FENCE_ENABLE_SIGNALING
#define dma_fence_enable_signaling(fence) dma_fence_enable_sw_signaling(fence)
#endif

#endif
