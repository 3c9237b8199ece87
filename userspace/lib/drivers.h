/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver table: the one source of which ioctls of which driver submit work,
 * and of what headgate can promise for its devices.
 */
#ifndef HEADGATE_DRIVERS_H
#define HEADGATE_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <headgate/gate.h>

/* What headgate can promise for a device. */
enum headgate_enforceability {
	HEADGATE_ENFORCED,	/* each submission passes the gate */
	HEADGATE_PACED,		/* only coarse holds work */
	HEADGATE_OBSERVED,	/* seen, never held */
	HEADGATE_BLIND,		/* not seen */
	HEADGATE_UNKNOWN,	/* who asks may not see what it is: it could be any of these */
};

/**
 * struct headgate_driver_ioctl - an ioctl that submits work
 * @nr: _IOC_NR() of the ioctl, at least DRM_COMMAND_BASE (0x40)
 * @flags: HEADGATE_ADMIT_* (include/headgate/gate.h)
 * @tag: what in its argument tells the queues of a file apart
 * @queue: the same in words, for people; NULL where nothing does
 */
struct headgate_driver_ioctl {
	uint8_t nr;
	uint8_t flags;
	struct headgate_tag_source tag;
	const char *queue;
};

/* Why a device is paced although its driver could be gated. */
#define HEADGATE_PACED_REASON \
	"the policy has it paced: headgated freezes agents that are ahead of their share"

/* What the lanes of a driver's devices stand for. */
enum headgate_lane_kind {
	HEADGATE_LANES_NONE,	/* no job of it is measured */
	HEADGATE_LANES_DEVICE,	/* one for the whole device */
	HEADGATE_LANES_ENGINE,	/* one for each engine, which is a drm_sched ring */
	HEADGATE_LANES_CLASS,	/* one for each engine class: there is a drm_sched for each queue */
};

/* Where the engine time comes from by which headgated paces a device. */
enum headgate_pace {
	HEADGATE_PACE_NO,	/* it is not paced */
	HEADGATE_PACE_LEDGER,	/* the module's ledger */
	HEADGATE_PACE_FDINFO,	/* what the driver tells in fdinfo */
};

/* v3d has the most: a queue each for CL, TFU, CSD and CPU jobs. */
#define HEADGATE_DRIVER_IOCTLS_MAX	4

/**
 * struct headgate_driver - what is known of a driver
 * @name: DRM driver name, as drmGetVersion() says it
 * @ioctls: the ioctls that submit work
 * @n_ioctls: how many of @ioctls are there
 * @lanes: what its lanes stand for
 * @gated: whether the gate judges @ioctls; if not, they run as if headgate were not there
 * @enforceability: the best that headgate can promise; see bypass.h for what lowers it
 * @reason: why, one clause without a full stop, for people
 * @fdinfo: what its fdinfo tells of engine time, for people; NULL: nothing
 * @fdinfo_first: that is more than the module measures of jobs that pass no gate
 */
struct headgate_driver {
	const char *name;
	struct headgate_driver_ioctl ioctls[HEADGATE_DRIVER_IOCTLS_MAX];
	size_t n_ioctls;
	enum headgate_lane_kind lanes;
	bool gated;
	enum headgate_enforceability enforceability;
	const char *reason;
	const char *fdinfo;
	bool fdinfo_first;
};

/**
 * headgate_driver_find - look a driver up
 * @name: DRM driver name
 *
 * Return: the entry, static; NULL when the driver is not in the table, which means blind.
 */
const struct headgate_driver *headgate_driver_find(const char *name);

/**
 * headgate_driver_next - iterate: pass NULL for the first
 * @driver: an entry that this function returned, or NULL
 *
 * Return: the entry after @driver, NULL after the last.
 */
const struct headgate_driver *headgate_driver_next(const struct headgate_driver *driver);

/**
 * headgate_driver_can_pace - whether its devices can be paced by a source
 * @driver: driver
 * @pace: source; HEADGATE_PACE_NO is always possible
 */
bool headgate_driver_can_pace(const struct headgate_driver *driver, enum headgate_pace pace);

/* The source that tells most, HEADGATE_PACE_NO where none does. */
enum headgate_pace headgate_driver_pace(const struct headgate_driver *driver);

/* "no", "ledger", "fdinfo" */
const char *headgate_pace_name(enum headgate_pace pace);

/**
 * headgate_enforceability_name - "enforced", "paced", "observed" or "blind"
 * @enforceability: value to name
 *
 * Return: the name, static.
 */
const char *headgate_enforceability_name(enum headgate_enforceability enforceability);

/**
 * headgate_driver_meter - what measures the jobs of an ioctl
 * @driver: entry
 * @ioctl: one of its ioctls
 *
 * Return: a few words, static.
 */
const char *headgate_driver_meter(const struct headgate_driver *driver,
				  const struct headgate_driver_ioctl *ioctl);

#endif /* HEADGATE_DRIVERS_H */
