/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_GATE_H
#define _HEADGATE_GATE_H

#include <headgate/gate.h> /* HEADGATE_ADMIT_* */
#include <linux/fs.h>

#include "device.h"

struct headgate_call;

int headgate_gate_admit(struct file *file, const struct headgate_call *call);
int headgate_gate_admit_again(struct file *file, u32 nr, u32 gate);
void headgate_gate_task_exit(void);

void headgate_gate_init(void);
void headgate_gate_close(void);
void headgate_gate_exit(void);

#endif
