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
#include "session.h"

/* Longer than an ioctl of a driver takes that is well. */
#define WAIT_MS 10000

static void freep(char **text)
{
	free(*text);
}

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Who stops himself, or headgated, can let nobody go. */
static int refuse(const struct headgate_agent *agent, const char *verb)
{
	const pid_t pids[] = { 0, evidence_daemon("") };
	static const char *const names[] = { "this command", "headgated" };

	if (!strcmp(agent->path, "/"))
		return usage_error("cannot %s /: that is the root cgroup, with all processes of this host", verb);
	for (int i = 0; i < 2; i++) {
		headgate_cleanup(freep) char *own = NULL;

		if (i && !pids[i])
			continue;
		if (headgate_cgroup_of(pids[i], &own) || headgate_cgroup_covers(agent->path, own))
			return usage_error("cannot %s %s: %s runs in it", verb, agent->path, names[i]);
	}
	return EXIT_OK;
}

/* The agent of the command line, if it may be stopped; else a message, and the exit status. */
static int find_agent(const struct arguments *arguments, const char *verb, struct headgate_agent *agent)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	const char *path;
	uint64_t id;
	int ret = session_cgroup(arguments->positional[0], &id, &path);

	if (!ret && path && !strcmp(path, "/"))
		return refuse(&(struct headgate_agent){ .path = "/" }, verb);
	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	ret = headgate_agent_get(client, id, path, agent);
	if (ret)
		return session_fail(client, ret, "cannot %s %s", verb, arguments->positional[0]);
	return refuse(agent, verb);
}

static int fail(const char *verb, const char *path, int error)
{
	char what[4200];

	if (error == -ENOENT) {
		fprintf(stderr, "headgate: cannot %s %s: its cgroup is gone\n", verb, path);
		return EXIT_FAILED;
	}
	snprintf(what, sizeof(what), "cannot %s %s", verb, path);
	return session_error(error, what);
}

static int told(const struct arguments *arguments, const char *key, const struct headgate_agent *agent)
{
	struct headgate_json json;

	if (!arguments->values[OPTION_JSON]) {
		printf("%s %s\n", key, agent->path);
		return EXIT_OK;
	}
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, key, agent->path);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

int run_agent_pause(const struct arguments *arguments)
{
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	headgate_cleanup(closep) int freezer = -1;
	int ret = find_agent(arguments, "pause", &agent);

	if (ret)
		return ret;
	freezer = headgate_freezer_open(agent.path);
	ret = freezer < 0 ? freezer : headgate_freezer_mark(freezer);
	if (!ret)
		ret = headgate_freezer_freeze(freezer, true);
	if (!ret)
		ret = headgate_freezer_await(agent.path, "frozen", true, WAIT_MS);
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %s is not frozen yet: a process of it is busy in the kernel, and stops when that is done\n",
			agent.path);
		return EXIT_FAILED;
	}
	return ret ? fail("pause", agent.path, ret) : told(arguments, "paused", &agent);
}

/* Whether pacing has frozen it: then it thaws it as well, when that is due. */
static int is_paced(uint64_t id, bool *paced)
{
	headgate_cleanup(headgate_ids_free) struct headgate_ids ids = { 0 };
	int ret = headgate_freezer_paced(HEADGATE_FROZEN_FILE, &ids);

	*paced = headgate_ids_have(&ids, id);
	return ret;
}

int run_agent_resume(const struct arguments *arguments)
{
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	headgate_cleanup(closep) int freezer = -1;
	bool paced = false;
	int ret = find_agent(arguments, "resume", &agent);

	if (ret)
		return ret;
	freezer = headgate_freezer_open(agent.path);
	ret = freezer < 0 ? freezer : headgate_freezer_unmark(freezer);
	/* In this order: see frozen_release(). */
	if (!ret)
		ret = is_paced(agent.id, &paced);
	if (!ret && !paced) {
		ret = headgate_freezer_freeze(freezer, false);
		if (!ret)
			ret = headgate_freezer_await(agent.path, "frozen", false, WAIT_MS);
	}
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %s is frozen still: a cgroup above it is, or it was frozen anew\n",
			agent.path);
		return EXIT_FAILED;
	}
	return ret ? fail("resume", agent.path, ret) : told(arguments, "resumed", &agent);
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

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
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

static int told_killed(const struct arguments *arguments, const struct headgate_agent *agent,
		       unsigned int count)
{
	struct headgate_json json;

	if (!arguments->values[OPTION_JSON]) {
		printf("killed %u process%s of %s\n", count, count == 1 ? "" : "es", agent->path);
		return EXIT_OK;
	}
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "killed", agent->path);
	headgate_json_uint(&json, "processes", count);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

int run_agent_kill(const struct arguments *arguments)
{
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	headgate_cleanup(freep) char *absolute = NULL;
	unsigned int count;
	int ret = find_agent(arguments, "kill", &agent);

	if (ret)
		return ret;
	ret = headgate_cgroup_absolute(agent.path, &absolute);
	if (ret)
		return fail("kill", agent.path, ret);
	count = count_processes(absolute);
	ret = headgate_cgroup_kill(agent.path);
	if (ret == -ENOENT && !access(absolute, F_OK)) {
		fprintf(stderr, "headgate: cannot kill %s: it has no cgroup.kill, which Linux 5.14 brought; kill the processes in %s/cgroup.procs\n",
			agent.path, absolute);
		return EXIT_FAILED;
	}
	if (!ret)
		ret = headgate_freezer_await(agent.path, "populated", false, WAIT_MS);
	if (ret == -ETIMEDOUT) {
		fprintf(stderr, "headgate: %u of %u processes of %s have not ended yet: they are busy in the kernel, or others come after them\n",
			count_processes(absolute), count, agent.path);
		return EXIT_FAILED;
	}
	/* Nobody is left of a cgroup that went meanwhile. */
	if (ret && ret != -ENOENT)
		return fail("kill", agent.path, ret);
	return told_killed(arguments, &agent, count);
}
