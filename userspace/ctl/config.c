// SPDX-License-Identifier: GPL-2.0-or-later
/* `config check`: what headgated would say of a policy file. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "session.h"

static int check_json(const char *file, bool optional)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;
	struct headgate_json json;
	int err = headgate_config_load(file, optional, &config, &errors), ret;

	if (err == -ENOMEM) {
		headgate_config_errors_free(&errors);
		session_complain(strerror(-err));
		return EXIT_FAILED;
	}
	headgate_json_begin(&json, stdout, true);
	headgate_json_bool(&json, "ok", !err);
	headgate_json_array(&json, "files");
	for (size_t i = 0; i < config.n_files; i++) {
		headgate_json_object(&json, NULL);
		headgate_json_string(&json, "name", config.files[i].name);
		headgate_json_uint(&json, "agents", config.files[i].n_agents);
		headgate_json_close(&json);
	}
	headgate_json_close(&json);
	headgate_json_array(&json, "errors");
	for (size_t i = 0; i < errors.count; i++)
		headgate_json_string(&json, NULL, errors.items[i]);
	headgate_json_close(&json);
	ret = headgate_json_end(&json);
	headgate_config_errors_free(&errors);
	headgate_config_free(&config);
	return err || ret ? EXIT_FAILED : EXIT_OK;
}

int run_config_check(const struct arguments *arguments)
{
	const char *file = arguments->count ? arguments->positional[0] : HEADGATE_CONFIG_FILE;
	/* A file that somebody names must be there. */
	bool optional = !arguments->count;

	if (arguments->values[OPTION_JSON])
		return check_json(file, optional);
	return headgate_config_check(file, optional, stdout, session_complain) ? EXIT_FAILED : EXIT_OK;
}
