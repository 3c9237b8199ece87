/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a leg's device gives at most, whichever leg it is. */
#ifndef INFER_PEAKS_H
#define INFER_PEAKS_H

#include "leg.h"

struct infer_bandwidth;
struct infer_vulkan_peaks;

/**
 * struct infer_peaks - how the device of a leg is measured
 * @leg: whose it is
 * @bandwidth, @variant: the processors, and with which of their instructions; of a native leg
 * @vulkan: of a Vulkan leg, else NULL
 */
struct infer_peaks {
	struct infer_leg *leg;
	struct infer_bandwidth *bandwidth;
	const char *variant;
	struct infer_vulkan_peaks *vulkan;
};

/**
 * infer_peaks_open() - makes ready to measure
 * @device: as the leg was opened with
 * @bandwidth: of the processors; its size is taken for GPUs too
 *
 * Return: 0, and infer_peaks_close() frees what @peaks holds before the leg is closed; else as infer_vulkan_peaks_open().
 */
int infer_peaks_open(struct infer_peaks *peaks, struct infer_leg *leg, const char *device,
		     struct infer_bandwidth *bandwidth);
void infer_peaks_close(struct infer_peaks *peaks);

/* Bytes a second that are read, or read and written; F32 operations a second. 0: it cannot be measured. */
double infer_peaks_read(struct infer_peaks *peaks);
double infer_peaks_copy(struct infer_peaks *peaks);
double infer_peaks_fma(struct infer_peaks *peaks);

/* Seconds of the leg's last batch, which took @seconds as its caller saw it: the device's own if it tells. */
double infer_peaks_took(const struct infer_peaks *peaks, double seconds);

#endif
