// SPDX-License-Identifier: GPL-2.0-or-later
/* Clients followed in a made-up /proc: processes, their files, and what these tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients.h"
#include "home.h"
#include "wrap.h"

#define MS PACE_NS_PER_MS
#define NOBODY 65534

/* The clock stands still but for this, each time that it is asked. */
static int64_t clock_ns, slow_ns;
/* What it is slow by: the processor's time, sleep, or neither: others have had the processor. */
static enum { WORKS, SLEEPS, IS_PREEMPTED } slow_how;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	clock_ns += slow_ns;
	*now = (struct timespec){ clock_ns / 1000000000, clock_ns % 1000000000 };
	return 0;
}

int __wrap_getrusage(int who, struct rusage *usage)
{
	(void)who;
	*usage = (struct rusage){ 0 };
	if (slow_how == WORKS)
		usage->ru_stime = (struct timeval){
			clock_ns / 1000000000, clock_ns % 1000000000 / 1000,
		};
	if (slow_how == SLEEPS)
		usage->ru_nvcsw = clock_ns;
	return 0;
}

struct host {
	struct tally tally;
	struct clients *clients;
	int64_t now_ns;
};

static void __attribute__((format(printf, 1, 2))) shell(const char *format, ...)
{
	char command[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(command, sizeof(command), format, list);
	va_end(list);
	assert_int_equal(system(command), 0);
}

static bool wants_x(const char *driver, const void *data)
{
	(void)data;
	return !strcmp(driver, "x");
}

/* The root cgroup, agent 5 in a, none in o. */
static void begin(struct host *host)
{
	struct clients_cgroup *cgroups = calloc(3, sizeof(*cgroups));

	*host = (struct host){ .now_ns = 1000 * MS };
	assert_non_null(cgroups);
	shell("mkdir -p a o proc && touch cgroup.procs a/cgroup.procs o/cgroup.procs");
	cgroups[0] = (struct clients_cgroup){ .path = strdup("") };
	cgroups[1] = (struct clients_cgroup){ .path = strdup("/a"), .agent_id = 5 };
	cgroups[2] = (struct clients_cgroup){ .path = strdup("/o") };
	assert_int_equal(clients_new(&host->clients, &host->tally, home, home,
				     wants_x, NULL), 0);
	clients_set_cgroups(host->clients, cgroups, 3);
}

static void end(struct host *host)
{
	clients_free(host->clients);
	tally_free(&host->tally);
}

static void put_process(const char *cgroup, int pid)
{
	shell("echo %d >>%s/cgroup.procs && mkdir -p proc/%d/fd proc/%d/fdinfo", pid, cgroup,
	      pid, pid);
}

static void put_file(int pid, int fd, const char *target)
{
	shell("ln -sfn '%s' proc/%d/fd/%d && echo 'pos: 0' >proc/%d/fdinfo/%d", target, pid,
	      fd, pid, fd);
}

/* What the client's file tells from now on: engine time in ms. */
static void tell(int pid, int fd, const char *driver, int id, int ms)
{
	shell("printf 'pos: 0\\ndrm-driver:\\t%s\\ndrm-client-id:\\t%d\\ndrm-engine-gfx:\\t%d000000 ns\\n' >proc/%d/fdinfo/%d",
	      driver, id, ms, pid, fd);
}

/* As the kernel has them: before what the driver tells. */
static void put_locks(int pid, int fd, int count)
{
	shell("cd proc/%d/fdinfo && cp %d told && (yes 'lock: 1: POSIX  ADVISORY  WRITE 11 00:05:77 1 1' | head -n %d; cat told) >%d && rm told",
	      pid, fd, count, fd);
}

static void put_client(int pid, int fd, int id, int ms)
{
	put_file(pid, fd, "/dev/dri/renderD128");
	tell(pid, fd, "x", id, ms);
}

static void look(struct host *host, int times)
{
	while (times--) {
		host->now_ns += PACE_TICK_NS;
		clients_look(host->clients, host->now_ns);
	}
}

/* Of an agent, in ms. */
static int got(const struct host *host, uint64_t agent)
{
	for (size_t i = 0; host->tally.count && i < host->tally.engines[0].count; i++)
		if (host->tally.engines[0].agents[i].id == agent)
			return host->tally.engines[0].agents[i].busy_ns / MS;
	return 0;
}

static void clients__are_found_and_read_at_each_look(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_process("o", 12);
	put_file(11, 0, "/dev/null");
	put_file(11, 1, "socket:[77]");
	put_client(11, 3, 1, 100);
	put_client(12, 3, 2, 100);
	/* Of a driver that nobody asked for. */
	put_file(12, 4, "/dev/dri/renderD129");
	tell(12, 4, "y", 3, 0);
	look(&host, 1);
	assert_int_equal(clients_count(host.clients), 2);
	assert_int_equal(got(&host, 5), 0);
	tell(11, 3, "x", 1, 107);
	tell(12, 3, "x", 2, 113);
	look(&host, 1);
	assert_int_equal(got(&host, 5), 7);
	assert_int_equal(got(&host, 0), 13);
	end(&host);
}

static void a_client_that_is_shared__counts_once_and_outlives_its_holder(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_process("a", 12);
	put_client(11, 3, 1, 5000);
	put_client(12, 8, 1, 5000);
	look(&host, 2);
	assert_int_equal(clients_count(host.clients), 1);
	tell(11, 3, "x", 1, 5010);
	tell(12, 8, "x", 1, 5010);
	look(&host, 1);
	assert_int_equal(got(&host, 5), 10);
	/* Whoever was read; the other tells what came meanwhile. */
	shell("rm proc/11/fd/3 && : >proc/11/fdinfo/3");
	tell(12, 8, "x", 1, 5025);
	look(&host, 60);
	assert_int_equal(clients_count(host.clients), 1);
	assert_int_equal(got(&host, 5), 25);
	end(&host);
}

static void a_descriptor_used_again__is_another_client(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_client(11, 3, 1, 40);
	look(&host, 2);
	tell(11, 3, "x", 1, 45);
	look(&host, 20);
	assert_int_equal(got(&host, 5), 5);
	/* Not 20 less 45, and not 20 more than ever was: it is as young as the last scan is old. */
	tell(11, 3, "x", 2, 3);
	look(&host, 2);
	assert_int_equal(got(&host, 5), 8);
	tell(11, 3, "x", 2, 13);
	look(&host, 1);
	assert_int_equal(got(&host, 5), 18);
	end(&host);
}

static void processes_that_come_move_and_go__are_followed(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	look(&host, 50);
	put_process("a", 11);
	put_client(11, 3, 1, 20);
	/* New since the lap before, so all of it is its agent's. */
	look(&host, 15);
	assert_int_equal(got(&host, 5), 20);
	shell(": >a/cgroup.procs && echo 11 >o/cgroup.procs");
	look(&host, 15);
	tell(11, 3, "x", 1, 29);
	look(&host, 1);
	assert_int_equal(got(&host, 5), 20);
	assert_int_equal(got(&host, 0), 9);
	/* In no cgroup that is followed: as good as gone. */
	shell(": >o/cgroup.procs");
	look(&host, 200);
	tell(11, 3, "x", 1, 50);
	look(&host, 10);
	assert_int_equal(clients_count(host.clients), 0);
	assert_int_equal(got(&host, 0), 9);
	end(&host);
}

static void a_node_under_another_name__is_found_out(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_file(11, 3, "/tmp/harmless");
	tell(11, 3, "x", 1, 0);
	look(&host, 2);
	assert_int_equal(clients_count(host.clients), 1);
	end(&host);
}

static void a_client_behind_many_locks__is_found_all_the_same(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_client(11, 3, 1, 100);
	/* As the kernel has it: before what the driver tells. */
	put_locks(11, 3, 1000);
	look(&host, 1);
	assert_int_equal(clients_count(host.clients), 1);
	tell(11, 3, "x", 1, 107);
	put_locks(11, 3, 1000);
	look(&host, 1);
	assert_int_equal(got(&host, 5), 7);
	assert_int_equal(clients_losses(host.clients)->long_ones, 0);
	/* More than is read: that is told. */
	put_locks(11, 3, 30000);
	look(&host, 1);
	assert_true(clients_losses(host.clients)->long_ones > 0);
	end(&host);
}

/* A read takes 46 ms, as with 20,000 locks: one at a time, and then not for two seconds. */
static void read_slowly(void)
{
	struct host host;
	int reads, fd;

	begin(&host);
	put_process("a", 11);
	put_process("a", 12);
	for (fd = 3; fd < 13; fd++)
		put_client(11, fd, fd, 0);
	put_client(12, 3, 20, 0);
	slow_ns = 46 * MS;
	look(&host, 1);
	reads = clients_count(host.clients);
	assert_true(reads <= 2);
	look(&host, 50);
	/* The other one's turn has come; both have been read once or twice. */
	assert_true(clients_count(host.clients) > (size_t)reads || reads == 2);
	assert_true(clients_count(host.clients) <= 4);
	slow_ns = 0;
	look(&host, 400);
	assert_int_equal(clients_count(host.clients), 11);
	end(&host);
}

static void who_is_slow_to_read__is_read_seldom(void **state)
{
	(void)state;
	slow_how = WORKS;
	read_slowly();
	slow_how = SLEEPS;
	read_slowly();
}

/* Nothing is known of who was read while others had the processor. */
static void who_is_read_on_a_busy_host__is_read_as_often(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_client(11, 3, 20, 0);
	look(&host, 1);
	slow_how = IS_PREEMPTED;
	slow_ns = 46 * MS;
	tell(11, 3, "x", 20, 3);
	look(&host, 1);
	tell(11, 3, "x", 20, 7);
	look(&host, 1);
	slow_ns = 0;
	assert_int_equal(got(&host, 5), 7);
	end(&host);
}

static void a_process_of_many_files__takes_turns_with_others(void **state)
{
	struct host host;
	int looks = 0;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_process("a", 12);
	/* Clients at both ends, in whatever order the directory has them. */
	for (int fd = 0; fd < 5; fd++)
		put_client(11, fd, fd, 0);
	shell("cd proc/11/fd && i=5 && while [ $i -lt 4000 ]; do ln -s 'socket:[1]' $i; i=$((i + 1)); done");
	for (int fd = 4000; fd < 4005; fd++)
		put_client(11, fd, fd, 0);
	put_client(12, 3, 9999, 0);
	/* The first look may take more. */
	look(&host, 2);
	assert_in_range(clients_count(host.clients), 1, 10);
	/* Each gets through some of it. */
	while (clients_count(host.clients) < 11 && looks++ < 200)
		look(&host, 1);
	assert_int_equal(clients_count(host.clients), 11);
	end(&host);
}

static void more_clients_than_there_is_room_for__are_counted(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	shell("cd proc/11 && i=0 && while [ $i -lt 1030 ]; do ln -s /dev/dri/renderD128 fd/$i;"
	      " printf 'drm-driver: x\\ndrm-client-id: %%d\\ndrm-engine-gfx: 0 ns\\n' $i >fdinfo/$i; i=$((i + 1)); done");
	look(&host, 60);
	assert_int_equal(clients_count(host.clients), CLIENTS_OF_ONE_MAX);
	assert_true(clients_losses(host.clients)->clients >= 6);
	end(&host);
}

static void who_does_not_let_us_read__is_counted(void **state)
{
	struct host host;

	(void)state;
	begin(&host);
	put_process("a", 11);
	put_client(11, 3, 1, 0);
	shell("chmod 755 . && chmod 0 proc/11/fdinfo/3");
	/* Root reads it all the same. */
	if (!geteuid())
		assert_int_equal(seteuid(NOBODY), 0);
	look(&host, 2);
	assert_int_equal(clients_count(host.clients), 0);
	assert_true(clients_losses(host.clients)->denied > 0);
	if (!getuid())
		assert_int_equal(seteuid(0), 0);
	end(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(clients__are_found_and_read_at_each_look),
		IN_HOME(a_client_that_is_shared__counts_once_and_outlives_its_holder),
		IN_HOME(a_descriptor_used_again__is_another_client),
		IN_HOME(processes_that_come_move_and_go__are_followed),
		IN_HOME(a_node_under_another_name__is_found_out),
		IN_HOME(a_client_behind_many_locks__is_found_all_the_same),
		IN_HOME(who_is_slow_to_read__is_read_seldom),
		IN_HOME(who_is_read_on_a_busy_host__is_read_as_often),
		IN_HOME(a_process_of_many_files__takes_turns_with_others),
		IN_HOME(more_clients_than_there_is_room_for__are_counted),
		IN_HOME(who_does_not_let_us_read__is_counted),
	};

	return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
