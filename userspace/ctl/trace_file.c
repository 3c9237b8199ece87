// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_file.h"

/* What is written at once: large against a system call, and more than the end of a file takes. */
#define PIECE_BYTES 65536

/* A FIFO or a device may be there before; whoever can make links in a folder may not choose one. */
static int open_special(const char *name)
{
	int fd = open(name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? -EEXIST : -errno;
	if (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return fd;
	close(fd);
	return -EEXIST;
}

static int open_name(struct trace_file *file, const char *name)
{
	if (!strcmp(name, "-"))
		return STDOUT_FILENO;
	/* For its owner alone: it tells what others do. */
	file->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file->ours = file->fd >= 0;
	if (file->ours)
		return file->fd;
	return errno == EEXIST ? open_special(name) : -errno;
}

/* Events come first: readers of some years ago skip all that follows what they do not know. */
static void begin_events(struct trace_file *file)
{
	headgate_json_begin_foreign(&file->json, file->piece);
	headgate_json_array(&file->json, "traceEvents");
	/* Each on a line of its own, for whoever looks without a viewer. */
	file->json.lines = file->json.depth;
}

int trace_file_open(struct trace_file *file, const char *name)
{
	memset(file, 0, sizeof(*file));
	file->name = name;
	file->fd = open_name(file, name);
	if (file->fd < 0)
		return file->fd;
	file->piece = open_memstream(&file->text, &file->size);
	if (!file->piece) {
		trace_file_close(file, false);
		return -ENOMEM;
	}
	begin_events(file);
	return 0;
}

static int write_all(struct trace_file *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t ret = write(file->fd, file->text + done, file->size - done);

		if (ret >= 0)
			done += (size_t)ret;
		else if (errno != EINTR)
			return -errno;
		else if (file->given_up && *file->given_up > 1)
			return -EINTR;
	}
	return 0;
}

static int write_piece(struct trace_file *file)
{
	int ret = file->json.error;

	if (fflush(file->piece) && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = write_all(file);
	if (ret)
		return ret;
	file->start[1] = file->start[0];
	file->start[0] += file->size;
	file->kept[1] = file->kept[0];
	file->kept[0] = file->totals;
	rewind(file->piece);
	return 0;
}

int trace_file_commit(struct trace_file *file)
{
	return ftello(file->piece) < PIECE_BYTES ? 0 : write_piece(file);
}

void trace_file_end_events(struct trace_file *file)
{
	headgate_json_close(&file->json);
}

int trace_file_end(struct trace_file *file)
{
	int ret = headgate_json_end(&file->json);

	return ret ? ret : write_piece(file);
}

bool trace_file_cut(struct trace_file *file)
{
	if (!file->ours || !file->start[1] || ftruncate(file->fd, (off_t)file->start[1]) ||
	    lseek(file->fd, (off_t)file->start[1], SEEK_SET) < 0)
		return false;
	file->start[0] = file->start[1];
	file->totals = file->kept[1];
	file->kept[0] = file->totals;
	rewind(file->piece);
	/* As after any event. */
	begin_events(file);
	file->json.filled[1] = true;
	rewind(file->piece);
	return true;
}

uint64_t trace_file_size(const struct trace_file *file)
{
	return file->start[0];
}

void trace_file_close(struct trace_file *file, bool keep)
{
	if (file->fd < 0)
		return;
	if (file->piece)
		fclose(file->piece);
	free(file->text);
	if (file->fd != STDOUT_FILENO)
		close(file->fd);
	if (file->ours && !keep)
		unlink(file->name);
	file->fd = -1;
}
