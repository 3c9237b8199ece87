// SPDX-License-Identifier: GPL-2.0-or-later
/* `usage`: what drivers tell of the clients that are open, summed up by agent. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "screen.h"
#include "session.h"
#include "table.h"
#include "usage.h"

/* The clients of one agent on one device. */
struct usage {
	size_t agent;		/* SIZE_MAX: of none */
	const struct headgate_fdinfo *device;	/* of any of them: its driver and address */
	const char *name;	/* as device list has it */
	size_t clients;
	uint64_t busy_ns;
	uint64_t cycles;
};

struct usages {
	const struct headgate_agents *agents;
	const struct headgate_drm_devices *devices;
	struct usage *items;
	size_t count;
};

static void usages_free(struct usages *usages)
{
	free(usages->items);
}

/*
 * The name by which device list has it.  On PCI that is the address, which the driver tells; by
 * what name a process has opened a node is its own affair.
 */
static const char *device_name(const struct usages *usages, const struct headgate_drm_client *client)
{
	if (*client->info.pdev)
		return client->info.pdev;
	for (size_t i = 0; i < usages->devices->count; i++) {
		const struct headgate_drm_device *device = &usages->devices->items[i];

		if (!strcmp(client->node, device->primary_node) ||
		    !strcmp(client->node, device->render_node) ||
		    !strcmp(client->node, device->accel_node))
			return device->name;
	}
	return "";
}

/* Room is for as many as there are clients. */
static struct usage *usage_of(struct usages *usages, size_t agent,
			      const struct headgate_drm_client *client)
{
	const struct headgate_fdinfo *info = &client->info;
	const char *name = device_name(usages, client);
	struct usage *usage = usages->items;

	for (; usage < usages->items + usages->count; usage++)
		if (usage->agent == agent && !strcmp(usage->device->driver, info->driver) &&
		    !strcmp(usage->name, name))
			return usage;
	*usage = (struct usage){ .agent = agent, .device = info, .name = name };
	usages->count++;
	return usage;
}

static int usages_sum(struct usages *usages, const struct headgate_drm_clients *clients)
{
	size_t n_agents = usages->agents->count;
	const char **paths = calloc(n_agents + 1, sizeof(*paths));

	usages->items = calloc(clients->count + 1, sizeof(*usages->items));
	if (!paths || !usages->items) {
		free(paths);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_agents; i++)
		paths[i] = usages->agents->items[i].path;
	for (size_t i = 0; i < clients->count; i++) {
		const struct headgate_drm_client *client = &clients->items[i];
		size_t agent = headgate_usage_agent(paths, n_agents, client->cgroup);
		struct usage *usage = usage_of(usages, agent < n_agents ? agent : SIZE_MAX,
					       client);

		usage->clients++;
		usage->busy_ns += headgate_fdinfo_busy_ns(&client->info);
		for (size_t e = 0; e < client->info.n_engines; e++)
			usage->cycles += client->info.engines[e].cycles;
	}
	free(paths);
	return 0;
}

static const char *agent_path(const struct usages *usages, const struct usage *usage)
{
	return usage->agent == SIZE_MAX ? "(ungoverned)" :
					  usages->agents->items[usage->agent].path;
}

static int usages_json(const struct usages *usages)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_array(&json, "usage");
	for (size_t i = 0; i < usages->count; i++) {
		const struct usage *usage = &usages->items[i];

		headgate_json_object(&json, NULL);
		headgate_json_string(&json, "agent", agent_path(usages, usage));
		headgate_json_string(&json, "driver", usage->device->driver);
		headgate_json_string(&json, "device", usage->name);
		headgate_json_string(&json, "pdev", usage->device->pdev);
		headgate_json_uint(&json, "clients", usage->clients);
		headgate_json_uint(&json, "busy_ns", usage->busy_ns);
		headgate_json_uint(&json, "cycles", usage->cycles);
		headgate_json_close(&json);
	}
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static int usages_text(const struct usages *usages)
{
	static const struct table_column columns[] = {
		{ .title = "AGENT", .shrink = true },
		{ .title = "DRIVER" },
		{ .title = "DEVICE", .drop = 1 },
		{ .title = "CLIENTS", .right = true },
		{ .title = "BUSY", .right = true },
		{ .title = "CYCLES", .right = true, .drop = 2 },
	};
	headgate_cleanup(table_clear) struct table table = { .columns = columns, .n_columns = 6 };
	char text[32];

	if (!usages->count) {
		puts("No client of a DRM device is open, or its driver does not tell of it.");
		return EXIT_OK;
	}
	for (size_t i = 0; i < usages->count; i++) {
		const struct usage *usage = &usages->items[i];

		table_add(&table, "%s", agent_path(usages, usage));
		table_add(&table, "%s", usage->device->driver);
		table_add(&table, "%s", *usage->name ? usage->name : "-");
		table_add(&table, "%zu", usage->clients);
		table_add(&table, "%s",
			  headgate_duration_format(usage->busy_ns, text, sizeof(text)));
		table_add(&table, "%s", usage->cycles ?
			  headgate_count_format(usage->cycles, text, sizeof(text)) : "-");
	}
	table_print(&table, stdout, screen_line(), NULL, NULL);
	return EXIT_OK;
}

int run_usage(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(headgate_agents_free) struct headgate_agents agents = { 0 };
	headgate_cleanup(headgate_drm_clients_free) struct headgate_drm_clients clients = { 0 };
	headgate_cleanup(headgate_drm_devices_free) struct headgate_drm_devices devices = { 0 };
	headgate_cleanup(usages_free) struct usages usages = {
		.agents = &agents, .devices = &devices,
	};
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = headgate_agent_dump(client, &agents);
	if (ret)
		return session_fail(client, ret, "cannot list the agents");
	ret = headgate_drm_list_at("", &devices) ?: headgate_drm_clients_read("", &clients) ?: usages_sum(&usages, &clients);
	if (ret)
		return session_error(ret, "cannot read what drivers tell of their clients");
	return arguments->values[OPTION_JSON] ? usages_json(&usages) : usages_text(&usages);
}
