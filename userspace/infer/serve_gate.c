// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_gate.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool infer_gate_holds(const char *proc, pid_t pid)
{
	char path[64], name[sizeof(INFER_GATE_WAIT) + 1];
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%d/wchan", proc, (int)pid) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, name, sizeof(name));
	close(fd);
	return got == (ssize_t)strlen(INFER_GATE_WAIT) && !memcmp(name, INFER_GATE_WAIT, (size_t)got);
}
