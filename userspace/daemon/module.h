/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of headgate.ko, as sysfs tells it. */
#ifndef HEADGATE_DAEMON_MODULE_H
#define HEADGATE_DAEMON_MODULE_H

#include <stdint.h>

/* A number that differs between two insertions of the module; 0 while it is not loaded and live. */
uint64_t module_instance(void);

/* References held on the module, by BPF programs for example; negative when it is not loaded. */
int module_references(void);

#endif /* HEADGATE_DAEMON_MODULE_H */
