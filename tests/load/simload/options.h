/* SPDX-License-Identifier: GPL-2.0 */
/* The command line. */
#ifndef SIMLOAD_OPTIONS_H
#define SIMLOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Times in ns; 0 is none, where nothing else is said. Meanings are in usage(). */
struct options {
	const char *node;
	bool card;
	unsigned int engine;
	int64_t duration;
	double pareto;
	int64_t longest;
	unsigned int depth;
	int64_t think;
	uint64_t burst;
	int64_t period;
	uint64_t jobs;
	int64_t begin;		/* CLOCK_MONOTONIC; 0: at once */
	int64_t seconds;	/* in ns too */
	unsigned int processes;
	unsigned int threads;
	int64_t stats_interval;
	uint64_t fail_every;
	uint64_t hang_every;
	bool never;
	bool latency;
	bool json;
	bool verify;
	unsigned int seed;
};

extern struct options opt;

enum { EXIT_UNEXPECTED = 1, EXIT_USAGE = 2 };

/* Fills opt; exits on --help and on what is wrong. */
void options_parse(int argc, char **argv);

#endif
