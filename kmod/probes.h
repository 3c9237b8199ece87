/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_PROBES_H
#define _HEADGATE_PROBES_H

int headgate_probes_init(void);
void headgate_probes_want_fences(void);
void headgate_probes_exit(void);

#endif
