// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

static struct layer_fault *faults;

static void map(void)
{
	const size_t bytes = LAYER_DEVICES * sizeof(*faults);
	const char *path = getenv(LAYER_CONTROL);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat status;

	if (!path)
		return;
	if (fd >= 0 && !fstat(fd, &status) && status.st_size >= (off_t)bytes)
		faults = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* A test whose faults do not come must not pass. */
	if (!faults || faults == MAP_FAILED) {
		fprintf(stderr, LAYER_NAME ": %s=%s is no file of %zu bytes that can be mapped\n", LAYER_CONTROL, path,
			bytes);
		abort();
	}
	close(fd);
}

/* Whether there may be any. */
static bool are_there(uint32_t device)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, map);
	return faults && device < LAYER_DEVICES;
}

bool layer_fault_gone(uint32_t device)
{
	if (!are_there(device) ||
	    __atomic_load_n(&faults[device].kind, __ATOMIC_ACQUIRE) != LAYER_GONE)
		return false;
	__atomic_fetch_add(&faults[device].struck, 1, __ATOMIC_RELAXED);
	return true;
}

enum layer_fault_kind layer_fault_next(uint32_t device, uint32_t *factor)
{
	enum layer_fault_kind kind;
	uint64_t number;

	if (!are_there(device))
		return LAYER_WELL;
	number = __atomic_fetch_add(&faults[device].submissions, 1, __ATOMIC_RELAXED);
	/* The test writes it last. */
	kind = __atomic_load_n(&faults[device].kind, __ATOMIC_ACQUIRE);
	if (kind == LAYER_WELL || number < faults[device].from)
		return LAYER_WELL;
	*factor = faults[device].factor;
	__atomic_fetch_add(&faults[device].struck, 1, __ATOMIC_RELAXED);
	return kind;
}
