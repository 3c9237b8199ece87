// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers over a real socket, and what slow, many or hostile clients can do to others: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

#include "home.h"
#include "log.h"
#include "metrics_server.h"
#include "wrap.h"

/* A program that hangs is killed by who runs the tests; what is waited for comes long before. */
#define WAIT_MS 60000

static _Atomic int looks, rows, error;
static _Atomic bool numbered;	/* agents have the number of the look for a name */
static int logged = -1;	/* eventfd */

void __wrap_log_write(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
	if (logged >= 0)
		assert_int_equal(eventfd_write(logged, 1), 0);
}

static int source(struct metrics_snapshot *snapshot, void *data)
{
	(void)data;
	looks++;
	for (int i = 0; i < rows; i++) {
		struct metrics_flow *flow = metrics_add(snapshot, METRICS_FLOW);

		assert_true(asprintf(&flow->labels, "agent=\"/%d\"", numbered ? looks : i) > 0);
	}
	return error;
}

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static struct metrics_server *start(bool is_port)
{
	const struct metrics_source what = { .snapshot = source };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct metrics_server *server;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", home);
	unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 64), 0);
	looks = 0;
	error = 0;
	rows = 1;
	assert_int_equal(metrics_server_new(&server, fd, is_port, &what), 0);
	return server;
}

static int send_request(const char *request)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	/* Who has read enough to refuse it may hang up before the end. */
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	return fd;
}

/* All until the other side ends; freed by the caller. */
static char *receive(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room);
	ssize_t count;

	for (;;) {
		assert_non_null(text);
		assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
		count = recv(fd, text + size, room - size - 1, 0);
		if (count <= 0)
			break;
		size += count;
		if (room - size < 1 << 15)
			text = realloc(text, room *= 2);
	}
	text[size] = '\0';
	close(fd);
	return text;
}

static char *ask(const char *request) { return receive(send_request(request)); }

static void expect(const char *request, const char *status, const char *part)
{
	char *text = ask(request);

	if (strncmp(text, status, strlen(status)) || !strstr(text, part))
		fail_msg("%s\ngot\n%s", request, text);
	free(text);
}

#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n"

static void metrics__are_served_in_both_formats(void **state)
{
	struct metrics_server *server = start(false);
	char *text;

	(void)state;
	expect(GET "\r\n", "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	expect(GET "Accept: application/openmetrics-text\r\n\r\n", "HTTP/1.1 200 OK\r\n",
	       "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
	text = ask(GET "Accept: application/openmetrics-text\r\n\r\n");
	assert_non_null(strstr(text, "\nheadgate_agent_jobs_done_total{agent=\"/0\"} 0\n"));
	assert_string_equal(text + strlen(text) - 7, "\n# EOF\n");
	free(text);
	text = ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(text, "200 OK"));
	assert_string_equal(text + strlen(text) - 4, "\r\n\r\n");
	free(text);
	assert_true(metrics_server_free(server));
}

/* It is said, and not waited for by looking at it again and again. */
static void client_for_whom_there_is_no_descriptor__is_served_when_there_is(void **state)
{
	struct metrics_server *server = start(false);
	struct pollfd wait = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct rlimit before, none;
	eventfd_t times;
	char *text;

	(void)state;
	logged = wait.fd;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = dup(fd);
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(send(fd, GET "\r\n", strlen(GET "\r\n"), MSG_NOSIGNAL), strlen(GET "\r\n"));
	text = receive(fd);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 OK\r\n", 17), 0);
	free(text);
	/* Once. */
	assert_int_equal(eventfd_read(logged, &times), 0);
	assert_int_equal(times, 1);
	assert_true(metrics_server_free(server));
	logged = -1;
	close(wait.fd);
}

static void nothing_else__is_served(void **state)
{
	struct metrics_server *server = start(false);
	char *request;

	(void)state;
	expect("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404", "There is /metrics.");
	expect("GET /metrics/../etc HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404", "");
	expect("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405", "Allow: GET, HEAD\r\n");
	expect("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405", "");
	/* More headers than there is room for. */
	request = malloc(1 << 20);
	strcpy(request, GET "X: ");
	memset(request + strlen(GET "X: "), 'x', 1 << 17);
	strcpy(request + (1 << 17), "\r\n\r\n");
	expect(request, "HTTP/1.1 4", "");
	free(request);
	assert_int_equal(looks, 0);
	assert_true(metrics_server_free(server));
}

static void port__is_for_those_who_call_it_by_its_name(void **state)
{
	struct metrics_server *server = start(true);

	(void)state;
	expect("GET /metrics HTTP/1.1\r\nHost: evil.example:9955\r\n\r\n", "HTTP/1.1 403", "Ask for localhost");
	expect("GET /metrics HTTP/1.1\r\nHost: localhost:9955\r\n\r\n", "HTTP/1.1 200", "");
	assert_true(metrics_server_free(server));
}

static void many_scrapes__are_one_look(void **state)
{
	struct metrics_server *server = start(false);
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 50; i++)
		expect(GET "\r\n", "HTTP/1.1 200", "");
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(looks, 1, after.tv_sec - before.tv_sec + 2);
	assert_true(metrics_server_free(server));
}

/* It may have cost as much as one that did not, and who asks for it may do so all the time. */
static void look_that_fails__is_told_for_a_second(void **state)
{
	struct metrics_server *server = start(false);
	struct timespec before_s, after_s;
	int before = dup(STDERR_FILENO);
	bool failed;
	char *text;

	(void)state;
	error = -ENOMEM;
	assert_non_null(freopen("log", "w", stderr));
	clock_gettime(CLOCK_MONOTONIC, &before_s);
	for (int i = 0; i < 50; i++)
		expect(GET "\r\n", "HTTP/1.1 500", "it is in headgated's log");
	clock_gettime(CLOCK_MONOTONIC, &after_s);
	assert_in_range(looks, 1, after_s.tv_sec - before_s.tv_sec + 2);
	error = 0;
	do {
		text = ask(GET "\r\n");
		failed = !strncmp(text, "HTTP/1.1 500", 12);
		assert_true(failed || !strncmp(text, "HTTP/1.1 200", 12));
		free(text);
	} while (failed);
	assert_true(metrics_server_free(server));
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
}

/*
 * Sixteen that say half a request have all connections, and lose them again; who comes then is
 * served. What they have is their own socket's, so that they take none of the texts.
 */
static void who_does_not_go_on__is_cut_off(void **state)
{
	struct metrics_server *server = start(false);
	struct pollfd ends[16];
	struct timespec before, after;
	char byte;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 16; i++)
		ends[i] = (struct pollfd){ .fd = send_request("GET /metr"), .events = POLLIN };
	/* One is never quiet: it is cut off all the same. */
	for (int ms = 0; ms < WAIT_MS && !poll(&ends[0], 1, 500); ms += 500)
		send(ends[0].fd, "x", 1, MSG_NOSIGNAL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 9, WAIT_MS / 1000 - 1);
	expect(GET "\r\n", "HTTP/1.1 200", "");
	for (int i = 0; i < 16; i++) {
		assert_int_equal(poll(&ends[i], 1, WAIT_MS), 1);
		while (recv(ends[i].fd, &byte, 1, 0) > 0)
			;
		close(ends[i].fd);
	}
	assert_true(metrics_server_free(server));
}

/* The look whose text comes, which is not read; 0: it is refused, as there are too many texts. */
static int look_of(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	static char text[1 << 16];
	const char *agent = NULL;
	ssize_t count;

	for (int ms = 0; ms < WAIT_MS && !agent; ms++) {
		assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
		count = recv(fd, text, sizeof(text) - 1, MSG_PEEK);
		assert_true(count > 0);
		text[count] = '\0';
		if (!strncmp(text, "HTTP/1.1 503", 12)) {
			assert_non_null(strstr(text, "Retry-After: 10\r\n"));
			return 0;
		}
		agent = strstr(text, "agent=\"/");
		usleep(agent ? 0 : 1000);
	}
	assert_non_null(agent);
	return atoi(agent + strlen("agent=\"/"));
}

/* Of those who hold a text, how many have not been cut off. */
static int count_held(const int *slow, int count)
{
	int held = 0;

	for (int i = 0; i < count; i++) {
		struct pollfd end = { .fd = slow[i], .events = POLLRDHUP };

		held += !poll(&end, 1, 0);
	}
	return held;
}

/* Each holds a text of its own, as who shares one goes at once; there are four. */
static void who_reads_slowly__holds_no_more_than_four_texts(void **state)
{
	struct metrics_server *server = start(false);
	int slow[32], count = 0, held, last = 0, next;
	bool busy;
	char *text;

	(void)state;
	rows = 2000; /* beyond what a socket takes */
	numbered = true;
	do {
		held = count_held(slow, count);
		assert_true(held <= 4);
		assert_true(count < 32);
		slow[count] = send_request(GET "\r\n");
		next = look_of(slow[count]);
		if (next && next != last)
			count++;
		else
			close(slow[count]);
		last = next;
	} while (next);
	/* On a machine where all that takes longer than a connection may, some were cut off. */
	assert_true(held == 4 || held < count);
	for (int i = 0; i < count; i++)
		close(slow[i]);
	/* They are gone, and so is what they held. */
	do {
		text = ask(GET "\r\n");
		busy = !strncmp(text, "HTTP/1.1 503", 12);
		free(text);
	} while (busy);
	numbered = false;
	assert_true(metrics_server_free(server));
}

static void end__waits_for_no_client(void **state)
{
	struct metrics_server *server = start(false);
	int slow, half;

	(void)state;
	rows = 2000;
	slow = send_request(GET "\r\n");
	half = send_request("GET /m");
	expect(GET "\r\n", "HTTP/1.1 200", "");
	assert_true(metrics_server_free(server));
	free(receive(slow));
	free(receive(half));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(metrics__are_served_in_both_formats),
		IN_HOME(client_for_whom_there_is_no_descriptor__is_served_when_there_is),
		IN_HOME(nothing_else__is_served),
		IN_HOME(port__is_for_those_who_call_it_by_its_name),
		IN_HOME(many_scrapes__are_one_look),
		IN_HOME(look_that_fails__is_told_for_a_second),
		IN_HOME(who_does_not_go_on__is_cut_off),
		IN_HOME(who_reads_slowly__holds_no_more_than_four_texts),
		IN_HOME(end__waits_for_no_client),
	};

	return cmocka_run_group_tests_name("metrics_server", tests, NULL, NULL);
}
