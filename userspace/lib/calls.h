/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module over netlink: the connection (client.c), and the operations (calls.c). */
#ifndef LIBHEADGATE_CALLS_H
#define LIBHEADGATE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/headgate.h>

struct headgate_client;

/**
 * headgate_client_open() - connect to the module
 * @client: receives the connection
 *
 * A connection ends with the module: when it was removed, calls fail by
 * -ENOENT, and a new connection is needed.
 *
 * Return: 0, -ENOENT when the module is not loaded, -EPROTONOSUPPORT when the
 * kernel has no generic netlink or another version of the family, or the error
 * of the socket.
 */
int headgate_client_open(struct headgate_client **client);

/**
 * headgate_client_free() - disconnect
 * @client: connection, may be NULL inside
 */
void headgate_client_free(struct headgate_client **client);

/**
 * headgate_client_error() - why the last call failed, for people
 * @client: connection
 *
 * The extack text of the kernel with the name of the offending attribute, or
 * the text of the errno where the kernel sent none.
 *
 * Return: text without a full stop, owned by @client, valid until its next call.
 */
const char *headgate_client_error(const struct headgate_client *client);

/**
 * struct headgate_info - version, settings and counters of the module
 *
 * The fields are those of attribute set `info` in headgate.yaml.  @version is
 * owned by the struct.
 */
struct headgate_info {
	char *version;
	uint64_t horizon_ns;
	uint64_t max_wait_ns;
	uint64_t slice_batch_ns;
	uint64_t slice_interactive_ns;
	uint32_t agents;
	uint32_t tickets_live;
	uint32_t jobs_live;
	uint64_t agents_changes;
	uint32_t flow_dumps;
	uint64_t failed_open;
	uint64_t jobs_unmetered;
	uint64_t jobs_lost;
};

int headgate_info_get(struct headgate_client *client, struct headgate_info *info);
void headgate_info_free(struct headgate_info *info);

/* Bits of headgate_settings.present. */
#define HEADGATE_SETTINGS_HORIZON		(1U << 0)
#define HEADGATE_SETTINGS_MAX_WAIT		(1U << 1)
#define HEADGATE_SETTINGS_SLICE_BATCH		(1U << 2)
#define HEADGATE_SETTINGS_SLICE_INTERACTIVE	(1U << 3)

/**
 * struct headgate_settings - a change of settings
 * @present: HEADGATE_SETTINGS_* of the fields to change; the others stay
 */
struct headgate_settings {
	unsigned int present;
	uint64_t horizon_ns;
	uint64_t max_wait_ns;
	uint64_t slice_batch_ns;
	uint64_t slice_interactive_ns;
};

int headgate_info_set(struct headgate_client *client, const struct headgate_settings *settings);

/**
 * struct headgate_agent - a cgroup under policy
 * @id: cgroup id
 * @path: below the cgroup v2 root, beginning with a slash; owned by the struct,
 *	never NULL after a successful call
 * @parent_id: id of the nearest agent above, 0 at the top
 * @weight: relative to its siblings
 * @class: sets the slice
 * @slice_ns: overrides the slice of the class, 0 when it does not
 * @max_quota_ns: engine time per period and device, 0 or the period: no cap
 * @max_period_ns: period of the cap
 */
struct headgate_agent {
	uint64_t id;
	char *path;
	uint64_t parent_id;
	uint32_t weight;
	enum headgate_class class;
	uint64_t slice_ns;
	uint64_t max_quota_ns;
	uint64_t max_period_ns;
};

struct headgate_agents {
	struct headgate_agent *items;
	size_t count;
};

/* Bits of headgate_policy.present. */
#define HEADGATE_POLICY_WEIGHT	(1U << 0)
#define HEADGATE_POLICY_CLASS	(1U << 1)
#define HEADGATE_POLICY_SLICE	(1U << 2)
#define HEADGATE_POLICY_MAX	(1U << 3)

/**
 * struct headgate_policy - what to set for an agent
 * @id: cgroup id, or 0: the cgroup is named by @path
 * @path: path below the cgroup v2 root, or NULL; both are sent when both are given
 * @present: HEADGATE_POLICY_* of the fields below to change; the others stay,
 *	or are the default for a new agent
 * @max_quota_ns: HEADGATE_POLICY_MAX covers quota and period; 0 lifts the cap
 * @max_period_ns: not sent when 0
 */
struct headgate_policy {
	uint64_t id;
	const char *path;
	unsigned int present;
	uint32_t weight;
	enum headgate_class class;
	uint64_t slice_ns;
	uint64_t max_quota_ns;
	uint64_t max_period_ns;
};

/**
 * headgate_agent_set() - put a cgroup under policy, or change its policy
 * @client: connection
 * @policy: the change; takes effect whole or not at all
 *
 * Return: 0 or a negative errno; headgate_client_error() tells why.
 */
int headgate_agent_set(struct headgate_client *client, const struct headgate_policy *policy);

/**
 * headgate_agent_del() - take a cgroup out of policy
 * @client: connection
 * @id: cgroup id, or 0
 * @path: path below the cgroup v2 root, or NULL; one of the two is needed
 */
int headgate_agent_del(struct headgate_client *client, uint64_t id, const char *path);

/**
 * headgate_device_release() - let all tickets that wait for a device through
 * @client: connection
 * @id: device, 0 for all
 *
 * For a gate that was taken away or judges the device no more.
 */
int headgate_device_release(struct headgate_client *client, uint32_t id);

/**
 * headgate_agent_get() - one agent, named as in headgate_agent_del()
 * @client: connection
 * @id: cgroup id, or 0
 * @path: path below the cgroup v2 root, or NULL
 * @agent: receives the agent; the caller frees it by headgate_agent_free()
 */
int headgate_agent_get(struct headgate_client *client, uint64_t id, const char *path,
		       struct headgate_agent *agent);
int headgate_agent_dump(struct headgate_client *client, struct headgate_agents *agents);
void headgate_agent_free(struct headgate_agent *agent);
void headgate_agents_free(struct headgate_agents *agents);

/**
 * struct headgate_device - a device that has been submitted to
 * @id: number in this module, from 1
 * @name: name of the parent device, for example its PCI address
 * @driver: DRM driver name
 * @primary_minor: /dev/dri/cardN, -1 for none
 * @render_minor: /dev/dri/renderDN, -1 for none
 * @accel_minor: /dev/accel/accelN, -1 for none
 * @meter: what measures its jobs
 * @tickets: opened
 * @jobs: seen
 * @jobs_unticketed: jobs of agents that came without a ticket
 * @gone: 1 when the device is gone and listed for its ledger, else 0
 */
struct headgate_device {
	uint32_t id;
	char *name;
	char *driver;
	int primary_minor;
	int render_minor;
	int accel_minor;
	enum headgate_meter meter;
	uint64_t tickets;
	uint64_t jobs;
	uint64_t jobs_unticketed;
	uint32_t gone;
};

struct headgate_devices {
	struct headgate_device *items;
	size_t count;
};

int headgate_device_dump(struct headgate_client *client, struct headgate_devices *devices);
void headgate_devices_free(struct headgate_devices *devices);

/* struct headgate_lane - unit of queueing; the fields are those of headgate.yaml */
struct headgate_lane {
	uint32_t id;
	uint32_t device_id;
	char *name;
	uint64_t jobs;
	uint64_t busy_ns;
	uint64_t ungoverned_ns;
	uint64_t held_idle_ns;
	uint32_t outstanding;
	uint32_t waiting;
	uint64_t anticipated_ns;
	uint64_t time_ns;
	uint64_t idle_ns;
	uint64_t running_ns;
};

struct headgate_lanes {
	struct headgate_lane *items;
	size_t count;
};

int headgate_lane_dump(struct headgate_client *client, struct headgate_lanes *lanes);
void headgate_lanes_free(struct headgate_lanes *lanes);

/* struct headgate_flow - an agent on a lane; agent_id 0 is the ungoverned flow */
struct headgate_flow {
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint32_t due_ppm;
	uint64_t tickets;
	uint64_t jobs;
	uint64_t busy_ns;
	uint64_t queued_ns;
	uint64_t wait_ns;
	uint64_t failed;
	uint64_t forced;
	uint32_t waiting;
	uint32_t outstanding;
	uint64_t estimate_ns;
	uint32_t wait_histogram[HEADGATE_WAIT_BUCKETS];
	uint64_t think_ns;
	uint64_t anticipated_ns;
	uint64_t gone;
	uint64_t forget_gone;	/* of requests */
	uint32_t failed_pid;
	uint32_t failed_error;	/* errno of the last one that was not cancelled, 0: there is none */
	uint64_t cancelled;	/* of those that failed */
	uint32_t changed_since;	/* of requests */
};

struct headgate_flows {
	struct headgate_flow *items;
	size_t count;
};

int headgate_flow_dump(struct headgate_client *client, struct headgate_flows *flows);

/* Those that may be others than at the dump before which info.flow_dumps was @since; of no agent, and gone, all. */
int headgate_flow_dump_since(struct headgate_client *client, uint32_t since, struct headgate_flows *flows);

/* Agents that are gone: those of which flow.gone is up to @until were read, and are not told again. */
int headgate_flow_forget_gone(struct headgate_client *client, uint64_t until);
void headgate_flows_free(struct headgate_flows *flows);

/* struct headgate_job - that an engine serves; the fields are those of headgate.yaml */
struct headgate_job {
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint32_t pid;
	uint64_t queued_at_ns;
	uint64_t run_at_ns;
};

struct headgate_jobs {
	struct headgate_job *items;
	size_t count;
};

/*
 * The job at the head of each lane; of lanes of an engine class all that are with the engine.
 * One that is there at two moments has the same lane_id, pid and queued_at_ns.
 */
int headgate_job_dump(struct headgate_client *client, struct headgate_jobs *jobs);
void headgate_jobs_free(struct headgate_jobs *jobs);

/**
 * struct headgate_stall_report - a stall has begun, or ended
 * @kind: what does not get on
 * @end: it is over
 * @agent_id: whose, 0: of no agent
 * @lane_id: 0: of all of the device
 * @device_id: device
 * @pid: process, 0: not known
 * @age_ns: for how long it is so
 * @waiting: tickets that wait behind it
 */
struct headgate_stall_report {
	enum headgate_stall_kind kind;
	bool end;
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint32_t pid;
	uint64_t age_ns;
	uint32_t waiting;
};

/* Have it sent to all that follow events, as HEADGATE_EVENT_STALL_REPORT. */
int headgate_stall_report(struct headgate_client *client,
			  const struct headgate_stall_report *report);

/* struct headgate_pressure - of a group, or a trigger; the fields are those of headgate.yaml */
struct headgate_pressure {
	enum headgate_pressure_scope scope;
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint32_t some_avg10_ppm;
	uint32_t some_avg60_ppm;
	uint32_t some_avg300_ppm;
	uint64_t some_total_ns;
	uint32_t full_avg10_ppm;
	uint32_t full_avg60_ppm;
	uint32_t full_avg300_ppm;
	uint64_t full_total_ns;
	uint32_t waiting;
	uint32_t running;
	uint32_t trigger_id;	/* and all that follows: of triggers */
	enum headgate_pressure_kind kind;
	uint64_t threshold_ns;
	uint64_t window_ns;
};

struct headgate_pressures {
	struct headgate_pressure *items;
	size_t count;
};

int headgate_pressure_dump(struct headgate_client *client, struct headgate_pressures *pressures);
void headgate_pressures_free(struct headgate_pressures *pressures);

/**
 * headgate_pressure_trigger_add() - have HEADGATE_EVENT_PRESSURE sent to all that follow events
 * @client: connection; the trigger lasts as long as that, or as what it watches
 * @trigger: scope and ids, kind, threshold and window; receives its trigger_id
 */
int headgate_pressure_trigger_add(struct headgate_client *client,
				  struct headgate_pressure *trigger);

#endif
