/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many files may be open at once.
 *
 * The service has one for each connection, so it takes as many as it may have. Its workers begin with what it began
 * with: a library that uses select() there knows no file beyond the 1024th.
 */
#ifndef INFER_SERVE_FILES_H
#define INFER_SERVE_FILES_H

#include <stdint.h>
#include <sys/types.h>

/**
 * infer_files_raise() - this process's soft limit, to its hard one
 * @before: what it was
 *
 * Return: 0; a negative errno, with the limit as it was, and @before 0 if that is not known.
 */
int infer_files_raise(uint64_t *before);

/**
 * infer_files_give() - a soft limit to a child
 * @files: 0: as it is
 *
 * A child's hard limit stays. Return: 0; a negative errno.
 */
int infer_files_give(pid_t pid, uint64_t files);

#endif
