/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the family: plain structs to attributes and back.  No socket here. */
#ifndef LIBHEADGATE_MESSAGE_H
#define LIBHEADGATE_MESSAGE_H

#include <stdbool.h>

#include <netlink/msg.h>

#include "calls.h"
#include "events.h"

enum message_kind {
	MESSAGE_U32,		/* uint32_t or an enum */
	MESSAGE_UINT,		/* uint64_t; 4 or 8 bytes on the wire */
	MESSAGE_STRING,		/* char *, owned */
	MESSAGE_MINOR,		/* int; -1 when absent */
	MESSAGE_HISTOGRAM,	/* uint32_t[HEADGATE_WAIT_BUCKETS] */
};

/* One attribute and its place in the struct. */
struct message_field {
	const char *member;
	uint16_t type;
	uint16_t offset;
	enum message_kind kind;
	bool needed;		/* a message without it is malformed */
};

/* An attribute set of headgate.yaml and the struct that it fills. */
struct message_set {
	const struct message_field *fields;
	size_t count;
	size_t size;
};

extern const struct message_set message_info, message_agent, message_device, message_lane,
	message_flow, message_job, message_pressure, message_event;

/*
 * Fill @object, which is set->size large, from the attributes of @header.
 * Unknown attributes are skipped.  -EBADMSG: wrong length, a string without
 * end, or a needed attribute is missing; -ENOMEM.
 */
int message_decode(const struct message_set *set, const struct nlmsghdr *header, void *object);

/* Free the strings of @object and clear it. */
void message_clear(const struct message_set *set, void *object);

#define MESSAGE_NAME_MAX 32

/* Name of an attribute, as in headgate.yaml; false and "" when unknown. */
bool message_name(const struct message_set *set, unsigned int type, char name[MESSAGE_NAME_MAX]);

/* Append attributes; -EMSGSIZE when they do not fit. */
int message_put_uint(struct nl_msg *message, int type, uint64_t value);
int message_put_settings(struct nl_msg *message, const struct headgate_settings *settings);
int message_put_cgroup(struct nl_msg *message, uint64_t id, const char *path);
int message_put_stall(struct nl_msg *message, const struct headgate_stall_report *report);
int message_put_trigger(struct nl_msg *message, const struct headgate_pressure *trigger);
int message_put_policy(struct nl_msg *message, const struct headgate_policy *policy);

/* @header of an event, to be freed by message_clear(); -ENOMSG when it is none that we know, -EBADMSG. */
int message_get_event(const struct nlmsghdr *header, struct headgate_event *event);

#endif
