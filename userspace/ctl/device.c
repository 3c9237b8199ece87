// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>

#include "commands.h"
#include "evidence.h"
#include "session.h"
#include "table.h"

/* What device_list() needs to know of the host. */
struct view {
	struct evidence evidence;
	bool module_loaded;
	bool told;				/* what the module knows, which is for root only */
	struct headgate_devices seen;		/* by the module */
	struct headgate_drm_devices present;	/* on the host */
};

static void view_free(struct view *view)
{
	headgate_devices_free(&view->seen);
	headgate_drm_devices_free(&view->present);
}

/* The module's entry for a device of the host: they share a minor number. */
static const struct headgate_device *match(const struct view *view,
					   const struct headgate_drm_device *present)
{
	for (size_t i = 0; i < view->seen.count; i++) {
		const struct headgate_device *seen = &view->seen.items[i];

		if ((seen->render_minor >= 0 && seen->render_minor == present->render_minor) ||
		    (seen->primary_minor >= 0 && seen->primary_minor == present->primary_minor) ||
		    (seen->accel_minor >= 0 && seen->accel_minor == present->accel_minor))
			return seen;
	}
	return NULL;
}

static void node_json(struct headgate_json *json, const char *node)
{
	if (*node)
		headgate_json_string(json, NULL, node);
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
	headgate_json_close(json);
	headgate_json_string(json, "enforceability",
			     headgate_enforceability_name(verdict->enforceability));
	headgate_json_string(json, "reason", verdict->reason);
	if (seen) {
		headgate_json_uint(json, "id", seen->id);
		headgate_json_string(json, "meter", headgate_meter_name(seen->meter));
		headgate_json_uint(json, "tickets", seen->tickets);
		headgate_json_uint(json, "jobs", seen->jobs);
		headgate_json_uint(json, "jobs_unticketed", seen->jobs_unticketed);
	} else {
		headgate_json_null(json, "id");
	}
	headgate_json_close(json);
}

static int list_json(const struct view *view)
{
	struct headgate_json json;
	struct verdict verdict;

	headgate_json_begin(&json, stdout, true);
	headgate_json_array(&json, "devices");
	for (size_t i = 0; i < view->present.count; i++) {
		const struct headgate_drm_device *present = &view->present.items[i];
		const struct headgate_device *seen = match(view, present);

		evidence_judge(&view->evidence, view->module_loaded, present->driver, seen,
			       &verdict);
		device_json(&json, present, seen, &verdict);
	}
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static void list_text(const struct view *view)
{
	static const struct table_column columns[] = {
		{ .title = "DEVICE" },
		{ .title = "DRIVER" },
		{ .title = "NODES" },
		{ .title = "METER" },
		{ .title = "JOBS", .right = true },
		{ .title = "ENFORCEABILITY" },
		{ .title = "WHY" },
	};
	headgate_cleanup(table_clear) struct table table = { .columns = columns, .n_columns = 7 };
	const char *unseen = view->module_loaded && !view->told ? "?" : "-";
	char jobs[32];

	if (!view->present.count)
		puts("No DRM or accel device on this host.");
	for (size_t i = 0; i < view->present.count; i++) {
		const struct headgate_drm_device *present = &view->present.items[i];
		const struct headgate_device *seen = match(view, present);
		bool primary = *present->primary_node, second = *present->render_node ||
			       *present->accel_node;
		struct verdict verdict;

		evidence_judge(&view->evidence, view->module_loaded, present->driver, seen,
			       &verdict);
		table_add(&table, "%s", present->name);
		table_add(&table, "%s", *present->driver ? present->driver : "?");
		table_add(&table, "%s%s%s%s", present->primary_node, primary && second ? "," : "",
			  present->render_node, present->accel_node);
		table_add(&table, "%s", seen ? headgate_meter_name(seen->meter) : unseen);
		table_add(&table, "%s", seen ?
			  headgate_count_format(seen->jobs, jobs, sizeof(jobs)) : unseen);
		table_add(&table, "%s", headgate_enforceability_name(verdict.enforceability));
		table_add(&table, "%s", verdict.reason);
	}
	if (view->present.count)
		table_print(&table, stdout, 0, NULL, NULL);
}

int run_device_list(const struct arguments *arguments)
{
	static const char no_view[] = "cannot read what the module knows of devices";
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(view_free) struct view view = { 0 };
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
	list_text(&view);
	return client && ret ? session_fail(client, ret, no_view) : EXIT_OK;
}
