/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot as text: in OpenMetrics, or in the format of Prometheus that came before it. */
#ifndef HEADGATE_DAEMON_METRICS_RENDER_H
#define HEADGATE_DAEMON_METRICS_RENDER_H

#include "metrics_model.h"
#include "metrics_text.h"

enum metrics_format { METRICS_OPENMETRICS, METRICS_PROMETHEUS, METRICS_FORMATS };

/* Appends; look at @text->failed. A family without a line is left out. */
void metrics_render(const struct metrics_snapshot *snapshot, enum metrics_format format,
		    struct metrics_text *text);

#endif
