/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client asks for by its headers. */
#ifndef HEADGATE_DAEMON_METRICS_HTTP_H
#define HEADGATE_DAEMON_METRICS_HTTP_H

#include "metrics_render.h"

/* By the header Accept, or NULL: OpenMetrics 1.0.0 where that is wanted no less than text. */
enum metrics_format metrics_http_format(const char *accept);

const char *metrics_http_type(enum metrics_format format);

#endif
