// SPDX-License-Identifier: GPL-2.0-or-later
/* Which sockets are replaced, and which are another's. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"
#include "serve_listen.h"

static char path[80], lock[96], address[96];
static struct infer_listen l;
static char problem[INFER_PROBLEM];
static pid_t pids[2];

static int setup(void **state)
{
	if (enter_home(state))
		return -1;
	snprintf(path, sizeof(path), "%s/s", home);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	snprintf(address, sizeof(address), "unix:%s", path);
	return 0;
}

/* Nothing else may be left there. */
static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	if (pids[0])
		waitpid(pids[0], NULL, 0);
	memset(pids, 0, sizeof(pids));
	infer_listen_close(&l);
	unlink(path);
	unlink(lock);
	return rmdir(home);
}

static int open_it(void)
{
	return infer_listen_open(address, &l, problem);
}

/* Another's socket, of any type, which nobody accepts from. */
static int bind_another(int type)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	strcpy(to.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* A service, and a child of it that has all its descriptors and lives on. */
static void start_service(void)
{
	int talk[2];

	assert_int_equal(pipe(talk), 0);
	pids[0] = fork();
	if (!pids[0]) {
		pid_t child = open_it() ? -1 : fork();

		if (child && write(talk[1], &child, sizeof(child)) != sizeof(child))
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(talk[0], &pids[1], sizeof(pids[1])), sizeof(pids[1]));
	assert_true(pids[1] > 0);
	close(talk[0]);
	close(talk[1]);
}

static void end_service(void)
{
	kill(pids[0], SIGKILL);
	waitpid(pids[0], NULL, 0);
	pids[0] = 0;
}

static void a_service_that_runs__keeps_its_socket(void **state)
{
	(void)state;
	start_service();
	assert_int_equal(open_it(), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
}

static void a_child_that_outlives_its_service__keeps_nothing(void **state)
{
	(void)state;
	start_service();
	end_service();
	assert_int_equal(open_it(), 0);
}

static void what_nobody_listens_at__is_replaced(void **state)
{
	(void)state;
	close(bind_another(SOCK_STREAM));
	assert_int_equal(open_it(), 0);
	infer_listen_close(&l);
	assert_int_equal(access(path, F_OK), -1);
}

static void anothers_socket__stays(void **state)
{
	struct stat before, after;
	int fd = bind_another(SOCK_STREAM);

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(open_it(), -EADDRINUSE);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	close(fd);
}

static void why_it_cannot_be_had__is_told_as_it_is(void **state)
{
	int fd = bind_another(SOCK_DGRAM);

	(void)state;
	assert_int_equal(open_it(), -EPROTOTYPE);
	assert_non_null(strstr(problem, strerror(EPROTOTYPE)));
	close(fd);
}

static void a_folder_that_is_missing__is_told(void **state)
{
	char none[128];

	(void)state;
	snprintf(address, sizeof(address), "unix:%s/none/s", home);
	snprintf(none, sizeof(none), "there is no folder %s/none: make it, or choose another with --listen", home);
	assert_int_equal(open_it(), -ENOENT);
	assert_non_null(strstr(problem, none));
}

/* They are told from what another try may mend. */
static void what_is_no_address__is_a_fault_of_the_argument(void **state)
{
	static const char *const wrong[] = { "foo.sock", "0.0.0.0:80", "127.0.0.1:0", "unix:foo.sock" };
	char long_path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(infer_listen_open(wrong[i], &l, problem), -EINVAL);
	memset(long_path, 'x', sizeof(long_path));
	memcpy(long_path, "unix:/tmp/", 10);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(infer_listen_open(long_path, &l, problem), -ENAMETOOLONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_service_that_runs__keeps_its_socket),
		TEST(a_child_that_outlives_its_service__keeps_nothing),
		TEST(what_nobody_listens_at__is_replaced),
		TEST(anothers_socket__stays),
		TEST(why_it_cannot_be_had__is_told_as_it_is),
		TEST(a_folder_that_is_missing__is_told),
		TEST(what_is_no_address__is_a_fault_of_the_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
