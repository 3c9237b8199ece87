/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_COMPAT_BTF_H
#define _HEADGATE_COMPAT_BTF_H

#include <linux/btf.h>

/* Since 7.0 every argument is trusted. */
#ifndef KF_TRUSTED_ARGS
#define KF_TRUSTED_ARGS 0
#endif

#endif
