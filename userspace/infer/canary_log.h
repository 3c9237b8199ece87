/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences of the canary for stderr: "<3>…" where that is the journal, "headgate-infer: …" elsewhere. */
#ifndef INFER_CANARY_LOG_H
#define INFER_CANARY_LOG_H

#include <syslog.h>

/**
 * infer_canary_log() - a sentence
 * @priority: LOG_ERR and so on
 */
__attribute__((format(printf, 2, 3)))
void infer_canary_log(int priority, const char *format, ...);

#endif
