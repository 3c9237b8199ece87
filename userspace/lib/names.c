// SPDX-License-Identifier: GPL-2.0-or-later
/* Enumerations of headgate.yaml as words. */
#include <errno.h>
#include <string.h>

#include "units.h"

static const char *const classes[] = {
	[HEADGATE_CLASS_BATCH] = "batch",
	[HEADGATE_CLASS_INTERACTIVE] = "interactive",
};

static const char *const meters[] = {
	[HEADGATE_METER_NONE] = "none",
	[HEADGATE_METER_SCHED] = "sched",
	[HEADGATE_METER_FENCE] = "fence",
	[HEADGATE_METER_FENCE_INIT] = "fence-init",
};

static const char *const stalls[] = {
	[HEADGATE_STALL_KIND_TICKET] = "ticket",
	[HEADGATE_STALL_KIND_JOB] = "job",
	[HEADGATE_STALL_KIND_FAILED] = "failed",
	[HEADGATE_STALL_KIND_WEDGED] = "wedged",
};

int headgate_class_parse(const char *text, enum headgate_class *class)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(text, classes[i])) {
			*class = (enum headgate_class)i;
			return 0;
		}
	return -EINVAL;
}

const char *headgate_class_name(enum headgate_class class)
{
	return class < sizeof(classes) / sizeof(classes[0]) ? classes[class] : "?";
}

const char *headgate_meter_name(enum headgate_meter meter)
{
	return meter < sizeof(meters) / sizeof(meters[0]) ? meters[meter] : "?";
}

const char *headgate_stall_kind_name(enum headgate_stall_kind kind)
{
	return kind < sizeof(stalls) / sizeof(stalls[0]) ? stalls[kind] : "?";
}
