/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_WORK_H
#define _HEADGATE_WORK_H

#include <linux/types.h>

struct headgate_ticket;

bool headgate_work_arm_close(struct headgate_ticket *ticket);
bool headgate_work_arm_wait(struct headgate_ticket *ticket);
void headgate_works_drain(void);

#endif
