// SPDX-License-Identifier: GPL-2.0
/*
 * tracekill: kills a submitter just when its turn has come.
 *
 *   tracekill [ROUNDS]
 *
 * A child submits more than the gate lets through at once, so that it is held. Its tracer sees
 * the ioctl leave with ERESTARTNOINTR, and enter again when it was granted: there, before the
 * gate is asked again, it kills the child. Nothing may stay of the ticket.
 *
 * Prints "tracekill killed=N"; exit status 2 if it could not run.
 */
#define _GNU_SOURCE
#include "tracer.h"

#define HELD		3

static bool kill_when_granted(void)
{
	pid_t pid = tracer_start();
	bool killed = false;
	int held = 0, status;

	while (!killed && tracer_next_call(pid))
		if (tracer_was_held(pid) && ++held == HELD)
			killed = tracer_next_call(pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return killed;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? parse_number(argv[1], 10000) : 10, killed = 0;

	for (unsigned int i = 0; i < rounds; i++)
		killed += kill_when_granted();
	printf("tracekill killed=%u\n", killed);
	return killed ? 0 : 2;
}
