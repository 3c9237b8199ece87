/* SPDX-License-Identifier: GPL-2.0 */
/* A worker: a process with one open file, shared by the clients that are its threads. */
#ifndef SIMLOAD_WORKER_H
#define SIMLOAD_WORKER_H

#include "result.h"

/* Its whole life; @first of opt.threads results. Return: exit status. */
int worker_main(unsigned int index, struct result *first);

#endif
