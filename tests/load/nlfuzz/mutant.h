/* SPDX-License-Identifier: GPL-2.0 */
/* Random requests: valid ones, and most of them then broken in one way. */
#ifndef NLFUZZ_MUTANT_H
#define NLFUZZ_MUTANT_H

#include "../genl.h"

/* The same seed gives the same requests, on every machine. */
void mutant_seed(uint64_t seed);

/* Returns how many bytes of it to send. */
size_t mutant_make(struct genl_request *r);

#endif
