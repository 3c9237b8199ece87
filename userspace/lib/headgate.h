/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libheadgate: what the daemon and the tool share.
 *
 * Habits of the whole library: functions return 0 or a count, and a negative
 * errno on failure; an output is untouched on failure; nothing is logged.
 * `_free` functions take the address of the object, accept an empty one, leave
 * it empty, and so serve as __attribute__((cleanup)) handlers.  No function
 * may be called for one object from two threads at once; different objects
 * are independent.
 */
#ifndef LIBHEADGATE_H
#define LIBHEADGATE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/headgate.h>

#define headgate_cleanup(function) __attribute__((cleanup(function)))

/* ---- netlink: the connection (client.c) ---- */

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

/* ---- netlink: the calls (calls.c) ---- */

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
};

struct headgate_flows {
	struct headgate_flow *items;
	size_t count;
};

int headgate_flow_dump(struct headgate_client *client, struct headgate_flows *flows);
void headgate_flows_free(struct headgate_flows *flows);

/* ---- netlink: events (events.c) ---- */

enum headgate_event_type {
	HEADGATE_EVENT_AGENT_GONE,	/* agent_id */
	HEADGATE_EVENT_STALL,		/* agent_id, lane_id, pid, wait_ns */
	HEADGATE_EVENT_LOST,		/* the socket overflowed: read state anew by dumps */
};

struct headgate_event {
	enum headgate_event_type type;
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t pid;
	uint64_t wait_ns;
};

typedef void (*headgate_event_fn)(const struct headgate_event *event, void *data);

struct headgate_events;

/**
 * headgate_events_open() - subscribe to the events of the module
 * @events: receives the subscription, which has a socket of its own
 * @function: called from headgate_events_process() for each event
 * @data: handed to @function
 *
 * The subscription ends with the module: after the module was removed and
 * inserted again a new one is needed.
 *
 * Return: as headgate_client_open().
 */
int headgate_events_open(struct headgate_events **events, headgate_event_fn function, void *data);
void headgate_events_free(struct headgate_events **events);

/* The non-blocking socket, to be polled for input. */
int headgate_events_fd(const struct headgate_events *events);

/**
 * headgate_events_process() - hand all events that are there to the callback
 * @events: subscription
 *
 * An overflow of the socket is no error: it is an event, HEADGATE_EVENT_LOST.
 *
 * Return: number of events handed on, or a negative errno.
 */
int headgate_events_process(struct headgate_events *events);

/* ---- cgroups (cgroup.c, spawn.c) ----
 * Paths are below the cgroup v2 root and begin with a slash, as in the module.
 */

/**
 * headgate_cgroup_root() - mount point of the cgroup v2 hierarchy
 * @root: receives the path without a final slash, to be freed by the caller
 *
 * $HEADGATE_CGROUP_ROOT, else the first cgroup2 mount of the hierarchy's root
 * in /proc/self/mountinfo.
 *
 * Return: 0, or -ENOENT when cgroup v2 is not mounted.
 */
int headgate_cgroup_root(char **root);

/* As headgate_cgroup_root(), from an open file in the format of mountinfo. */
int headgate_cgroup_root_from(FILE *mountinfo, char **root);

/* Path from the root of the file system; -EINVAL for a relative path or one with "..". */
int headgate_cgroup_absolute(const char *path, char **absolute);

/* Cgroup id of a path; -ENOENT, -ENOTDIR, -EINVAL. */
int headgate_cgroup_id(const char *path, uint64_t *id);

/* Path of a cgroup id (needs CAP_DAC_READ_SEARCH); -ENOENT or -ESTALE when it is gone. */
int headgate_cgroup_path(uint64_t id, char **path);

/**
 * headgate_cgroup_create() - make a cgroup and those above it
 * @path: path
 *
 * Return: 1 when the last component was made, 0 when it was there, or a
 * negative errno.
 */
int headgate_cgroup_create(const char *path);

/* Remove an empty cgroup; -EBUSY while a process or a child is in it. */
int headgate_cgroup_remove(const char *path);

/* Move process @pid (0: the caller) into a cgroup. */
int headgate_cgroup_attach(const char *path, pid_t pid);

/* Kill all processes in and below a cgroup (cgroup.kill). */
int headgate_cgroup_kill(const char *path);

/**
 * headgate_cgroup_spawn() - run a command that is born in a cgroup
 * @path: cgroup
 * @argv: NULL-terminated, argv[0] is looked up in $PATH
 * @mask: signal mask of the command, NULL: that of the caller
 *
 * The child never runs outside the cgroup: clone3(CLONE_INTO_CGROUP).
 *
 * Return: pid of the child, or a negative errno, that of exec included.
 */
pid_t headgate_cgroup_spawn(const char *path, char *const argv[], const sigset_t *mask);

/* ---- DRM and accel devices (drm.c) ---- */

/**
 * struct headgate_drm_device - a DRM or accel device of this host
 * @name: name of the parent device, for example its PCI address; the same
 *	as headgate_device.name
 * @driver: DRM driver name, "" when it could not be asked
 * @primary_minor: /dev/dri/cardN, -1 for none
 * @render_minor: /dev/dri/renderDN, -1 for none
 * @accel_minor: /dev/accel/accelN, -1 for none
 * @primary_node: path, "" for none
 * @render_node: path, "" for none
 * @accel_node: path, "" for none
 */
struct headgate_drm_device {
	char name[64];
	char driver[64];
	int primary_minor;
	int render_minor;
	int accel_minor;
	char primary_node[64];
	char render_node[64];
	char accel_node[64];
};

struct headgate_drm_devices {
	struct headgate_drm_device *items;
	size_t count;
};

/* All DRM and accel devices; none is not an error. */
int headgate_drm_enumerate(struct headgate_drm_devices *devices);

/* As headgate_drm_enumerate(), below another root directory. */
int headgate_drm_enumerate_at(const char *root, struct headgate_drm_devices *devices);
void headgate_drm_devices_free(struct headgate_drm_devices *devices);

/* ---- wait histograms (histogram.c) ---- */

/* Lower edge of bucket @bucket in ns; @bucket == HEADGATE_WAIT_BUCKETS gives the end of the last. */
uint64_t headgate_histogram_edge(unsigned int bucket);

/* @counts += or -= @other; counters wrap as those of the module do. */
void headgate_histogram_add(uint32_t *counts, const uint32_t *other);
void headgate_histogram_subtract(uint32_t *counts, const uint32_t *other);

/**
 * headgate_histogram_percentile() - smallest wait that @percent of waits do not exceed
 * @counts: HEADGATE_WAIT_BUCKETS counts
 * @percent: above 0, up to 100
 * @ns: receives the wait in ns, interpolated within its bucket; a bucket is at
 *	most a quarter as wide as its lower edge, which bounds the error
 *
 * Return: 0, -ENODATA when there are no waits, -EINVAL.
 */
int headgate_histogram_percentile(const uint32_t *counts, double percent, uint64_t *ns);

/* ---- JSON (json.c) ---- */

#define HEADGATE_JSON_DEPTH 32

/**
 * struct headgate_json - a streaming writer; initialise by headgate_json_begin()
 * @error: first error (negative errno): a failed write, or calls that do not nest
 */
struct headgate_json {
	FILE *file;
	bool pretty;
	int error;
	unsigned int depth;
	char kind[HEADGATE_JSON_DEPTH];
	bool filled[HEADGATE_JSON_DEPTH];
};

/*
 * Open the document: an object with schema_version on top.  headgate_json_end()
 * closes it, ends the line, flushes, and returns the first error.
 */
void headgate_json_begin(struct headgate_json *json, FILE *file, bool pretty);
int headgate_json_end(struct headgate_json *json);

/* @key is NULL within an array. */
void headgate_json_object(struct headgate_json *json, const char *key);
void headgate_json_array(struct headgate_json *json, const char *key);
void headgate_json_close(struct headgate_json *json);	/* the innermost object or array */
void headgate_json_string(struct headgate_json *json, const char *key, const char *value);
void headgate_json_uint(struct headgate_json *json, const char *key, uint64_t value);
void headgate_json_int(struct headgate_json *json, const char *key, int64_t value);
void headgate_json_double(struct headgate_json *json, const char *key, double value);
void headgate_json_bool(struct headgate_json *json, const char *key, bool value);
void headgate_json_null(struct headgate_json *json, const char *key);

/* ---- units and words (units.c, names.c) ---- */

/* "4ms", "1.5s", "100us", "250ns", "2m", "1h", "0"; -EINVAL, -ERANGE. */
int headgate_duration_parse(const char *text, uint64_t *ns);

/* Three significant digits and a unit: "4 ms", "1.25 s"; returns @text. */
char *headgate_duration_format(uint64_t ns, char *text, size_t size);

/* "30%" as a fraction, 0.3; 0 to 100 %. */
int headgate_percent_parse(const char *text, double *fraction);

/**
 * headgate_cap_parse() - a cap: "30%", "30ms/100ms", or "max" for none
 * @text: text; a percentage is taken of HEADGATE_CAP_PERIOD_NS
 * @quota_ns: receives engine time per period, 0 for no cap
 * @period_ns: receives the period, never 0
 *
 * Return: 0, -EINVAL, or -ERANGE (no more than 0, or a quota above the period).
 */
int headgate_cap_parse(const char *text, uint64_t *quota_ns, uint64_t *period_ns);

/* 100 ms, as cpu.max has it: short against what people notice, long against a job. */
#define HEADGATE_CAP_PERIOD_NS	UINT64_C(100000000)

/* "max", "30%"; returns @text. */
char *headgate_cap_format(uint64_t quota_ns, uint64_t period_ns, char *text, size_t size);

/* A number for people: "998", "12.3k", "4.56M"; returns @text. */
char *headgate_count_format(uint64_t count, char *text, size_t size);

/* Decimal number within [min, max]; -EINVAL, -ERANGE. */
int headgate_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* "batch", "interactive"; -EINVAL. headgate_class_name() gives "?" for others. */
int headgate_class_parse(const char *text, enum headgate_class *class);
const char *headgate_class_name(enum headgate_class class);
const char *headgate_meter_name(enum headgate_meter meter);

#endif /* LIBHEADGATE_H */
