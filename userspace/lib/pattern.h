/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns over cgroup paths, as a policy file has them. */
#ifndef HEADGATE_PATTERN_H
#define HEADGATE_PATTERN_H

/**
 * headgate_pattern_read - what a section [agent PATTERN] means
 * @text: the pattern as written: with or without the first slash, or from the root of the file
 *        system, below the mount point of cgroup v2
 * @glob: receives the pattern below the root cgroup, beginning with a slash; the caller frees it
 * @fault: receives why no cgroup can match, or what is not written as it is meant; NULL if @text
 *         names nothing below the root
 *
 * Return: 0; -EINVAL with @fault; -ENOMEM.
 */
int headgate_pattern_read(const char *text, char **glob, const char **fault);

#endif /* HEADGATE_PATTERN_H */
