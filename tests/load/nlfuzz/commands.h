/* SPDX-License-Identifier: GPL-2.0 */
/* The three things that nlfuzz does; each returns the exit status. */
#ifndef NLFUZZ_COMMANDS_H
#define NLFUZZ_COMMANDS_H

#include <stdint.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_SILENCE = 3 };

/* From COMMAND on. */
int run_send(int argc, char **argv);
int run_fuzz(uint64_t seed, unsigned long requests);
int run_abandon(unsigned long dumps);

#endif
