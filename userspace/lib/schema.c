// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The attribute sets of headgate.yaml and the structs they fill: the one place that
 * pairs attributes and members. Name and kind of an attribute are name and type of
 * its member. tests/unit/schema_test.c holds all that against headgate.yaml.
 */
#include "message.h"

/* An enum is an unsigned int. A member of any other type does not compile. */
#define KIND(_value) _Generic((_value),					\
	uint32_t: MESSAGE_U32,						\
	uint64_t: MESSAGE_UINT,						\
	char *: MESSAGE_STRING,						\
	int: MESSAGE_MINOR,						\
	uint32_t *: MESSAGE_HISTOGRAM)

#define FIELD(_set, _attribute, _struct, _member)			\
	.member = #_member,						\
	.type = HEADGATE_A_##_set##_##_attribute,			\
	.kind = KIND(((struct _struct *)NULL)->_member),		\
	.offset = offsetof(struct _struct, _member)

#define SET(_name, _struct)						\
const struct message_set message_##_name = {				\
	.fields = _name##_fields,					\
	.count = sizeof(_name##_fields) / sizeof(_name##_fields[0]),	\
	.size = sizeof(struct _struct),					\
}

#define INFO(_attribute, _member) FIELD(INFO, _attribute, headgate_info, _member)

static const struct message_field info_fields[] = {
	{ INFO(VERSION, version), .needed = true },
	{ INFO(HORIZON_NS, horizon_ns) },
	{ INFO(MAX_WAIT_NS, max_wait_ns) },
	{ INFO(SLICE_BATCH_NS, slice_batch_ns) },
	{ INFO(SLICE_INTERACTIVE_NS, slice_interactive_ns) },
	{ INFO(AGENTS, agents) },
	{ INFO(TICKETS_LIVE, tickets_live) },
	{ INFO(FAILED_OPEN, failed_open) },
	{ INFO(JOBS_UNMETERED, jobs_unmetered) },
	{ INFO(JOBS_LOST, jobs_lost) },
	{ INFO(JOBS_LIVE, jobs_live) },
	{ INFO(AGENTS_CHANGES, agents_changes) },
	{ INFO(FLOW_DUMPS, flow_dumps) },
};
SET(info, headgate_info);

#define AGENT(_attribute, _member) FIELD(AGENT, _attribute, headgate_agent, _member)

static const struct message_field agent_fields[] = {
	{ AGENT(ID, id), .needed = true },
	{ AGENT(PATH, path) },
	{ AGENT(PARENT_ID, parent_id) },
	{ AGENT(WEIGHT, weight) },
	{ AGENT(CLASS, class) },
	{ AGENT(SLICE_NS, slice_ns) },
	{ AGENT(MAX_QUOTA_NS, max_quota_ns) },
	{ AGENT(MAX_PERIOD_NS, max_period_ns) },
};
SET(agent, headgate_agent);

#define DEVICE(_attribute, _member) FIELD(DEVICE, _attribute, headgate_device, _member)

static const struct message_field device_fields[] = {
	{ DEVICE(ID, id), .needed = true },
	{ DEVICE(NAME, name) },
	{ DEVICE(DRIVER, driver) },
	{ DEVICE(PRIMARY_MINOR, primary_minor) },
	{ DEVICE(RENDER_MINOR, render_minor) },
	{ DEVICE(ACCEL_MINOR, accel_minor) },
	{ DEVICE(METER, meter) },
	{ DEVICE(TICKETS, tickets) },
	{ DEVICE(JOBS, jobs) },
	{ DEVICE(JOBS_UNTICKETED, jobs_unticketed) },
	{ DEVICE(GONE, gone) },
};
SET(device, headgate_device);

#define LANE(_attribute, _member) FIELD(LANE, _attribute, headgate_lane, _member)

static const struct message_field lane_fields[] = {
	{ LANE(ID, id), .needed = true },
	{ LANE(DEVICE_ID, device_id), .needed = true },
	{ LANE(NAME, name) },
	{ LANE(JOBS, jobs) },
	{ LANE(BUSY_NS, busy_ns) },
	{ LANE(UNGOVERNED_NS, ungoverned_ns) },
	{ LANE(HELD_IDLE_NS, held_idle_ns) },
	{ LANE(OUTSTANDING, outstanding) },
	{ LANE(WAITING, waiting) },
	{ LANE(ANTICIPATED_NS, anticipated_ns) },
	{ LANE(TIME_NS, time_ns) },
	{ LANE(IDLE_NS, idle_ns) },
	{ LANE(RUNNING_NS, running_ns) },
};
SET(lane, headgate_lane);

#define FLOW(_attribute, _member) FIELD(FLOW, _attribute, headgate_flow, _member)

static const struct message_field flow_fields[] = {
	{ FLOW(AGENT_ID, agent_id), .needed = true },
	{ FLOW(LANE_ID, lane_id), .needed = true },
	{ FLOW(DEVICE_ID, device_id) },
	{ FLOW(DUE_PPM, due_ppm) },
	{ FLOW(TICKETS, tickets) },
	{ FLOW(JOBS, jobs) },
	{ FLOW(BUSY_NS, busy_ns) },
	{ FLOW(QUEUED_NS, queued_ns) },
	{ FLOW(WAIT_NS, wait_ns) },
	{ FLOW(FAILED, failed) },
	{ FLOW(FORCED, forced) },
	{ FLOW(WAITING, waiting) },
	{ FLOW(OUTSTANDING, outstanding) },
	{ FLOW(ESTIMATE_NS, estimate_ns) },
	{ FLOW(WAIT_HISTOGRAM, wait_histogram) },
	{ FLOW(THINK_NS, think_ns) },
	{ FLOW(ANTICIPATED_NS, anticipated_ns) },
	{ FLOW(GONE, gone) },
	{ FLOW(FORGET_GONE, forget_gone) },
	{ FLOW(FAILED_PID, failed_pid) },
	{ FLOW(FAILED_ERROR, failed_error) },
	{ FLOW(CANCELLED, cancelled) },
	{ FLOW(CHANGED_SINCE, changed_since) },
};
SET(flow, headgate_flow);

#define PRESSURE(_attribute, _member) FIELD(PRESSURE, _attribute, headgate_pressure, _member)

static const struct message_field pressure_fields[] = {
	{ PRESSURE(SCOPE, scope) },
	{ PRESSURE(AGENT_ID, agent_id) },
	{ PRESSURE(LANE_ID, lane_id) },
	{ PRESSURE(DEVICE_ID, device_id) },
	{ PRESSURE(SOME_AVG10_PPM, some_avg10_ppm) },
	{ PRESSURE(SOME_AVG60_PPM, some_avg60_ppm) },
	{ PRESSURE(SOME_AVG300_PPM, some_avg300_ppm) },
	{ PRESSURE(SOME_TOTAL_NS, some_total_ns) },
	{ PRESSURE(FULL_AVG10_PPM, full_avg10_ppm) },
	{ PRESSURE(FULL_AVG60_PPM, full_avg60_ppm) },
	{ PRESSURE(FULL_AVG300_PPM, full_avg300_ppm) },
	{ PRESSURE(FULL_TOTAL_NS, full_total_ns) },
	{ PRESSURE(WAITING, waiting) },
	{ PRESSURE(RUNNING, running) },
	{ PRESSURE(TRIGGER_ID, trigger_id) },
	{ PRESSURE(KIND, kind) },
	{ PRESSURE(THRESHOLD_NS, threshold_ns) },
	{ PRESSURE(WINDOW_NS, window_ns) },
};
SET(pressure, headgate_pressure);

#define EVENT(_attribute, _member) FIELD(EVENT, _attribute, headgate_event, _member)

static const struct message_field event_fields[] = {
	{ EVENT(AGENT_ID, agent_id), .needed = true },
	{ EVENT(LANE_ID, lane_id) },
	{ EVENT(PID, pid) },
	{ EVENT(WAIT_NS, wait_ns) },
	{ EVENT(PATH, path) },
	{ EVENT(SCOPE, scope) },
	{ EVENT(DEVICE_ID, device_id) },
	{ EVENT(KIND, kind) },
	{ EVENT(TRIGGER_ID, trigger_id) },
	{ EVENT(STALL_NS, stall_ns) },
	{ EVENT(WINDOW_NS, window_ns) },
	{ EVENT(STALL_KIND, stall_kind) },
	{ EVENT(END, end) },
	{ EVENT(WAITING, waiting) },
};
SET(event, headgate_event);

#define JOB(_attribute, _member) FIELD(JOB, _attribute, headgate_job, _member)

static const struct message_field job_fields[] = {
	{ JOB(AGENT_ID, agent_id), .needed = true },
	{ JOB(LANE_ID, lane_id), .needed = true },
	{ JOB(DEVICE_ID, device_id) },
	{ JOB(PID, pid) },
	{ JOB(QUEUED_AT_NS, queued_at_ns) },
	{ JOB(RUN_AT_NS, run_at_ns) },
};
SET(job, headgate_job);
