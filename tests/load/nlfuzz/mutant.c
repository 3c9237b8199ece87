// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <sys/stat.h>

#include "mutant.h"
#include "socket.h"

#define MS	NSEC_PER_MSEC

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
		0, 1, 2, 7, 99, 100, 9999, 10000, 10001, 10000 * 10, MS - 1, MS,
		10 * MS, 1000 * MS, 10000 * MS, 10000 * MS + 1,
		3600 * 1000 * MS, INT32_MAX, UINT32_MAX, 1ULL << 32, INT64_MAX, UINT64_MAX,
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

/* What triggers have, mostly within bounds. */
static void compose_trigger(struct genl_request *r, const char *path)
{
	genl_add_u32(r, HEADGATE_A_PRESSURE_SCOPE, rnd(3));
	genl_add_u64(r, HEADGATE_A_PRESSURE_AGENT_ID, cgroup_id(path));
	genl_add_u32(r, HEADGATE_A_PRESSURE_LANE_ID, rnd(4));
	genl_add_u32(r, HEADGATE_A_PRESSURE_DEVICE_ID, rnd(4));
	genl_add_u32(r, HEADGATE_A_PRESSURE_KIND, rnd(2));
	genl_add_u64(r, HEADGATE_A_PRESSURE_THRESHOLD_NS,
		     rnd(2) ? NSEC_PER_MSEC : interesting());
	genl_add_u64(r, HEADGATE_A_PRESSURE_WINDOW_NS, rnd(2) ? NSEC_PER_SEC : interesting());
}

static void compose_stall(struct genl_request *r, const char *path)
{
	static const int numbers[] = {
		HEADGATE_A_EVENT_END, HEADGATE_A_EVENT_LANE_ID, HEADGATE_A_EVENT_DEVICE_ID,
		HEADGATE_A_EVENT_PID, HEADGATE_A_EVENT_WAITING,
	};

	if (rnd(8))
		genl_add_u32(r, HEADGATE_A_EVENT_STALL_KIND, rnd(5));
	if (rnd(2))
		genl_add_u64(r, HEADGATE_A_EVENT_AGENT_ID,
			     rnd(2) ? cgroup_id(path) : interesting());
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (rnd(2))
			genl_add_u32(r, numbers[i], rnd(2) ? rnd(2) : interesting());
}

/* A request that is valid but for its values. */
static void compose(struct genl_request *r)
{
	static const int cmds[] = {
		HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_AGENT_SET,
		HEADGATE_CMD_AGENT_SET, HEADGATE_CMD_INFO_SET,	HEADGATE_CMD_AGENT_DEL,
		HEADGATE_CMD_AGENT_GET, HEADGATE_CMD_INFO_GET,	HEADGATE_CMD_LANE_GET,
		HEADGATE_CMD_DEVICE_GET, HEADGATE_CMD_FLOW_GET, HEADGATE_CMD_DEVICE_RELEASE,
		HEADGATE_CMD_PRESSURE_GET, HEADGATE_CMD_PRESSURE_TRIGGER_ADD,
		HEADGATE_CMD_PRESSURE_TRIGGER_ADD, HEADGATE_CMD_JOB_GET, HEADGATE_CMD_STALL_TELL,
	};
	const char *path = paths[rnd(COUNT_OF(paths))];
	int cmd = cmds[rnd(COUNT_OF(cmds))];
	bool dumps = cmd > HEADGATE_CMD_AGENT_GET && cmd != HEADGATE_CMD_DEVICE_RELEASE &&
		     cmd != HEADGATE_CMD_STALL_TELL;

	if (cmd == HEADGATE_CMD_PRESSURE_TRIGGER_ADD) {
		genl_begin(r, family, cmd, 0);
		compose_trigger(r, path);
		return;
	}
	genl_begin(r, family, cmd, dumps || !rnd(8) ? NLM_F_DUMP : 0);
	if (cmd == HEADGATE_CMD_STALL_TELL) {
		compose_stall(r, path);
		return;
	}
	if (cmd == HEADGATE_CMD_INFO_SET) {
		for (int i = 0; i < 4; i++)
			if (rnd(2))
				genl_add_u64(r, HEADGATE_A_INFO_HORIZON_NS + i, interesting());
		return;
	}
	if (cmd < HEADGATE_CMD_AGENT_SET || cmd > HEADGATE_CMD_AGENT_GET)
		return;
	if (rnd(2))
		genl_add_u64(r, HEADGATE_A_AGENT_ID, cgroup_id(path));
	else
		genl_add_string(r, HEADGATE_A_AGENT_PATH, path);
	if (cmd != HEADGATE_CMD_AGENT_SET)
		return;
	if (rnd(2))
		genl_add_u32(r, HEADGATE_A_AGENT_WEIGHT, rnd(4) ? 1 + rnd(10000) : interesting());
	if (!rnd(3))
		genl_add_u32(r, HEADGATE_A_AGENT_CLASS, rnd(3));
	if (!rnd(3))
		genl_add_u64(r, HEADGATE_A_AGENT_SLICE_NS, interesting());
	if (!rnd(3))
		genl_add_u64(r, HEADGATE_A_AGENT_MAX_QUOTA_NS, interesting());
	if (!rnd(3))
		genl_add_u64(r, HEADGATE_A_AGENT_MAX_PERIOD_NS, interesting());
}

/* Breaks the request in one way; returns how many bytes of it to send. */
static size_t mutate(struct genl_request *r)
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
		genl_add(r, ((struct nlattr *)bytes)->nla_type, &garbage, rnd(2) ? 4 : rnd(4));
		break;
	case 6: /* another command */
		r->g.cmd = rnd(2) ? rnd(20) : rnd(256);
		break;
	case 7: /* the generic header */
		r->g.version = rnd(256);
		r->g.reserved = rnd(2) ? 0 : rnd(65536);
		break;
	case 8: /* a nest of garbage */
		genl_add(r, rnd(12) | NLA_F_NESTED, bytes, body < 256 ? body : 256);
		break;
	case 9: /* a dump of what has none, one request of what has only a dump */
		r->n.nlmsg_flags ^= NLM_F_DUMP;
		break;
	}
	return r->n.nlmsg_len;
}

void mutant_seed(uint64_t seed)
{
	random_state = seed * 2 + 1;
}

size_t mutant_make(struct genl_request *r)
{
	compose(r);
	return rnd(4) ? mutate(r) : r->n.nlmsg_len;
}
