/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF half of the gate.  It lives in bpffs and not in this process: what is
 * pinned keeps working when the daemon is gone.
 */
#ifndef HEADGATE_DAEMON_GATE_H
#define HEADGATE_DAEMON_GATE_H

#include <stdbool.h>

#include "config.h"

/*
 * Whether this host can have a gate: BPF LSM, BTF of kernel and module; and the folders
 * for the pins.  Return: 0 or -errno after a message.
 */
int gate_prepare(void);

/*
 * Load, attach and pin the gate, after gate_prepare().  One that is pinned already is replaced without a
 * moment in between; on failure it stays.  Drivers that @config has paced are left out.
 * Return: 0 or -errno after a message.
 */
int gate_attach(const struct headgate_config *config);

/* Whether all links are pinned. */
bool gate_is_attached(void);

/*
 * Remove links and maps, and wait for the references on the module to go, which takes a
 * moment.  Return: 1, 0 when there was no gate, -errno after a message.
 */
int gate_detach(void);

#endif /* HEADGATE_DAEMON_GATE_H */
