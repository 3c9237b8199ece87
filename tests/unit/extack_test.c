// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel refuses, in words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "extack.h"
#include "message.h"
#include "netlink_message.h"

/* An NLMSG_ERROR as the kernel makes it under NETLINK_CAP_ACK, to be filled with TLVs. */
static struct nl_msg *new_ack(int error, int flags)
{
	struct nl_msg *message = nlmsg_alloc_size(4096);
	struct nlmsghdr *header = nlmsg_put(message, 0, 0, NLMSG_ERROR, sizeof(struct nlmsgerr),
					    flags);
	struct nlmsgerr *body = nlmsg_data(header);

	memset(body, 0, sizeof(*body));
	body->error = error;
	body->msg.nlmsg_len = 60;
	return message;
}

static void expect_text(struct nl_msg *ack, struct nl_msg *request, const char *expected)
{
	struct extack extack;
	char text[256];
	int error = extack_parse(nlmsg_hdr(ack), request ? nlmsg_hdr(request) : NULL, &extack);

	extack_format(&extack, error, &message_agent, text, sizeof(text));
	assert_string_equal(text, expected);
	nlmsg_free(ack);
	if (request)
		nlmsg_free(request);
}

static void refusal__names_attribute_and_range(void **state)
{
	struct headgate_policy policy = { .path = "/some/cgroup", .weight = 0,
					  .present = HEADGATE_POLICY_WEIGHT };
	struct nl_msg *request = new_message(HEADGATE_CMD_AGENT_SET);
	struct nl_msg *ack = new_ack(-ERANGE, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct nlattr *weight, *nest;

	(void)state;
	message_put_policy(request, &policy);
	weight = nlmsg_find_attr(nlmsg_hdr(request), GENL_HDRLEN, HEADGATE_A_AGENT_WEIGHT);
	nla_put_string(ack, NLMSGERR_ATTR_MSG, "integer out of range");
	nla_put_u32(ack, NLMSGERR_ATTR_OFFS,
		    (uint32_t)((char *)weight - (char *)nlmsg_hdr(request)));
	nest = nla_nest_start(ack, NLMSGERR_ATTR_POLICY);
	nla_put_u64(ack, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1);
	nla_put_u64(ack, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 10000);
	nla_nest_end(ack, nest);
	expect_text(ack, request, "weight: integer out of range (1 to 10000)");
}

/* A refusal of @attribute of a policy, in the words @text, with bounds if @max is not 0. */
static void expect_refusal(int attribute, const char *text, uint64_t max, const char *expected)
{
	struct headgate_policy policy = { .path = "/some/cgroup", .slice_ns = 1, .max_quota_ns = 2,
					  .max_period_ns = 1, .present = HEADGATE_POLICY_SLICE |
					  HEADGATE_POLICY_MAX };
	struct nl_msg *request = new_message(HEADGATE_CMD_AGENT_SET);
	struct nl_msg *ack = new_ack(-ERANGE, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct nlattr *at, *nest;

	message_put_policy(request, &policy);
	at = nlmsg_find_attr(nlmsg_hdr(request), GENL_HDRLEN, attribute);
	nla_put_string(ack, NLMSGERR_ATTR_MSG, text);
	nla_put_u32(ack, NLMSGERR_ATTR_OFFS, (uint32_t)((char *)at - (char *)nlmsg_hdr(request)));
	nest = nla_nest_start(ack, NLMSGERR_ATTR_POLICY);
	if (max) {
		nla_put_u64(ack, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 10000);
		nla_put_u64(ack, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, max);
	}
	nla_nest_end(ack, nest);
	expect_text(ack, request, expected);
}

static void refusal__has_no_raw_names(void **state)
{
	(void)state;
	expect_refusal(HEADGATE_A_AGENT_SLICE_NS, "slice must be 10 us to 1 s, or 0", 0,
		       "slice must be 10 us to 1 s, or 0");
	expect_refusal(HEADGATE_A_AGENT_MAX_PERIOD_NS, "period must be 1 ms to 10 s", 0,
		       "max-period: period must be 1 ms to 10 s");
	expect_refusal(HEADGATE_A_AGENT_SLICE_NS, "integer out of range", UINT64_C(3600000000000),
		       "slice: integer out of range (10 us to 1 h)");
	expect_refusal(HEADGATE_A_AGENT_PATH, "no such cgroup in the v2 hierarchy", 0,
		       "no such cgroup in the v2 hierarchy");
}

static void refusal_without_extack__is_the_errno(void **state)
{
	(void)state;
	expect_text(new_ack(-ENODEV, NLM_F_CAPPED), NULL, "No such device");
}

static void refusal_that_echoes_the_request__is_read(void **state)
{
	struct nl_msg *ack = new_ack(-EINVAL, NLM_F_ACK_TLVS);
	char echo[60 - NLMSG_HDRLEN];

	(void)state;
	memset(echo, 0xff, sizeof(echo));
	assert_int_equal(nlmsg_append(ack, echo, sizeof(echo), NLMSG_ALIGNTO), 0);
	nla_put_string(ack, NLMSGERR_ATTR_MSG, "quota above the period");
	expect_text(ack, NULL, "quota above the period");
}

static void missing_attribute__is_named(void **state)
{
	struct nl_msg *ack = new_ack(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);

	(void)state;
	nla_put_string(ack, NLMSGERR_ATTR_MSG, "missing attribute");
	nla_put_u32(ack, NLMSGERR_ATTR_MISS_TYPE, HEADGATE_A_AGENT_PATH);
	expect_text(ack, NULL, "missing attribute: path");
}

static void malformed_extack__is_left_out(void **state)
{
	struct nl_msg *ack = new_ack(-EPERM, NLM_F_CAPPED | NLM_F_ACK_TLVS);

	(void)state;
	nla_put(ack, NLMSGERR_ATTR_MSG, 3, "abc");
	nla_put(ack, NLMSGERR_ATTR_OFFS, 2, "ab");
	expect_text(ack, new_message(1), "Operation not permitted");
	ack = new_ack(-EPERM, NLM_F_ACK_TLVS);
	((struct nlmsgerr *)nlmsg_data(nlmsg_hdr(ack)))->msg.nlmsg_len = UINT32_MAX;
	expect_text(ack, NULL, "Operation not permitted");
}

static void error_at_the_end_of_a_dump__is_found(void **state)
{
	struct nl_msg *message = nlmsg_alloc_size(256);
	struct nlmsghdr *header = nlmsg_put(message, 0, 0, NLMSG_DONE, sizeof(int),
					    NLM_F_ACK_TLVS);
	struct extack extack;
	int error = -EPERM;

	(void)state;
	memcpy(nlmsg_data(header), &error, sizeof(error));
	nla_put_string(message, NLMSGERR_ATTR_MSG, "CAP_SYS_ADMIN is needed");
	assert_int_equal(extack_parse(nlmsg_hdr(message), NULL, &extack), -EPERM);
	assert_string_equal(extack.text, "CAP_SYS_ADMIN is needed");
	nlmsg_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal__names_attribute_and_range),
		cmocka_unit_test(refusal__has_no_raw_names),
		cmocka_unit_test(refusal_without_extack__is_the_errno),
		cmocka_unit_test(refusal_that_echoes_the_request__is_read),
		cmocka_unit_test(missing_attribute__is_named),
		cmocka_unit_test(malformed_extack__is_left_out),
		cmocka_unit_test(error_at_the_end_of_a_dump__is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
