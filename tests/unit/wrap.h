/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The linker's names (--wrap): a call of clock_gettime() becomes one of __wrap_clock_gettime(). */
#ifndef HEADGATE_UNIT_WRAP_H
#define HEADGATE_UNIT_WRAP_H

#include <poll.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

int __real_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_headgate_probe_connect_within(const char *path, unsigned int ms);
int __wrap_headgate_probe_connect_within(const char *path, unsigned int ms);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_getrusage(int who, struct rusage *usage);
int __wrap_sd_journal_sendv(const struct iovec *lines, int count);
void __wrap_log_write(int priority, const char *format, ...);

#endif
