// SPDX-License-Identifier: GPL-2.0-or-later
/* Who connected to a unix socket, and who cannot be told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "serve_peer.h"

#define SO_PEERPIDFD 77

static const char *cgroup = "/a";
static int pidfd_error;

int headgate_cgroup_of(pid_t pid, char **path)
{
	(void)pid;
	*path = strdup(cgroup);
	return 0;
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	if (option != SO_PEERPIDFD || !pidfd_error)
		return (int)syscall(SYS_getsockopt, fd, level, option, value, size);
	errno = pidfd_error;
	return -1;
}

static int setup(void **state)
{
	(void)state;
	cgroup = "/a";
	pidfd_error = 0;
	return 0;
}

/* A connection of a process that has ended, or of this one; both ends, [0] the service's. */
static void connect_from(bool child, int fds[2])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t size = sizeof(address.sun_family);

	/* One that the kernel chooses, in no file system. */
	assert_int_equal(bind(listening, (struct sockaddr *)&address, size), 0);
	size = sizeof(address);
	getsockname(listening, (struct sockaddr *)&address, &size);
	assert_int_equal(listen(listening, 1), 0);
	fds[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	if (child) {
		pid_t pid = fork();

		if (!pid)
			_exit(connect(fds[1], (struct sockaddr *)&address, size) != 0);
		waitpid(pid, NULL, 0);
	} else {
		connect(fds[1], (struct sockaddr *)&address, size);
	}
	fds[0] = accept(listening, NULL, NULL);
	assert_true(fds[0] >= 0);
	close(listening);
}

static int cgroup_of_peer(bool child, char **path)
{
	int fds[2], error;

	connect_from(child, fds);
	*path = NULL;
	error = infer_peer_cgroup(fds[0], path);
	close(fds[0]);
	close(fds[1]);
	return error;
}

static void who_connected__is_in_its_cgroup(void **state)
{
	char *path;

	(void)state;
	assert_int_equal(cgroup_of_peer(false, &path), 0);
	assert_string_equal(path, "/a");
	free(path);
}

static void who_has_ended__is_unknown(void **state)
{
	char *path;

	(void)state;
	assert_int_equal(cgroup_of_peer(true, &path), -ESRCH);
	cgroup = "/";
	assert_int_equal(cgroup_of_peer(true, &path), -ESRCH);
}

static void the_root_cgroup__is_known_to_be_nobodys(void **state)
{
	char *path;

	(void)state;
	cgroup = "/";
	assert_int_equal(cgroup_of_peer(false, &path), -ENOENT);
	/* In no cgroup at all, or gone before it was looked at. */
	cgroup = "";
	assert_int_equal(cgroup_of_peer(false, &path), -ESRCH);
}

/* Root's tests can be another's. */
static void a_user__is_who_connected(void **state)
{
	uid_t user = getuid() ?: 1234;
	int fds[2];

	(void)state;
	assert_int_equal(seteuid(user), 0);
	connect_from(false, fds);
	seteuid(getuid());
	assert_int_equal(infer_peer_user(fds[0]), user);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(infer_peer_user(-1), INFER_PEER_NOBODY);
}

/* By its number alone another process may be taken for it. */
static void who_has_no_pidfd__is_not_looked_up_by_number(void **state)
{
	char *path;

	(void)state;
	pidfd_error = ESRCH;
	assert_int_equal(cgroup_of_peer(false, &path), -ESRCH);
	pidfd_error = EMFILE;
	assert_int_equal(cgroup_of_peer(false, &path), -ESRCH);
	/* A kernel that knows no such thing. */
	pidfd_error = ENOPROTOOPT;
	assert_int_equal(cgroup_of_peer(false, &path), 0);
	free(path);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_connected__is_in_its_cgroup),
		TEST(who_has_ended__is_unknown),
		TEST(a_user__is_who_connected),
		TEST(the_root_cgroup__is_known_to_be_nobodys),
		TEST(who_has_no_pidfd__is_not_looked_up_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
