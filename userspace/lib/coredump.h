/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What drivers leave of a device that crashed: /sys/class/devcoredump. */
#ifndef LIBHEADGATE_COREDUMP_H
#define LIBHEADGATE_COREDUMP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * headgate_coredump_find - where the dump of a device is
 * @root: put before each path; "" for this host
 * @node: a node of the device, as in /sys/dev/char: "226:128"
 * @path: receives the path of its data, without @root
 * @size: of @path
 *
 * The kernel keeps one for each device, for some minutes or until it is written to.
 *
 * Return: whether there is one.
 */
bool headgate_coredump_find(const char *root, const char *node, char *path, size_t size);

#endif
