// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guard is forked once and needs nothing afterwards but what it holds: to thaw is one
 * write to a file that it has open.  It blocks all signals, so that what stops headgated's
 * control group lets it finish; it ends when its socket is closed at the other end, which the
 * kernel does whatever headgated dies of.
 */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define NS_PER_MS	INT64_C(1000000)
#define CHANNEL		3			/* first descriptor after the standard ones */
/* A guard whose daemon died ends at once. */
#define LOCK_WAIT_MS	2000

struct command {
	uint64_t id;
	uint64_t ms;
};

struct hold {
	uint64_t id;
	int freezer;
	int64_t until_ns;
};

/* of the child */
struct keeper {
	const struct frozen_place *place;
	int list;
	struct hold holds[GUARD_HOLDS_MAX];
	size_t count;
};

struct guard {
	int fd;
	pid_t pid;
};

/* ---- the child ---- */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* What is frozen is in the list at any time: it is written before, and after a thaw. */
static int remember(struct keeper *k)
{
	uint64_t ids[GUARD_HOLDS_MAX];

	for (size_t i = 0; i < k->count; i++)
		ids[i] = k->holds[i].id;
	return frozen_write(k->list, ids, k->count);
}

/* A cgroup that went needs no thaw: nobody is in it.  One that a person paused stays frozen. */
static void thaw(struct keeper *k, size_t i)
{
	int freezer = k->holds[i].freezer;
	bool paused = frozen_release(k->place, freezer);

	k->holds[i] = k->holds[--k->count];
	remember(k);
	frozen_forgotten(k->place, freezer, paused);
	close(freezer);
}

static void freeze(struct keeper *k, const struct command *command)
{
	int freezer;

	if (k->count == GUARD_HOLDS_MAX)
		return;
	freezer = k->place->open(command->id);
	if (freezer < 0)
		return;
	/* Frozen by somebody else: theirs to thaw. */
	if (frozen_get(freezer)) {
		close(freezer);
		return;
	}
	k->holds[k->count++] = (struct hold){
		.id = command->id,
		.freezer = freezer,
		.until_ns = now_ns() + (int64_t)command->ms * NS_PER_MS,
	};
	if (remember(k) || frozen_set(freezer, true))
		thaw(k, k->count - 1);
}

static void obey(struct keeper *k, const struct command *command)
{
	for (size_t i = 0; i < k->count; i++) {
		if (k->holds[i].id != command->id)
			continue;
		if (command->ms)
			k->holds[i].until_ns = now_ns() + (int64_t)command->ms * NS_PER_MS;
		else
			thaw(k, i);
		return;
	}
	if (command->ms)
		freeze(k, command);
}

/* Returns the time to the next deadline for poll(), -1 for none. */
static int thaw_due(struct keeper *k)
{
	int64_t now = now_ns(), next = INT64_MAX;

	for (size_t i = k->count; i-- > 0;) {
		if (k->holds[i].until_ns <= now)
			thaw(k, i);
		else if (k->holds[i].until_ns < next)
			next = k->holds[i].until_ns;
	}
	return next == INT64_MAX ? -1 : (int)((next - now + NS_PER_MS - 1) / NS_PER_MS);
}

static void keep(struct keeper *k)
{
	struct pollfd channel = { .fd = CHANNEL, .events = POLLIN };
	struct command command;
	ssize_t len;

	for (;;) {
		if (poll(&channel, 1, thaw_due(k)) < 1)
			continue;
		len = recv(CHANNEL, &command, sizeof(command), MSG_DONTWAIT);
		if (len == sizeof(command))
			obey(k, &command);
		else if (len >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	while (k->count)
		thaw(k, k->count - 1);
}

static void __attribute__((noreturn)) child(int fd, const struct frozen_place *place)
{
	static struct keeper keeper;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "headgate-guard");
	/* The lock of the pid file and the module's sockets among them. */
	if (dup2(fd, CHANNEL) < 0)
		_exit(EXIT_FAILURE);
	close_range(CHANNEL + 1, ~0U, 0);
	keeper.place = place;
	keeper.list = frozen_lock(place, LOCK_WAIT_MS);
	if (keeper.list < 0) {
		log_error("%s: %s; nothing is paced", place->list, strerror(-keeper.list));
		_exit(EXIT_FAILURE);
	}
	keep(&keeper);
	_exit(EXIT_SUCCESS);
}

/* ---- the parent ---- */

int guard_start(struct guard **guard, const struct frozen_place *place)
{
	struct guard *g = malloc(sizeof(*g));
	int pair[2], err;

	if (!g)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err = -errno;
		free(g);
		return err;
	}
	g->fd = pair[0];
	g->pid = fork();
	if (!g->pid)
		child(pair[1], place);
	err = g->pid < 0 ? -errno : 0;
	close(pair[1]);
	if (err) {
		close(pair[0]);
		free(g);
		return err;
	}
	*guard = g;
	return 0;
}

pid_t guard_pid(const struct guard *guard)
{
	return guard->pid;
}

int guard_fd(const struct guard *guard)
{
	return guard->fd;
}

int guard_hold(struct guard *guard, uint64_t id, unsigned int ms)
{
	const struct command command = { .id = id, .ms = ms };

	if (send(guard->fd, &command, sizeof(command), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    (errno == EPIPE || errno == ECONNRESET))
		return -EPIPE;
	return 0;
}

void guard_stop(struct guard **guard)
{
	struct guard *g = *guard;

	*guard = NULL;
	if (!g)
		return;
	close(g->fd);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(g);
}
