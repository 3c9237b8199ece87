// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the family: encoding, decoding, and the text of refusals. */
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

static struct nl_msg *new_message(int command)
{
	struct nl_msg *message = nlmsg_alloc_size(16384);

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, 0, 0, 30, 0, NLM_F_REQUEST, command, 1));
	return message;
}

static int decode(struct nl_msg *message, const struct message_set *set, void *object)
{
	int ret = message_decode(set, nlmsg_hdr(message), object);

	nlmsg_free(message);
	return ret;
}

static void agent__survives_the_round_trip(void **state)
{
	struct headgate_policy policy = {
		.id = UINT64_C(0x1234567890), .path = "/agents/b", .present = ~0U, .weight = 250,
		.class = HEADGATE_CLASS_INTERACTIVE, .slice_ns = 500000,
		.max_quota_ns = 30000000, .max_period_ns = UINT64_C(10000000000),
	};
	struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_SET);
	struct headgate_agent agent;

	(void)state;
	assert_int_equal(message_put_policy(message, &policy), 0);
	assert_int_equal(decode(message, &message_agent, &agent), 0);
	assert_int_equal(agent.id, policy.id);
	assert_string_equal(agent.path, policy.path);
	assert_int_equal(agent.parent_id, 0);
	assert_int_equal(agent.weight, policy.weight);
	assert_int_equal(agent.class, policy.class);
	assert_int_equal(agent.slice_ns, policy.slice_ns);
	assert_int_equal(agent.max_quota_ns, policy.max_quota_ns);
	assert_int_equal(agent.max_period_ns, policy.max_period_ns);
	message_clear(&message_agent, &agent);
	assert_null(agent.path);
}

static void absent_fields__are_not_sent(void **state)
{
	struct headgate_policy policy = { .path = "/a", .weight = 7, .slice_ns = 9 };
	struct headgate_settings settings = { .present = HEADGATE_SETTINGS_MAX_WAIT,
					      .horizon_ns = 1, .max_wait_ns = 2 };
	struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_SET);
	struct nlattr *attrs[HEADGATE_A_INFO_MAX + 1];

	(void)state;
	assert_int_equal(message_put_policy(message, &policy), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(message), 0, attrs, HEADGATE_A_AGENT_MAX, NULL),
			 0);
	for (int i = 1; i <= HEADGATE_A_AGENT_MAX; i++)
		assert_true(!!attrs[i] == (i == HEADGATE_A_AGENT_PATH));
	nlmsg_free(message);

	message = new_message(HEADGATE_CMD_INFO_SET);
	assert_int_equal(message_put_settings(message, &settings), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(message), 0, attrs, HEADGATE_A_INFO_MAX, NULL), 0);
	for (int i = 1; i <= HEADGATE_A_INFO_MAX; i++)
		assert_true(!!attrs[i] == (i == HEADGATE_A_INFO_MAX_WAIT_NS));
	nlmsg_free(message);
}

static void lifting_a_cap__sends_quota_zero_and_no_period(void **state)
{
	struct headgate_policy policy = { .id = 5, .present = HEADGATE_POLICY_MAX };
	struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_SET);
	struct nlattr *attrs[HEADGATE_A_AGENT_MAX + 1];

	(void)state;
	assert_int_equal(message_put_policy(message, &policy), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(message), 0, attrs, HEADGATE_A_AGENT_MAX, NULL),
			 0);
	assert_non_null(attrs[HEADGATE_A_AGENT_MAX_QUOTA_NS]);
	assert_int_equal(nla_get_u32(attrs[HEADGATE_A_AGENT_MAX_QUOTA_NS]), 0);
	assert_null(attrs[HEADGATE_A_AGENT_MAX_PERIOD_NS]);
	nlmsg_free(message);
}

static void uint__is_as_short_as_it_can_be(void **state)
{
	static const struct { uint64_t value; int length; } cases[] = {
		{ 0, 4 }, { 1, 4 }, { UINT32_MAX, 4 }, { UINT64_C(1) << 32, 8 }, { UINT64_MAX, 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_GET);
		struct headgate_agent agent;
		struct nlattr *attribute;

		assert_int_equal(message_put_uint(message, HEADGATE_A_AGENT_ID, cases[i].value), 0);
		attribute = nlmsg_find_attr(nlmsg_hdr(message), GENL_HDRLEN, HEADGATE_A_AGENT_ID);
		assert_int_equal(nla_len(attribute), cases[i].length);
		assert_int_equal(decode(message, &message_agent, &agent), 0);
		assert_int_equal(agent.id, cases[i].value);
		message_clear(&message_agent, &agent);
	}
}

static void wide_uint_of_a_small_value__is_read(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_GET);
	struct headgate_agent agent;

	(void)state;
	nla_put_u64(message, HEADGATE_A_AGENT_ID, 7);
	assert_int_equal(decode(message, &message_agent, &agent), 0);
	assert_int_equal(agent.id, 7);
	message_clear(&message_agent, &agent);
}

static void wrong_lengths__are_rejected(void **state)
{
	static const char data[1024];
	static const struct { const struct message_set *set; int type; int length; } cases[] = {
		{ &message_agent, HEADGATE_A_AGENT_ID, 0 },
		{ &message_agent, HEADGATE_A_AGENT_ID, 2 },
		{ &message_agent, HEADGATE_A_AGENT_ID, 7 },
		{ &message_agent, HEADGATE_A_AGENT_ID, 12 },
		{ &message_agent, HEADGATE_A_AGENT_WEIGHT, 3 },
		{ &message_agent, HEADGATE_A_AGENT_WEIGHT, 8 },
		{ &message_agent, HEADGATE_A_AGENT_PATH, 0 },
		{ &message_device, HEADGATE_A_DEVICE_RENDER_MINOR, 8 },
		{ &message_flow, HEADGATE_A_FLOW_WAIT_HISTOGRAM, 4 * HEADGATE_WAIT_BUCKETS - 4 },
		{ &message_flow, HEADGATE_A_FLOW_WAIT_HISTOGRAM, 4 * HEADGATE_WAIT_BUCKETS + 4 },
		{ &message_event, HEADGATE_A_EVENT_PID, 2 },
	};
	union { struct headgate_agent agent; struct headgate_flow flow; } object;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nl_msg *message = new_message(1);

		/* What is needed is there, so that only the length can be at fault. */
		nla_put_u32(message, HEADGATE_A_AGENT_ID, 1);
		nla_put_u32(message, HEADGATE_A_FLOW_LANE_ID, 1);
		nla_put(message, cases[i].type, cases[i].length, data);
		assert_int_equal(decode(message, cases[i].set, &object), -EBADMSG);
	}
}

static void string_without_end__is_rejected(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_AGENT_GET);
	struct headgate_agent agent;

	(void)state;
	nla_put_u32(message, HEADGATE_A_AGENT_ID, 1);
	nla_put_string(message, HEADGATE_A_AGENT_PATH, "/first");
	nla_put(message, HEADGATE_A_AGENT_PATH, 4, "/abc");
	assert_int_equal(decode(message, &message_agent, &agent), -EBADMSG);
}

static void missing_needed_attribute__is_rejected(void **state)
{
	static const struct message_set *const sets[] = {
		&message_info, &message_agent, &message_device, &message_lane, &message_flow,
		&message_event,
	};
	union { struct headgate_info info; struct headgate_flow flow; } object;

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		assert_int_equal(decode(new_message(1), sets[i], &object), -EBADMSG);
}

static void missing_other_attributes__are_neutral(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_DEVICE_GET);
	struct headgate_device device;

	(void)state;
	nla_put_u32(message, HEADGATE_A_DEVICE_ID, 3);
	nla_put_u32(message, HEADGATE_A_DEVICE_RENDER_MINOR, 128);
	assert_int_equal(decode(message, &message_device, &device), 0);
	assert_int_equal(device.id, 3);
	assert_int_equal(device.primary_minor, -1);
	assert_int_equal(device.render_minor, 128);
	assert_int_equal(device.accel_minor, -1);
	assert_string_equal(device.name, "");
	assert_string_equal(device.driver, "");
	assert_int_equal(device.jobs, 0);
	message_clear(&message_device, &device);
}

static void unknown_attributes__are_ignored(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_LANE_GET);
	struct headgate_lane lane;

	(void)state;
	nla_put_string(message, HEADGATE_A_LANE_MAX + 1, "of a later module");
	nla_put_u32(message, HEADGATE_A_LANE_ID, 1);
	nla_put_u32(message, HEADGATE_A_LANE_DEVICE_ID, 2);
	nla_put_string(message, HEADGATE_A_LANE_NAME, "gfx_0.0.0");
	nla_put_u64(message, HEADGATE_A_LANE_BUSY_NS, UINT64_MAX);
	nla_put_u32(message, 1000, 5);
	assert_int_equal(decode(message, &message_lane, &lane), 0);
	assert_string_equal(lane.name, "gfx_0.0.0");
	assert_true(lane.busy_ns == UINT64_MAX);
	message_clear(&message_lane, &lane);
}

static void flow__is_read_with_its_histogram(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_FLOW_GET);
	uint32_t counts[HEADGATE_WAIT_BUCKETS];
	struct headgate_flow flow;

	(void)state;
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		counts[i] = i * 3;
	nla_put_u32(message, HEADGATE_A_FLOW_AGENT_ID, 0);
	nla_put_u32(message, HEADGATE_A_FLOW_LANE_ID, 4);
	nla_put_u32(message, HEADGATE_A_FLOW_DUE_PPM, 571428);
	nla_put(message, HEADGATE_A_FLOW_WAIT_HISTOGRAM, sizeof(counts), counts);
	assert_int_equal(decode(message, &message_flow, &flow), 0);
	assert_int_equal(flow.agent_id, 0);
	assert_int_equal(flow.lane_id, 4);
	assert_int_equal(flow.due_ppm, 571428);
	assert_memory_equal(flow.wait_histogram, counts, sizeof(counts));
}

static void truncated_message__is_rejected(void **state)
{
	struct nlmsghdr header = { .nlmsg_len = sizeof(header) };
	struct headgate_info info;

	(void)state;
	assert_int_equal(message_decode(&message_info, &header, &info), -EBADMSG);
}

static void events__are_told_apart(void **state)
{
	struct nl_msg *message = new_message(HEADGATE_CMD_STALL);
	struct headgate_event event;

	(void)state;
	nla_put_u32(message, HEADGATE_A_EVENT_AGENT_ID, 9);
	nla_put_u32(message, HEADGATE_A_EVENT_LANE_ID, 2);
	nla_put_u32(message, HEADGATE_A_EVENT_PID, 1234);
	nla_put_u64(message, HEADGATE_A_EVENT_WAIT_NS, UINT64_C(5000000000));
	assert_int_equal(message_get_event(nlmsg_hdr(message), &event), 0);
	assert_int_equal(event.type, HEADGATE_EVENT_STALL);
	assert_int_equal(event.agent_id, 9);
	assert_int_equal(event.lane_id, 2);
	assert_int_equal(event.pid, 1234);
	assert_true(event.wait_ns == UINT64_C(5000000000));
	assert_string_equal(event.path, "");
	message_clear(&message_event, &event);
	nlmsg_free(message);

	message = new_message(HEADGATE_CMD_AGENT_GONE);
	nla_put_u32(message, HEADGATE_A_EVENT_AGENT_ID, 9);
	nla_put_string(message, HEADGATE_A_EVENT_PATH, "/short/lived");
	assert_int_equal(message_get_event(nlmsg_hdr(message), &event), 0);
	assert_int_equal(event.type, HEADGATE_EVENT_AGENT_GONE);
	assert_string_equal(event.path, "/short/lived");
	message_clear(&message_event, &event);
	nlmsg_free(message);

	message = new_message(HEADGATE_CMD_PRESSURE);
	nla_put_u32(message, HEADGATE_A_EVENT_AGENT_ID, 9);
	nla_put_u32(message, HEADGATE_A_EVENT_KIND, HEADGATE_PRESSURE_KIND_FULL);
	nla_put_u32(message, HEADGATE_A_EVENT_TRIGGER_ID, 3);
	nla_put_u32(message, HEADGATE_A_EVENT_STALL_NS, 150000000);
	assert_int_equal(message_get_event(nlmsg_hdr(message), &event), 0);
	assert_int_equal(event.type, HEADGATE_EVENT_PRESSURE);
	assert_int_equal(event.kind, HEADGATE_PRESSURE_KIND_FULL);
	assert_int_equal(event.trigger_id, 3);
	assert_true(event.stall_ns == 150000000);
	message_clear(&message_event, &event);
	nlmsg_free(message);

	message = new_message(HEADGATE_CMD_PRESSURE_GONE);
	nla_put_u32(message, HEADGATE_A_EVENT_AGENT_ID, 0);
	assert_int_equal(message_get_event(nlmsg_hdr(message), &event), 0);
	assert_int_equal(event.type, HEADGATE_EVENT_PRESSURE_GONE);
	message_clear(&message_event, &event);
	nlmsg_free(message);

	message = new_message(HEADGATE_CMD_MAX + 1);
	assert_int_equal(message_get_event(nlmsg_hdr(message), &event), -ENOMSG);
	nlmsg_free(message);
}

static void message_that_is_full__is_an_error(void **state)
{
	struct nl_msg *message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + 8);

	(void)state;
	genlmsg_put(message, 0, 0, 30, 0, 0, HEADGATE_CMD_AGENT_SET, 1);
	assert_int_equal(message_put_cgroup(message, 0, "/a/path/too/long/for/it"), -EMSGSIZE);
	nlmsg_free(message);
}

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
		cmocka_unit_test(agent__survives_the_round_trip),
		cmocka_unit_test(absent_fields__are_not_sent),
		cmocka_unit_test(lifting_a_cap__sends_quota_zero_and_no_period),
		cmocka_unit_test(uint__is_as_short_as_it_can_be),
		cmocka_unit_test(wide_uint_of_a_small_value__is_read),
		cmocka_unit_test(wrong_lengths__are_rejected),
		cmocka_unit_test(string_without_end__is_rejected),
		cmocka_unit_test(missing_needed_attribute__is_rejected),
		cmocka_unit_test(missing_other_attributes__are_neutral),
		cmocka_unit_test(unknown_attributes__are_ignored),
		cmocka_unit_test(flow__is_read_with_its_histogram),
		cmocka_unit_test(truncated_message__is_rejected),
		cmocka_unit_test(events__are_told_apart),
		cmocka_unit_test(message_that_is_full__is_an_error),
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
