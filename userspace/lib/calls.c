// SPDX-License-Identifier: GPL-2.0-or-later
/* The operations of headgate.yaml as functions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* A dump that is interrupted by changes is read again, this often. */
#define DUMP_ATTEMPTS 8

/* An array of set->size large objects that grows. */
struct list {
	const struct message_set *set;
	char *items;
	size_t count;
	size_t room;
};

static void list_clear(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		message_clear(list->set, list->items + i * list->set->size);
	free(list->items);
	list->items = NULL;
	list->count = list->room = 0;
}

static int list_append(struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	int ret;

	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		char *items = reallocarray(list->items, room, list->set->size);

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	ret = message_decode(list->set, header, list->items + list->count * list->set->size);
	if (!ret)
		list->count++;
	return ret;
}

static int ignore(struct nlmsghdr *header, void *data)
{
	(void)header;
	(void)data;
	return 0;
}

int headgate_flow_forget_gone(struct headgate_client *client, uint64_t until)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_FLOW_GET, NLM_F_DUMP);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	if (message_put_uint(request, HEADGATE_A_FLOW_FORGET_GONE, until)) {
		nlmsg_free(request);
		return client_fail(client, -EMSGSIZE, "the request is too long");
	}
	return client_transact(client, request, &message_flow, ignore, NULL);
}

/* @since: NULL for all; or of flows those that have changed. */
static int dump(struct headgate_client *client, int command, const uint32_t *since, struct list *list)
{
	struct nl_msg *request;
	int ret = -EAGAIN;

	for (int attempt = 0; attempt < DUMP_ATTEMPTS && ret == -EAGAIN; attempt++) {
		list_clear(list);
		request = client_request(client, command, NLM_F_DUMP);
		if (!request)
			return client_fail(client, -ENOMEM, NULL);
		if (since && nla_put_u32(request, HEADGATE_A_FLOW_CHANGED_SINCE, *since)) {
			nlmsg_free(request);
			return client_fail(client, -EMSGSIZE, "the request is too long");
		}
		ret = client_transact(client, request, list->set, list_append, list);
	}
	if (ret)
		list_clear(list);
	return ret;
}

/* Reply of a single object: exactly one is expected. */
struct single {
	const struct message_set *set;
	void *object;
	bool filled;
};

static int single_decode(struct nlmsghdr *header, void *data)
{
	struct single *single = data;
	int ret;

	if (single->filled)
		return -EBADMSG;
	ret = message_decode(single->set, header, single->object);
	if (!ret)
		single->filled = true;
	return ret;
}

static int get(struct headgate_client *client, struct nl_msg *request,
	       const struct message_set *set, void *object)
{
	struct single single = { .set = set, .object = object };
	int ret = client_transact(client, request, set, single_decode, &single);

	if (!ret && !single.filled)
		return client_fail(client, -EBADMSG, "the module did not answer");
	if (ret && single.filled)
		message_clear(set, object);
	return ret;
}

static int change(struct headgate_client *client, struct nl_msg *request, int ret,
		  const struct message_set *set)
{
	if (ret) {
		nlmsg_free(request);
		return client_fail(client, ret, "the request is too long");
	}
	return client_transact(client, request, set, NULL, NULL);
}

int headgate_info_get(struct headgate_client *client, struct headgate_info *info)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_INFO_GET, 0);
	struct headgate_info reply;
	int ret;

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	ret = get(client, request, &message_info, &reply);
	if (!ret)
		*info = reply;
	return ret;
}

void headgate_info_free(struct headgate_info *info)
{
	message_clear(&message_info, info);
}

int headgate_info_set(struct headgate_client *client, const struct headgate_settings *settings)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_INFO_SET, 0);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	return change(client, request, message_put_settings(request, settings), &message_info);
}

int headgate_agent_set(struct headgate_client *client, const struct headgate_policy *policy)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_AGENT_SET, 0);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	return change(client, request, message_put_policy(request, policy), &message_agent);
}

int headgate_agent_del(struct headgate_client *client, uint64_t id, const char *path)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_AGENT_DEL, 0);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	return change(client, request, message_put_cgroup(request, id, path), &message_agent);
}

int headgate_agent_get(struct headgate_client *client, uint64_t id, const char *path,
		       struct headgate_agent *agent)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_AGENT_GET, 0);
	struct headgate_agent reply;
	int ret;

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	ret = message_put_cgroup(request, id, path);
	if (ret) {
		nlmsg_free(request);
		return client_fail(client, ret, "the request is too long");
	}
	ret = get(client, request, &message_agent, &reply);
	if (!ret)
		*agent = reply;
	return ret;
}

int headgate_device_release(struct headgate_client *client, uint32_t id)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_DEVICE_RELEASE, 0);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	return change(client, request, id ? message_put_uint(request, HEADGATE_A_DEVICE_ID, id) : 0,
		      &message_device);
}

int headgate_stall_report(struct headgate_client *client, const struct headgate_stall_report *report)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_STALL_TELL, 0);

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	return change(client, request, message_put_stall(request, report), &message_event);
}

void headgate_agent_free(struct headgate_agent *agent)
{
	message_clear(&message_agent, agent);
}

int headgate_pressure_trigger_add(struct headgate_client *client, struct headgate_pressure *trigger)
{
	struct nl_msg *request = client_request(client, HEADGATE_CMD_PRESSURE_TRIGGER_ADD, 0);
	struct headgate_pressure reply;
	int ret;

	if (!request)
		return client_fail(client, -ENOMEM, NULL);
	ret = message_put_trigger(request, trigger);
	if (ret) {
		nlmsg_free(request);
		return client_fail(client, ret, "the request is too long");
	}
	ret = get(client, request, &message_pressure, &reply);
	if (!ret)
		trigger->trigger_id = reply.trigger_id;
	return ret;
}

/* The typed face of dump() and list_clear() for one kind of object. */
#define DUMP(_noun, _command)								\
int headgate_##_noun##_dump(struct headgate_client *client,				\
			    struct headgate_##_noun##s *_noun##s)			\
{											\
	struct list list = { .set = &message_##_noun };					\
	int ret = dump(client, _command, NULL, &list);					\
											\
	if (!ret) {									\
		_noun##s->items = (void *)list.items;					\
		_noun##s->count = list.count;						\
	}										\
	return ret;									\
}											\
											\
void headgate_##_noun##s_free(struct headgate_##_noun##s *_noun##s)			\
{											\
	struct list list = {								\
		.set = &message_##_noun,						\
		.items = (void *)_noun##s->items,					\
		.count = _noun##s->count,						\
	};										\
											\
	list_clear(&list);								\
	_noun##s->items = NULL;								\
	_noun##s->count = 0;								\
}

DUMP(agent, HEADGATE_CMD_AGENT_GET)
DUMP(device, HEADGATE_CMD_DEVICE_GET)
DUMP(lane, HEADGATE_CMD_LANE_GET)
DUMP(flow, HEADGATE_CMD_FLOW_GET)
DUMP(pressure, HEADGATE_CMD_PRESSURE_GET)
DUMP(job, HEADGATE_CMD_JOB_GET)

int headgate_flow_dump_since(struct headgate_client *client, uint32_t since, struct headgate_flows *flows)
{
	struct list list = { .set = &message_flow };
	int ret = dump(client, HEADGATE_CMD_FLOW_GET, &since, &list);

	if (!ret) {
		flows->items = (void *)list.items;
		flows->count = list.count;
	}
	return ret;
}
