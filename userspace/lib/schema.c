// SPDX-License-Identifier: GPL-2.0-or-later
/* The attribute sets of headgate.yaml as tables: the one place that pairs attributes and fields. */
#include "message.h"

#define FIELD(_set, _type, _kind, _struct, _member, _name, _needed) {	\
	.name = (_name),						\
	.type = HEADGATE_A_##_set##_##_type,				\
	.kind = MESSAGE_##_kind,					\
	.offset = offsetof(struct _struct, _member),			\
	.needed = (_needed),						\
}

#define SET(_name, _struct)						\
const struct message_set message_##_name = {				\
	.fields = _name##_fields,					\
	.count = sizeof(_name##_fields) / sizeof(_name##_fields[0]),	\
	.size = sizeof(struct _struct),					\
}

#define INFO(_type, _kind, _member, _name, _needed) \
	FIELD(INFO, _type, _kind, headgate_info, _member, _name, _needed)

static const struct message_field info_fields[] = {
	INFO(VERSION,			STRING,	version,	"version",	true),
	INFO(HORIZON_NS,		UINT,	horizon_ns,	"horizon-ns",	false),
	INFO(MAX_WAIT_NS,		UINT,	max_wait_ns,	"max-wait-ns",	false),
	INFO(SLICE_BATCH_NS,		UINT,	slice_batch_ns,	"slice-batch-ns", false),
	INFO(SLICE_INTERACTIVE_NS,	UINT,	slice_interactive_ns, "slice-interactive-ns", false),
	INFO(AGENTS,			U32,	agents,		"agents",	false),
	INFO(TICKETS_LIVE,		U32,	tickets_live,	"tickets-live",	false),
	INFO(FAILED_OPEN,		UINT,	failed_open,	"failed-open",	false),
	INFO(JOBS_UNMETERED,		UINT,	jobs_unmetered,	"jobs-unmetered", false),
	INFO(JOBS_LOST,			UINT,	jobs_lost,	"jobs-lost",	false),
	INFO(JOBS_LIVE,			U32,	jobs_live,	"jobs-live",	false),
};
SET(info, headgate_info);

#define AGENT(_type, _kind, _member, _name, _needed) \
	FIELD(AGENT, _type, _kind, headgate_agent, _member, _name, _needed)

static const struct message_field agent_fields[] = {
	AGENT(ID,		UINT,	id,		"id",		true),
	AGENT(PATH,		STRING,	path,		"path",		false),
	AGENT(PARENT_ID,	UINT,	parent_id,	"parent-id",	false),
	AGENT(WEIGHT,		U32,	weight,		"weight",	false),
	AGENT(CLASS,		U32,	class,		"class",	false),
	AGENT(SLICE_NS,		UINT,	slice_ns,	"slice-ns",	false),
	AGENT(MAX_QUOTA_NS,	UINT,	max_quota_ns,	"max-quota-ns",	false),
	AGENT(MAX_PERIOD_NS,	UINT,	max_period_ns,	"max-period-ns", false),
};
SET(agent, headgate_agent);

#define DEVICE(_type, _kind, _member, _name, _needed) \
	FIELD(DEVICE, _type, _kind, headgate_device, _member, _name, _needed)

static const struct message_field device_fields[] = {
	DEVICE(ID,		U32,	id,		"id",		true),
	DEVICE(NAME,		STRING,	name,		"name",		false),
	DEVICE(DRIVER,		STRING,	driver,		"driver",	false),
	DEVICE(PRIMARY_MINOR,	MINOR,	primary_minor,	"primary-minor", false),
	DEVICE(RENDER_MINOR,	MINOR,	render_minor,	"render-minor",	false),
	DEVICE(ACCEL_MINOR,	MINOR,	accel_minor,	"accel-minor",	false),
	DEVICE(METER,		U32,	meter,		"meter",	false),
	DEVICE(TICKETS,		UINT,	tickets,	"tickets",	false),
	DEVICE(JOBS,		UINT,	jobs,		"jobs",		false),
	DEVICE(JOBS_UNTICKETED,	UINT,	jobs_unticketed, "jobs-unticketed", false),
};
SET(device, headgate_device);

#define LANE(_type, _kind, _member, _name, _needed) \
	FIELD(LANE, _type, _kind, headgate_lane, _member, _name, _needed)

static const struct message_field lane_fields[] = {
	LANE(ID,		U32,	id,		"id",		true),
	LANE(DEVICE_ID,		U32,	device_id,	"device-id",	true),
	LANE(NAME,		STRING,	name,		"name",		false),
	LANE(JOBS,		UINT,	jobs,		"jobs",		false),
	LANE(BUSY_NS,		UINT,	busy_ns,	"busy-ns",	false),
	LANE(UNGOVERNED_NS,	UINT,	ungoverned_ns,	"ungoverned-ns", false),
	LANE(HELD_IDLE_NS,	UINT,	held_idle_ns,	"held-idle-ns",	false),
	LANE(OUTSTANDING,	U32,	outstanding,	"outstanding",	false),
	LANE(WAITING,		U32,	waiting,	"waiting",	false),
};
SET(lane, headgate_lane);

#define FLOW(_type, _kind, _member, _name, _needed) \
	FIELD(FLOW, _type, _kind, headgate_flow, _member, _name, _needed)

static const struct message_field flow_fields[] = {
	FLOW(AGENT_ID,		UINT,	agent_id,	"agent-id",	true),
	FLOW(LANE_ID,		U32,	lane_id,	"lane-id",	true),
	FLOW(DEVICE_ID,		U32,	device_id,	"device-id",	false),
	FLOW(DUE_PPM,		U32,	due_ppm,	"due-ppm",	false),
	FLOW(TICKETS,		UINT,	tickets,	"tickets",	false),
	FLOW(JOBS,		UINT,	jobs,		"jobs",		false),
	FLOW(BUSY_NS,		UINT,	busy_ns,	"busy-ns",	false),
	FLOW(QUEUED_NS,		UINT,	queued_ns,	"queued-ns",	false),
	FLOW(WAIT_NS,		UINT,	wait_ns,	"wait-ns",	false),
	FLOW(FAILED,		UINT,	failed,		"failed",	false),
	FLOW(FORCED,		UINT,	forced,		"forced",	false),
	FLOW(WAITING,		U32,	waiting,	"waiting",	false),
	FLOW(OUTSTANDING,	U32,	outstanding,	"outstanding",	false),
	FLOW(ESTIMATE_NS,	UINT,	estimate_ns,	"estimate-ns",	false),
	FLOW(WAIT_HISTOGRAM,	HISTOGRAM, wait_histogram, "wait-histogram", false),
};
SET(flow, headgate_flow);

#define EVENT(_type, _kind, _member, _name, _needed) \
	FIELD(EVENT, _type, _kind, headgate_event, _member, _name, _needed)

static const struct message_field event_fields[] = {
	EVENT(AGENT_ID,		UINT,	agent_id,	"agent-id",	true),
	EVENT(LANE_ID,		U32,	lane_id,	"lane-id",	false),
	EVENT(PID,		U32,	pid,		"pid",		false),
	EVENT(WAIT_NS,		UINT,	wait_ns,	"wait-ns",	false),
};
SET(event, headgate_event);
