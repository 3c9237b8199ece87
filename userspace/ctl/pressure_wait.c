// SPDX-License-Identifier: GPL-2.0-or-later
/* `pressure --wait`: triggers of the module, and the events that come of them. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "follow.h"
#include "pressure.h"
#include "session.h"

#define TRIGGERS_MAX HEADGATE_PRESSURE_TRIGGERS_MAX

struct waiter {
	struct headgate_client *client;
	struct headgate_pressure triggers[TRIGGERS_MAX];	/* with their numbers, 0: gone */
	unsigned int count;
	unsigned int left;
	char name[4096];	/* as on the command line */
	bool json;
	int done;		/* not 0: no need to wait any more */
	int status;
};

static const char *kind_name(enum headgate_pressure_kind kind)
{
	return kind == HEADGATE_PRESSURE_KIND_SOME ? "some" : "full";
}

void pressure_event_json(struct headgate_json *json, const struct headgate_event *event)
{
	if (event->lane_id)
		headgate_json_uint(json, "lane_id", event->lane_id);
	headgate_json_uint(json, "device_id", event->device_id);
	headgate_json_string(json, "kind", kind_name(event->kind));
	headgate_json_uint(json, "trigger_id", event->trigger_id);
	if (event->type != HEADGATE_EVENT_PRESSURE)
		return;
	headgate_json_uint(json, "stall_ns", event->stall_ns);
	headgate_json_uint(json, "window_ns", event->window_ns);
}

void pressure_event_print(const struct headgate_event *event)
{
	char stall[32], window[32];

	printf(" on device %" PRIu32 ": %s", event->device_id, kind_name(event->kind));
	if (event->type == HEADGATE_EVENT_PRESSURE)
		printf(" %s in %s", headgate_duration_format(event->stall_ns, stall, sizeof(stall)),
		       headgate_duration_format(event->window_ns, window, sizeof(window)));
	else
		printf(", which is gone");
}

static void tell(struct waiter *waiter, const struct headgate_event *event)
{
	struct headgate_json json;

	if (waiter->json) {
		headgate_json_begin(&json, stdout, false);
		if (event->agent_id)
			headgate_json_uint(&json, "agent_id", event->agent_id);
		pressure_event_json(&json, event);
		waiter->status = headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
		return;
	}
	fputs(waiter->name, stdout);
	pressure_event_print(event);
	putchar('\n');
}

static void trigger_gone(struct waiter *waiter, struct headgate_pressure *trigger)
{
	trigger->trigger_id = 0;
	if (--waiter->left)
		return;
	fprintf(stderr, "headgate: %s is gone\n", waiter->name);
	waiter->status = EXIT_FAILED;
	waiter->done = 1;
}

/*
 * One of the lost may have said that a trigger has ended. The module keeps the others until we
 * end; what these say is not for us any more.
 */
static void add_anew(struct waiter *waiter)
{
	for (unsigned int i = 0; i < waiter->count && !waiter->done; i++) {
		struct headgate_pressure *trigger = &waiter->triggers[i];
		int ret = trigger->trigger_id ?
			  headgate_pressure_trigger_add(waiter->client, trigger) : 0;

		if (ret == -ENOENT) {
			trigger_gone(waiter, trigger);
		} else if (ret) {
			waiter->status = session_fail(waiter->client, ret,
						      "cannot wait for the pressure of %s",
						      waiter->name);
			waiter->done = 1;
		}
	}
}

static void on_event(const struct headgate_event *event, void *data)
{
	struct waiter *waiter = data;
	struct headgate_pressure *trigger = NULL;

	if (event->type == HEADGATE_EVENT_LOST && !waiter->done)
		add_anew(waiter);
	for (unsigned int i = 0; i < waiter->count; i++)
		if (event->trigger_id && waiter->triggers[i].trigger_id == event->trigger_id)
			trigger = &waiter->triggers[i];
	if (!trigger || waiter->done)
		return;
	if (event->type == HEADGATE_EVENT_PRESSURE) {
		tell(waiter, event);
		waiter->done = 1;
	} else if (event->type == HEADGATE_EVENT_PRESSURE_GONE) {
		trigger_gone(waiter, trigger);
	}
}

/* "some 150ms 1s" */
static int parse_trigger(const char *text, struct headgate_pressure *trigger)
{
	char kind[8], threshold[24], window[24], rest;

	if (sscanf(text, "%7s %23s %23s %c", kind, threshold, window, &rest) != 3 ||
	    (strcmp(kind, "some") && strcmp(kind, "full")) ||
	    headgate_duration_parse(threshold, &trigger->threshold_ns) ||
	    headgate_duration_parse(window, &trigger->window_ns))
		return usage_error("--wait '%s' is not some or full, a threshold and a window, such as 'some 150ms 1s'",
				   text);
	trigger->kind = strcmp(kind, "some") ? HEADGATE_PRESSURE_KIND_FULL :
					       HEADGATE_PRESSURE_KIND_SOME;
	return EXIT_OK;
}

static int add(struct waiter *waiter, struct headgate_client *client,
	       const struct headgate_pressure *trigger)
{
	struct headgate_pressure *added;
	int ret;

	if (waiter->count == TRIGGERS_MAX)
		return EXIT_OK; /* more devices than there may be triggers */
	added = &waiter->triggers[waiter->count];
	*added = *trigger;
	ret = headgate_pressure_trigger_add(client, added);
	if (ret)
		return session_fail(client, ret, "cannot wait for the pressure of %s", waiter->name);
	waiter->count++;
	waiter->left++;
	return EXIT_OK;
}

/* The group on each device where it may be. */
static int add_all(struct waiter *waiter, struct headgate_client *client,
		   struct headgate_pressure *trigger)
{
	struct headgate_devices devices;
	struct headgate_lanes lanes;
	int ret = headgate_lane_dump(client, &lanes);

	if (!ret) {
		for (size_t i = 0; i < lanes.count; i++)
			if (trigger->lane_id && lanes.items[i].id == trigger->lane_id)
				trigger->device_id = lanes.items[i].device_id;
		headgate_lanes_free(&lanes);
		ret = headgate_device_dump(client, &devices);
	}
	if (ret)
		return session_fail(client, ret, "cannot wait for the pressure of %s", waiter->name);
	for (size_t i = 0; i < devices.count && !ret; i++)
		if (!devices.items[i].gone &&
		    (trigger->scope == HEADGATE_PRESSURE_SCOPE_AGENT ||
		     trigger->device_id == devices.items[i].id)) {
			struct headgate_pressure each = *trigger;

			each.device_id = devices.items[i].id;
			ret = add(waiter, client, &each);
		}
	headgate_devices_free(&devices);
	if (ret || waiter->count)
		return ret;
	fprintf(stderr, "headgate: cannot wait for the pressure of %s: there is no such device yet\n",
		waiter->name);
	return EXIT_FAILED;
}

int pressure_wait(struct headgate_client *client, const struct arguments *arguments)
{
	headgate_cleanup(headgate_events_free) struct headgate_events *events = NULL;
	struct waiter waiter = { .client = client, .json = arguments->values[OPTION_JSON] };
	struct headgate_pressure group = { 0 };
	int ret, words;

	ret = parse_trigger(arguments->values[OPTION_WAIT], &group);
	if (ret)
		return ret;
	if (!arguments->count)
		return usage_error("--wait needs an agent, a lane or a device");
	ret = pressure_parse_group(arguments->positional, client, &group, &words);
	if (ret)
		return ret;
	if (words != arguments->count)
		return usage_error("--wait takes one agent, lane or device");
	snprintf(waiter.name, sizeof(waiter.name), "%s%s%s", arguments->positional[0],
		 words > 1 ? " " : "", words > 1 ? arguments->positional[1] : "");
	ret = headgate_events_open(&events, on_event, &waiter);
	if (ret)
		return session_error(ret, "cannot follow events");
	ret = add_all(&waiter, client, &group);
	if (!ret)
		ret = follow_events(client, events, &waiter.done);
	return ret ? ret : waiter.status;
}
