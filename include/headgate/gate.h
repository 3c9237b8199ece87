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
 * struct headgate_call - what a gate knows of an ioctl that submits
 * @nr: its number
 * @flags: HEADGATE_ADMIT_*
 * @hint: lane that the job is likely to go to, or 0
 * @tag: the queue, see &struct headgate_tag_source; 0 where its argument was not read
 * @gate: number of the gate that says so, other than any other's. 0 when it wants to
 *	be asked each time: bpf_headgate_admit_again() is not for this ioctl
 */
struct headgate_call {
	__u32 nr;
	__u32 flags;
	__u32 hint;
	__u32 tag;
	__u32 gate;
};

/* How the queue of a submission is told from others by the ioctl's argument. */
#define HEADGATE_TAG_NONE		0U	/* it is not */
#define HEADGATE_TAG_WORDS		1U	/* by words of the argument itself */
#define HEADGATE_TAG_AMDGPU_CS		2U	/* by what its list of chunks says */

#define HEADGATE_TAG_WORDS_MAX		2

/**
 * struct headgate_tag_word - 32 bits of an ioctl's argument
 * @offset: where, in bytes
 * @mask: which of the lower 16 bits; 0 for a word that is not used
 */
struct headgate_tag_word {
	__u16 offset;
	__u16 mask;
};

/**
 * struct headgate_tag_source - what makes up the tag of a queue
 * @kind: HEADGATE_TAG_*
 * @words: of HEADGATE_TAG_WORDS; the second is the upper half of the tag
 *
 * A tag says whether two submissions of one open file are for the same queue, and
 * no more. Which lane that is, is learned from jobs: what a program has in its
 * arguments is a hint, and nothing is billed by it.
 */
struct headgate_tag_source {
	__u32 kind;
	struct headgate_tag_word words[HEADGATE_TAG_WORDS_MAX];
};

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
 * @tag: what tells its queues apart
 */
struct headgate_submission {
	__u32 flags;
	struct headgate_tag_source tag;
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

/*
 * What a hint says of the ioctl: it submits, or it is none of the gate's business. Or it
 * submits to several queues, which are not all on one lane.
 */
#define HEADGATE_HINT_SUBMITS		1U
#define HEADGATE_HINT_OTHER		2U
#define HEADGATE_HINT_VARIES		3U

/*
 * Queues of a file that are on another lane than the file's. A GPU has some five
 * engines of use to one program; for whoever has more queues, the eldest is learned
 * anew. So a file that makes queues up pushes out nothing but its own.
 */
#define HEADGATE_HINT_QUEUES		8

/**
 * struct headgate_hint_queue - a queue of which the lane is known
 * @tag: the queue; 0 for none
 * @lane: id of its lane
 */
struct headgate_hint_queue {
	__u32 tag;
	__u32 lane;
};

/**
 * struct headgate_hint - value of map "hints"
 * @inode: number of the device node; with @device it tells a file that took the
 *	place of another in memory, for which the hint is not good
 * @device: its major and minor, as the kernel has them
 * @lane: id of the lane where jobs landed whose queue was not known, or 0
 * @flags: HEADGATE_ADMIT_*, from the table of submissions
 * @verdict: HEADGATE_HINT_*
 * @tag: from the table, too; used when the verdict is HEADGATE_HINT_VARIES
 * @learned: number of queues that were learned, those that were pushed out included
 * @queues: those that are not on @lane
 */
struct headgate_hint {
	__u64 inode;
	__u32 device;
	__u32 lane;
	__u32 flags;
	__u32 verdict;
	struct headgate_tag_source tag;
	__u32 learned;
	struct headgate_hint_queue queues[HEADGATE_HINT_QUEUES];
};

#endif /* HEADGATE_GATE_H */
