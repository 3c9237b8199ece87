// SPDX-License-Identifier: GPL-2.0-or-later
/* A module that does not always answer: nothing is missed for good, and nothing is said twice. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "calls.h"
#include "connection.h"
#include "log.h"

/* The module. */
static int client_error, events_error, process_error, look_error;
static unsigned int opened, lines, processed, lost;
static int events_fd = -1;
static struct headgate_client *const client = (void *)&client_error;
static struct headgate_events *const events = (void *)&events_error;

int headgate_client_open(struct headgate_client **result)
{
	if (!client_error)
		*result = client;
	return client_error;
}

void headgate_client_free(struct headgate_client **one)
{
	*one = NULL;
}

const char *headgate_client_error(const struct headgate_client *one)
{
	assert_ptr_equal(one, client);
	return "it does not answer";
}

int headgate_events_open(struct headgate_events **result, headgate_event_fn function, void *data)
{
	(void)function;
	(void)data;
	if (events_error)
		return events_error;
	assert_int_equal(events_fd, -1);
	events_fd = eventfd(0, EFD_NONBLOCK);
	opened++;
	*result = events;
	return 0;
}

void headgate_events_free(struct headgate_events **one)
{
	if (!*one)
		return;
	close(events_fd);
	events_fd = -1;
	*one = NULL;
}

int headgate_events_fd(const struct headgate_events *one)
{
	assert_ptr_equal(one, events);
	return events_fd;
}

/* What cannot be read stays where it is. */
int headgate_events_process(struct headgate_events *one)
{
	eventfd_t value;

	assert_ptr_equal(one, events);
	processed++;
	return process_error ? process_error : eventfd_read(events_fd, &value) + 1;
}

int look_read(struct look *look, struct headgate_client *one)
{
	assert_ptr_equal(one, client);
	(void)look;
	return look_error;
}

void look_clear(struct look *look)
{
	(void)look;
}

void log_write(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
	lines++;
}

static void on_event(const struct headgate_event *event, void *data)
{
	assert_ptr_equal(data, &lost);
	assert_int_equal(event->type, HEADGATE_EVENT_LOST);
	lost++;
}

static struct sd_event *loop;
static struct connection connection;

static int begin(void **state)
{
	(void)state;
	client_error = 0;
	events_error = 0;
	process_error = 0;
	look_error = 0;
	opened = 0;
	lines = 0;
	processed = 0;
	lost = 0;
	connection = (struct connection){};
	return sd_event_new(&loop) < 0;
}

static int end(void **state)
{
	(void)state;
	connection_close(&connection);
	assert_int_equal(events_fd, -1);
	loop = sd_event_unref(loop);
	return 0;
}

static int open_it(void)
{
	return connection_open(&connection, loop, on_event, &lost);
}

/* A round of the loop in which an event is there. */
static void event(void)
{
	assert_int_equal(eventfd_write(events_fd, 1), 0);
	assert_true(sd_event_run(loop, 0) > 0);
}

static void events__are_read_as_they_come(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	event();
	event();
	assert_int_equal(processed, 2);
	assert_int_equal(sd_event_run(loop, 0), 0);
	assert_int_equal(connection_look(&connection), 0);
	assert_int_equal(opened, 1);
	assert_int_equal(lines, 0);
	assert_int_equal(lost, 0);
}

static void events_that_cannot_be_read__do_not_keep_the_loop_busy(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	process_error = -ENOMEM;
	event();
	assert_int_equal(sd_event_run(loop, 0), 0);
	assert_int_equal(processed, 1);
	assert_int_equal(lines, 1);
	assert_int_equal(lost, 0);
}

static void events_that_could_not_be_read__are_had_again_and_some_are_lost(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	process_error = -ENOMEM;
	event();
	process_error = 0;
	assert_int_equal(connection_look(&connection), 0);
	assert_int_equal(lost, 1);
	assert_int_equal(connection_look(&connection), 0);
	assert_int_equal(lost, 1);
	event();
	assert_int_equal(processed, 2);
}

static void events_that_cannot_be_had__are_tried_at_each_look_and_told_once(void **state)
{
	(void)state;
	events_error = -ENOBUFS;
	assert_int_equal(open_it(), 0);
	assert_int_equal(lines, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(connection_look(&connection), 0);
	assert_int_equal(lines, 1);
	assert_int_equal(lost, 0);
	events_error = 0;
	assert_int_equal(connection_look(&connection), 0);
	assert_int_equal(lost, 1);
	event();
	assert_int_equal(processed, 1);
}

static void module_that_cannot_be_asked__is_told_once_until_it_answers(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	look_error = -EIO;
	for (int i = 0; i < 3; i++)
		assert_int_equal(connection_look(&connection), -EIO);
	assert_int_equal(lines, 1);
	look_error = 0;
	assert_int_equal(connection_look(&connection), 0);
	look_error = -EIO;
	assert_int_equal(connection_look(&connection), -EIO);
	assert_int_equal(lines, 2);
}

static void module_that_does_not_answer__is_not_listened_to(void **state)
{
	(void)state;
	client_error = -ENOENT;
	assert_int_equal(open_it(), -ENOENT);
	assert_int_equal(lines, 1);
	assert_int_equal(opened, 0);
}

static void module_that_comes_anew__is_listened_to_in_place_of_the_old_one(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	assert_int_equal(open_it(), 0);
	event();
	assert_int_equal(processed, 1);
	assert_int_equal(opened, 2);
	assert_int_equal(lost, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events__are_read_as_they_come),
		TEST(events_that_cannot_be_read__do_not_keep_the_loop_busy),
		TEST(events_that_could_not_be_read__are_had_again_and_some_are_lost),
		TEST(events_that_cannot_be_had__are_tried_at_each_look_and_told_once),
		TEST(module_that_cannot_be_asked__is_told_once_until_it_answers),
		TEST(module_that_does_not_answer__is_not_listened_to),
		TEST(module_that_comes_anew__is_listened_to_in_place_of_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
