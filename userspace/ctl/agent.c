// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent.h"
#include "commands.h"
#include "screen.h"
#include "session.h"
#include "setting.h"
#include "snapshot.h"
#include "states.h"
#include "table.h"

int agent_policy(const struct arguments *arguments, struct headgate_policy *policy)
{
	const char *weight = arguments->values[OPTION_WEIGHT];
	const char *class = arguments->values[OPTION_CLASS];
	const char *slice = arguments->values[OPTION_SLICE];
	const char *max = arguments->values[OPTION_MAX];
	uint64_t number;

	if (weight) {
		if (headgate_number_parse(weight, HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX, &number))
			return usage_error("--weight '%s' is not a whole number from %d to %d", weight,
					   HEADGATE_WEIGHT_MIN, HEADGATE_WEIGHT_MAX);
		policy->weight = (uint32_t)number;
		policy->present |= HEADGATE_POLICY_WEIGHT;
	}
	if (class) {
		if (headgate_class_parse(class, &policy->class))
			return usage_error("--class '%s' is neither batch nor interactive", class);
		policy->present |= HEADGATE_POLICY_CLASS;
	}
	if (slice) {
		/* 0 takes the slice of the class. */
		if (headgate_duration_parse(slice, &policy->slice_ns) || policy->slice_ns) {
			int ret = arguments_time(OPTION_SLICE, slice, "500us or 4ms",
						 HEADGATE_SLICE_MIN_NS, HEADGATE_SLICE_MAX_NS,
						 &policy->slice_ns);

			if (ret)
				return ret;
		}
		policy->present |= HEADGATE_POLICY_SLICE;
	}
	if (max) {
		int ret = headgate_cap_parse(max, &policy->max_quota_ns, &policy->max_period_ns);

		if (ret == -ERANGE)
			return usage_error("--max '%s' is not above 0 and at most the whole: 100%%, or a quota as long as its period", max);
		if (ret)
			return usage_error("--max '%s' is not a cap such as 30%%, 30ms/100ms or max",
					   max);
		if (policy->max_period_ns < HEADGATE_PERIOD_MIN_NS ||
		    policy->max_period_ns > HEADGATE_PERIOD_MAX_NS)
			return usage_error("--max '%s' has a period that is out of range: 1 ms to 10 s are allowed",
					   max);
		policy->present |= HEADGATE_POLICY_MAX;
	}
	return EXIT_OK;
}

void agent_json(struct headgate_json *json, const struct headgate_agent *agent)
{
	headgate_json_uint(json, "id", agent->id);
	headgate_json_string(json, "path", agent->path);
	if (agent->parent_id)
		headgate_json_uint(json, "parent_id", agent->parent_id);
	else
		headgate_json_null(json, "parent_id");
	headgate_json_uint(json, "weight", agent->weight);
	headgate_json_string(json, "class", headgate_class_name(agent->class));
	headgate_json_uint(json, "slice_ns", agent->slice_ns);
	headgate_json_uint(json, "max_quota_ns", agent->max_quota_ns);
	headgate_json_uint(json, "max_period_ns", agent->max_period_ns);
}

static int list_json(const struct snapshot *snapshot)
{
	headgate_cleanup(headgate_labels_free) struct headgate_labels_list labels = { 0 };
	const struct headgate_agents *agents = &snapshot->agents;
	struct headgate_json json;

	if (labels_read(agents, &labels))
		return session_error(-ENOMEM, "cannot list the agents");
	headgate_json_begin(&json, stdout, true);
	headgate_json_array(&json, "agents");
	for (size_t i = 0; i < agents->count; i++) {
		headgate_json_object(&json, NULL);
		agent_json(&json, &agents->items[i]);
		labels_json(&json, headgate_labels_find(&labels, agents->items[i].id));
		states_json(&json, headgate_lives_find(&snapshot->lives, agents->items[i].id));
		headgate_json_close(&json);
	}
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static int list_text(const struct snapshot *snapshot)
{
	static const struct table_column columns[] = {
		{ .title = "AGENT", .shrink = true },
		{ .title = "WEIGHT", .right = true },
		{ .title = "CLASS" },
		{ .title = "SLICE", .right = true },
		{ .title = "MAX", .right = true },
		{ .title = "PERIOD", .right = true, .drop = 1 },
		{ .title = "STATE", .width = 8 },
		{ .title = "FOR", .right = true, .drop = 2 },
		{ .title = "ID", .right = true },
	};
	const struct headgate_agents *agents = &snapshot->agents;
	struct table table = { .columns = columns, .n_columns = 9 };
	char slice[32], cap[32], period[32], age[32];

	if (!agents->count) {
		puts("No agents yet.  Put a cgroup under policy: headgate agent set /CGROUP --weight 200");
		return EXIT_OK;
	}
	for (size_t i = 0; i < agents->count; i++) {
		const struct headgate_agent *agent = &agents->items[i];
		const struct headgate_life *life = headgate_lives_find(&snapshot->lives, agent->id);
		bool capped = agent->max_quota_ns && agent->max_quota_ns < agent->max_period_ns;

		table_add(&table, "%s", agent->path);
		table_add(&table, "%" PRIu32, agent->weight);
		table_add(&table, "%s", headgate_class_name(agent->class));
		table_add(&table, "%s", !agent->slice_ns ? "class" :
			  headgate_duration_format(agent->slice_ns, slice, sizeof(slice)));
		table_add(&table, "%s", headgate_cap_format(agent->max_quota_ns,
			  agent->max_period_ns, cap, sizeof(cap)));
		table_add(&table, "%s", !capped ? "-" :
			  headgate_duration_format(agent->max_period_ns, period, sizeof(period)));
		table_add(&table, "%s", life ? headgate_life_name(life->state) : "?");
		table_add(&table, "%s", states_age(life, age, sizeof(age)));
		table_add(&table, "%" PRIu64, agent->id);
	}
	table_print(&table, stdout, screen_line(), NULL, NULL);
	table_clear(&table);
	return EXIT_OK;
}

int run_agent_list(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(snapshot_free) struct snapshot snapshot = { 0 };
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = snapshot_take(client, &snapshot);
	if (ret)
		return session_fail(client, ret, "cannot list the agents");
	return arguments->values[OPTION_JSON] ? list_json(&snapshot) : list_text(&snapshot);
}

static int show(struct headgate_client *client, const struct headgate_policy *policy)
{
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	struct headgate_json json;
	int ret = headgate_agent_get(client, policy->id, policy->path, &agent);

	if (ret)
		return session_fail(client, ret, "cannot read the agent");
	headgate_json_begin(&json, stdout, true);
	headgate_json_object(&json, "agent");
	agent_json(&json, &agent);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

int run_agent_set(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct headgate_policy policy = { 0 };
	int ret = session_cgroup(arguments->positional[0], &policy.id, &policy.path);

	if (!ret)
		ret = agent_policy(arguments, &policy);
	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	ret = headgate_agent_set(client, &policy);
	if (ret)
		return session_fail(client, ret, "cannot set agent %s", arguments->positional[0]);
	if (policy.path && !strcmp(policy.path, "/"))
		fputs("headgate: / is the root cgroup: all work of no other agent is this agent's now, and none is ungoverned; headgate agent del / takes that back\n",
		      stderr);
	return arguments->values[OPTION_JSON] ? show(client, &policy) : EXIT_OK;
}

int run_agent_del(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct headgate_json json;
	const char *path;
	uint64_t id;
	int ret = session_cgroup(arguments->positional[0], &id, &path);

	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	ret = headgate_agent_del(client, id, path);
	if (ret)
		return session_fail(client, ret, "cannot delete agent %s", arguments->positional[0]);
	if (!arguments->values[OPTION_JSON])
		return EXIT_OK;
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "deleted", arguments->positional[0]);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}
