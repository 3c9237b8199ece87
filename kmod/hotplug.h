/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_HOTPLUG_H
#define _HEADGATE_HOTPLUG_H

void headgate_hotplug_watch(void);
void headgate_hotplug_exit(void);

#endif
