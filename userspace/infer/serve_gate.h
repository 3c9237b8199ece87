/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is held at headgate's gate.
 *
 * The module answers questions about it to CAP_SYS_ADMIN alone, which the service has not. But of each task the kernel
 * says in which function it sleeps, to who has all of the task's rights, and the gate's is the module's own.
 */
#ifndef INFER_SERVE_GATE_H
#define INFER_SERVE_GATE_H

#include <stdbool.h>
#include <sys/types.h>

/* In which whoever waits at the gate sleeps: kmod/work.c. */
#define INFER_GATE_WAIT "headgate_ticket_wait"

/**
 * infer_gate_holds() - whether a process's own thread waits at the gate now
 * @proc: where the kernel tells: "/proc"
 * @pid: of a child that has not been waited for
 *
 * Waits for nothing. Where the kernel does not tell, and without the module, nobody is held.
 */
bool infer_gate_holds(const char *proc, pid_t pid);

#endif
