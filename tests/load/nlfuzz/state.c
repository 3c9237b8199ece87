// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "state.h"

#define MS	NSEC_PER_MSEC

static uint64_t uint_of(const struct nlattr *nla)
{
	uint32_t small;
	uint64_t value;

	if (nla->nla_len - NLA_HDRLEN == sizeof(small)) {
		memcpy(&small, genl_data(nla), sizeof(small));
		return small;
	}
	memcpy(&value, genl_data(nla), sizeof(value));
	return value;
}

static bool within(uint64_t value, uint64_t min, uint64_t max)
{
	return value >= min && value <= max;
}

static void note_agent(struct state *s, const uint64_t *v)
{
	if (!within(v[HEADGATE_A_AGENT_WEIGHT], HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX))
		s->wrong = "weight";
	if (v[HEADGATE_A_AGENT_CLASS] > HEADGATE_CLASS_INTERACTIVE)
		s->wrong = "class";
	if (v[HEADGATE_A_AGENT_SLICE_NS] &&
	    !within(v[HEADGATE_A_AGENT_SLICE_NS], MS / 100, 1000 * MS))
		s->wrong = "slice";
	if (!within(v[HEADGATE_A_AGENT_MAX_PERIOD_NS], MS, 10000 * MS))
		s->wrong = "period";
	if (v[HEADGATE_A_AGENT_MAX_QUOTA_NS] > v[HEADGATE_A_AGENT_MAX_PERIOD_NS])
		s->wrong = "quota";
}

static void note_info(struct state *s, const uint64_t *v)
{
	if (!within(v[HEADGATE_A_INFO_HORIZON_NS], MS / 10, 1000 * MS))
		s->wrong = "horizon";
	if (!within(v[HEADGATE_A_INFO_MAX_WAIT_NS], 10 * MS, 3600 * 1000 * MS))
		s->wrong = "max-wait";
	if (!within(v[HEADGATE_A_INFO_SLICE_BATCH_NS], MS / 100, 1000 * MS) ||
	    !within(v[HEADGATE_A_INFO_SLICE_INTERACTIVE_NS], MS / 100, 1000 * MS))
		s->wrong = "slice of a class";
}

static void note(const struct nlmsghdr *n, void *data)
{
	struct genlmsghdr *g = NLMSG_DATA(n);
	struct nlattr *nla = (void *)((char *)g + GENL_HDRLEN);
	int left = n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	uint64_t values[16] = {};
	struct state *s = data;

	for (; left >= NLA_HDRLEN; nla = genl_next(nla, &left)) {
		bool number = nla->nla_len == NLA_HDRLEN + 4 || nla->nla_len == NLA_HDRLEN + 8;

		/* Counters of work follow the settings. */
		if (g->cmd == HEADGATE_CMD_INFO_GET && nla->nla_type > HEADGATE_A_INFO_AGENTS)
			break;
		if (nla->nla_type < COUNT_OF(values) && number)
			values[nla->nla_type] = uint_of(nla);
		if (s->length + nla->nla_len > sizeof(s->text))
			die("too many agents");
		memcpy(s->text + s->length, nla, nla->nla_len);
		s->length += nla->nla_len;
	}
	if (g->cmd == HEADGATE_CMD_AGENT_GET)
		note_agent(s, values);
	else
		note_info(s, values);
}

void state_read(struct state *s)
{
	struct genl_request r;
	struct answer a;

	s->length = 0;
	s->wrong = NULL;
	genl_begin(&r, family, HEADGATE_CMD_AGENT_GET, NLM_F_DUMP);
	a = socket_ask(&r, r.n.nlmsg_len, note, s);
	if (!a.err) {
		genl_begin(&r, family, HEADGATE_CMD_INFO_GET, 0);
		a = socket_ask(&r, r.n.nlmsg_len, note, s);
	}
	if (a.err)
		die("cannot read what the module holds: %s %s",
		    a.err > 0 ? "no answer" : strerror(-a.err), a.text);
}

bool state_same(const struct state *a, const struct state *b)
{
	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}
