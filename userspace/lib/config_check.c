// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

int headgate_config_read(const char *file, bool optional, struct headgate_config *config,
			 void (*complain)(const char *sentence))
{
	struct headgate_config_errors errors;
	int err = headgate_config_load(file, optional, config, &errors);
	char *text;

	for (size_t i = 0; i < errors.count; i++)
		complain(errors.items[i]);
	if (err && !errors.count && asprintf(&text, "%s: %s", file, strerror(-err)) >= 0) {
		complain(text);
		free(text);
	} else if (err && !errors.count) {
		complain(strerror(-err));
	}
	headgate_config_errors_free(&errors);
	return err;
}

int headgate_config_check(const char *file, bool optional, FILE *out,
			  void (*complain)(const char *sentence))
{
	struct headgate_config config;
	int err = headgate_config_read(file, optional, &config, complain);

	if (err)
		return err;
	if (config.missing && !config.n_files)
		fprintf(out, "%s is not there: the built-in defaults apply, and no cgroup is an agent\n", file);
	else if (config.missing)
		fprintf(out, "%s is not there; its drop-ins are:\n", file);
	for (size_t i = 0; i < config.n_files; i++)
		fprintf(out, "%s: %zu agent section%s, no errors\n", config.files[i].name,
			config.files[i].n_agents, config.files[i].n_agents == 1 ? "" : "s");
	headgate_config_free(&config);
	return 0;
}
