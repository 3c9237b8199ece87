/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One daemon at a time: a locked file that holds its process id. */
#ifndef HEADGATE_DAEMON_INSTANCE_H
#define HEADGATE_DAEMON_INSTANCE_H

#define RUN_DIR		"/run/headgate"
#define PID_FILE	RUN_DIR "/headgated.pid"

/* Return: 0, or a negative errno after a message; the lock lasts until instance_unlock() or death. */
int instance_lock(void);
void instance_unlock(void);

#endif /* HEADGATE_DAEMON_INSTANCE_H */
