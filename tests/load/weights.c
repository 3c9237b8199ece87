// SPDX-License-Identifier: GPL-2.0
/*
 * weights: changes the weights of agents at random, so often in a second, and puts them back.
 *
 *   weights --rate HZ --seconds S --back WEIGHT CGROUP-PATH…
 *
 * Speaks generic netlink itself: to start a program for each change is too slow in a guest.
 * Prints "weights changes=N wrong=N"; exit status 1 if a change was refused.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <sys/socket.h>

#include "genl.h"

static int nl;

static struct nlmsghdr *ask(const struct genl_request *r)
{
	static char answer[4096] __attribute__((aligned(4)));

	if (send(nl, r, r->n.nlmsg_len, 0) < 0)
		die("send: %m");
	if (recv(nl, answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(0))
		die("recv: %m");
	return (void *)answer;
}

static int find_family(void)
{
	struct genl_request r;
	struct nlmsghdr *h;
	int family;

	genl_begin_family(&r);
	h = ask(&r);
	if (h->nlmsg_type == NLMSG_ERROR)
		die("the module is not there");
	family = genl_family(h);
	if (!family)
		die("the family has no id");
	return family;
}

/* Return: 0 or an errno. */
static int set_weight(int family, const char *path, uint32_t weight)
{
	struct genl_request r;
	struct nlmsghdr *h;

	genl_begin(&r, family, HEADGATE_CMD_AGENT_SET, NLM_F_ACK);
	genl_add_string(&r, HEADGATE_A_AGENT_PATH, path);
	genl_add_u32(&r, HEADGATE_A_AGENT_WEIGHT, weight);
	h = ask(&r);
	return h->nlmsg_type == NLMSG_ERROR ? -((struct nlmsgerr *)NLMSG_DATA(h))->error : EPROTO;
}

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
	int c, i, err, family;

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
	nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl < 0)
		die("socket: %m");
	family = find_family();
	next = now_ns();
	deadline = next + seconds * NSEC_PER_SEC;
	while (next < deadline) {
		/* 1 and 10000 now and then: the bounds are where the arithmetic breaks. */
		static const uint32_t edges[] = { HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX };
		uint32_t any = 1 + rand() % HEADGATE_WEIGHT_MAX;
		uint32_t weight = rand() % 4 ? any : edges[rand() % 2];

		err = set_weight(family, argv[optind + rand() % (argc - optind)], weight);
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
		if (set_weight(family, argv[i], back))
			wrong++;
	printf("weights changes=%u wrong=%u\n", changes, wrong);
	return !!wrong;
}
