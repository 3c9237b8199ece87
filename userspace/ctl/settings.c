// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands.h"
#include "session.h"
#include "settings.h"

static const struct {
	enum option_id option;
	unsigned int present;
	size_t offset;
} fields[] = {
	{ OPTION_HORIZON, HEADGATE_SETTINGS_HORIZON,
		offsetof(struct headgate_settings, horizon_ns) },
	{ OPTION_MAX_WAIT, HEADGATE_SETTINGS_MAX_WAIT,
		offsetof(struct headgate_settings, max_wait_ns) },
	{ OPTION_SLICE_BATCH, HEADGATE_SETTINGS_SLICE_BATCH,
		offsetof(struct headgate_settings, slice_batch_ns) },
	{ OPTION_SLICE_INTERACTIVE, HEADGATE_SETTINGS_SLICE_INTERACTIVE,
		offsetof(struct headgate_settings, slice_interactive_ns) },
};

static int parse(const struct arguments *arguments, struct headgate_settings *settings)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *text = arguments->values[fields[i].option];
		uint64_t *value = (uint64_t *)((char *)settings + fields[i].offset);

		if (!text)
			continue;
		if (headgate_duration_parse(text, value))
			return usage_error("--%s '%s' is not a time such as 500us, 4ms or 10s",
					   option_table[fields[i].option].name, text);
		settings->present |= fields[i].present;
	}
	return EXIT_OK;
}

void settings_json(struct headgate_json *json, const struct headgate_info *info)
{
	headgate_json_object(json, "settings");
	headgate_json_uint(json, "horizon_ns", info->horizon_ns);
	headgate_json_uint(json, "max_wait_ns", info->max_wait_ns);
	headgate_json_uint(json, "slice_batch_ns", info->slice_batch_ns);
	headgate_json_uint(json, "slice_interactive_ns", info->slice_interactive_ns);
	headgate_json_close(json);
}

static void print_one(const char *name, uint64_t ns)
{
	char text[32];

	printf("%-20s %s\n", name, headgate_duration_format(ns, text, sizeof(text)));
}

void settings_text(const struct headgate_info *info)
{
	print_one("horizon", info->horizon_ns);
	print_one("max-wait", info->max_wait_ns);
	print_one("slice-batch", info->slice_batch_ns);
	print_one("slice-interactive", info->slice_interactive_ns);
}

int run_settings(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(headgate_info_free) struct headgate_info info = { 0 };
	struct headgate_settings settings = { 0 };
	struct headgate_json json;
	int ret = parse(arguments, &settings);

	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	if (settings.present) {
		ret = headgate_info_set(client, &settings);
		if (ret)
			return session_fail(client, ret, "cannot change the settings");
	}
	ret = headgate_info_get(client, &info);
	if (ret)
		return session_fail(client, ret, "cannot read the settings");
	if (!arguments->values[OPTION_JSON]) {
		settings_text(&info);
		return EXIT_OK;
	}
	headgate_json_begin(&json, stdout, true);
	settings_json(&json, &info);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}
