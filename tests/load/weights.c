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
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "../../include/uapi/linux/headgate.h"
#include "load.h"

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[512];
};

static int nl;

static void put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)((char *)m + NLMSG_ALIGN(m->nl.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	m->nl.nlmsg_len = NLMSG_ALIGN(m->nl.nlmsg_len) + NLA_ALIGN(attr->nla_len);
}

static void begin(struct message *m, uint16_t family, uint8_t cmd, uint16_t flags)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nl.nlmsg_type = family;
	m->nl.nlmsg_flags = NLM_F_REQUEST | flags;
	m->genl.cmd = cmd;
	m->genl.version = 1;
}

/* Sends; returns the length of the answer in @answer. */
static ssize_t ask(const struct message *m, void *answer, size_t size)
{
	ssize_t len;

	if (send(nl, m, m->nl.nlmsg_len, 0) < 0)
		die("send: %m");
	len = recv(nl, answer, size, 0);
	if (len < (ssize_t)NLMSG_LENGTH(0))
		die("recv: %m");
	return len;
}

static uint16_t family_id(void)
{
	struct message m;
	char answer[4096] __attribute__((aligned(4)));
	struct nlmsghdr *h = (void *)answer;
	struct nlattr *attr;
	char *at, *end;

	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put(&m, CTRL_ATTR_FAMILY_NAME, HEADGATE_FAMILY_NAME, sizeof(HEADGATE_FAMILY_NAME));
	end = answer + ask(&m, answer, sizeof(answer));
	if (h->nlmsg_type == NLMSG_ERROR)
		die("the module is not there");
	for (at = (char *)NLMSG_DATA(h) + GENL_HDRLEN; at < end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (void *)at;
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)(at + NLA_HDRLEN);
	}
	die("the family has no id");
}

/* Return: 0 or an errno. */
static int set_weight(uint16_t family, const char *path, uint32_t weight)
{
	char answer[4096] __attribute__((aligned(4)));
	struct nlmsghdr *h = (void *)answer;
	struct message m;

	begin(&m, family, HEADGATE_CMD_AGENT_SET, NLM_F_ACK);
	put(&m, HEADGATE_A_AGENT_PATH, path, strlen(path) + 1);
	put(&m, HEADGATE_A_AGENT_WEIGHT, &weight, sizeof(weight));
	ask(&m, answer, sizeof(answer));
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
	uint16_t family;
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
	nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl < 0)
		die("socket: %m");
	family = family_id();
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
