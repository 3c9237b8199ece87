// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [driver NAME] of a policy file. */
#include "config_parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"

enum { KEY_PACE, KEY_DEADLINE };

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
		return config_complain(p, "[driver %s]: headgate does not know this driver; headgate device list names those of this host", name);
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

static int pace_of_word(const char *word, const struct headgate_driver *driver)
{
	if (!strcmp(word, "yes"))
		return headgate_driver_pace(driver);
	for (int pace = HEADGATE_PACE_NO; pace <= HEADGATE_PACE_FDINFO; pace++)
		if (!strcmp(word, headgate_pace_name(pace)))
			return pace;
	return -EINVAL;
}

static void parse_pace(struct config_parser *p, const char *value, struct headgate_config_driver *driver)
{
	const char *name = driver->driver->name;
	int pace = pace_of_word(value, driver->driver);

	if (pace < 0)
		return config_complain(p, "pace: \"%s\" is neither yes, no, ledger nor fdinfo", value);
	if (!strcmp(value, "yes") && pace == HEADGATE_PACE_NO)
		return config_complain(p, "pace: without the gate nobody measures the jobs of %s, nor does its fdinfo tell of them, so it cannot be paced",
				       name);
	if (!headgate_driver_can_pace(driver->driver, pace))
		return config_complain(p, pace == HEADGATE_PACE_LEDGER ?
				       "pace: without the gate nobody measures the jobs of %s, so the ledger cannot pace it" :
				       "pace: the fdinfo of %s tells no engine time, so it cannot pace it",
				       name);
	driver->pace = pace;
	driver->present |= PRESENT_PACE;
}

void config_set_driver_key(struct config_parser *p, const char *key, const char *value)
{
	struct headgate_config_driver *driver = &p->config.drivers[p->config.n_drivers - 1];

	if (!strcmp(key, "pace")) {
		if (config_first_time(p, KEY_PACE, key))
			parse_pace(p, value, driver);
	} else if (!strcmp(key, "deadline")) {
		if (config_first_time(p, KEY_DEADLINE, key))
			config_parse_deadline(p, value, &driver->deadline_ns);
	} else {
		config_complain(p, "unknown key %s in [driver]; there are pace and deadline", key);
	}
}

uint64_t headgate_config_driver_deadline(const struct headgate_config *config, const char *driver)
{
	for (size_t i = config->n_drivers; i-- > 0;) {
		const struct headgate_config_driver *section = &config->drivers[i];

		if (section->deadline_ns && !strcmp(section->driver->name, driver))
			return section->deadline_ns;
	}
	return 0;
}

enum headgate_pace headgate_config_pace(const struct headgate_config *config, const char *driver)
{
	for (size_t i = config->n_drivers; i-- > 0;) {
		const struct headgate_config_driver *section = &config->drivers[i];

		if ((section->present & PRESENT_PACE) && !strcmp(section->driver->name, driver))
			return section->pace;
	}
	return HEADGATE_PACE_NO;
}
