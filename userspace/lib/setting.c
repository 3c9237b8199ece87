// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"
#include "setting.h"

#define SETTING(_flag, _field)				\
	.present = HEADGATE_SETTINGS_##_flag,		\
	.offset = offsetof(struct headgate_settings, _field)

const struct headgate_setting headgate_setting_table[HEADGATE_SETTING_COUNT] = {
	{ "horizon", SETTING(HORIZON, horizon_ns),
	  .min_ns = UINT64_C(100000), .max_ns = UINT64_C(1000000000) },
	{ "max-wait", SETTING(MAX_WAIT, max_wait_ns),
	  .min_ns = UINT64_C(10000000), .max_ns = UINT64_C(3600000000000) },
	{ "slice-batch", SETTING(SLICE_BATCH, slice_batch_ns),
	  .min_ns = HEADGATE_SLICE_MIN_NS, .max_ns = HEADGATE_SLICE_MAX_NS },
	{ "slice-interactive", SETTING(SLICE_INTERACTIVE, slice_interactive_ns),
	  .min_ns = HEADGATE_SLICE_MIN_NS, .max_ns = HEADGATE_SLICE_MAX_NS },
};
