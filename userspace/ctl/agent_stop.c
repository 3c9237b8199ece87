// SPDX-License-Identifier: GPL-2.0-or-later
/* `agent pause`, `agent resume` and `agent kill`. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "evidence.h"
#include "freezer.h"
#include "printable.h"
#include "session.h"

/* Longer than an ioctl of a driver takes that is well. */
#define WAIT_MS 10000
/* What a message shows of a path. */
#define SHOWN_MAX 4096

static void freep(char **text)
{
	free(*text);
}

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* A cgroup that is to be stopped, or to go on. */
struct target {
	uint64_t id;
	char *path;
	char *shown;	/* the path, for a terminal: whoever may make cgroups there chose its name */
};

static void target_free(struct target *target)
{
	free(target->path);
	free(target->shown);
}

static int target_set(struct target *target, uint64_t id, const char *path)
{
	target->id = id;
	target->path = strdup(path);
	target->shown = headgate_printable(path, SHOWN_MAX);
	return target->path && target->shown ? EXIT_OK :
	       session_error(-ENOMEM, "cannot look at the cgroup");
}

static int fail(const char *verb, const struct target *target, int error)
{
	char what[2 * SHOWN_MAX];

	if (error == -ENOENT || error == -ESTALE) {
		fprintf(stderr, "headgate: cannot %s %s: its cgroup is gone\n", verb, target->shown);
		return EXIT_FAILED;
	}
	snprintf(what, sizeof(what), "cannot %s %s", verb, target->shown);
	return session_error(error, what);
}

static int refuse_root(const char *verb)
{
	return usage_error("cannot %s /: that is the root cgroup, with all processes of this host", verb);
}

/* Who stops himself, or headgated, can let nobody go. */
static int refuse(const struct target *target, const char *verb)
{
	const pid_t pids[] = { 0, evidence_daemon("") };
	static const char *const names[] = { "this command", "headgated" };

	for (int i = 0; i < 2; i++) {
		headgate_cleanup(freep) char *own = NULL;

		if (i && !pids[i])
			continue;
		if (headgate_cgroup_of(pids[i], &own) || headgate_cgroup_covers(target->path, own))
			return usage_error("cannot %s %s: %s runs in it", verb, target->shown, names[i]);
	}
	return EXIT_OK;
}

/* The agent of the command line, if it may be stopped; else a message, and the exit status. */
static int find_agent(const struct arguments *arguments, const char *verb, struct target *target)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	const char *path;
	uint64_t id;
	int ret = session_cgroup(arguments->positional[0], &id, &path);

	if (!ret && path && !strcmp(path, "/"))
		return refuse_root(verb);
	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	ret = headgate_agent_get(client, id, path, &agent);
	if (ret)
		return session_fail(client, ret, "cannot %s %s", verb, arguments->positional[0]);
	if (!strcmp(agent.path, "/"))
		return refuse_root(verb);
	return target_set(target, agent.id, agent.path) ?: refuse(target, verb);
}

/* Any cgroup: what was paused as an agent, and is none any more, must go on too. */
static int find_cgroup(const struct arguments *arguments, const char *verb, struct target *target)
{
	headgate_cleanup(freep) char *found = NULL;
	const char *path;
	uint64_t id;
	int ret = session_cgroup(arguments->positional[0], &id, &path);

	if (ret)
		return ret;
	ret = path ? headgate_cgroup_id(path, &id) : headgate_cgroup_path(id, &found);
	if (ret == -ENOENT || ret == -ESTALE) {
		fprintf(stderr, "headgate: cannot %s %s: there is no such cgroup\n", verb,
			arguments->positional[0]);
		return EXIT_FAILED;
	}
	if (ret)
		return session_error(ret, "cannot look at the cgroup");
	path = path ?: found;
	return strcmp(path, "/") ? target_set(target, id, path) : refuse_root(verb);
}

static int told(const struct arguments *arguments, const char *key, const struct target *target,
		const char *note)
{
	struct headgate_json json;

	if (!arguments->values[OPTION_JSON]) {
		printf("%s %s%s\n", key, target->shown, note);
		return EXIT_OK;
	}
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, key, target->path);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

/* Open, and of that id: then it stays so. */
static int open_freezer(const struct target *target, int *freezer)
{
	*freezer = headgate_freezer_open(target->path);
	return *freezer < 0 ? *freezer : headgate_cgroup_check(target->path, target->id);
}

int run_agent_pause(const struct arguments *arguments)
{
	headgate_cleanup(target_free) struct target target = { 0 };
	headgate_cleanup(closep) int freezer = -1;
	int ret = find_agent(arguments, "pause", &target);

	if (ret)
		return ret;
	ret = open_freezer(&target, &freezer);
	if (!ret)
		ret = headgate_freezer_mark(freezer, HEADGATE_FREEZER_PERSON);
	if (!ret) {
		ret = headgate_freezer_freeze(freezer, true);
		if (ret)
			headgate_freezer_unmark(freezer, HEADGATE_FREEZER_PERSON);
	}
	if (!ret)
		ret = headgate_freezer_await(target.path, "frozen", true, WAIT_MS);
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %s is not frozen yet: a process of it is busy in the kernel, and stops when that is done; to take that back: headgate agent resume %s\n",
			target.shown, target.shown);
		return EXIT_FAILED;
	}
	return ret ? fail("pause", &target, ret) : told(arguments, "paused", &target, "");
}

int run_agent_resume(const struct arguments *arguments)
{
	headgate_cleanup(target_free) struct target target = { 0 };
	headgate_cleanup(closep) int freezer = -1;
	int ret = find_cgroup(arguments, "resume", &target), held = 0, budget = 0;

	if (ret)
		return ret;
	ret = open_freezer(&target, &freezer);
	if (!ret) {
		budget = headgate_freezer_resume(freezer);
		ret = budget < 0 ? budget : 0;
	}
	/* In this order: see frozen_release(). */
	if (!ret) {
		held = headgate_freezer_held(HEADGATE_FROZEN_FILE, target.id);
		ret = held < 0 ? held : 0;
	}
	if (!ret && !held) {
		ret = headgate_freezer_freeze(freezer, false);
		if (!ret)
			ret = headgate_freezer_await(target.path, "frozen", false, WAIT_MS);
	}
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %s is frozen still: a cgroup above it is, or it was frozen anew\n",
			target.shown);
		return EXIT_FAILED;
	}
	return ret ? fail("resume", &target, ret) :
		     told(arguments, "resumed", &target, held ? "; pacing holds it for the moment" :
			  budget ? "; its budget is spent, but does not pause it again before it is renewed" : "");
}

/* Processes in and below a folder of the cgroup file system; what goes meanwhile has none. */
static unsigned int count_processes(const char *folder)
{
	headgate_cleanup(freep) char *name = NULL;
	unsigned int count = 0;
	struct dirent *entry;
	FILE *file;
	DIR *dir;
	int pid;

	if (asprintf(&name, "%s/cgroup.procs", folder) < 0) {
		name = NULL;
		return 0;
	}
	file = fopen(name, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		count++;
	if (file)
		fclose(file);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		headgate_cleanup(freep) char *below = NULL;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&below, "%s/%s", folder, entry->d_name) < 0)
			below = NULL;
		else
			count += count_processes(below);
	}
	if (dir)
		closedir(dir);
	return count;
}

static int told_killed(const struct arguments *arguments, const struct target *target,
		       unsigned int count)
{
	struct headgate_json json;

	if (!arguments->values[OPTION_JSON]) {
		printf("killed %u process%s of %s\n", count, count == 1 ? "" : "es", target->shown);
		return EXIT_OK;
	}
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "killed", target->path);
	headgate_json_uint(&json, "processes", count);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

int run_agent_kill(const struct arguments *arguments)
{
	headgate_cleanup(target_free) struct target target = { 0 };
	headgate_cleanup(freep) char *absolute = NULL;
	unsigned int count;
	int ret = find_agent(arguments, "kill", &target);

	if (ret)
		return ret;
	ret = headgate_cgroup_absolute(target.path, &absolute);
	if (ret)
		return fail("kill", &target, ret);
	count = count_processes(absolute);
	ret = headgate_cgroup_kill(target.path, target.id);
	if (ret == -ENOENT && !access(absolute, F_OK)) {
		fprintf(stderr, "headgate: cannot kill %s: it has no cgroup.kill, which Linux 5.14 brought; kill the processes in %s/cgroup.procs\n",
			target.shown, absolute);
		return EXIT_FAILED;
	}
	if (!ret)
		ret = headgate_freezer_await(target.path, "populated", false, WAIT_MS);
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %u of %u processes of %s have not ended yet: they are busy in the kernel, or others come after them\n",
			count_processes(absolute), count, target.shown);
		return EXIT_FAILED;
	}
	/* Nobody is left of a cgroup that went meanwhile. */
	if (ret == -ESTALE)
		ret = count = 0;
	if (ret && ret != -ENOENT)
		return fail("kill", &target, ret);
	return told_killed(arguments, &target, count);
}
