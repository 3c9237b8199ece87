// SPDX-License-Identifier: GPL-2.0
/*
 * flood NODE CLIENTS FILES [PROCESSES]: has so many clients of a device open, and so many files
 * beside, in each of so many processes, says "open" in each, and does nothing until it is killed, and
 * all with it.  For whoever looks through all of that.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void open_all(const char *path, int count)
{
	while (count-- > 0) {
		if (open(path, O_RDWR) < 0) {
			perror(path);
			exit(EXIT_FAILURE);
		}
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit = { 20000, 20000 };
	int processes = argc > 4 ? atoi(argv[4]) : 1;

	if (argc < 4) {
		fprintf(stderr, "usage: flood NODE CLIENTS FILES [PROCESSES]\n");
		return EXIT_FAILURE;
	}
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		perror("RLIMIT_NOFILE");
		return EXIT_FAILURE;
	}
	while (--processes > 0)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			processes = 1;
		}
	open_all("/dev/zero", atoi(argv[3]));
	open_all(argv[1], atoi(argv[2]));
	puts("open");
	fflush(stdout);
	pause();
	return EXIT_SUCCESS;
}
