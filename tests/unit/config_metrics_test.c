// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [metrics]: where it listens, what is refused, and every error with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cmocka.h>

#include "config_load.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct headgate_config_metrics metrics_of(const char *text)
{
	struct headgate_config config = load(text);
	struct headgate_config_metrics metrics = config.metrics;

	headgate_config_free(&config);
	return metrics;
}

static void metrics__are_off_unless_they_are_asked_for(void **state)
{
	struct headgate_config_metrics metrics = metrics_of("");

	(void)state;
	assert_int_equal(metrics.address_size, 0);
	assert_int_equal(metrics.agents_max, 1000);
	assert_int_equal(metrics.group, 0);
	assert_int_equal(metrics_of("[metrics]\nlisten = off\n").address_size, 0);
	assert_int_equal(metrics_of("[metrics]\nagents-max = 4000\n").agents_max, 4000);
}

static void listen__takes_a_unix_socket_and_ports_of_loopback(void **state)
{
	struct headgate_config_metrics metrics;
	const struct sockaddr_in *v4 = (struct sockaddr_in *)&metrics.address;
	const struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&metrics.address;

	(void)state;
	metrics = metrics_of("[metrics]\nlisten = unix:/run/headgate/metrics.sock\ngroup = root\n");
	assert_int_equal(metrics.address.ss_family, AF_UNIX);
	assert_string_equal(((struct sockaddr_un *)&metrics.address)->sun_path, "/run/headgate/metrics.sock");
	assert_string_equal(metrics.listen, "unix:/run/headgate/metrics.sock");
	metrics = metrics_of("[metrics]\nlisten = 127.0.0.1:9955\n");
	assert_int_equal(metrics.address.ss_family, AF_INET);
	assert_int_equal(metrics.address_size, sizeof(struct sockaddr_in));
	assert_int_equal(ntohs(v4->sin_port), 9955);
	metrics = metrics_of("[metrics]\nlisten = 127.3.2.1:1\n");
	assert_int_equal(ntohl(v4->sin_addr.s_addr), 0x7f030201);
	metrics = metrics_of("[metrics]\nlisten = [::1]:65535\n");
	assert_int_equal(metrics.address.ss_family, AF_INET6);
	assert_int_equal(ntohs(v6->sin6_port), 65535);
}

#define NOT_LOOPBACK " is not loopback, and metrics, which tell who runs what, are given without a password; have 127.0.0.1 or [::1], and before it a proxy that asks for one"
#define NO_LISTEN " is none of off, unix:/run/headgate/metrics.sock, 127.0.0.1:PORT and [::1]:PORT"
#define LONG_NAME "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text, *error;
} faults[] = {
	{ "[metrics]\n[metrics]\n", "f:2: section [metrics] is there twice in this file, first on line 1" },
	{ "[metrics]\nlisten = 0.0.0.0:9955\n", "f:2: listen: 0.0.0.0:9955" NOT_LOOPBACK },
	{ "[metrics]\nlisten = 126.0.0.1:9955\n", "f:2: listen: 126.0.0.1:9955" NOT_LOOPBACK },
	{ "[metrics]\nlisten = [::]:9955\n", "f:2: listen: [::]:9955" NOT_LOOPBACK },
	{ "[metrics]\nlisten = [::ffff:10.0.0.1]:9955\n", "f:2: listen: [::ffff:10.0.0.1]:9955" NOT_LOOPBACK },
	{ "[metrics]\nlisten = localhost:9955\n", "f:2: listen: \"localhost:9955\"" NO_LISTEN },
	{ "[metrics]\nlisten = :9955\n", "f:2: listen: \":9955\"" NO_LISTEN },
	{ "[metrics]\nlisten = 9955\n", "f:2: listen: \"9955\"" NO_LISTEN },
	{ "[metrics]\nlisten = [::1]9955\n", "f:2: listen: \"[::1]9955\"" NO_LISTEN },
	{ "[metrics]\nlisten = [::1\n", "f:2: listen: \"[::1\"" NO_LISTEN },
	{ "[metrics]\nlisten = 127.0.0.1:\n", "f:2: listen: \"\" is no port, 1 to 65535 are" },
	{ "[metrics]\nlisten = 127.0.0.1:0\n", "f:2: listen: \"0\" is no port, 1 to 65535 are" },
	{ "[metrics]\nlisten = 127.0.0.1:65537\n", "f:2: listen: \"65537\" is no port, 1 to 65535 are" },
	{ "[metrics]\nlisten = 127.0.0.1:+80\n", "f:2: listen: \"+80\" is no port, 1 to 65535 are" },
	{ "[metrics]\nlisten = unix:m.sock\n", "f:2: listen: \"m.sock\" does not begin with a slash" },
	{ "[metrics]\nlisten = unix:/run/\n", "f:2: listen: /run/ is the path of a folder, not of a socket" },
	{ "[metrics]\nlisten = unix:" LONG_NAME "\n", "f:2: listen: the path of the socket is longer than 95 bytes" },
	{ "[metrics]\nagents-max = 0\n", "f:2: agents-max: 0 is out of range, 1 to 4000 are allowed" },
	{ "[metrics]\nagents-max = 99999999999999999999\n",
	  "f:2: agents-max: 99999999999999999999 is out of range, 1 to 4000 are allowed" },
	{ "[metrics]\nagents-max = -1\n", "f:2: agents-max: \"-1\" is not a whole number" },
	{ "[metrics]\ngroup = no-such-group\n", "f:2: group: there is no group \"no-such-group\" on this host" },
	{ "[metrics]\nport = 1\n", "f:2: unknown key port in [metrics]; there are agents-max, group and listen" },
};

static void errors__are_told_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		refuse(faults[i].text, faults[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(metrics__are_off_unless_they_are_asked_for),
		IN_HOME(listen__takes_a_unix_socket_and_ports_of_loopback),
		IN_HOME(errors__are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
