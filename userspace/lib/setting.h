/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What settings and policy may be. The limits are the kernel's (headgate.yaml). */
#ifndef LIBHEADGATE_SETTING_H
#define LIBHEADGATE_SETTING_H

#include <stddef.h>
#include <stdint.h>

#define HEADGATE_SLICE_MIN_NS	UINT64_C(10000)
#define HEADGATE_SLICE_MAX_NS	UINT64_C(1000000000)
#define HEADGATE_PERIOD_MIN_NS	UINT64_C(1000000)
#define HEADGATE_PERIOD_MAX_NS	UINT64_C(10000000000)

/**
 * struct headgate_setting - a setting of the module
 * @name: in the policy file and on a command line
 * @present: its HEADGATE_SETTINGS_*
 * @offset: of its uint64_t in struct headgate_settings
 * @min_ns: least value
 * @max_ns: largest value
 */
struct headgate_setting {
	const char *name;
	unsigned int present;
	size_t offset;
	uint64_t min_ns;
	uint64_t max_ns;
};

#define HEADGATE_SETTING_COUNT	4

extern const struct headgate_setting headgate_setting_table[HEADGATE_SETTING_COUNT];

#endif /* LIBHEADGATE_SETTING_H */
