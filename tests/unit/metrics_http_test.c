// SPDX-License-Identifier: GPL-2.0-or-later
/* Which format a client gets, and who is served at a port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "metrics_http.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void format__is_what_the_client_accepts(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} cases[] = {
		{ NULL, METRICS_PROMETHEUS },
		{ "", METRICS_PROMETHEUS },
		{ "*/*", METRICS_PROMETHEUS },
		{ "text/plain", METRICS_PROMETHEUS },
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "application/openmetrics-text; version=1.0.0; charset=utf-8", METRICS_OPENMETRICS },
		{ "Application/OpenMetrics-Text;Version=1.0.0", METRICS_OPENMETRICS },
		/* As Prometheus asks. */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=0.0.1", METRICS_PROMETHEUS },
		{ "text/plain;q=0.5, application/openmetrics-text;q=0.25", METRICS_PROMETHEUS },
		{ "text/plain;q=0.5, application/openmetrics-text;q=0.5", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0", METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=x", METRICS_PROMETHEUS },
		{ "application/openmetrics-textual", METRICS_PROMETHEUS },
		{ ",,;;,application/openmetrics-text;,", METRICS_OPENMETRICS },
		{ ";q=;=,", METRICS_PROMETHEUS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (metrics_http_format(cases[i].accept) != cases[i].format)
			fail_msg("%s", cases[i].accept ?: "no header");
}

static void hosts__are_those_of_this_machine(void **state)
{
	static const char *const here[] = { NULL, "localhost", "LOCALHOST:9955", "127.0.0.1", "127.8.9.1:9955", "[::1]",
					    "[::1]:9955" };
	static const char *const elsewhere[] = { "", "example.com", "localhost.example.com:9955", "127.0.0.1.example.com",
						 "10.0.0.1:9955", "[::2]:1", "[::1", "::1", "0.0.0.0", "127.0.0.1 x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(here); i++)
		if (!headgate_host_is_here(here[i]))
			fail_msg("%s", here[i]);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (headgate_host_is_here(elsewhere[i]))
			fail_msg("%s", elsewhere[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format__is_what_the_client_accepts),
		cmocka_unit_test(hosts__are_those_of_this_machine),
	};

	return cmocka_run_group_tests_name("metrics_http", tests, NULL, NULL);
}
