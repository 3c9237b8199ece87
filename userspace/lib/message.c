// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"

static void *place(void *object, const struct message_field *field)
{
	return (char *)object + field->offset;
}

static const struct message_field *find(const struct message_set *set, unsigned int type)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].type == type)
			return &set->fields[i];
	return NULL;
}

bool message_name(const struct message_set *set, unsigned int type, char name[MESSAGE_NAME_MAX])
{
	const struct message_field *field = set ? find(set, type) : NULL;
	size_t i = 0;

	for (; field && field->member[i] && i < MESSAGE_NAME_MAX - 1; i++)
		name[i] = field->member[i] == '_' ? '-' : field->member[i];
	name[i] = '\0';
	return field;
}

static int decode_uint(const struct nlattr *attribute, uint64_t *value)
{
	uint32_t narrow;

	switch (nla_len(attribute)) {
	case sizeof(narrow):
		memcpy(&narrow, nla_data(attribute), sizeof(narrow));
		*value = narrow;
		return 0;
	case sizeof(*value):
		memcpy(value, nla_data(attribute), sizeof(*value));
		return 0;
	default:
		return -EBADMSG;
	}
}

static int decode_string(const struct nlattr *attribute, char **value)
{
	int length = nla_len(attribute);
	const char *text = nla_data(attribute);
	char *copy;

	if (length < 1 || text[length - 1])
		return -EBADMSG;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*value);	/* the attribute came twice: the last one counts */
	*value = copy;
	return 0;
}

/* For kinds whose form in memory is that on the wire. */
static int decode_plain(const struct nlattr *attribute, void *value, int size)
{
	if (nla_len(attribute) != size)
		return -EBADMSG;
	memcpy(value, nla_data(attribute), size);
	return 0;
}

static int decode_field(const struct message_field *field, const struct nlattr *attribute,
			void *value)
{
	switch (field->kind) {
	case MESSAGE_U32:
	case MESSAGE_MINOR:
		return decode_plain(attribute, value, sizeof(uint32_t));
	case MESSAGE_UINT:
		return decode_uint(attribute, value);
	case MESSAGE_STRING:
		return decode_string(attribute, value);
	case MESSAGE_HISTOGRAM:
		return decode_plain(attribute, value, HEADGATE_WAIT_BUCKETS * sizeof(uint32_t));
	}
	return -EBADMSG;
}

static void decode_prepare(const struct message_set *set, void *object)
{
	memset(object, 0, set->size);
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].kind == MESSAGE_MINOR)
			*(int *)place(object, &set->fields[i]) = -1;
}

/* Needed attributes must have come; strings that did not are empty ones. */
static int decode_complete(const struct message_set *set, void *object, uint64_t seen)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct message_field *field = &set->fields[i];

		if (seen & (UINT64_C(1) << field->type))
			continue;
		if (field->needed)
			return -EBADMSG;
		if (field->kind == MESSAGE_STRING) {
			char **text = place(object, field);

			*text = strdup("");
			if (!*text)
				return -ENOMEM;
		}
	}
	return 0;
}

int message_decode(const struct message_set *set, const struct nlmsghdr *header, void *object)
{
	struct nlmsghdr *reply = (struct nlmsghdr *)header; /* libnl knows no const here */
	struct nlattr *attribute;
	uint64_t seen = 0;
	int left, ret = 0;

	if (!genlmsg_valid_hdr(reply, 0))
		return -EBADMSG;
	decode_prepare(set, object);
	nla_for_each_attr(attribute, genlmsg_attrdata(nlmsg_data(reply), 0),
			  genlmsg_attrlen(nlmsg_data(reply), 0), left) {
		const struct message_field *field = find(set, nla_type(attribute));

		if (!field)
			continue;
		ret = decode_field(field, attribute, place(object, field));
		if (ret)
			goto malformed;
		seen |= UINT64_C(1) << field->type;
	}
	ret = decode_complete(set, object, seen);
	if (!ret)
		return 0;
malformed:
	message_clear(set, object);
	return ret;
}

void message_clear(const struct message_set *set, void *object)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].kind == MESSAGE_STRING)
			free(*(char **)place(object, &set->fields[i]));
	memset(object, 0, set->size);
}

static int put_error(int ret)
{
	return ret < 0 ? -EMSGSIZE : 0;
}

int message_put_uint(struct nl_msg *message, int type, uint64_t value)
{
	if (value <= UINT32_MAX)
		return put_error(nla_put_u32(message, type, value));
	return put_error(nla_put_u64(message, type, value));
}

int message_put_settings(struct nl_msg *message, const struct headgate_settings *settings)
{
	int ret = 0;

	if (settings->present & HEADGATE_SETTINGS_HORIZON)
		ret = message_put_uint(message, HEADGATE_A_INFO_HORIZON_NS, settings->horizon_ns);
	if (!ret && settings->present & HEADGATE_SETTINGS_MAX_WAIT)
		ret = message_put_uint(message, HEADGATE_A_INFO_MAX_WAIT_NS,
				       settings->max_wait_ns);
	if (!ret && settings->present & HEADGATE_SETTINGS_SLICE_BATCH)
		ret = message_put_uint(message, HEADGATE_A_INFO_SLICE_BATCH_NS,
				       settings->slice_batch_ns);
	if (!ret && settings->present & HEADGATE_SETTINGS_SLICE_INTERACTIVE)
		ret = message_put_uint(message, HEADGATE_A_INFO_SLICE_INTERACTIVE_NS,
				       settings->slice_interactive_ns);
	return ret;
}

int message_put_cgroup(struct nl_msg *message, uint64_t id, const char *path)
{
	int ret = 0;

	if (id)
		ret = message_put_uint(message, HEADGATE_A_AGENT_ID, id);
	if (!ret && path)
		ret = put_error(nla_put_string(message, HEADGATE_A_AGENT_PATH, path));
	return ret;
}

int message_put_policy(struct nl_msg *message, const struct headgate_policy *policy)
{
	int ret = message_put_cgroup(message, policy->id, policy->path);

	if (!ret && policy->present & HEADGATE_POLICY_WEIGHT)
		ret = put_error(nla_put_u32(message, HEADGATE_A_AGENT_WEIGHT, policy->weight));
	if (!ret && policy->present & HEADGATE_POLICY_CLASS)
		ret = put_error(nla_put_u32(message, HEADGATE_A_AGENT_CLASS, policy->class));
	if (!ret && policy->present & HEADGATE_POLICY_SLICE)
		ret = message_put_uint(message, HEADGATE_A_AGENT_SLICE_NS, policy->slice_ns);
	if (!ret && policy->present & HEADGATE_POLICY_MAX)
		ret = message_put_uint(message, HEADGATE_A_AGENT_MAX_QUOTA_NS,
				       policy->max_quota_ns);
	if (!ret && policy->present & HEADGATE_POLICY_MAX && policy->max_period_ns)
		ret = message_put_uint(message, HEADGATE_A_AGENT_MAX_PERIOD_NS,
				       policy->max_period_ns);
	return ret;
}

int message_put_trigger(struct nl_msg *message, const struct headgate_pressure *trigger)
{
	int ret = put_error(nla_put_u32(message, HEADGATE_A_PRESSURE_SCOPE, trigger->scope));

	if (!ret && trigger->agent_id)
		ret = message_put_uint(message, HEADGATE_A_PRESSURE_AGENT_ID, trigger->agent_id);
	if (!ret && trigger->lane_id)
		ret = put_error(nla_put_u32(message, HEADGATE_A_PRESSURE_LANE_ID,
					    trigger->lane_id));
	if (!ret)
		ret = put_error(nla_put_u32(message, HEADGATE_A_PRESSURE_DEVICE_ID,
					    trigger->device_id));
	if (!ret)
		ret = put_error(nla_put_u32(message, HEADGATE_A_PRESSURE_KIND, trigger->kind));
	if (!ret)
		ret = message_put_uint(message, HEADGATE_A_PRESSURE_THRESHOLD_NS,
				       trigger->threshold_ns);
	if (!ret)
		ret = message_put_uint(message, HEADGATE_A_PRESSURE_WINDOW_NS,
				       trigger->window_ns);
	return ret;
}

int message_put_stall(struct nl_msg *message, const struct headgate_stall_report *report)
{
	const struct {
		int attribute;
		uint32_t value;
	} numbers[] = {
		{ HEADGATE_A_EVENT_STALL_KIND, report->kind },
		{ HEADGATE_A_EVENT_END, report->end },
		{ HEADGATE_A_EVENT_LANE_ID, report->lane_id },
		{ HEADGATE_A_EVENT_DEVICE_ID, report->device_id },
		{ HEADGATE_A_EVENT_PID, report->pid },
		{ HEADGATE_A_EVENT_WAITING, report->waiting },
	};
	int ret = message_put_uint(message, HEADGATE_A_EVENT_AGENT_ID, report->agent_id);

	if (!ret)
		ret = message_put_uint(message, HEADGATE_A_EVENT_WAIT_NS, report->age_ns);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !ret; i++)
		ret = put_error(nla_put_u32(message, numbers[i].attribute, numbers[i].value));
	return ret;
}

int message_get_event(const struct nlmsghdr *header, struct headgate_event *event)
{
	struct nlmsghdr *message = (struct nlmsghdr *)header;
	struct headgate_event decoded;
	enum headgate_event_type type;
	int ret;

	if (!genlmsg_valid_hdr(message, 0))
		return -EBADMSG;
	switch (genlmsg_hdr(message)->cmd) {
	case HEADGATE_CMD_AGENT_GONE:
		type = HEADGATE_EVENT_AGENT_GONE;
		break;
	case HEADGATE_CMD_STALL:
		type = HEADGATE_EVENT_STALL;
		break;
	case HEADGATE_CMD_PRESSURE:
		type = HEADGATE_EVENT_PRESSURE;
		break;
	case HEADGATE_CMD_STALL_REPORT:
		type = HEADGATE_EVENT_STALL_REPORT;
		break;
	case HEADGATE_CMD_PRESSURE_GONE:
		type = HEADGATE_EVENT_PRESSURE_GONE;
		break;
	default:
		return -ENOMSG;
	}
	ret = message_decode(&message_event, message, &decoded);
	if (ret)
		return ret;
	decoded.type = type;
	*event = decoded;
	return 0;
}
