// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [driver NAME] of a policy file. */
#include "config_parser.h"

#include <headgate/gate.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"

enum { KEY_PACE };

#define PRESENT_PACE	(1U << KEY_PACE)

void config_begin_driver(struct config_parser *p, const char *name)
{
	struct headgate_config *config = &p->config;
	struct headgate_config_driver *drivers;
	const struct headgate_driver *driver;

	p->section = SECTION_BAD;
	if (!*name)
		return config_complain(p, "[driver] needs the name of a driver, such as [driver amdgpu]");
	driver = headgate_driver_find(name);
	if (!driver)
		return config_complain(p, "[driver %s]: headgate does not know this driver", name);
	for (size_t i = p->first_driver; i < config->n_drivers; i++)
		if (config->drivers[i].driver == driver)
			return config_complain(p, "section [driver %s] is there twice in this file", name);
	drivers = reallocarray(config->drivers, config->n_drivers + 1, sizeof(*drivers));
	if (!drivers) {
		p->no_memory = true;
		return;
	}
	config->drivers = drivers;
	drivers[config->n_drivers++] = (struct headgate_config_driver){ .driver = driver };
	p->section = SECTION_DRIVER;
}

/* Jobs of drm_sched are measured whoever submits them, others only in a ticket of the gate. */
static bool is_measured_without_gate(const struct headgate_driver *driver)
{
	for (size_t i = 0; i < driver->n_ioctls; i++)
		if (driver->ioctls[i].flags & HEADGATE_ADMIT_FENCE)
			return false;
	return driver->n_ioctls;
}

static void parse_pace(struct config_parser *p, const char *value, struct headgate_config_driver *driver)
{
	bool yes = !strcmp(value, "yes");

	if (!yes && strcmp(value, "no"))
		return config_complain(p, "pace: \"%s\" is neither yes nor no", value);
	if (yes && !is_measured_without_gate(driver->driver))
		return config_complain(p, "pace: without the gate nobody measures the jobs of %s, so it cannot be paced",
				       driver->driver->name);
	driver->pace = yes;
	driver->present |= PRESENT_PACE;
}

void config_set_driver_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_driver *driver = &p->config.drivers[p->config.n_drivers - 1];

	if (strcmp(key, "pace"))
		config_complain(p, "unknown key %s in [driver]; there is pace", key);
	else if (config_first_time(p, KEY_PACE, key))
		parse_pace(p, value, driver);
}

bool headgate_config_paces(const struct headgate_config *config, const char *driver)
{
	for (size_t i = config->n_drivers; i-- > 0;) {
		const struct headgate_config_driver *section = &config->drivers[i];

		if ((section->present & PRESENT_PACE) && !strcmp(section->driver->name, driver))
			return section->pace;
	}
	return false;
}
