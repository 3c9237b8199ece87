/* SPDX-License-Identifier: GPL-2.0 */
/* A line about a run: key=value, or a JSON object. */
#ifndef SIMLOAD_REPORT_H
#define SIMLOAD_REPORT_H

#include "result.h"

/* @wall: ns since the run began. */
void report(bool final, const struct result *sum, int64_t wall);

#endif
