// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int headgate_lines_read(const char *file, int (*take)(char *line, void *data), void *data)
{
	FILE *stream = fopen(file, "re");
	char *line = NULL;
	size_t room = 0;
	int ret = 0;

	if (!stream)
		return -errno;
	while (!ret && getline(&line, &room, stream) > 0) {
		line[strcspn(line, "\n")] = '\0';
		ret = take(line, data);
	}
	/* Memory may have been short, which is no error of the stream. */
	if (!ret && !feof(stream))
		ret = errno ? -errno : -EIO;
	free(line);
	fclose(stream);
	return ret;
}
