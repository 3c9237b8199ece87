/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The observation: histograms and counters for bpftool and cat, see include/headgate/observe.h.
 * Like the gate it lives in bpffs and not in this process.
 */
#ifndef HEADGATE_DAEMON_OBSERVE_H
#define HEADGATE_DAEMON_OBSERVE_H

/*
 * Load, attach and pin the observation with room for @entries agents on a lane, after
 * gate_prepare(); 0 takes it away.  One that is there already goes on if it is the same, and is
 * replaced if not.  What fails is told in a sentence and keeps nobody from working.
 */
void observe_apply(unsigned int entries);

/* Remove its pins.  Return: 1, 0 when there was none, -errno after a message. */
int observe_detach(void);

#endif /* HEADGATE_DAEMON_OBSERVE_H */
