// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver table.  Names and numbers are those of Linux 6.12 (drivers/gpu/drm,
 * drivers/accel, include/uapi/drm); drivers that came later are marked.
 *
 * VM_BIND ioctls (xe 0x45, nouveau 0x51) are left out on purpose: they queue changes
 * of page tables, and a job cannot start before its mappings.
 *
 * What is not in the table is blind.
 */
#include "drivers.h"

#include <string.h>

/* The queues of a file are told apart, if they are, by what QUEUE(), QUEUES() or RINGS() say. */
#define SCHED(nr_, ...)	{ .nr = (nr_), __VA_ARGS__ }
/* A scheduler per queue. */
#define CLASS(nr_, ...)	{ .nr = (nr_), .flags = HEADGATE_ADMIT_CLASS, __VA_ARGS__ }
#define FENCE(nr_)	{ .nr = (nr_), .flags = HEADGATE_ADMIT_FENCE }
#define MADE(nr_, ...)	{ .nr = (nr_), .flags = HEADGATE_ADMIT_FENCE | HEADGATE_ADMIT_FENCE_INIT, \
			  __VA_ARGS__ }

/* Offset and mask of one word of the argument, or of two; the unit tests compare uapi headers. */
#define QUEUE(name, at, bits) \
	.queue = (name), .tag = { HEADGATE_TAG_WORDS, { { (at), (bits) } } }
#define QUEUES(name, at, bits, at2, bits2) \
	.queue = (name), .tag = { HEADGATE_TAG_WORDS, { { (at), (bits) }, { (at2), (bits2) } } }
/* The rings of amdgpu's first chunk of commands. */
#define RINGS(name) \
	.queue = (name), .tag = { .kind = HEADGATE_TAG_AMDGPU_CS }
#define ANY_ID		0xffff
#define COUNT(...)	(sizeof((struct headgate_driver_ioctl[]){ __VA_ARGS__ }) / \
			 sizeof(struct headgate_driver_ioctl))
#define UNGATED(...)	.ioctls = { __VA_ARGS__ }, .n_ioctls = COUNT(__VA_ARGS__)
#define IOCTLS(...)	UNGATED(__VA_ARGS__), .gated = true
#define LANES(of)	.lanes = HEADGATE_LANES_ ## of

#define BY_SCHED	"each submission passes the gate, jobs are measured by drm_sched"
#define BY_FENCE	"each submission passes the gate, jobs are measured by their fences"
/* They tell when they make a fence (dma_fence_init), but not when it starts (dma_fence_emit). */
#define BY_INIT		"each submission passes the gate; a job counts from when its fence is made, so what it waits for is charged as well"
#define BY_CLASS	"each submission passes the gate; queues are shared out and measured by engine class, as one engine"
/* Source: show_fdinfo() of each driver, and what it sums up. */
#define FDINFO(told)	.fdinfo = (told)
#define FDINFO_FIRST(told) FDINFO(told), .fdinfo_first = true
#define TOLD		"engine time"
#define TOLD_IF_ASKED	"engine time, if its profiling is switched on in sysfs"

#define PAST_THE_KERNEL	"NVIDIA's own driver submits from user space, past the kernel"

static const struct headgate_driver drivers[] = {
	{ "simgpu", IOCTLS(SCHED(0x40, QUEUE("engine", 0, ANY_ID))),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO(TOLD) },
	/* Its mode with a scheduler per queue */
	{ "simgpu_queues", IOCTLS(CLASS(0x40, QUEUE("engine", 0, ANY_ID))),
	  LANES(CLASS), .enforceability = HEADGATE_ENFORCED, .reason = BY_CLASS,
	  FDINFO(TOLD) },

	/* drivers/gpu/drm */
	{ "amdgpu", IOCTLS(SCHED(0x44, RINGS("context, IP block and ring"))),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO("engine time of contexts, without that of ROCm and of user queues") },
	/* Its schedulers name the cores' struct devices, not the node's (etnaviv_sched_init()). */
	{ "etnaviv", IOCTLS(SCHED(0x46)), LANES(ENGINE), .enforceability = HEADGATE_OBSERVED,
	  .reason = "jobs are measured, but as a device of their own: submissions find no lane to wait for" },
	/* The rings of flags, among them those of two video engines; the context is in rsvd1. */
	{ "i915", IOCTLS(MADE(0x69, QUEUES("engine and context", 40, 0x603f, 48, ANY_ID))),
	  LANES(DEVICE), .enforceability = HEADGATE_PACED, .reason = BY_INIT,
	  FDINFO(TOLD) },
	{ "lima", IOCTLS(SCHED(0x43, QUEUE("pipe", 4, ANY_ID))),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO(TOLD) },
	{ "msm", IOCTLS(SCHED(0x46, QUEUE("submit queue", 36, ANY_ID))),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO(TOLD) },
	/* EXEC (0x52) goes through drm_sched, the older GEM_PUSHBUF (0x81) does not. */
	{ "nouveau", IOCTLS(CLASS(0x52), MADE(0x81)),
	  LANES(CLASS), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_CLASS "; what the older GEM_PUSHBUF waits for is charged as well" },
	/* PANFROST_JD_REQ_FS: fragment jobs have a slot of their own. */
	{ "panfrost", IOCTLS(SCHED(0x40, QUEUE("requirements", 36, 0x1))),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO(TOLD_IF_ASKED) },
	{ "panthor", IOCTLS(CLASS(0x49)), LANES(CLASS), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_CLASS,
	  FDINFO(TOLD_IF_ASKED) },
	{ "powervr", IOCTLS(CLASS(0x4d)), LANES(CLASS), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_CLASS },
	{ "qxl", IOCTLS(FENCE(0x42)),
	  LANES(DEVICE), .enforceability = HEADGATE_ENFORCED, .reason = BY_FENCE },
	{ "radeon", IOCTLS(MADE(0x66)),
	  LANES(DEVICE), .enforceability = HEADGATE_PACED, .reason = BY_INIT },
	/* An ioctl for each of its queues. */
	{ "v3d", IOCTLS(SCHED(0x40), SCHED(0x46), SCHED(0x47), SCHED(0x4b)),
	  LANES(ENGINE), .enforceability = HEADGATE_ENFORCED, .reason = BY_SCHED,
	  FDINFO(TOLD) },
	{ "vc4", IOCTLS(MADE(0x40)),
	  LANES(DEVICE), .enforceability = HEADGATE_PACED, .reason = BY_INIT },
	/*
	 * FENCE_ATTACH and FENCE_SIGNAL: to hold the second would delay the fences that others
	 * wait for, and to hold the first would share out a GPU that is not there.
	 */
	{ "vgem", UNGATED(FENCE(0x41), FENCE(0x42)),
	  .enforceability = HEADGATE_OBSERVED,
	  .reason = "has no engine: programs signal its fences, so there is nothing to hold" },
	{ "virtio_gpu", IOCTLS(FENCE(0x42)), LANES(DEVICE), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_FENCE },
	{ "vmwgfx", IOCTLS(MADE(0x4c)),
	  LANES(DEVICE), .enforceability = HEADGATE_PACED, .reason = BY_INIT },
	/* Any program may ask for that mode when it makes its VM, and no file of the host tells. */
	{ "xe", IOCTLS(CLASS(0x49, QUEUE("exec queue", 8, ANY_ID))),
	  LANES(CLASS), .enforceability = HEADGATE_PACED,
	  .reason = BY_CLASS "; what runs in long-running mode is not measured",
	  FDINFO_FIRST("cycles, those of long-running mode too") },

	/* drivers/accel */
	{ "amdxdna_accel_driver", IOCTLS(CLASS(0x46)),
	  LANES(CLASS), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_CLASS },						/* 6.14 */
	{ "ethosu", IOCTLS(SCHED(0x45)), LANES(ENGINE), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_SCHED },							/* 6.19 */
	/* Its command submissions complete by a mechanism of its own, without dma_fence. */
	{ "habanalabs", IOCTLS(FENCE(0x42)), .enforceability = HEADGATE_OBSERVED,
	  .reason = "submissions are counted, but the driver does not tell when a job is done" },
	/* SUBMIT, and CMDQ_SUBMIT since 6.15 */
	{ "intel_vpu", IOCTLS(MADE(0x45), MADE(0x4d)),
	  LANES(DEVICE), .enforceability = HEADGATE_PACED,
	  .reason = BY_INIT },
	/* EXECUTE_BO and PARTIAL_EXECUTE_BO: a completion per buffer, without dma_fence. */
	{ "qaic", IOCTLS(FENCE(0x44), FENCE(0x45)), .enforceability = HEADGATE_OBSERVED,
	  .reason = "submissions are counted, but the driver does not tell when a job is done" },
	{ "rocket", IOCTLS(SCHED(0x41)), LANES(ENGINE), .enforceability = HEADGATE_ENFORCED,
	  .reason = BY_SCHED },							/* 6.18 */

	/* out of tree; the second is what a device is called that has no DRM node, see nvidia.h */
	{ "nvidia-drm", .enforceability = HEADGATE_BLIND, .reason = PAST_THE_KERNEL },
	{ "nvidia", .enforceability = HEADGATE_BLIND, .reason = PAST_THE_KERNEL },
};

static const size_t n_drivers = sizeof(drivers) / sizeof(drivers[0]);

const struct headgate_driver *headgate_driver_find(const char *name)
{
	for (size_t i = 0; i < n_drivers; i++)
		if (!strcmp(drivers[i].name, name))
			return &drivers[i];
	return NULL;
}

const struct headgate_driver *headgate_driver_next(const struct headgate_driver *driver)
{
	size_t i = driver ? (size_t)(driver - drivers) + 1 : 0;

	return i < n_drivers ? &drivers[i] : NULL;
}

/* Jobs of drm_sched are measured whoever submits them, others only in a ticket of the gate. */
static bool is_measured_without_gate(const struct headgate_driver *driver)
{
	for (size_t i = 0; i < driver->n_ioctls; i++)
		if (driver->ioctls[i].flags & HEADGATE_ADMIT_FENCE)
			return false;
	return driver->n_ioctls;
}

bool headgate_driver_can_pace(const struct headgate_driver *driver, enum headgate_pace pace)
{
	switch (pace) {
	case HEADGATE_PACE_LEDGER:
		return is_measured_without_gate(driver);
	case HEADGATE_PACE_FDINFO:
		return driver->fdinfo;
	default:
		return true;
	}
}

enum headgate_pace headgate_driver_pace(const struct headgate_driver *driver)
{
	bool ledger = is_measured_without_gate(driver);

	if (driver->fdinfo && (driver->fdinfo_first || !ledger))
		return HEADGATE_PACE_FDINFO;
	return ledger ? HEADGATE_PACE_LEDGER : HEADGATE_PACE_NO;
}

const char *headgate_pace_name(enum headgate_pace pace)
{
	return pace == HEADGATE_PACE_FDINFO ? "fdinfo" :
	       pace == HEADGATE_PACE_LEDGER ? "ledger" : "no";
}

const char *headgate_enforceability_name(enum headgate_enforceability enforceability)
{
	static const char *const names[] = {
		[HEADGATE_ENFORCED] = "enforced",
		[HEADGATE_PACED] = "paced",
		[HEADGATE_OBSERVED] = "observed",
		[HEADGATE_BLIND] = "blind",
		[HEADGATE_UNKNOWN] = "unknown",
	};

	if (enforceability >= sizeof(names) / sizeof(names[0]))
		return "?";
	return names[enforceability];
}

const char *headgate_driver_meter(const struct headgate_driver *driver,
				  const struct headgate_driver_ioctl *ioctl)
{
	if (driver->lanes == HEADGATE_LANES_NONE)
		return "none";
	if (!(ioctl->flags & HEADGATE_ADMIT_FENCE))
		return "drm_sched";
	return ioctl->flags & HEADGATE_ADMIT_FENCE_INIT ? "fences made" : "fences emitted";
}
