/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libheadgate: what the daemon and the tool share.
 *
 * Habits of the whole library: functions return 0 or a count, and a negative
 * errno on failure; an output is untouched on failure; nothing is logged.
 * `_free` functions take the address of the object, accept an empty one, leave
 * it empty, and so serve as __attribute__((cleanup)) handlers.  No function
 * may be called for one object from two threads at once; different objects
 * are independent.
 */
#ifndef LIBHEADGATE_H
#define LIBHEADGATE_H

#include "calls.h"
#include "cgroup.h"
#include "cleanup.h"
#include "drm_devices.h"
#include "events.h"
#include "histogram.h"
#include "json.h"
#include "units.h"

#endif
