// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket of probes, with real connections in headgated's own loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"
#include "log.h"
#include "probes.h"

/* On a busy machine. */
#define PATIENCE_US UINT64_C(60000000)

static struct probes *probes;
static sd_event *event;
static unsigned int warnings, left;

void log_write(int priority, const char *format, ...)
{
	(void)format;
	warnings += priority == LOG_WARNING;
}

static int on_message(uint64_t peer, uint32_t pid, const struct headgate_probe_message *message,
		      char *error, size_t size, void *data)
{
	(void)peer;
	(void)pid;
	(void)message;
	(void)error;
	(void)size;
	(void)data;
	return 0;
}

static void on_subscribed(struct probes *p, int fd, void *data)
{
	(void)data;
	probes_say(p, fd, "all");
}

static void on_left(uint64_t peer, void *data)
{
	(void)peer;
	(void)data;
	left++;
}

static void begin(void)
{
	static const struct probes_calls calls = {
		.message = on_message, .subscribed = on_subscribed, .left = on_left,
	};

	warnings = 0;
	left = 0;
	assert_true(sd_event_new(&event) >= 0);
	assert_true(probes_new(&probes, event, "probe", &calls) >= 0);
}

static void end(void)
{
	probes_free(probes);
	sd_event_unref(event);
}

static int connect_to(int fd)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "probe" };

	return connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static void assert_said(int fd, const char *expected)
{
	char line[HEADGATE_PROBE_MESSAGE_MAX] = "";

	assert_true(recv(fd, line, sizeof(line) - 1, 0) > 0);
	assert_string_equal(line, expected);
}

static void subscriber__is_told_all(void **state)
{
	int fd;

	(void)state;
	begin();
	fd = new_socket();
	assert_int_equal(connect_to(fd), 0);
	assert_int_equal(sd_event_run(event, UINT64_MAX), 1);
	assert_int_equal(send(fd, "subscribe", 9, 0), 9);
	assert_int_equal(sd_event_run(event, UINT64_MAX), 1);
	assert_said(fd, "ok");
	assert_said(fd, "all");
	close(fd);
	assert_int_equal(sd_event_run(event, UINT64_MAX), 1);
	assert_int_equal(left, 1);
	end();
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The loop is woken for the end of each pause, and the connection that cannot be taken. */
static void turn_through_pauses(void)
{
	double begin_s = now_s(), past_s = 0;
	unsigned int turns = 0;

	for (; past_s < 2.5; past_s = now_s() - begin_s)
		turns += sd_event_run(event, 100000);
	assert_in_range(turns, 2, 2 * (past_s + 1));
	assert_int_equal(warnings, 1);
}

/* The loop has other things to do; what waits is taken once there is a descriptor. */
static void connection_for_which_there_is_no_descriptor__does_not_keep_the_loop_busy(void **state)
{
	struct rlimit before, none;
	char byte;
	int first, second;

	(void)state;
	begin();
	first = new_socket();
	second = new_socket();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = dup(first);
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(connect_to(first), 0);
	assert_int_equal(connect_to(second), 0);
	turn_through_pauses();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(send(second, "subscribe", 9, 0), 9);
	while (recv(second, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
		assert_int_equal(sd_event_run(event, PATIENCE_US), 1);
	assert_said(second, "ok");
	close(first);
	close(second);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(subscriber__is_told_all),
		IN_HOME(connection_for_which_there_is_no_descriptor__does_not_keep_the_loop_busy),
	};

	return cmocka_run_group_tests_name("probes", tests, NULL, NULL);
}
