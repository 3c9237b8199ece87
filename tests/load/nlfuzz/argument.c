// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "argument.h"
#include "socket.h"

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
	{ "device-release", HEADGATE_CMD_DEVICE_RELEASE },
	{ "pressure-get", HEADGATE_CMD_PRESSURE_GET },
	{ "pressure-trigger-add", HEADGATE_CMD_PRESSURE_TRIGGER_ADD },
	{ "pressure", HEADGATE_CMD_PRESSURE },	   { "job-get", HEADGATE_CMD_JOB_GET },
	{ "stall-tell", HEADGATE_CMD_STALL_TELL }, { "stall-report", HEADGATE_CMD_STALL_REPORT },
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
	{ "scope", HEADGATE_A_PRESSURE_SCOPE },
	{ "agent-id", HEADGATE_A_PRESSURE_AGENT_ID },
	{ "lane-id", HEADGATE_A_PRESSURE_LANE_ID },
	{ "device-id", HEADGATE_A_PRESSURE_DEVICE_ID },
	{ "kind", HEADGATE_A_PRESSURE_KIND },
	{ "threshold", HEADGATE_A_PRESSURE_THRESHOLD_NS },
	{ "window", HEADGATE_A_PRESSURE_WINDOW_NS },
	{ "changed-since", HEADGATE_A_FLOW_CHANGED_SINCE },
	{ "stall-kind", HEADGATE_A_EVENT_STALL_KIND },
	{ "stall-agent", HEADGATE_A_EVENT_AGENT_ID },
	{ "stall-end", HEADGATE_A_EVENT_END },
	{ "stall-age", HEADGATE_A_EVENT_WAIT_NS },
};

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

int argument_command(const char *text)
{
	return number_of(commands, COUNT_OF(commands), text);
}

static void add_repeated(struct genl_request *r, int type, const char *value)
{
	char *end, *text;
	size_t count = strtoul(value, &end, 0);

	if (*end != 'x' || !end[1] || count >= GENL_SIZE)
		die("COUNTxCHARACTER, not %s", value);
	text = calloc(1, count + 1);
	memset(text, end[1], count);
	/* A path begins with a slash. */
	text[0] = '/';
	genl_add_string(r, type, text);
	free(text);
}

static void add_kind(struct genl_request *r, int type, const char *kind, const char *value)
{
	static const char zeros[GENL_SIZE / 2];
	uint64_t number = strtoull(value, NULL, 0);

	if (!strcmp(kind, "u8"))
		genl_add(r, type, &number, 1);
	else if (!strcmp(kind, "u16"))
		genl_add(r, type, &number, 2);
	else if (!strcmp(kind, "u32"))
		genl_add(r, type, &number, 4);
	else if (!strcmp(kind, "u64"))
		genl_add(r, type, &number, 8);
	else if (!strcmp(kind, "str"))
		genl_add_string(r, type, value);
	else if (!strcmp(kind, "chars"))
		genl_add(r, type, value, strlen(value));
	else if (!strcmp(kind, "rep"))
		add_repeated(r, type, value);
	else if (!strcmp(kind, "zeros") && number < sizeof(zeros))
		genl_add(r, type, zeros, number);
	else
		die("no kind: %s", kind);
}

struct place argument_attribute(struct genl_request *r, char *text)
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
