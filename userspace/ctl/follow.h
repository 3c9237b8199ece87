/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_FOLLOW_H
#define CTL_FOLLOW_H

#include "headgate.h"

/*
 * Hand on events as they come until *end is not 0; returns the exit status, having said
 * what failed, the end of the module among that.
 */
int follow_events(struct headgate_client *client, struct headgate_events *events, const int *end);

#endif
