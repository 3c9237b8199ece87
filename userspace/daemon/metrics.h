/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics for Prometheus and its like, as [metrics] of the policy says; Documentation/metrics.rst. */
#ifndef HEADGATE_DAEMON_METRICS_H
#define HEADGATE_DAEMON_METRICS_H

#include "config.h"

struct metrics;

/* @version: of headgated. -ENOMEM. Nothing is served before metrics_configure(). */
int metrics_new(struct metrics **metrics, const char *version);

/* What fails is logged, and tried again with the next policy; nothing else depends on it. */
void metrics_configure(struct metrics *metrics, const struct headgate_config *config);

/* @metrics may be NULL. */
void metrics_free(struct metrics *metrics);

#endif
