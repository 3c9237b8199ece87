/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line for the service manager, sd_notify(3): without libsystemd, which nothing else here needs. */
#ifndef INFER_NOTIFY_H
#define INFER_NOTIFY_H

/**
 * infer_notify() - says @state, such as "READY=1", where $NOTIFY_SOCKET says to whom
 *
 * Return: 0, also without a manager; a negative errno.
 */
int infer_notify(const char *state);

#endif
