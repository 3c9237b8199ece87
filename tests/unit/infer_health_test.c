// SPDX-License-Identifier: GPL-2.0-or-later
/* What headgated, which is played at a real socket, says of devices, and the fleet makes of it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"
#include "probe_message.h"
#include "serve_health.h"

#define SECOND INFER_SECOND
#define FIRST "0000:03:00.0"
#define SECOND_PLACE "0000:04:00.0"

int infer_device_check(const char *name, char problem[INFER_PROBLEM])
{
	(void)problem;
	return *name ? 0 : -EINVAL;
}

/**
 * struct world - the service's side, and headgated's
 * @listening: headgated's socket; -1: it does not run
 * @peer: its connection; -1: none
 * @log: what the service has said
 */
static struct world {
	struct infer_fleet fleet;
	struct infer_health health;
	char path[96];
	int loop, listening, peer, console;
	FILE *log;
	uint64_t now;
} world;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = (time_t)(world.now / SECOND);
	now->tv_nsec = (long)(world.now % SECOND);
	return 0;
}

/* How often the service has said so. */
static int logged(const char *text)
{
	char line[512];
	int count = 0;

	fflush(stderr);
	rewind(world.log);
	while (fgets(line, sizeof(line), world.log))
		count += !!strstr(line, text);
	return count;
}

static void headgated_starts(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	unlink(world.path);
	strcpy(address.sun_path, world.path);
	world.listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(world.listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(world.listening, 1), 0);
}

static void headgated_ends(void)
{
	if (world.peer >= 0)
		close(world.peer);
	if (world.listening >= 0)
		close(world.listening);
	world.peer = -1;
	world.listening = -1;
	unlink(world.path);
}

static void look(void)
{
	infer_health_tick(&world.health, world.now);
	for (int i = 0; i < 20; i++)
		assert_int_equal(infer_loop_wait(world.loop, 0), 0);
}

static bool is_asked(void)
{
	char line[64];
	ssize_t got = recv(world.peer, line, sizeof(line), MSG_DONTWAIT);

	return got == (ssize_t)strlen("subscribe") && !memcmp(line, "subscribe", (size_t)got);
}

/* Takes the connection, which must have come, with its first word. */
static void is_subscribed_to(void)
{
	world.peer = accept(world.listening, NULL, NULL);
	assert_true(world.peer >= 0);
	assert_true(is_asked());
}

static void says(const char *line)
{
	assert_int_equal(send(world.peer, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	look();
}

static void assert_order(const char *expected)
{
	struct infer_fleet_order order;

	infer_fleet_order(&world.fleet, 1, 0, world.now, &order);
	assert_string_equal(order.text, expected);
}

static int setup(void **state)
{
	char problem[INFER_PROBLEM];

	world = (struct world){
		.loop = infer_loop_open(), .listening = -1, .peer = -1, .now = 1000 * SECOND,
	};
	assert_int_equal(enter_home(state), 0);
	snprintf(world.path, sizeof(world.path), "%s/probe", home);
	assert_int_equal(infer_fleet_read(&world.fleet, "a,b,c", SECOND, problem), 0);
	infer_fleet_opened(&world.fleet, 0);
	infer_fleet_place(&world.fleet, 0, FIRST, world.now);
	infer_fleet_opened(&world.fleet, 1);
	infer_fleet_place(&world.fleet, 1, SECOND_PLACE, world.now);
	world.log = tmpfile();
	assert_non_null(world.log);
	world.console = dup(STDERR_FILENO);
	dup2(fileno(world.log), STDERR_FILENO);
	infer_health_open(&world.health, world.path, world.loop, &world.fleet);
	return 0;
}

static int teardown(void **state)
{
	fflush(stderr);
	dup2(world.console, STDERR_FILENO);
	close(world.console);
	fclose(world.log);
	headgated_ends();
	infer_health_close(&world.health);
	close(world.loop);
	return leave_home(state);
}

static void subscribe(void)
{
	headgated_starts();
	look();
	is_subscribed_to();
	says("ok");
}

static void a_brown_device__is_passed_over_until_it_is_better(void **state)
{
	(void)state;
	subscribe();
	says("health device=" FIRST " state=ok reason=- factor=0.00 since=0");
	assert_order("a,b,c");
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1795885331");
	assert_order("b,c,a");
	assert_true(infer_fleet_better(&world.fleet, 0, 1, 0, world.now));
	assert_false(infer_fleet_better(&world.fleet, 1, 1, 0, world.now));
	says("health device=" FIRST " state=degraded reason=slower factor=1.20 since=1795885331");
	assert_order("a,b,c");
	assert_true(infer_fleet_better(&world.fleet, 1, 1, 0, world.now));
	says("health device=" FIRST " state=dark reason=hangs factor=0.00 since=1795885331");
	assert_order("b,c,a");
}

static void one_that_fails__is_worse_than_a_brown_one(void **state)
{
	(void)state;
	subscribe();
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	infer_fleet_failed(&world.fleet, 1, world.now);
	assert_order("c,a,b");
	infer_fleet_failed(&world.fleet, 2, world.now);
	assert_order("a,b,c");
}

static void what_is_said__counts_for_the_device_it_is_said_of(void **state)
{
	(void)state;
	subscribe();
	says("health device=0000:05:00.0 state=brown reason=slower factor=1.52 since=1");
	assert_order("a,b,c");
	/* Its place is known once a worker has it open. */
	assert_true(infer_fleet_place(&world.fleet, 2, "0000:05:00.0", world.now));
	assert_false(infer_fleet_place(&world.fleet, 2, "0000:05:00.0", world.now));
	assert_order("a,b,c");
	assert_true(infer_fleet_better(&world.fleet, 2, 1, 0, world.now));
	says("health device=" SECOND_PLACE " state=brown reason=wrong factor=1.00 since=1");
	assert_order("a,b,c");
	says("health device=" FIRST " state=brown reason=wrong factor=1.00 since=1");
	says("health device=" SECOND_PLACE " state=ok reason=- factor=0.00 since=1");
	assert_order("b,a,c");
}

static void a_device_without_a_place__is_nobodys(void **state)
{
	(void)state;
	subscribe();
	assert_false(infer_fleet_place(&world.fleet, 0, "", world.now));
	says("health device= state=brown reason=slower factor=1.52 since=1");
	assert_order("a,b,c");
}

static void nonsense__is_passed_over(void **state)
{
	static const char *const lines[] = {
		"", "health", "health device=" FIRST, "health state=brown", "health device=" FIRST " state=mauve",
		"health device=" FIRST FIRST " state=brown", "use device=" SECOND_PLACE " instead_of=" FIRST,
		"healthy device=" FIRST " state=brown", "health xdevice=" FIRST " state=brown",
	};

	(void)state;
	subscribe();
	for (size_t i = 1; i < sizeof(lines) / sizeof(lines[0]); i++) {
		says(lines[i]);
		assert_order("a,b,c");
	}
	says("health state=brown new=word device=" FIRST);
	assert_order("b,c,a");
}

static void headgated__need_not_run(void **state)
{
	(void)state;
	look();
	assert_order("a,b,c");
	headgated_starts();
	/* Not with each tick. */
	look();
	assert_int_equal(accept(world.listening, NULL, NULL), -1);
	world.now += INFER_HEALTH_RETRY_NS;
	look();
	is_subscribed_to();
	says("ok");
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	assert_order("b,c,a");
}

static void after_its_end__its_word_counts_for_a_while(void **state)
{
	(void)state;
	subscribe();
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	headgated_ends();
	look();
	assert_order("b,c,a");
	world.now += INFER_HEALTH_RETRY_NS + SECOND;
	subscribe();
	assert_order("b,c,a");
	says("health device=" FIRST " state=ok reason=- factor=0.00 since=0");
	assert_order("a,b,c");
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	headgated_ends();
	look();
	assert_order("b,c,a");
	world.now += INFER_HEALTH_KEEP_NS;
	assert_order("a,b,c");
}

static void a_refusal__is_no_end(void **state)
{
	(void)state;
	headgated_starts();
	look();
	is_subscribed_to();
	says("error there is no message \"subscribe\"");
	assert_int_equal(world.health.watch.fd, -1);
	close(world.peer);
	world.now += INFER_HEALTH_RETRY_NS;
	look();
	is_subscribed_to();
}

static void without_a_path__nobody_is_asked(void **state)
{
	(void)state;
	headgated_starts();
	world.health.path = NULL;
	look();
	assert_int_equal(accept(world.listening, NULL, NULL), -1);
}

/* On the connection that there is. */
static void it_is_asked__again_and_again(void **state)
{
	(void)state;
	subscribe();
	for (int i = 0; i < 10; i++) {
		world.now += INFER_HEALTH_ASK_NS - 1;
		look();
		assert_false(is_asked());
		world.now++;
		look();
		assert_true(is_asked());
		says("ok");
		says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
		assert_order("b,c,a");
	}
	/* That it is brown still is no news. */
	assert_int_equal(logged(FIRST " is brown"), 1);
}

/* It answers, but has no such device any more. */
static void a_device_of_which_nothing_is_said__is_brown_no_more(void **state)
{
	(void)state;
	subscribe();
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	for (int i = 0; i < 3; i++) {
		assert_order("b,c,a");
		world.now += INFER_HEALTH_ASK_NS;
		look();
		says("ok");
		says("health device=" SECOND_PLACE " state=ok reason=- factor=0.00 since=0");
	}
	assert_order("a,b,c");
	look();
	assert_int_equal(logged("says nothing more of device " FIRST), 1);
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	assert_order("b,c,a");
	assert_int_equal(logged(FIRST " is brown"), 2);
}

/* Of the service, which must not wait for it, all that it would have to read is left. */
static void one_that_stands_still__is_not_waited_for(void **state)
{
	(void)state;
	headgated_starts();
	look();
	is_subscribed_to();
	says("health device=" FIRST " state=brown reason=slower factor=1.52 since=1");
	for (int i = 0; i < 1000; i++) {
		world.now += INFER_HEALTH_ASK_NS;
		look();
	}
	assert_order("a,b,c");
	assert_true(world.health.watch.fd >= 0);
}

static void what_its_absence_means__is_said_once(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		look();
		world.now += INFER_HEALTH_RETRY_NS;
	}
	assert_int_equal(logged("headgated does not answer on"), 1);
	headgated_starts();
	look();
	is_subscribed_to();
	assert_int_equal(logged("headgated answers on"), 0);
	says("ok");
	says("health device=" FIRST " state=ok reason=- factor=0.00 since=0");
	assert_int_equal(logged("headgated answers on"), 1);
	headgated_ends();
	look();
	assert_int_equal(logged("headgated does not answer on"), 2);
}

/* Of a service by its default, on a machine without headgated. */
static void where_nobody_wants_it__its_absence_is_not_worth_a_word(void **state)
{
	(void)state;
	if (!access(HEADGATE_PROBE_SOCKET, F_OK))
		skip();
	world.health.path = HEADGATE_PROBE_SOCKET;
	look();
	assert_int_equal(logged(""), 0);
	assert_true(world.health.absent);
}

static void a_user__is_told_that_it_is_roots(void **state)
{
	(void)state;
	headgated_starts();
	assert_int_equal(chmod(home, 0755) || chmod(world.path, 0), 0);
	/* Root connects all the same. */
	if (!geteuid())
		assert_int_equal(seteuid(65534), 0);
	look();
	if (!getuid())
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(logged("is for root alone"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_brown_device__is_passed_over_until_it_is_better),
		TEST(one_that_fails__is_worse_than_a_brown_one),
		TEST(what_is_said__counts_for_the_device_it_is_said_of),
		TEST(a_device_without_a_place__is_nobodys),
		TEST(nonsense__is_passed_over),
		TEST(headgated__need_not_run),
		TEST(after_its_end__its_word_counts_for_a_while),
		TEST(a_refusal__is_no_end),
		TEST(without_a_path__nobody_is_asked),
		TEST(it_is_asked__again_and_again),
		TEST(a_device_of_which_nothing_is_said__is_brown_no_more),
		TEST(one_that_stands_still__is_not_waited_for),
		TEST(what_its_absence_means__is_said_once),
		TEST(where_nobody_wants_it__its_absence_is_not_worth_a_word),
		TEST(a_user__is_told_that_it_is_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
