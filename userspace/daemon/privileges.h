/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What headgated, and what it runs, may do of what root may. */
#ifndef HEADGATE_DAEMON_PRIVILEGES_H
#define HEADGATE_DAEMON_PRIVILEGES_H

/*
 * Give away all capabilities that headgated does not need, for good and for its children as well; what
 * it creates is root's alone.  What cannot be given away is said, and kept.  Before there are threads.
 */
void privileges_drop(void);

#endif /* HEADGATE_DAEMON_PRIVILEGES_H */
