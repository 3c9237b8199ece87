// SPDX-License-Identifier: GPL-2.0
/*
 * weights: changes the weights of agents at random, so often in a second, and puts them back.
 *
 *   weights --rate HZ --seconds S --back WEIGHT CGROUP-PATH…
 *
 * Prints "weights changes=N wrong=N"; exit status 1 if a change was refused.
 */
#define _GNU_SOURCE
#include <getopt.h>

#include "policy.h"

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "back", required_argument, NULL, 'b' },
		{ }
	};
	unsigned int rate = 100, seconds = 5, back = HEADGATE_WEIGHT_DEFAULT;
	unsigned int changes = 0, wrong = 0;
	int64_t deadline, next;
	struct timespec ts;
	int c, i, err;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			rate = parse_number(optarg, 1000000);
		else if (c == 's')
			seconds = parse_number(optarg, 3600);
		else if (c == 'b')
			back = parse_number(optarg, HEADGATE_WEIGHT_MAX);
		else
			die("see the head of weights.c");
	}
	if (optind == argc || !rate)
		die("see the head of weights.c");
	policy_open();
	next = now_ns();
	deadline = next + seconds * NSEC_PER_SEC;
	while (next < deadline) {
		/* 1 and 10000 now and then: the bounds are where the arithmetic breaks. */
		static const uint32_t edges[] = { HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX };
		uint32_t any = 1 + rand() % HEADGATE_WEIGHT_MAX;
		uint32_t weight = rand() % 4 ? any : edges[rand() % 2];

		err = policy_set(argv[optind + rand() % (argc - optind)], weight);
		changes++;
		if (err) {
			wrong++;
			fprintf(stderr, "weights: %s\n", strerror(err));
		}
		next += NSEC_PER_SEC / rate;
		ts = (struct timespec){ next / NSEC_PER_SEC, next % NSEC_PER_SEC };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
	for (i = optind; i < argc; i++)
		if (policy_set(argv[i], back))
			wrong++;
	printf("weights changes=%u wrong=%u\n", changes, wrong);
	return !!wrong;
}
