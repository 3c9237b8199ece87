// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>

#include "extack.h"
#include "units.h"

/* Type of the top-level attribute that @offset bytes into @request lies in. */
static unsigned int attribute_at(const struct nlmsghdr *request, uint32_t offset)
{
	uint32_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	while (request && at + sizeof(struct nlattr) <= request->nlmsg_len) {
		const struct nlattr *attribute =
			(const struct nlattr *)((const char *)request + at);

		if (attribute->nla_len < sizeof(*attribute))
			break;
		if (offset >= at && offset < at + attribute->nla_len)
			return nla_type(attribute);
		at += NLA_ALIGN(attribute->nla_len);
	}
	return 0;
}

/* First byte of the TLVs within @reply, 0 when there are none. */
static uint32_t tlv_offset(const struct nlmsghdr *reply)
{
	const struct nlmsgerr *error = (const void *)((const char *)reply + NLMSG_HDRLEN);
	uint32_t offset;

	if (!(reply->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	if (reply->nlmsg_type == NLMSG_DONE)
		return NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(int));
	offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(*error));
	if (!(reply->nlmsg_flags & NLM_F_CAPPED) && reply->nlmsg_len >= offset &&
	    error->msg.nlmsg_len >= NLMSG_HDRLEN)
		offset += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	return offset;
}

static void parse_policy(struct nlattr *policy, struct extack *extack)
{
	bool min = false, max = false;
	struct nlattr *attribute;
	int left;

	nla_for_each_nested(attribute, policy, left) {
		if (nla_len(attribute) != sizeof(uint64_t))
			continue;
		if (nla_type(attribute) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U) {
			memcpy(&extack->min, nla_data(attribute), sizeof(extack->min));
			min = true;
		} else if (nla_type(attribute) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
			memcpy(&extack->max, nla_data(attribute), sizeof(extack->max));
			max = true;
		}
	}
	extack->bounded = min && max;
}

static void parse_tlv(struct nlattr *tlv, const struct nlmsghdr *request, struct extack *extack)
{
	const char *text = nla_data(tlv);
	int length = nla_len(tlv);

	switch (nla_type(tlv)) {
	case NLMSGERR_ATTR_MSG:
		if (length > 0 && !text[length - 1])
			extack->text = text;
		break;
	case NLMSGERR_ATTR_OFFS:
		if (length == sizeof(uint32_t))
			extack->attribute = attribute_at(request, nla_get_u32(tlv));
		break;
	case NLMSGERR_ATTR_MISS_TYPE:
		if (length == sizeof(uint32_t))
			extack->missing = nla_get_u32(tlv);
		break;
	case NLMSGERR_ATTR_POLICY:
		parse_policy(tlv, extack);
		break;
	}
}

int extack_parse(const struct nlmsghdr *reply, const struct nlmsghdr *request,
		 struct extack *extack)
{
	struct nlattr *tlv;
	uint32_t offset;
	int error, left;

	memset(extack, 0, sizeof(*extack));
	if (reply->nlmsg_len < NLMSG_HDRLEN + sizeof(error))
		return reply->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	/* Both kinds begin with the error as an int. */
	memcpy(&error, (const char *)reply + NLMSG_HDRLEN, sizeof(error));
	offset = tlv_offset(reply);
	if (offset && offset < reply->nlmsg_len)
		nla_for_each_attr(tlv, (struct nlattr *)((char *)reply + offset),
				  (int)(reply->nlmsg_len - offset), left)
			parse_tlv(tlv, request, extack);
	return error < 0 ? error : 0;
}

/*
 * The name as people give it: a time has its unit in its value.  "" for what names the cgroup, which
 * is said before, and for what the kernel's own words begin with.
 */
static bool plain_name(const struct message_set *set, unsigned int attribute, const char *why,
		       char name[MESSAGE_NAME_MAX], bool *is_time)
{
	size_t length;

	if (!message_name(set, attribute, name))
		return false;
	length = strlen(name);
	*is_time = length > 3 && !strcmp(name + length - 3, "-ns");
	if (*is_time)
		name[length -= 3] = '\0';
	return strcmp(name, "id") && strcmp(name, "path") &&
	       (strncmp(why, name, length) || why[length] != ' ');
}

static void format_range(const struct extack *extack, bool is_time, char *text, size_t size)
{
	char min[32], max[32];

	if (is_time)
		snprintf(text, size, " (%s to %s)",
			 headgate_duration_format(extack->min, min, sizeof(min)),
			 headgate_duration_format(extack->max, max, sizeof(max)));
	else
		snprintf(text, size, " (%" PRIu64 " to %" PRIu64 ")", extack->min, extack->max);
}

void extack_format(const struct extack *extack, int error, const struct message_set *set,
		   char *text, size_t size)
{
	const char *why = extack->text && *extack->text ? extack->text : strerror(-error);
	char name[MESSAGE_NAME_MAX], missing[MESSAGE_NAME_MAX], range[64] = "";
	bool is_time = false, named = plain_name(set, extack->attribute, why, name, &is_time);

	if (extack->bounded)
		format_range(extack, is_time, range, sizeof(range));
	if (message_name(set, extack->missing, missing))
		snprintf(text, size, "%s: %s", why, missing);
	else
		snprintf(text, size, "%s%s%s%s", named ? name : "", named ? ": " : "", why, range);
}
