/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies in the home of a test. After cmocka.h and what that needs. */
#ifndef HEADGATE_UNIT_CONFIG_LOAD_H
#define HEADGATE_UNIT_CONFIG_LOAD_H

#include "config.h"
#include "home.h"

static inline struct headgate_config load(const char *text)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;

	write_file("f", text);
	if (headgate_config_load("f", false, &config, &errors))
		fail_msg("%s", errors.count ? errors.items[0] : "no error told");
	assert_int_equal(errors.count, 0);
	return config;
}

/* @text has exactly one error, which is @expected. */
static inline void refuse(const char *text, const char *expected)
{
	struct headgate_config config = {};
	struct headgate_config_errors errors;

	write_file("f", text);
	assert_int_equal(headgate_config_load("f", false, &config, &errors), -22);
	if (errors.count != 1 || strcmp(errors.items[0], expected))
		fail_msg("\n%s\n%zu errors, the first:\n%s\nexpected:\n%s\n", text, errors.count,
			 errors.count ? errors.items[0] : "", expected);
	headgate_config_errors_free(&errors);
}

#endif
