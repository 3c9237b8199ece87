/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Vulkan leg beyond leg.h: which devices there are, how to force what a test wants, times, the
 * check by integers, and what a device gives at most.
 *
 * The loader is opened at run time (libvulkan.so.1), so a program that has this leg runs on hosts
 * without Vulkan. Any function here may hang with the driver: call them in processes that can be
 * killed. The first one sets MESA_VK_ENABLE_SUBMIT_THREAD=0 in the environment, so that each
 * submission comes from the caller's thread, which is whom the kernel bills; it must be called
 * before the process has other threads that read the environment.
 */
#ifndef INFER_VULKAN_H
#define INFER_VULKAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leg.h"

/* What a device may offer beyond Vulkan 1.1's minimum, and kernels have variants for. */
enum infer_vulkan_feature {
	INFER_VULKAN_SUBGROUPS = 1, /* sums over a subgroup's lanes */
	INFER_VULKAN_HALVES = 2,    /* 16 bits from memory at once */
	INFER_VULKAN_DOTS = 4,      /* products of four bytes with four */
	INFER_VULKAN_MATRICES = 8,  /* products of small matrices of halves, by a subgroup together */
};

/**
 * struct infer_vulkan_device - a device as its driver tells of it
 * @device_uuid, @driver_uuid: keys of what is known of a device and of a driver's build
 * @version: the driver's own numbering
 * @cpu: it is a processor that plays a GPU, such as lavapipe
 * @memory: bytes of its own memory
 * @pci: "0000:03:00.0", or "" if the driver does not tell
 * @render_major, @render_minor: of its DRM render node; -1 if the driver does not tell
 * @features: of enum infer_vulkan_feature
 * @usable: it has Vulkan 1.1 and a queue that computes
 */
struct infer_vulkan_device {
	char name[256];
	char driver[256];
	uint8_t device_uuid[16], driver_uuid[16];
	uint32_t vendor_id, device_id, api, version;
	bool cpu, integrated, usable;
	uint64_t memory;
	char pci[16];
	int64_t render_major, render_minor;
	uint32_t features;
};

/**
 * infer_vulkan_devices() - all devices, in the order of the Vulkan loader
 *
 * Return: their number and *devices, for free(); 0 if there are none, or no Vulkan at all; -ENOMEM; another
 * errno if the drivers fail.
 */
int infer_vulkan_devices(struct infer_vulkan_device **devices);

/**
 * struct infer_vulkan_options - for tests and the canary; zeros are what infer_vulkan_open() takes
 * @features: "plain", or names out of "subgroups,halves,dots,matrices": no kernel uses others. NULL: what
 *	HEADGATE_INFER_VULKAN holds in the environment, or all that the device has
 * @max_range: weights are split into buffers no longer than this; 0 for the device's limit
 * @deadline: nanoseconds until end() gives up; 0 for ten seconds
 * @attend_span: positions that one workgroup of attention walks; 0 for the leg's choice
 */
struct infer_vulkan_options {
	const char *features;
	uint64_t max_range;
	uint64_t deadline;
	uint32_t attend_span;
};

/**
 * infer_vulkan_open_with() - infer_vulkan_open() with choices
 *
 * Return: as infer_vulkan_open(); -EINVAL if @options->features names something else, -ENODATA if
 * the device lacks one that it names.
 */
int infer_vulkan_open_with(const struct infer_model *model, const struct infer_limits *limits,
			   const char *device, const struct infer_vulkan_options *options,
			   struct infer_leg **leg, char problem[INFER_PROBLEM]);

/**
 * struct infer_vulkan_times - of the last end() that succeeded, in nanoseconds
 * @gpu: between the first kernel's start and the last one's end, by the device's clock; 0 if it has none
 * @host: from the submission until the host saw it done
 */
struct infer_vulkan_times {
	uint64_t gpu;
	uint64_t host;
};

/**
 * infer_vulkan_times() - how long the device took
 * @leg: one of infer_vulkan_open()
 */
struct infer_vulkan_times infer_vulkan_times(const struct infer_leg *leg);

/**
 * infer_vulkan_description() - the device that @leg runs on
 */
const struct infer_vulkan_device *infer_vulkan_description(const struct infer_leg *leg);

/**
 * infer_vulkan_shaders_hash() - FNV-1a over the code of all kernels, for keys of known answers
 */
uint64_t infer_vulkan_shaders_hash(void);

struct infer_vulkan_integers;

/**
 * infer_vulkan_integers_open() - puts a matrix of small integers onto a leg's device
 * @matrix: @rows rows of @columns values, @columns a multiple of four
 *
 * A product of integers has one right answer on each device of each vendor, whatever the order of
 * additions, so it needs no known answer of that device.
 *
 * Return: 0 and *integers; -EINVAL if the sizes do not fit; -ENOMEM; -ENODEV, -ETIMEDOUT as of end().
 */
int infer_vulkan_integers_open(struct infer_leg *leg, const int8_t *matrix, uint32_t rows, uint32_t columns,
			       struct infer_vulkan_integers **integers);

/**
 * infer_vulkan_integers_run() - result = matrix x vector, modulo 2^32
 *
 * Outside of begin() to end(). Return: 0; -ENODEV, -ETIMEDOUT, -ENOMEM.
 */
int infer_vulkan_integers_run(struct infer_vulkan_integers *integers, const int8_t *vector, int32_t *result);

/* Before the leg is closed; may hang where that may. */
void infer_vulkan_integers_close(struct infer_vulkan_integers *integers);

struct infer_vulkan_peaks;

/**
 * infer_vulkan_peaks_open() - buffers to find out with what a leg's device gives at most
 * @bytes: to read, or to copy; less is taken if one buffer cannot be that long
 *
 * Return: 0 and *peaks; -EIO if the device reads, copies or computes wrongly; -ENOMEM; -ENODEV; -ETIMEDOUT, and then
 * what it made lasts as long as the process.
 */
int infer_vulkan_peaks_open(struct infer_leg *leg, uint64_t bytes, struct infer_vulkan_peaks **peaks);

/*
 * Bytes a second of its memory, read, or read and written; operations a second, of fused F32 multiplications and
 * additions in registers, two each. By the device's clock if it has one. Outside of begin() to end(). 0: it failed.
 */
double infer_vulkan_peaks_read(struct infer_vulkan_peaks *peaks);
double infer_vulkan_peaks_copy(struct infer_vulkan_peaks *peaks);
double infer_vulkan_peaks_fma(struct infer_vulkan_peaks *peaks);

/* Before the leg is closed; may hang where that may. */
void infer_vulkan_peaks_close(struct infer_vulkan_peaks *peaks);

#endif
