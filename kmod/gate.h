/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_GATE_H
#define _HEADGATE_GATE_H

#include <linux/bits.h>
#include <linux/fs.h>

#include "device.h"

/* Flag of headgate_gate_admit(): the jobs are the fences made in the ticket. */
#define HEADGATE_ADMIT_FENCE BIT(0)

int headgate_gate_admit(struct file *file, u32 nr, u32 flags, u32 hint);
void headgate_gate_release_flow(struct headgate_flow *flow);

int headgate_gate_init(void);
void headgate_gate_close(void);
void headgate_gate_exit(void);

#endif
