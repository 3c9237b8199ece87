// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "commands.h"
#include "mutant.h"
#include "state.h"

/* What became of the requests. */
struct tally {
	unsigned long taken, refused, silent;
	unsigned long mute;	/* refused without a text */
	unsigned long changed;
};

static void count(struct tally *t, const struct genl_request *r, const struct answer *a)
{
	if (a->err > 0)
		t->silent++;
	else if (a->err)
		t->refused++;
	else
		t->taken++;
	/* An unknown command, and what is too short to have one, go without a text. */
	if (a->err < 0 && !*a->text && a->err != -EOPNOTSUPP &&
	    r->n.nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN))
		t->mute++;
}

static void show(const struct genl_request *r, const char *what)
{
	printf("not ok: %s; the request was", what);
	for (size_t i = 0; i < r->n.nlmsg_len; i++)
		printf(" %02x", ((const unsigned char *)r)[i]);
	putchar('\n');
}

int run_fuzz(uint64_t seed, unsigned long requests)
{
	static struct state before, after;
	struct tally t = { };
	struct genl_request r;
	struct answer a;
	size_t length;

	mutant_seed(seed);
	socket_open();
	state_read(&before);
	for (unsigned long i = 0; i < requests; i++) {
		length = mutant_make(&r);
		a = socket_ask(&r, length, NULL, NULL);
		state_read(&after);
		if (after.wrong) {
			show(&r, after.wrong);
			return EXIT_REFUSED;
		}
		if (!state_same(&before, &after)) {
			if (a.err) {
				show(&r, "refused, and changed something");
				return EXIT_REFUSED;
			}
			t.changed++;
		}
		before = after;
		count(&t, &r, &a);
	}
	printf("taken %lu refused %lu silent %lu mute %lu changed %lu\n", t.taken, t.refused,
	       t.silent, t.mute, t.changed);
	return 0;
}
