/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_COMPAT_HRTIMER_H
#define _HEADGATE_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/* hrtimer_setup() came in 6.13, and hrtimer_init() went in 6.16. */
static inline void headgate_hrtimer_setup(struct hrtimer *timer,
					  enum hrtimer_restart (*fn)(struct hrtimer *),
					  clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

#endif
