// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run_scope.h"
#include "session.h"

#define DEFAULT_PARENT "/headgate"

/* Killed processes leave their cgroup when they are reaped: 5 s in steps of 10 ms. */
#define REMOVE_ATTEMPTS 500
#define REMOVE_PAUSE_NS 10000000

/* ---- names ---- */

/* "make-1234", or what --name says; NULL without memory. */
static char *choose_name(const struct arguments *arguments)
{
	const char *command = strrchr(arguments->positional[0], '/');
	char *name;

	if (arguments->values[OPTION_NAME])
		return strdup(arguments->values[OPTION_NAME]);
	command = command ? command + 1 : arguments->positional[0];
	return asprintf(&name, "%s-%d", command, getpid()) < 0 ? NULL : name;
}

/* Below a slice it is a scope, if there is systemd to make it. False without memory. */
static bool choose_scope(const char *parent, const char *name, struct run_place *place)
{
	if (!scope_wanted())
		return true;
	place->slice = parent ? scope_slice(parent) : strdup(SCOPE_SLICE);
	if (!place->slice)
		return parent;
	place->scope = scope_name(name);
	return place->scope;
}

static bool choose_path(const char *parent, const char *name, struct run_place *place)
{
	parent = parent ?: DEFAULT_PARENT;
	parent = strcmp(parent, "/") ? parent : "";
	if (asprintf(&place->path, "%s/%s", parent, name) >= 0)
		return true;
	place->path = NULL;
	return false;
}

int run_place_choose(const struct arguments *arguments, struct run_place *place)
{
	const char *parent = arguments->values[OPTION_PARENT];
	const char *name = arguments->values[OPTION_NAME];
	char *chosen;
	uint64_t id;
	bool fits;
	int ret;

	*place = (struct run_place){ 0 };
	ret = parent ? session_cgroup(parent, &id, &parent) : EXIT_OK;
	if (ret)
		return ret;
	if (arguments->values[OPTION_PARENT] && !parent)
		return usage_error("--parent needs a path, not a cgroup id");
	if (name && (!*name || strchr(name, '/') || *name == '.'))
		return usage_error("--name '%s' is not a name for a directory: no slash, no dot at its front",
				   name);
	chosen = choose_name(arguments);
	fits = chosen && choose_scope(parent, chosen, place) && (place->scope || choose_path(parent, chosen, place));
	free(chosen);
	return fits ? EXIT_OK : session_error(-ENOMEM, "cannot run");
}

/* ---- making ---- */

int run_failed(int error, const char *command)
{
	fprintf(stderr, "headgate: cannot run '%s': %s\n", command, strerror(-error));
	return error == -ENOENT ? EXIT_NOT_FOUND :
	       error == -EACCES || error == -ENOEXEC ? EXIT_NOT_EXECUTABLE : EXIT_NOT_RUN;
}

static int make_scope(struct run_place *place, char *const argv[], const sigset_t *mask)
{
	int ret = headgate_spawn_hold(NULL, argv, mask, &place->spawn);

	if (ret) {
		run_failed(ret, argv[0]);
		return EXIT_NOT_RUN;
	}
	if (!scope_start(place->scope, place->slice, argv[0], place->spawn.pid, &place->path))
		return EXIT_OK;
	headgate_spawn_drop(&place->spawn);
	return EXIT_NOT_RUN;
}

static int make_cgroup(struct run_place *place, char *const argv[], const sigset_t *mask)
{
	int ret = headgate_cgroup_create(place->path);

	if (ret < 0) {
		fprintf(stderr, "headgate: cannot make cgroup %s: %s\n", place->path,
			ret == -EACCES || ret == -EPERM ? "needs CAP_SYS_ADMIN: run as root" :
			ret == -ENOENT ? "cgroup v2 is not mounted" : strerror(-ret));
		return EXIT_NOT_RUN;
	}
	if (!ret) {
		fprintf(stderr, "headgate: cgroup %s exists: choose another --name\n", place->path);
		return EXIT_NOT_RUN;
	}
	ret = headgate_spawn_hold(place->path, argv, mask, &place->spawn);
	if (!ret)
		return EXIT_OK;
	run_failed(ret, argv[0]);
	headgate_cgroup_remove(place->path);
	return EXIT_NOT_RUN;
}

int run_place_make(struct run_place *place, char *const argv[], const sigset_t *mask)
{
	return place->scope ? make_scope(place, argv, mask) : make_cgroup(place, argv, mask);
}

/* ---- ending ---- */

/* @id: 0: of whatever has that path */
static int remove_cgroup(const char *path, uint64_t id)
{
	static const struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };
	int ret = headgate_cgroup_remove(path);

	if (ret != -EBUSY)
		return ret;
	headgate_cgroup_kill(path, id);
	for (int i = 0; i < REMOVE_ATTEMPTS && ret == -EBUSY; i++) {
		nanosleep(&pause, NULL);
		ret = headgate_cgroup_remove(path);
	}
	return ret;
}

void run_place_end(struct run_place *place, uint64_t id)
{
	int ret;

	headgate_spawn_drop(&place->spawn);
	if (place->scope) {
		/* At once, and whether or not they stand still; it may have gone, and be another's. */
		if (id)
			headgate_cgroup_kill(place->path, id);
		/* A scope that has the name of one that went is another's. */
		if (!id || !headgate_cgroup_check(place->path, id))
			scope_stop(place->scope);
		return;
	}
	ret = remove_cgroup(place->path, id);
	if (ret && ret != -ENOENT)
		fprintf(stderr, "headgate: cannot remove cgroup %s: %s\n", place->path, strerror(-ret));
}

void run_place_free(struct run_place *place)
{
	free(place->path);
	free(place->slice);
	free(place->scope);
}
