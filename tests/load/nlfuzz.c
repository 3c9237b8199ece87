// SPDX-License-Identifier: GPL-2.0
/*
 * nlfuzz: sends generic netlink requests to headgate exactly as told, however wrong.
 *
 *   nlfuzz send COMMAND [OPTION]... [ATTRIBUTE]...   one request; prints the answer in a line
 *   nlfuzz fuzz SEED COUNT                           COUNT mutated requests
 *   nlfuzz abandon COUNT                             COUNT dumps, each left after one message
 *
 * COMMAND is a name (agent-set) or a number. ATTRIBUTE is NAME[+n][@LENGTH]=KIND:VALUE: NAME
 * one of the command's or a number, +n sets NLA_F_NESTED, @LENGTH lies about the length. KIND is
 * u8, u16, u32, u64, str (with its zero byte), chars (without), rep (VALUE = COUNTxCHARACTER,
 * with a zero byte), zeros (VALUE zero bytes).
 * Options: -d a dump, -c N cut N bytes off the end, -l N write N into nlmsg_len,
 * -r N into the reserved field, -t N append N garbage bytes, -s see that nothing changes.
 *
 * The answer is "ok", "ok N" (messages of a dump), "silence", or
 * "ERRNO[ at ATTRIBUTE][ (MIN to MAX)][: TEXT]"; the exit status 0, 3 or 1. With -s the
 * words "and changed something" follow if agents or settings are not what they were.
 *
 * fuzz takes valid requests and breaks them in random ways. After each it reads agents and
 * settings back: a request that was refused must have changed nothing, and one that was taken
 * must have left values that the specification allows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/headgate.h>
#include <linux/netlink.h>

#define SIZE		(1 << 16)
#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))
#define DATA(nla)	((void *)((char *)(nla) + NLA_HDRLEN))
#define NS_PER_MS	1000000ULL

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_SILENCE = 3 };

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[SIZE];
};

/* What came back: @err is 1 for no answer, 0 or a negative errno. */
struct answer {
	int err;
	unsigned int messages;
	unsigned int offset;		/* of the attribute at fault, 0: none */
	bool bounded;
	uint64_t min, max;
	char text[256];
};

/* A name of an attribute or command, and its number. */
struct name {
	const char *name;
	int number;
};

static const struct name commands[] = {
	{ "info-get", HEADGATE_CMD_INFO_GET },	   { "info-set", HEADGATE_CMD_INFO_SET },
	{ "agent-set", HEADGATE_CMD_AGENT_SET },   { "agent-del", HEADGATE_CMD_AGENT_DEL },
	{ "agent-get", HEADGATE_CMD_AGENT_GET },   { "device-get", HEADGATE_CMD_DEVICE_GET },
	{ "lane-get", HEADGATE_CMD_LANE_GET },	   { "flow-get", HEADGATE_CMD_FLOW_GET },
	{ "agent-gone", HEADGATE_CMD_AGENT_GONE }, { "stall", HEADGATE_CMD_STALL },
};

static const struct name attributes[] = {
	{ "id", HEADGATE_A_AGENT_ID },
	{ "path", HEADGATE_A_AGENT_PATH },
	{ "parent-id", HEADGATE_A_AGENT_PARENT_ID },
	{ "weight", HEADGATE_A_AGENT_WEIGHT },
	{ "class", HEADGATE_A_AGENT_CLASS },
	{ "slice", HEADGATE_A_AGENT_SLICE_NS },
	{ "quota", HEADGATE_A_AGENT_MAX_QUOTA_NS },
	{ "period", HEADGATE_A_AGENT_MAX_PERIOD_NS },
	{ "version", HEADGATE_A_INFO_VERSION },
	{ "horizon", HEADGATE_A_INFO_HORIZON_NS },
	{ "max-wait", HEADGATE_A_INFO_MAX_WAIT_NS },
	{ "slice-batch", HEADGATE_A_INFO_SLICE_BATCH_NS },
	{ "slice-interactive", HEADGATE_A_INFO_SLICE_INTERACTIVE_NS },
	{ "agents", HEADGATE_A_INFO_AGENTS },
};

static int sock;
static int family;
static uint32_t sequence;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("nlfuzz: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(EXIT_USAGE);
}

/* ---- to build a request ---- */

static void begin(struct request *r, int type, int cmd, int flags)
{
	*r = (struct request){
		.n = {
			.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
			.nlmsg_seq = ++sequence,
		},
		.g = { .cmd = cmd, .version = 1 },
	};
}

static struct nlattr *add(struct request *r, int type, const void *data, size_t length)
{
	struct nlattr *nla = (struct nlattr *)((char *)r + r->n.nlmsg_len);

	if (r->n.nlmsg_len + NLA_HDRLEN + length + NLA_ALIGNTO > SIZE)
		die("the request is too long");
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + length;
	memcpy(DATA(nla), data, length);
	r->n.nlmsg_len += NLA_ALIGN(nla->nla_len);
	return nla;
}

static void add_u32(struct request *r, int type, uint32_t value)
{
	add(r, type, &value, sizeof(value));
}

static void add_u64(struct request *r, int type, uint64_t value)
{
	add(r, type, &value, sizeof(value));
}

static void add_string(struct request *r, int type, const char *text)
{
	add(r, type, text, strlen(text) + 1);
}

/* ---- to send it, and to read what comes back ---- */

static void put(const struct request *r, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(sock, r, length, 0, (void *)&kernel, sizeof(kernel)) < 0)
		die("sendto: %s", strerror(errno));
}

/* The kernel answers before sendto() returns, and a dump goes on in recv(). */
static ssize_t take(char *buffer)
{
	ssize_t length = recv(sock, buffer, SIZE, MSG_DONTWAIT);

	if (length < 0 && errno != EAGAIN)
		die("recv: %s", strerror(errno));
	return length;
}

static void *next(const struct nlattr *nla, int *left)
{
	*left -= NLA_ALIGN(nla->nla_len);
	return (char *)nla + NLA_ALIGN(nla->nla_len);
}

static void read_policy(const struct nlattr *policy, struct answer *a)
{
	int left = policy->nla_len - NLA_HDRLEN;
	bool min = false, max = false;
	const struct nlattr *nla = DATA(policy);

	for (; left >= NLA_HDRLEN; nla = next(nla, &left)) {
		if ((nla->nla_type & NLA_TYPE_MASK) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U) {
			memcpy(&a->min, DATA(nla), sizeof(a->min));
			min = true;
		} else if ((nla->nla_type & NLA_TYPE_MASK) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
			memcpy(&a->max, DATA(nla), sizeof(a->max));
			max = true;
		}
	}
	a->bounded = min && max && a->max != UINT32_MAX && a->max != UINT64_MAX;
}

/* NLMSG_ERROR and NLMSG_DONE: an int, then (as the request is capped) what extack told. */
static void read_verdict(const struct nlmsghdr *n, struct answer *a)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	size_t head = n->nlmsg_type == NLMSG_ERROR ? sizeof(*e) : sizeof(int);
	const struct nlattr *nla = (void *)((char *)NLMSG_DATA(n) + head);
	int left = n->nlmsg_len - NLMSG_HDRLEN - head;

	a->err = e->error;
	if (!(n->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; left >= NLA_HDRLEN; nla = next(nla, &left)) {
		switch (nla->nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			snprintf(a->text, sizeof(a->text), "%s", (char *)DATA(nla));
			break;
		case NLMSGERR_ATTR_OFFS:
			memcpy(&a->offset, DATA(nla), sizeof(a->offset));
			break;
		case NLMSGERR_ATTR_POLICY:
			read_policy(nla, a);
			break;
		}
	}
}

/* Sends @length bytes of the request; @each is called for every message that is no verdict. */
static struct answer ask(const struct request *r, size_t length,
			 void (*each)(const struct nlmsghdr *n, void *data), void *data)
{
	static char buffer[SIZE];
	struct answer a = { .err = 1 };
	struct nlmsghdr *n;
	ssize_t got;

	put(r, length);
	while ((got = take(buffer)) > 0) {
		for (n = (void *)buffer; NLMSG_OK(n, got); n = NLMSG_NEXT(n, got)) {
			if (n->nlmsg_seq != r->n.nlmsg_seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR || n->nlmsg_type == NLMSG_DONE) {
				read_verdict(n, &a);
			} else {
				a.messages++;
				if (each)
					each(n, data);
			}
		}
	}
	return a;
}

static void find_family(const struct nlmsghdr *n, void *data)
{
	int left = n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	struct nlattr *nla = (void *)((char *)NLMSG_DATA(n) + GENL_HDRLEN);
	uint16_t id;

	(void)data;
	for (; left >= NLA_HDRLEN; nla = next(nla, &left))
		if (nla->nla_type == CTRL_ATTR_FAMILY_ID) {
			memcpy(&id, DATA(nla), sizeof(id));
			family = id;
		}
}

static void open_socket(void)
{
	struct request r;
	int on = 1;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock < 0)
		die("socket: %s", strerror(errno));
	setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	add_string(&r, CTRL_ATTR_FAMILY_NAME, HEADGATE_FAMILY_NAME);
	ask(&r, r.n.nlmsg_len, find_family, NULL);
	if (!family)
		die("there is no family %s: the module is not loaded", HEADGATE_FAMILY_NAME);
}

/* ---- what the module holds ---- */

struct state {
	size_t length;
	char text[SIZE];		/* agents and settings, attributes as they came */
	const char *wrong;		/* a value that cannot be */
};

static uint64_t uint_of(const struct nlattr *nla)
{
	uint32_t small;
	uint64_t value;

	if (nla->nla_len - NLA_HDRLEN == sizeof(small)) {
		memcpy(&small, DATA(nla), sizeof(small));
		return small;
	}
	memcpy(&value, DATA(nla), sizeof(value));
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
	    !within(v[HEADGATE_A_AGENT_SLICE_NS], NS_PER_MS / 100, 1000 * NS_PER_MS))
		s->wrong = "slice";
	if (!within(v[HEADGATE_A_AGENT_MAX_PERIOD_NS], NS_PER_MS, 10000 * NS_PER_MS))
		s->wrong = "period";
	if (v[HEADGATE_A_AGENT_MAX_QUOTA_NS] > v[HEADGATE_A_AGENT_MAX_PERIOD_NS])
		s->wrong = "quota";
}

static void note_info(struct state *s, const uint64_t *v)
{
	if (!within(v[HEADGATE_A_INFO_HORIZON_NS], NS_PER_MS / 10, 1000 * NS_PER_MS))
		s->wrong = "horizon";
	if (!within(v[HEADGATE_A_INFO_MAX_WAIT_NS], 10 * NS_PER_MS, 3600 * 1000 * NS_PER_MS))
		s->wrong = "max-wait";
	if (!within(v[HEADGATE_A_INFO_SLICE_BATCH_NS], NS_PER_MS / 100, 1000 * NS_PER_MS) ||
	    !within(v[HEADGATE_A_INFO_SLICE_INTERACTIVE_NS], NS_PER_MS / 100, 1000 * NS_PER_MS))
		s->wrong = "slice of a class";
}

static void note(const struct nlmsghdr *n, void *data)
{
	struct genlmsghdr *g = NLMSG_DATA(n);
	struct nlattr *nla = (void *)((char *)g + GENL_HDRLEN);
	int left = n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	uint64_t values[16] = {};
	struct state *s = data;

	for (; left >= NLA_HDRLEN; nla = next(nla, &left)) {
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

static void read_state(struct state *s)
{
	struct request r;
	struct answer a;

	s->length = 0;
	s->wrong = NULL;
	begin(&r, family, HEADGATE_CMD_AGENT_GET, NLM_F_DUMP);
	a = ask(&r, r.n.nlmsg_len, note, s);
	if (!a.err) {
		begin(&r, family, HEADGATE_CMD_INFO_GET, 0);
		a = ask(&r, r.n.nlmsg_len, note, s);
	}
	if (a.err)
		die("cannot read what the module holds: %s %s",
		    a.err > 0 ? "no answer" : strerror(-a.err), a.text);
}

static bool same_state(const struct state *a, const struct state *b)
{
	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

/* ---- send ---- */

static int number_of(const struct name *names, size_t count, const char *text)
{
	char *end;
	long number;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i].name, text))
			return names[i].number;
	number = strtol(text, &end, 0);
	if (!*text || *end)
		die("no name or number: %s", text);
	return (int)number;
}

static void add_repeated(struct request *r, int type, const char *value)
{
	char *end, *text;
	size_t count = strtoul(value, &end, 0);

	if (*end != 'x' || !end[1] || count >= SIZE)
		die("COUNTxCHARACTER, not %s", value);
	text = calloc(1, count + 1);
	memset(text, end[1], count);
	/* A path begins with a slash. */
	text[0] = '/';
	add_string(r, type, text);
	free(text);
}

static void add_kind(struct request *r, int type, const char *kind, const char *value)
{
	static const char zeros[SIZE / 2];
	uint64_t number = strtoull(value, NULL, 0);

	if (!strcmp(kind, "u8"))
		add(r, type, &number, 1);
	else if (!strcmp(kind, "u16"))
		add(r, type, &number, 2);
	else if (!strcmp(kind, "u32"))
		add(r, type, &number, 4);
	else if (!strcmp(kind, "u64"))
		add(r, type, &number, 8);
	else if (!strcmp(kind, "str"))
		add_string(r, type, value);
	else if (!strcmp(kind, "chars"))
		add(r, type, value, strlen(value));
	else if (!strcmp(kind, "rep"))
		add_repeated(r, type, value);
	else if (!strcmp(kind, "zeros") && number < sizeof(zeros))
		add(r, type, zeros, number);
	else
		die("no kind: %s", kind);
}

/* An attribute as it stands on the command line, and where it came to lie. */
struct place {
	const char *name;
	size_t length;
	unsigned int offset;
};

static struct place parse_attribute(struct request *r, char *text)
{
	char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
	struct place place = { text, strcspn(text, "+@="), r->n.nlmsg_len };
	struct nlattr *nla = (struct nlattr *)((char *)r + place.offset);
	char *plus, *at, name[32];

	if (!colon)
		die("NAME=KIND:VALUE, not %s", text);
	*equals = *colon = '\0';
	plus = strchr(text, '+');
	at = strchr(text, '@');
	snprintf(name, sizeof(name), "%.*s", (int)place.length, text);
	add_kind(r, number_of(attributes, COUNT_OF(attributes), name), equals + 1, colon + 1);
	if (plus)
		nla->nla_type |= NLA_F_NESTED;
	if (at)
		nla->nla_len = atoi(at + 1);
	return place;
}

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

static int send_one(int argc, char **argv)
{
	static struct state before, after;
	long cut = 0, length = -1, reserved = 0, tail = 0;
	bool must_stay = false;
	struct place places[32];
	struct request r;
	struct answer a;
	size_t count = 0, sent;
	int option, status, flags = 0;

	if (argc < 2)
		die("send needs a command");
	begin(&r, 0, number_of(commands, COUNT_OF(commands), argv[1]), 0);
	while ((option = getopt(argc - 1, argv + 1, "+dsc:l:r:t:")) != -1) {
		switch (option) {
		case 'd':
			flags = NLM_F_DUMP;
			break;
		case 's':
			must_stay = true;
			break;
		case 'c':
			cut = atol(optarg);
			break;
		case 'l':
			length = atol(optarg);
			break;
		case 'r':
			reserved = atol(optarg);
			break;
		case 't':
			tail = atol(optarg);
			break;
		default:
			return EXIT_USAGE;
		}
	}
	open_socket();
	r.n.nlmsg_type = family;
	r.n.nlmsg_seq = ++sequence; /* the search for the family took one */
	r.n.nlmsg_flags |= flags;
	r.g.reserved = reserved;
	for (int i = optind + 1; i < argc && count < COUNT_OF(places); i++)
		places[count++] = parse_attribute(&r, argv[i]);
	memset((char *)&r + r.n.nlmsg_len, 0xff, tail);
	r.n.nlmsg_len += tail - cut;
	sent = r.n.nlmsg_len;
	if (length >= 0)
		r.n.nlmsg_len = length;
	if (must_stay)
		read_state(&before);
	a = ask(&r, sent, NULL, NULL);
	if (must_stay)
		read_state(&after);
	status = print_answer(&a, places, count, flags);
	puts(same_state(&before, &after) ? "" : " and changed something");
	return status;
}

/* ---- fuzz ---- */

static uint64_t random_state;

/* xorshift64*: the same on every machine. */
static uint32_t rnd(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static uint64_t interesting(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 7, 99, 100, 9999, 10000, 10001, 10000 * 10, NS_PER_MS - 1, NS_PER_MS,
		10 * NS_PER_MS, 1000 * NS_PER_MS, 10000 * NS_PER_MS, 10000 * NS_PER_MS + 1,
		3600 * 1000 * NS_PER_MS, INT32_MAX, UINT32_MAX, 1ULL << 32, INT64_MAX, UINT64_MAX,
	};

	if (rnd(4))
		return values[rnd(COUNT_OF(values))];
	return (uint64_t)rnd(1U << 31) << 31 ^ rnd(1U << 31);
}

/* The cgroups that "nlfuzz fuzz" makes agents of; the last is not there. */
static const char *const paths[] = { "/fuzz", "/fuzz/a", "/fuzz/b", "/fuzz/none" };

static uint64_t cgroup_id(const char *path)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "/sys/fs/cgroup%s", path);
	return stat(name, &st) ? 4711 : st.st_ino;
}

/* A request that is valid but for its values. */
static void compose(struct request *r)
{
	static const int cmds[] = {
		HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_AGENT_SET,
		HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_INFO_SET,	HEADGATE_CMD_AGENT_DEL,
		HEADGATE_CMD_AGENT_GET, HEADGATE_CMD_INFO_GET,	HEADGATE_CMD_LANE_GET,
		HEADGATE_CMD_DEVICE_GET, HEADGATE_CMD_FLOW_GET,
	};
	const char *path = paths[rnd(COUNT_OF(paths))];
	int cmd = cmds[rnd(COUNT_OF(cmds))];

	begin(r, family, cmd, cmd > HEADGATE_CMD_AGENT_GET || !rnd(8) ? NLM_F_DUMP : 0);
	if (cmd == HEADGATE_CMD_INFO_SET) {
		for (int i = 0; i < 4; i++)
			if (rnd(2))
				add_u64(r, HEADGATE_A_INFO_HORIZON_NS + i, interesting());
		return;
	}
	if (cmd < HEADGATE_CMD_AGENT_SET || cmd > HEADGATE_CMD_AGENT_GET)
		return;
	if (rnd(2))
		add_u64(r, HEADGATE_A_AGENT_ID, cgroup_id(path));
	else
		add_string(r, HEADGATE_A_AGENT_PATH, path);
	if (cmd != HEADGATE_CMD_AGENT_SET)
		return;
	if (rnd(2))
		add_u32(r, HEADGATE_A_AGENT_WEIGHT, rnd(4) ? 1 + rnd(10000) : interesting());
	if (!rnd(3))
		add_u32(r, HEADGATE_A_AGENT_CLASS, rnd(3));
	if (!rnd(3))
		add_u64(r, HEADGATE_A_AGENT_SLICE_NS, interesting());
	if (!rnd(3))
		add_u64(r, HEADGATE_A_AGENT_MAX_QUOTA_NS, interesting());
	if (!rnd(3))
		add_u64(r, HEADGATE_A_AGENT_MAX_PERIOD_NS, interesting());
}

/* Breaks the request in one way; returns how many bytes of it to send. */
static size_t mutate(struct request *r)
{
	size_t head = NLMSG_LENGTH(GENL_HDRLEN), body = r->n.nlmsg_len - head;
	char *bytes = (char *)r + head;
	uint32_t garbage = rnd(1U << 31);
	size_t cut;

	switch (body ? rnd(10) : 6 + rnd(4)) {
	case 0: /* bits of attributes */
		for (int i = rnd(4); i >= 0; i--)
			bytes[rnd(body)] ^= 1 << rnd(8);
		break;
	case 1: /* a length */
		((struct nlattr *)bytes)->nla_len = rnd(2) ? rnd(64) : rnd(65536);
		break;
	case 2: /* a type, perhaps with its flags */
		((struct nlattr *)bytes)->nla_type = rnd(2) ? rnd(12) : rnd(65536);
		break;
	case 3: /* a message that ends early, and says so */
		r->n.nlmsg_len -= rnd(body) + 1;
		break;
	case 4: /* one that does not say so */
		cut = rnd(body) + 1;
		return r->n.nlmsg_len - cut;
	case 5: /* an attribute again, with another value */
		add(r, ((struct nlattr *)bytes)->nla_type, &garbage, rnd(2) ? 4 : rnd(4));
		break;
	case 6: /* another command */
		r->g.cmd = rnd(2) ? rnd(16) : rnd(256);
		break;
	case 7: /* the generic header */
		r->g.version = rnd(256);
		r->g.reserved = rnd(2) ? 0 : rnd(65536);
		break;
	case 8: /* a nest of garbage */
		add(r, rnd(12) | NLA_F_NESTED, bytes, body < 256 ? body : 256);
		break;
	case 9: /* a dump of what has none, one request of what has only a dump */
		r->n.nlmsg_flags ^= NLM_F_DUMP;
		break;
	}
	return r->n.nlmsg_len;
}

static void show(const struct request *r, const char *what)
{
	printf("not ok: %s; the request was", what);
	for (size_t i = 0; i < r->n.nlmsg_len; i++)
		printf(" %02x", ((const unsigned char *)r)[i]);
	putchar('\n');
}

static int fuzz(uint64_t seed, unsigned long count)
{
	static struct state before, after;
	unsigned long taken = 0, refused = 0, silent = 0, mute = 0, changed = 0;
	struct request r;
	struct answer a;
	size_t length;

	random_state = seed * 2 + 1;
	open_socket();
	read_state(&before);
	for (unsigned long i = 0; i < count; i++) {
		compose(&r);
		length = rnd(4) ? mutate(&r) : r.n.nlmsg_len;
		a = ask(&r, length, NULL, NULL);
		read_state(&after);
		if (after.wrong) {
			show(&r, after.wrong);
			return EXIT_REFUSED;
		}
		if (!same_state(&before, &after)) {
			if (a.err) {
				show(&r, "refused, and changed something");
				return EXIT_REFUSED;
			}
			changed++;
		}
		before = after;
		if (a.err > 0)
			silent++;
		else if (a.err)
			refused++;
		else
			taken++;
		/* An unknown command, and what is too short to have one, go without a text. */
		if (a.err < 0 && !*a.text && a.err != -EOPNOTSUPP &&
		    r.n.nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN))
			mute++;
	}
	printf("taken %lu refused %lu silent %lu mute %lu changed %lu\n", taken, refused, silent,
	       mute, changed);
	return 0;
}

/* Dumps whose reader goes away: the module must free what it keeps for them. */
static int abandon(unsigned long count)
{
	static const int cmds[] = { HEADGATE_CMD_AGENT_GET, HEADGATE_CMD_LANE_GET,
				    HEADGATE_CMD_DEVICE_GET, HEADGATE_CMD_FLOW_GET };
	struct request r;

	for (unsigned long i = 0; i < count; i++) {
		open_socket();
		begin(&r, family, cmds[i % COUNT_OF(cmds)], NLM_F_DUMP);
		put(&r, r.n.nlmsg_len);
		close(sock);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "send"))
		return send_one(argc - 1, argv + 1);
	if (argc == 4 && !strcmp(argv[1], "fuzz"))
		return fuzz(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	if (argc == 3 && !strcmp(argv[1], "abandon"))
		return abandon(strtoul(argv[2], NULL, 0));
	die("send COMMAND [OPTION]... [ATTRIBUTE]..., fuzz SEED COUNT, or abandon COUNT");
}
