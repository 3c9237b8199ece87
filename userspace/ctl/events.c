// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "follow.h"
#include "pressure.h"
#include "session.h"
#include "snapshot.h"
#include "table.h"

struct follower {
	struct headgate_client *client;
	struct headgate_agents agents;	/* names outlive their agents: read when a new one comes up */
	bool json;
	int error;
};

static const char *find_path(const struct follower *follower, uint64_t id)
{
	for (size_t i = 0; i < follower->agents.count; i++)
		if (follower->agents.items[i].id == id)
			return follower->agents.items[i].path;
	return NULL;
}

static const char *agent_path(struct follower *follower, uint64_t id)
{
	const char *path = find_path(follower, id);
	struct headgate_agents fresh;

	if (!path && !headgate_agent_dump(follower->client, &fresh)) {
		headgate_agents_free(&follower->agents);
		follower->agents = fresh;
		path = find_path(follower, id);
	}
	return path;
}

static const char *type_name(enum headgate_event_type type)
{
	switch (type) {
	case HEADGATE_EVENT_AGENT_GONE:
		return "agent-gone";
	case HEADGATE_EVENT_STALL:
		return "stall";
	case HEADGATE_EVENT_PRESSURE:
		return "pressure";
	case HEADGATE_EVENT_PRESSURE_GONE:
		return "pressure-gone";
	case HEADGATE_EVENT_STALL_REPORT:
		return "stall-report";
	case HEADGATE_EVENT_LOST:
		return "lost";
	}
	return "?";
}

static bool is_pressure(const struct headgate_event *event)
{
	return event->type == HEADGATE_EVENT_PRESSURE || event->type == HEADGATE_EVENT_PRESSURE_GONE;
}

static void report_json(struct headgate_json *json, const struct headgate_event *event)
{
	headgate_json_string(json, "kind", headgate_stall_kind_name(event->stall_kind));
	headgate_json_bool(json, "end", event->end);
	headgate_json_uint(json, "device_id", event->device_id);
	headgate_json_uint(json, "lane_id", event->lane_id);
	headgate_json_uint(json, "pid", event->pid);
	headgate_json_uint(json, "age_ns", event->wait_ns);
	headgate_json_uint(json, "waiting", event->waiting);
}

static void report_print(const struct headgate_event *event)
{
	char age[32];

	printf(" %s device %" PRIu32, headgate_stall_kind_name(event->stall_kind), event->device_id);
	if (event->lane_id)
		printf(" lane %" PRIu32, event->lane_id);
	if (event->pid)
		printf(" pid %" PRIu32, event->pid);
	printf(": %s after %s, %" PRIu32 " tickets wait", event->end ? "over" : "begun",
	       headgate_duration_format(event->wait_ns, age, sizeof(age)), event->waiting);
}

static void print_json(struct follower *follower, const struct headgate_event *event,
		       const struct timespec *now, const char *path)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, false);
	headgate_json_uint(&json, "time_ns",
			   (uint64_t)now->tv_sec * 1000000000 + (uint64_t)now->tv_nsec);
	headgate_json_string(&json, "event", type_name(event->type));
	if (event->agent_id) {
		headgate_json_uint(&json, "agent_id", event->agent_id);
		if (path)
			headgate_json_string(&json, "agent", path);
		else
			headgate_json_null(&json, "agent");
	}
	if (event->type == HEADGATE_EVENT_STALL) {
		headgate_json_uint(&json, "lane_id", event->lane_id);
		headgate_json_uint(&json, "pid", event->pid);
		headgate_json_uint(&json, "wait_ns", event->wait_ns);
	}
	if (event->type == HEADGATE_EVENT_STALL_REPORT)
		report_json(&json, event);
	if (is_pressure(event))
		pressure_event_json(&json, event);
	follower->error = headgate_json_end(&json);
}

static void print_text(struct follower *follower, const struct headgate_event *event,
		       const struct timespec *now, const char *path)
{
	char text[64], clean[4096];
	struct tm local;

	localtime_r(&now->tv_sec, &local);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &local);
	printf("%s %s", text, type_name(event->type));
	snprintf(clean, sizeof(clean), "%s", path ? path : "");
	table_sanitize(clean);
	if (event->type == HEADGATE_EVENT_LOST)
		fputs(" some events, more came than could be read", stdout);
	else if (path)
		printf(" %s", clean);
	else if (event->agent_id)
		printf(" agent %" PRIu64, event->agent_id);
	if (event->type == HEADGATE_EVENT_STALL)
		printf(" lane %" PRIu32 " pid %" PRIu32 ": let through in debt after %s",
		       event->lane_id, event->pid,
		       headgate_duration_format(event->wait_ns, text, sizeof(text)));
	if (event->type == HEADGATE_EVENT_STALL_REPORT)
		report_print(event);
	if (is_pressure(event) && event->scope == HEADGATE_PRESSURE_SCOPE_LANE)
		printf(" lane %" PRIu32, event->lane_id);
	if (is_pressure(event))
		pressure_event_print(event);
	putchar('\n');
	if (fflush(stdout))
		follower->error = -errno;
}

static void on_event(const struct headgate_event *event, void *data)
{
	struct follower *follower = data;
	struct timespec now;
	const char *path = !event->agent_id ? NULL : *event->path ? event->path :
			   agent_path(follower, event->agent_id);

	clock_gettime(CLOCK_REALTIME, &now);
	if (follower->json)
		print_json(follower, event, &now, path);
	else
		print_text(follower, event, &now, path);
}

int run_events(const struct arguments *arguments)
{
	headgate_cleanup(headgate_events_free) struct headgate_events *events = NULL;
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct follower follower = { .json = arguments->values[OPTION_JSON] };
	int ret = session_open(&client);

	if (ret)
		return ret;
	follower.client = client;
	/* Names first: an agent that goes is asked for when it is no more. */
	ret = headgate_agent_dump(client, &follower.agents);
	if (ret)
		return session_fail(client, ret, "cannot follow events");
	ret = headgate_events_open(&events, on_event, &follower);
	ret = ret ? session_error(ret, "cannot follow events") :
		    follow_events(client, events, &follower.error);
	if (!ret)
		ret = session_error(follower.error, "cannot print events");
	headgate_agents_free(&follower.agents);
	return ret;
}
