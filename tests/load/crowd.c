// SPDX-License-Identifier: GPL-2.0
/*
 * crowd: many cgroups, /crowd/0 and on; more than one shell could make in the time of a test.
 *
 *   crowd make N           makes the cgroups
 *   crowd agents N         puts them under policy
 *   crowd submit N ENGINE  has each submit one job to the engine, and waits for it
 *   crowd forget N         takes them out of policy
 *
 * Prints "crowd WHAT done=N wrong=N"; exit status 1 if anything went wrong.
 */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "policy.h"
#include "simgpu.h"

#define CGROUPS		"/sys/fs/cgroup"
#define MOST		100000
#define JOB_NS		NSEC_PER_MSEC
#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

static int fd, engine;
static uint32_t sync_handle;

static int make(const char *path)
{
	char dir[64];

	snprintf(dir, sizeof(dir), CGROUPS "%s", path);
	return mkdir(dir, 0755) ? errno : 0;
}

static int agree(const char *path)
{
	return policy_set(path, HEADGATE_WEIGHT_DEFAULT);
}

/* The caller moves from one to the next. */
static int submit(const char *path)
{
	char file[64];
	FILE *procs;
	int err;

	snprintf(file, sizeof(file), CGROUPS "%s/cgroup.procs", path);
	procs = fopen(file, "w");
	if (!procs)
		return errno;
	fputs("0", procs);
	if (fclose(procs))
		return errno;
	err = simgpu_submit(fd, engine, JOB_NS, sync_handle);
	return err ?: simgpu_wait(fd, sync_handle, JOB_TIMEOUT);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*each)(const char *path);
	} whats[] = {
		{ "make", make }, { "agents", agree }, { "submit", submit }, { "forget", policy_del },
	};
	unsigned int i, n, wrong = 0, what = 0;
	char path[32];
	int err;

	while (argc > 2 && what < 4 && strcmp(argv[1], whats[what].name))
		what++;
	if (argc < 3 || what == 4 || argc != (whats[what].each == submit ? 4 : 3))
		die("see the head of crowd.c");
	n = parse_number(argv[2], MOST);
	if (whats[what].each == make) {
		make("/crowd");
	} else if (whats[what].each == submit) {
		engine = parse_number(argv[3], 15);
		fd = simgpu_open();
		sync_handle = simgpu_syncobj(fd);
	} else {
		policy_open();
	}
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/crowd/%u", i);
		err = whats[what].each(path);
		if (err) {
			wrong++;
			fprintf(stderr, "crowd: %s: %s\n", path, strerror(err));
		}
	}
	printf("crowd %s done=%u wrong=%u\n", whats[what].name, n, wrong);
	return !!wrong;
}
