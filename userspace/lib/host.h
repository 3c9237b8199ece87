/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of this machine. */
#ifndef LIBHEADGATE_HOST_H
#define LIBHEADGATE_HOST_H

#include <stdbool.h>

/*
 * By the header Host, or NULL: whether it names this machine. A page of the web, whose name its owner
 * has lead to 127.0.0.1, could have a browser use what is served there otherwise.
 */
bool headgate_host_is_here(const char *host);

#endif
