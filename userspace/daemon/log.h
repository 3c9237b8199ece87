/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to stderr: with the journal's <N> prefix when it listens there, plain otherwise. */
#ifndef HEADGATE_DAEMON_LOG_H
#define HEADGATE_DAEMON_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <syslog.h>

/* @verbose: debug messages too */
void log_open(bool verbose);

/* Whether they go to the journal, which takes fields as well. */
bool log_to_journal(void);

void log_write(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_write_va(int priority, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#define log_error(...)		log_write(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_write(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)		log_write(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)		log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)		log_write(LOG_DEBUG, __VA_ARGS__)

#endif /* HEADGATE_DAEMON_LOG_H */
