// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "native/bandwidth.h"
#include "peaks.h"
#include "vulkan/vulkan.h"

int infer_peaks_open(struct infer_peaks *peaks, struct infer_leg *leg, const char *device,
		     struct infer_bandwidth *bandwidth)
{
	const char *variant = strchr(device, ':');

	*peaks = (struct infer_peaks) { .leg = leg, .bandwidth = bandwidth, .variant = variant ? variant + 1 : NULL };
	if (!strncmp(device, "native", strlen("native")))
		return 0;
	return infer_vulkan_peaks_open(leg, infer_bandwidth_bytes(bandwidth), &peaks->vulkan);
}

void infer_peaks_close(struct infer_peaks *peaks)
{
	infer_vulkan_peaks_close(peaks->vulkan);
}

double infer_peaks_read(struct infer_peaks *peaks)
{
	return peaks->vulkan ? infer_vulkan_peaks_read(peaks->vulkan) : infer_bandwidth_read(peaks->bandwidth);
}

double infer_peaks_copy(struct infer_peaks *peaks)
{
	return peaks->vulkan ? infer_vulkan_peaks_copy(peaks->vulkan) : infer_bandwidth_copy(peaks->bandwidth);
}

double infer_peaks_fma(struct infer_peaks *peaks)
{
	return peaks->vulkan ? infer_vulkan_peaks_fma(peaks->vulkan) :
			       infer_bandwidth_fma(peaks->bandwidth, peaks->variant);
}

double infer_peaks_took(const struct infer_peaks *peaks, double seconds)
{
	uint64_t ns = peaks->vulkan ? infer_vulkan_times(peaks->leg).gpu : 0;

	return ns ? (double)ns * 1e-9 : seconds;
}
