/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_KFUNCS_H
#define _HEADGATE_KFUNCS_H

#include <linux/types.h>

struct file;
struct headgate_call;

int bpf_headgate_admit(struct file *file, const struct headgate_call *call);
int bpf_headgate_admit_again(struct file *file, u32 nr, u32 gate);
int headgate_kfuncs_init(void);

#endif
