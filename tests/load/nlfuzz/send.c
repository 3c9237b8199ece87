// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>

#include "argument.h"
#include "commands.h"
#include "state.h"

/* How a request is to be wrong, and what is to be looked at. */
struct order {
	long cut;		/* bytes off the end */
	long length;		/* what nlmsg_len says, -1: the truth */
	long reserved;
	long tail;		/* bytes of garbage */
	int flags;
	bool must_stay;		/* what the module holds */
};

static int print_answer(const struct answer *a, const struct place *places, size_t count,
			bool dump)
{
	if (a->err > 0) {
		fputs("silence", stdout);
		return EXIT_SILENCE;
	}
	if (!a->err) {
		printf(dump ? "ok %u" : "ok", a->messages);
		return 0;
	}
	fputs(strerrorname_np(-a->err), stdout);
	for (size_t i = 0; i < count; i++)
		if (a->offset == places[i].offset)
			printf(" at %.*s", (int)places[i].length, places[i].name);
	if (a->bounded)
		printf(" (%" PRIu64 " to %" PRIu64 ")", a->min, a->max);
	if (*a->text)
		printf(": %s", a->text);
	return EXIT_REFUSED;
}

/* Return: false after a word about an option that is none. */
static bool parse_order(int argc, char **argv, struct order *o)
{
	int option;

	*o = (struct order){ .length = -1 };
	while ((option = getopt(argc, argv, "+dsc:l:r:t:")) != -1) {
		switch (option) {
		case 'd':
			o->flags = NLM_F_DUMP;
			break;
		case 's':
			o->must_stay = true;
			break;
		case 'c':
			o->cut = atol(optarg);
			break;
		case 'l':
			o->length = atol(optarg);
			break;
		case 'r':
			o->reserved = atol(optarg);
			break;
		case 't':
			o->tail = atol(optarg);
			break;
		default:
			return false;
		}
	}
	return true;
}

int run_send(int argc, char **argv)
{
	static struct state before, after;
	struct genl_request r;
	struct place places[32];
	struct order order;
	struct answer a;
	size_t count = 0, sent;
	int status, cmd = argument_command(argv[0]);

	if (!parse_order(argc, argv, &order))
		return EXIT_USAGE;
	socket_open();
	genl_begin(&r, family, cmd, order.flags);
	r.g.reserved = order.reserved;
	for (int i = optind; i < argc && count < COUNT_OF(places); i++)
		places[count++] = argument_attribute(&r, argv[i]);
	memset((char *)&r + r.n.nlmsg_len, 0xff, order.tail);
	r.n.nlmsg_len += order.tail - order.cut;
	sent = r.n.nlmsg_len;
	if (order.length >= 0)
		r.n.nlmsg_len = order.length;
	if (order.must_stay)
		state_read(&before);
	a = socket_ask(&r, sent, NULL, NULL);
	if (order.must_stay)
		state_read(&after);
	status = print_answer(&a, places, count, order.flags);
	puts(state_same(&before, &after) ? "" : " and changed something");
	return status;
}
