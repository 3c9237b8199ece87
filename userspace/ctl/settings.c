// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "commands.h"
#include "session.h"
#include "setting.h"
#include "settings.h"

static const enum option_id options[] = {
	OPTION_HORIZON, OPTION_MAX_WAIT, OPTION_SLICE_BATCH, OPTION_SLICE_INTERACTIVE,
};

static const struct headgate_setting *setting_of(enum option_id option)
{
	size_t i = 0;

	while (strcmp(headgate_setting_table[i].name, option_table[option].name))
		i++;
	return &headgate_setting_table[i];
}

static int parse(const struct arguments *arguments, struct headgate_settings *settings)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *text = arguments->values[options[i]];
		const struct headgate_setting *setting = setting_of(options[i]);
		uint64_t *value = (uint64_t *)((char *)settings + setting->offset);
		int ret;

		if (!text)
			continue;
		ret = arguments_time(options[i], text, "500us, 4ms or 10s", setting->min_ns, setting->max_ns, value);
		if (ret)
			return ret;
		settings->present |= setting->present;
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
