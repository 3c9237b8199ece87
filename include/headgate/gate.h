/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the gate's BPF program, the module and the daemon share: keys and values
 * of the maps under /sys/fs/bpf/headgate/v1/maps, and the flags of the kfunc.
 */
#ifndef HEADGATE_GATE_H
#define HEADGATE_GATE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* The longest name in the table is 20 bytes; with nr the key is 32, whole words of the hash. */
#define HEADGATE_DRIVER_NAME_LEN	28

/* The jobs of this ioctl are the dma_fences that the task makes inside the ticket: no drm_sched. */
#define HEADGATE_ADMIT_FENCE		(1U << 0)
/* The driver has a drm_sched per queue: a lane is all of an engine class, known by their names. */
#define HEADGATE_ADMIT_CLASS		(1U << 1)
/*
 * With the former: the driver tells when it makes a fence (dma_fence_init), but not when it
 * hands over the work (dma_fence_emit). The last fence that the ticket makes is its job.
 */
#define HEADGATE_ADMIT_FENCE_INIT	(1U << 2)

/**
 * struct headgate_submission_key - key of map "submissions"
 * @driver: DRM driver name, padded with zeros
 * @nr: _IOC_NR() of the ioctl
 */
struct headgate_submission_key {
	char driver[HEADGATE_DRIVER_NAME_LEN];
	__u32 nr;
};

/**
 * struct headgate_submission - value of map "submissions": an ioctl that the gate judges
 * @flags: HEADGATE_ADMIT_*
 */
struct headgate_submission {
	__u32 flags;
};

/**
 * struct headgate_hint_key - key of map "hints": an ioctl on an open file
 * @nr: _IOC_NR() of the ioctl
 * @client: address of the file's struct drm_file, without its highest byte, which
 *	is the same for all: hashing and comparing the key is most of a look-up
 */
struct headgate_hint_key {
	__u64 nr : 8;
	__u64 client : 56;
};

/* What a hint says of the ioctl: it submits, or it is none of the gate's business. */
#define HEADGATE_HINT_SUBMITS		1U
#define HEADGATE_HINT_OTHER		2U

/**
 * struct headgate_hint - value of map "hints"
 * @inode: number of the device node; with @device it tells a file that took the
 *	place of another in memory, for which the hint is not good
 * @device: its major and minor, as the kernel has them
 * @lane: id of the lane on which the last first job of a ticket landed, or 0
 * @flags: HEADGATE_ADMIT_*, from the table of submissions
 * @verdict: HEADGATE_HINT_*
 */
struct headgate_hint {
	__u64 inode;
	__u32 device;
	__u32 lane;
	__u32 flags;
	__u32 verdict;
};

#endif /* HEADGATE_GATE_H */
