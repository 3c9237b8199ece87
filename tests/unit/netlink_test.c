// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the family: encoding and decoding. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"
#include "netlink_message.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
