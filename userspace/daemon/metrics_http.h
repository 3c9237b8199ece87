/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client asks for by its headers. */
#ifndef HEADGATE_DAEMON_METRICS_HTTP_H
#define HEADGATE_DAEMON_METRICS_HTTP_H

#include <stdbool.h>

#include "metrics_render.h"

/* By the header Accept, or NULL: OpenMetrics 1.0.0 where that is wanted no less than text. */
enum metrics_format metrics_http_format(const char *accept);

/*
 * By the header Host, or NULL: whether it names this machine. A page of the web, whose name its owner
 * has lead to 127.0.0.1, could have a browser read metrics otherwise.
 */
bool metrics_http_is_here(const char *host);

const char *metrics_http_type(enum metrics_format format);

#endif
