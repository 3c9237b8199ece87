// SPDX-License-Identifier: GPL-2.0-or-later
/* Where it listens: who may use the socket, and what is there already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "home.h"
#include "metrics_socket.h"

static struct headgate_config_metrics unix_at(const char *name)
{
	struct headgate_config_metrics config = {
		.address_size = sizeof(struct sockaddr_un), .group = getegid(),
	};
	struct sockaddr_un *address = (struct sockaddr_un *)&config.address;

	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", home, name);
	snprintf(config.listen, sizeof(config.listen), "unix:%s/%s", home, name);
	return config;
}

static bool answers(const struct headgate_config_metrics *config)
{
	int fd = socket(config->address.ss_family, SOCK_STREAM, 0);
	bool ret = !connect(fd, (const struct sockaddr *)&config->address, config->address_size);

	close(fd);
	return ret;
}

static void expect(int ret, int expected, const char *why, const char *part)
{
	if (ret != expected || !strstr(why, part))
		fail_msg("%d: %s", ret, why);
}

static void socket__is_for_root_and_its_group(void **state)
{
	struct headgate_config_metrics config = unix_at("s");
	struct metrics_socket one;
	char why[METRICS_WHY_MAX];
	mode_t before;
	struct stat st;

	(void)state;
	/* Whatever the umask is. */
	before = umask(0);
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	assert_int_equal(stat("s", &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_true(answers(&config));
	metrics_socket_close(&one);
	assert_int_equal(access("s", F_OK), -1);
	umask(0777);
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	umask(before);
	assert_int_equal(stat("s", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	metrics_socket_close(&one);
	/* Nothing else is left. */
	assert_int_equal(rmdir(home), 0);
	assert_int_equal(mkdir(home, 0700), 0);
}

static void group__is_that_of_the_policy(void **state)
{
	struct headgate_config_metrics config = unix_at("s");
	struct metrics_socket one;
	char why[METRICS_WHY_MAX];
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	config.group = 12345;
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	assert_int_equal(stat("s", &st), 0);
	assert_int_equal(st.st_gid, 12345);
	metrics_socket_close(&one);
}

static void stale_socket__is_replaced_and_one_in_use_is_not(void **state)
{
	struct headgate_config_metrics config = unix_at("s");
	struct metrics_socket one, two;
	char why[METRICS_WHY_MAX];

	(void)state;
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	expect(metrics_socket_open(&two, &config, why), -EADDRINUSE, why, "another program listens at ");
	assert_int_equal(two.fd, -1);
	assert_true(answers(&config));
	/* As if it had been killed. */
	close(one.fd);
	one.fd = -1;
	assert_false(answers(&config));
	assert_int_equal(metrics_socket_open(&two, &config, why), 0);
	assert_true(answers(&config));
	/* The path is another's by now. */
	metrics_socket_close(&one);
	assert_true(answers(&config));
	metrics_socket_close(&two);
}

static void what_is_no_socket__stays(void **state)
{
	struct headgate_config_metrics config = unix_at("f");
	struct metrics_socket one;
	char why[METRICS_WHY_MAX];

	(void)state;
	write_file("f", "precious");
	expect(metrics_socket_open(&one, &config, why), -EEXIST, why, "is there and is no socket; move it away");
	assert_int_equal(access("f", F_OK), 0);
	assert_int_equal(unlink("f"), 0);
	assert_int_equal(symlink("elsewhere", "f"), 0);
	expect(metrics_socket_open(&one, &config, why), -EEXIST, why, "is no socket");
}

static void folders_of_others__are_refused(void **state)
{
	struct headgate_config_metrics config = unix_at("d/s");
	struct metrics_socket one;
	char why[METRICS_WHY_MAX];

	(void)state;
	expect(metrics_socket_open(&one, &config, why), -ENOENT, why, "make that folder");
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(chmod("d", 01777), 0);
	expect(metrics_socket_open(&one, &config, why), -EPERM, why, "others may write to it");
	assert_int_equal(chmod("d", 0770), 0);
	expect(metrics_socket_open(&one, &config, why), -EPERM, why, "others may write to it");
	assert_int_equal(chmod("d", 0755), 0);
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	metrics_socket_close(&one);
}

static void port_that_is_taken__is_told(void **state)
{
	struct headgate_config_metrics config = { .address_size = sizeof(struct sockaddr_in), .listen = "127.0.0.1:x" };
	struct sockaddr_in *address = (struct sockaddr_in *)&config.address;
	socklen_t size = sizeof(*address);
	struct metrics_socket one, two;
	char why[METRICS_WHY_MAX];

	(void)state;
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(metrics_socket_open(&one, &config, why), 0);
	assert_int_equal(getsockname(one.fd, (struct sockaddr *)&config.address, &size), 0);
	assert_true(answers(&config));
	expect(metrics_socket_open(&two, &config, why), -EADDRINUSE, why, "127.0.0.1:x is taken: have another port");
	metrics_socket_close(&one);
	assert_int_equal(metrics_socket_open(&two, &config, why), 0);
	metrics_socket_close(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(socket__is_for_root_and_its_group),
		IN_HOME(group__is_that_of_the_policy),
		IN_HOME(stale_socket__is_replaced_and_one_in_use_is_not),
		IN_HOME(what_is_no_socket__stays),
		IN_HOME(folders_of_others__are_refused),
		IN_HOME(port_that_is_taken__is_told),
	};

	return cmocka_run_group_tests_name("metrics_socket", tests, NULL, NULL);
}
