// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "device.h"
#include "screen.h"
#include "session.h"
#include "table.h"

#define GONE_REASON	"it was unbound or unplugged; its ledger is kept until several more have gone"

void device_view_free(struct device_view *view)
{
	headgate_devices_free(&view->seen);
	headgate_drm_devices_free(&view->present);
}

/*
 * The module's entry for a device of the host: they share a minor number, or the name where no
 * submission has passed the gate yet, which tells the module of minors.
 */
static const struct headgate_device *match(const struct device_view *view,
					   const struct headgate_drm_device *present)
{
	for (size_t i = 0; i < view->seen.count; i++) {
		const struct headgate_device *seen = &view->seen.items[i];

		if (seen->gone)
			continue;
		if ((seen->render_minor >= 0 && seen->render_minor == present->render_minor) ||
		    (seen->primary_minor >= 0 && seen->primary_minor == present->primary_minor) ||
		    (seen->accel_minor >= 0 && seen->accel_minor == present->accel_minor) ||
		    (seen->primary_minor < 0 && seen->accel_minor < 0 &&
		     !strcmp(seen->name, present->name)))
			return seen;
	}
	return NULL;
}

const struct headgate_device *device_view_judge(const struct device_view *view, size_t i,
						struct verdict *verdict)
{
	const struct headgate_drm_device *present = &view->present.items[i];
	const struct headgate_device *seen = match(view, present);
	struct evidence evidence = view->evidence;

	evidence.bypasses |= headgate_bypasses_open_on(present);
	evidence_judge(&evidence, view->module_loaded, present->driver, seen, verdict);
	return seen;
}

static void node_json(struct headgate_json *json, const char *node)
{
	if (*node)
		headgate_json_string(json, NULL, node);
}

static void seen_json(struct headgate_json *json, const struct headgate_device *seen)
{
	headgate_json_uint(json, "id", seen->id);
	headgate_json_string(json, "meter", headgate_meter_name(seen->meter));
	headgate_json_uint(json, "tickets", seen->tickets);
	headgate_json_uint(json, "jobs", seen->jobs);
	headgate_json_uint(json, "jobs_unticketed", seen->jobs_unticketed);
}

static void device_json(struct headgate_json *json, const struct headgate_drm_device *present,
			const struct headgate_device *seen, const struct verdict *verdict)
{
	headgate_json_object(json, NULL);
	headgate_json_string(json, "name", present->name);
	headgate_json_string(json, "driver", present->driver);
	headgate_json_array(json, "nodes");
	node_json(json, present->primary_node);
	node_json(json, present->render_node);
	node_json(json, present->accel_node);
	node_json(json, present->other_node);
	headgate_json_close(json);
	headgate_json_string(json, "enforceability",
			     headgate_enforceability_name(verdict->enforceability));
	headgate_json_string(json, "reason", verdict->reason);
	headgate_json_bool(json, "gone", false);
	if (seen)
		seen_json(json, seen);
	else
		headgate_json_null(json, "id");
	headgate_json_close(json);
}

static void gone_json(struct headgate_json *json, const struct headgate_device *seen)
{
	headgate_json_object(json, NULL);
	headgate_json_string(json, "name", seen->name);
	headgate_json_string(json, "driver", seen->driver);
	headgate_json_array(json, "nodes");
	headgate_json_close(json);
	headgate_json_bool(json, "gone", true);
	seen_json(json, seen);
	headgate_json_close(json);
}

static int list_json(const struct device_view *view)
{
	struct headgate_json json;
	struct verdict verdict;

	headgate_json_begin(&json, stdout, true);
	headgate_json_array(&json, "devices");
	for (size_t i = 0; i < view->present.count; i++) {
		const struct headgate_device *seen = device_view_judge(view, i, &verdict);

		device_json(&json, &view->present.items[i], seen, &verdict);
	}
	for (size_t i = 0; i < view->seen.count; i++)
		if (view->seen.items[i].gone)
			gone_json(&json, &view->seen.items[i]);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

/* "card0,renderD128": they lie in /dev/dri or /dev/accel, or in /dev itself. */
static void add_nodes(struct table *table, const struct headgate_drm_device *device)
{
	const char *nodes[] = { device->primary_node, device->render_node, device->accel_node,
				device->other_node };
	char text[sizeof(device->primary_node) * 4] = "";

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *slash = strrchr(nodes[i], '/');

		if (!slash)
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, slash + 1);
	}
	table_add(table, "%s", *text ? text : "-");
}

static void add_device(struct table *table, const struct device_view *view, size_t i)
{
	const struct headgate_drm_device *present = &view->present.items[i];
	const char *unseen = view->module_loaded && !view->told ? "?" : "-";
	struct verdict verdict;
	const struct headgate_device *seen = device_view_judge(view, i, &verdict);
	char jobs[32];

	table_add(table, "%s", present->name);
	table_add(table, "%s", *present->driver ? present->driver : "?");
	add_nodes(table, present);
	table_add(table, "%s", seen ? headgate_meter_name(seen->meter) : unseen);
	table_add(table, "%s", seen ? headgate_count_format(seen->jobs, jobs, sizeof(jobs)) :
				      unseen);
	table_add(table, "%s", headgate_enforceability_name(verdict.enforceability));
	table_add(table, "%s", verdict.reason);
}

static void add_gone(struct table *table, const struct headgate_device *seen)
{
	char jobs[32];

	table_add(table, "%s", seen->name);
	table_add(table, "%s", seen->driver);
	table_add(table, "-");
	table_add(table, "%s", headgate_meter_name(seen->meter));
	table_add(table, "%s", headgate_count_format(seen->jobs, jobs, sizeof(jobs)));
	table_add(table, "gone");
	table_add(table, GONE_REASON);
}

void device_text(const struct device_view *view, FILE *file, int width)
{
	static const struct table_column columns[] = {
		{ .title = "DEVICE", .shrink = true },
		{ .title = "DRIVER" },
		{ .title = "NODES" },
		{ .title = "METER", .drop = 2 },
		{ .title = "JOBS", .right = true, .drop = 1 },
		{ .title = "ENFORCEABILITY" },
		{ .title = "WHY", .note = true },
	};
	headgate_cleanup(table_clear) struct table table = { .columns = columns, .n_columns = 7 };

	size_t rows = view->present.count;

	for (size_t i = 0; i < view->present.count; i++)
		add_device(&table, view, i);
	for (size_t i = 0; i < view->seen.count; i++) {
		if (!view->seen.items[i].gone)
			continue;
		add_gone(&table, &view->seen.items[i]);
		rows++;
	}
	if (!rows) {
		fputs("No GPU or accelerator on this host.\n", file);
		return;
	}
	table_print(&table, file, width, NULL, NULL);
}

int run_device_list(const struct arguments *arguments)
{
	static const char no_view[] = "cannot read what the module knows of devices";
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(device_view_free) struct device_view view = { 0 };
	int ret, error;

	evidence_read("", &view.evidence);
	/* Without the module the devices are still there, and blind. */
	ret = headgate_client_open(&client);
	if (!ret)
		ret = headgate_device_dump(client, &view.seen);
	view.module_loaded = client;
	view.told = !ret;
	if (ret == -EPERM && client && !arguments->values[OPTION_JSON])
		evidence_doubt(&view.evidence);
	else if (ret && client)
		return session_fail(client, ret, no_view);
	else if (ret && ret != -ENOENT)
		return session_error(ret, "cannot reach the module");
	error = headgate_drm_enumerate(&view.present);
	if (error)
		return session_error(error, "cannot list the devices");
	if (arguments->values[OPTION_JSON])
		return list_json(&view);
	device_text(&view, stdout, screen_line());
	return client && ret ? session_fail(client, ret, no_view) : EXIT_OK;
}
