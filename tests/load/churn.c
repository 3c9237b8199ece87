// SPDX-License-Identifier: GPL-2.0
/*
 * churn: agents that go and come back, as fast as they can, while their tasks submit.
 *
 *   churn [--seconds S] policy CGROUP-PATH…   takes the cgroups out of policy, and puts them back
 *   churn [--seconds S] cgroup CGROUP-PATH…   moves the tasks of each to a new cgroup, an agent
 *                                             too, removes the old one, and all that again
 *
 * Prints "churn removals=N wrong=N"; exit status 1 if a request was refused.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <getopt.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "policy.h"

#define ROOT	"/sys/fs/cgroup"

static unsigned int removals, wrong;

static void check(const char *what, const char *path, int err)
{
	if (!err)
		return;
	wrong++;
	fprintf(stderr, "churn: %s %s: %s\n", what, path, strerror(err));
}

static void churn_policy(const char *path)
{
	check("del", path, policy_del(path));
	removals++;
	check("set", path, policy_set(path, HEADGATE_WEIGHT_DEFAULT));
}

/* All tasks of a cgroup, also those that are made meanwhile. Return: 0 or an errno. */
static int move_tasks(const char *from, const char *to)
{
	char path[256], task[32];
	unsigned int moved;
	int target, err = 0;
	FILE *source;

	snprintf(path, sizeof(path), ROOT "%s/cgroup.procs", to);
	target = open(path, O_WRONLY | O_CLOEXEC);
	if (target < 0)
		return errno;
	snprintf(path, sizeof(path), ROOT "%s/cgroup.procs", from);
	do {
		source = fopen(path, "re");
		if (!source) {
			err = errno;
			break;
		}
		for (moved = 0; fgets(task, sizeof(task), source); moved++)
			if (dprintf(target, "%s", task) < 0 && errno != ESRCH)
				err = errno;
		fclose(source);
	} while (moved && !err);
	close(target);
	return err;
}

/* A task that is exiting keeps the cgroup busy for a moment. */
static int remove_cgroup(const char *path)
{
	int64_t deadline = now_ns() + 30 * NSEC_PER_SEC;
	char dir[256];

	snprintf(dir, sizeof(dir), ROOT "%s", path);
	while (rmdir(dir)) {
		if (errno != EBUSY || now_ns() > deadline)
			return errno;
		usleep(1000);
	}
	return 0;
}

static void move_house(const char *from, const char *to)
{
	char dir[256];

	snprintf(dir, sizeof(dir), ROOT "%s", to);
	if (mkdir(dir, 0755))
		die("%s: %m", dir);
	check("set", to, policy_set(to, HEADGATE_WEIGHT_DEFAULT));
	check("move the tasks of", from, move_tasks(from, to));
	check("remove", from, remove_cgroup(from));
	removals++;
}

static void churn_cgroup(const char *path)
{
	char beside[200];

	snprintf(beside, sizeof(beside), "%s.beside", path);
	move_house(path, beside);
	move_house(beside, path);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ }
	};
	void (*churn)(const char *path) = NULL;
	unsigned int seconds = 5;
	int64_t deadline;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 's')
			die("see the head of churn.c");
		seconds = parse_number(optarg, 3600);
	}
	if (optind < argc - 1 && !strcmp(argv[optind], "policy"))
		churn = churn_policy;
	else if (optind < argc - 1 && !strcmp(argv[optind], "cgroup"))
		churn = churn_cgroup;
	else
		die("see the head of churn.c");
	policy_open();
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	while (now_ns() < deadline && !wrong)
		for (c = optind + 1; c < argc; c++)
			churn(argv[c]);
	printf("churn removals=%u wrong=%u\n", removals, wrong);
	return !!wrong;
}
