/* SPDX-License-Identifier: GPL-2.0 */
/* Tells what came out, as it comes, as a table or as JSON; and judges it. */
#ifndef HEADGATE_SIM_REPORT_H
#define HEADGATE_SIM_REPORT_H

#include "options.h"

void report_begin(const struct options *o);
void report_run(const struct sim_scenario *s, const struct sim_outcome *o);
/* Of one workload: an outcome for each number of agents. */
void report_growth(const struct options *o, enum sim_workload w,
		   const struct sim_outcome *outcomes);
/* Return: whether all goals were met. */
bool report_end(void);

#endif
